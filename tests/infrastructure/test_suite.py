"""What `make test` does about a machine that lacks Chromium or PostgreSQL, and the server that it starts."""

import subprocess

import psycopg
import pytest

from tests import postgres, suite


@pytest.fixture
def commands(monkeypatch):
    """The commands that would have been run, as root unless a test says otherwise."""
    ran = []
    monkeypatch.setattr(suite.subprocess, "run", lambda command, **options: ran.append(command[-1]))
    monkeypatch.setattr(suite.os, "geteuid", lambda: 0)
    monkeypatch.setattr(suite.shutil, "which", lambda name: f"/usr/bin/{name}")
    return ran


def test_what_is_there_is_not_installed(commands):
    suite.ensure("Chromium", "chromium", lambda: True)
    assert commands == []


def test_root_installs_what_is_missing(commands):
    answers = iter([False, True])
    suite.ensure("Chromium", "chromium", lambda: next(answers))
    assert commands == ["apt-get update && apt-get install -y --no-install-recommends chromium"]


def test_others_are_told_the_command(commands, monkeypatch):
    monkeypatch.setattr(suite.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as stop:
        suite.ensure("PostgreSQL", "postgresql", lambda: False)
    assert commands == []
    assert "sudo apt-get update && sudo apt-get install -y --no-install-recommends postgresql" in str(stop.value)


@pytest.mark.postgresql
def test_the_private_server_is_gone_afterwards_even_on_failure():
    folder = None
    with pytest.raises(ZeroDivisionError), postgres.private_server() as url:
        with psycopg.connect(url) as connection:
            folder = connection.execute("SHOW data_directory").fetchone()[0]
            assert connection.execute("SHOW listen_addresses").fetchone()[0] == "127.0.0.1"
        raise ZeroDivisionError
    assert subprocess.run(["test", "-e", folder]).returncode == 1
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=3)
