"""What the settings ask of a database is really in force on the connection."""

import pytest
from django.db import connection


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's own switches")
def test_sqlite_runs_with_a_write_ahead_log_and_foreign_keys(db):
    with connection.cursor() as cursor:
        values = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "foreign_keys")}
    assert values == {"journal_mode": "wal", "foreign_keys": 1}


@pytest.mark.postgresql
def test_postgresql_waits_for_a_lock_and_for_a_silent_holder_only_so_long(db):
    with connection.cursor() as cursor:
        names = ("lock_timeout", "idle_in_transaction_session_timeout")
        values = {name: cursor.execute(f"SHOW {name}").fetchone()[0] for name in names}
    assert values == {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min"}


@pytest.mark.postgresql
def test_postgresql_that_does_not_answer_is_told_of_within_seconds(db):
    assert connection.get_connection_params()["connect_timeout"] == 5


def test_health_says_ok_while_the_database_answers(client, db):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_health_answers_without_https_and_without_a_login(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
