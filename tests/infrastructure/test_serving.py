"""The application server and the worker beside it, as `make run` starts them."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from microbiz import serve
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path):
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "microbiz.settings",
        "MICROBIZ_MODE": "demo",
        "MICROBIZ_DATA": str(tmp_path),
        "MICROBIZ_STATIC": str(tmp_path / "static"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/shop.sqlite3",
        "PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
    }


def test_the_demo_does_not_listen_on_other_addresses(environment):
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment | {"MICROBIZ_BIND": "0.0.0.0"}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "Demo mode listens on this machine only" in done.stderr
    assert "Listening at" not in done.stderr


def test_make_run_opens_the_shop_and_one_signal_closes_all_of_it(environment, tmp_path):
    log = tmp_path / "log"
    with log.open("w") as file:
        # A session of its own, as a terminal gives to `make run`.
        server = subprocess.Popen(
            [sys.executable, "-m", "microbiz.serve"],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        page = answer_of(f"http://127.0.0.1:{environment['PORT']}/", server)
        assert "Sign in" in page
        wait_until(lambda: "Starting worker" in log.read_text(), "the worker started")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
    wait_until(lambda: not is_alive(server.pid), "the whole group ended")
    said = log.read_text()
    assert "cashier       demo       1470" in said
    assert "Traceback" not in said


def answer_of(address, server) -> str:
    for _ in range(2000):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert server.poll() is None, "the server gave up"
            time.sleep(0.3)
    raise AssertionError("no answer")


def wait_until(is_so, what):
    for _ in range(100):
        if is_so():
            return
        time.sleep(0.2)
    raise AssertionError(f"waited in vain: {what}")


def is_alive(group) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def gathered(settings, tmp_path):
    """Static files of one small folder, gathered as production does."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.css").write_text("a {}")
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "gathered"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    assert serve.static_files_changed()
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path / "source"


def test_static_files_are_gathered_again_only_when_they_changed(gathered):
    assert not serve.static_files_changed()
    later = time.time() + 5
    os.utime(gathered / "a.css", (later, later))
    assert serve.static_files_changed()


@pytest.fixture
def ours(settings, tmp_path):
    """Our own scripts and stylesheets, gathered as production does: where they are now."""
    for folder in ("js", "css"):
        shutil.copytree(ROOT / "static" / folder, tmp_path / "source" / folder)
    shutil.copytree(ROOT / "static" / "vendor", tmp_path / "source" / "vendor")
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "gathered"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "microbiz.static_files.StaticFiles"}}
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["js", "css"]
    call_command("collectstatic", interactive=False, verbosity=0)
    return settings.STATIC_ROOT


def test_a_module_has_one_address_whoever_asks_for_it(ours):
    """By two it would run twice: two pop-ups in one page, each of which takes the scan."""
    given = set(staticfiles_storage.hashed_files.values())
    imported = [
        f"js/{name}"
        for path in given
        for name in re.findall(r"""^import.*?"\./(.*?)";$""", (ours / path).read_text(errors="replace"), re.MULTILINE)
    ]
    assert len(imported) > 5
    assert set(imported) <= given


def test_comments_of_our_own_stay_here_and_errors_name_the_line_of_the_source(ours):
    for source in [*(ROOT / "static" / "js").glob("*.js"), *(ROOT / "static" / "css").glob("*.css")]:
        name = f"{source.parent.name}/{source.name}"
        sent = (ours / staticfiles_storage.hashed_files[name]).read_text()
        assert 0 < len(sent) <= len(source.read_text()), name
        if source.suffix == ".css":
            assert "/*" not in sent, name
            continue
        for line, before in zip(sent.splitlines(), source.read_text().splitlines(), strict=True):
            assert not line.lstrip().startswith(("//", "/**")), name
            assert line == before or line.startswith("import ") or before.lstrip().startswith(("//", "/**")), name


def test_a_new_static_file_counts_as_a_change(gathered):
    (gathered / "b.css").write_text("b {}")
    os.utime(gathered / "b.css", (1, 1))
    assert serve.static_files_changed()
