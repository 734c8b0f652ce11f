"""The container files, as far as they can be checked without a container engine."""

import re
from pathlib import Path

import pytest
import yaml

from microbiz.healthcheck import host_header

ROOT = Path(__file__).parents[2]


@pytest.fixture
def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_server_worker_and_migrations_run_the_same_image(services):
    assert {services[name]["image"] for name in ("web", "worker", "migrate")} == {"microbiz"}


def test_the_shop_starts_only_after_the_migrations(services):
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert "pg_isready" in services["database"]["healthcheck"]["test"][1]


def test_only_this_machine_reaches_the_shop_unless_told_otherwise(services):
    assert services["web"]["ports"] == ["${MICROBIZ_PUBLISH:-127.0.0.1:8000}:8000"]
    assert "ports" not in services["database"]


def test_secrets_are_required_and_never_written_down(services):
    for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
        assert services["web"]["environment"][name].startswith("${" + name + ":?")
    assert services["web"]["environment"]["MICROBIZ_MODE"] == "production"
    assert services["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_data_live_in_volumes(services):
    volumes = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["volumes"]
    used = {line.split(":")[0] for service in services.values() for line in service["volumes"]}
    assert used == set(volumes)


def test_the_worker_takes_every_queue(services):
    assert services["worker"]["command"] == ["python", "manage.py", "db_worker", "--queue-name", "*"]


def test_the_image_does_not_run_as_root_and_checks_its_health():
    dockerfile = (ROOT / "Dockerfile").read_text()
    last_stage = dockerfile.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER shop$", last_stage, re.MULTILINE)
    assert '"microbiz.healthcheck"' in last_stage
    assert "--require-hashes" in dockerfile


def test_the_image_can_back_up_the_release_of_postgresql_that_runs_beside_it(services):
    release = re.fullmatch(r"postgres:(\d+)-alpine", services["database"]["image"])[1]
    last_stage = (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert f"postgresql-client-{release} " in last_stage


def test_every_variable_of_the_example_is_known_to_the_settings_or_to_compose():
    names = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    known = (ROOT / "microbiz/settings.py").read_text() + (ROOT / "docker-compose.yml").read_text()
    assert names
    assert [name for name in names if name not in known] == []


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("shop.example,till.example", "shop.example"),
        (".example.com", "example.com"),
        ("*", "localhost"),
        ("", "localhost"),
    ],
)
def test_the_health_check_asks_under_a_name_that_the_shop_accepts(monkeypatch, hosts, expected):
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    assert host_header() == expected
