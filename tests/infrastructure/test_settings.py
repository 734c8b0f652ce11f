"""What the settings refuse, and what production runs with. Each case is a process, as settings are read once."""

import json
import os
import subprocess
import sys

import pytest

SECRET = "tX4cSLNEoGWzJoyHOUYPZvyOWrb12g7ZV5pTzZm3c0oQ1rUPqzMmRqZCm9xSleqk"
PRINT = """
import json
from django.conf import settings as s
s.SECRET_KEY
print(json.dumps({name: getattr(s, name) for name in {names}}, default=str))
"""


def settings_of(tmp_path, names=(), **environment):
    """The named settings under an environment, or what the process said when it stopped."""
    base = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "microbiz.settings",
        "MICROBIZ_DATA": str(tmp_path),
        "MICROBIZ_STATIC": str(tmp_path / "static"),
        "MICROBIZ_MODE": "production",  # a developer's .env must not decide
        **environment,
    }
    program = PRINT.replace("{names}", repr(list(names)))
    done = subprocess.run([sys.executable, "-c", program], env=base, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout)


def test_production_without_a_secret_stops_and_says_what_is_missing(tmp_path):
    message = settings_of(tmp_path)
    assert "Not set: SECRET_KEY, ALLOWED_HOSTS." in message
    assert "MICROBIZ_MODE=demo" in message


def test_production_without_hosts_stops_too(tmp_path):
    assert "Not set: ALLOWED_HOSTS." in settings_of(tmp_path, SECRET_KEY=SECRET)


def test_an_unknown_mode_stops(tmp_path):
    assert "Set it to production or demo" in settings_of(tmp_path, MICROBIZ_MODE="prod")


def test_production_refuses_debug(tmp_path):
    message = settings_of(tmp_path, SECRET_KEY=SECRET, ALLOWED_HOSTS="shop.example", MICROBIZ_DEBUG="on")
    assert "MICROBIZ_DEBUG" in message


def test_a_database_of_another_kind_is_refused(tmp_path):
    message = settings_of(tmp_path, MICROBIZ_MODE="demo", DATABASE_URL="mysql://a:b@127.0.0.1/shop")
    assert "sqlite:/// or a postgres://" in message


@pytest.mark.parametrize("hosts", ["*", "shop.example", "127.0.0.1,192.168.1.20"])
def test_the_demo_refuses_hosts_beyond_this_machine(tmp_path, hosts):
    assert "answers on this machine only" in settings_of(tmp_path, MICROBIZ_MODE="demo", ALLOWED_HOSTS=hosts)


def test_the_demo_makes_a_secret_once_and_keeps_it(tmp_path):
    first = settings_of(tmp_path, ["SECRET_KEY"], MICROBIZ_MODE="demo")
    again = settings_of(tmp_path, ["SECRET_KEY"], MICROBIZ_MODE="demo")
    assert len(first["SECRET_KEY"]) > 50
    assert first == again
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_production_cookies_travel_over_https_only(tmp_path):
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_HTTPONLY", "DEBUG"]
    found = settings_of(tmp_path, names, SECRET_KEY=SECRET, ALLOWED_HOSTS="shop.example")
    assert [found[name] for name in names] == [True, True, True, True, False]


def test_scripts_and_styles_come_from_our_own_files_only(tmp_path):
    found = settings_of(tmp_path, ["CONTENT_SECURITY_POLICY"], SECRET_KEY=SECRET, ALLOWED_HOSTS="shop.example")
    directives = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert directives["object-src"] == directives["frame-ancestors"] == ["'none'"]


def test_sqlite_waits_for_its_turn_and_keeps_foreign_keys(tmp_path):
    database = settings_of(tmp_path, ["DATABASES"], MICROBIZ_MODE="demo")["DATABASES"]["default"]
    assert database["NAME"] == str(tmp_path / "shop.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["timeout"] == 10
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        assert pragma in database["OPTIONS"]["init_command"]


def test_postgresql_connections_are_kept_and_checked(tmp_path):
    url = "postgres://microbiz:secret@127.0.0.1:5432/shop"
    found = settings_of(tmp_path, ["DATABASES"], MICROBIZ_MODE="demo", DATABASE_URL=url)
    database = found["DATABASES"]["default"]
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (600, True)
