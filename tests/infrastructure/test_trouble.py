"""The database gone, full or busy in the middle of a request: what the person reads, and that the till goes on.

Seen to fail with each of these taken out: the codes of PostgreSQL and of SQLite, what is said where there is no code, the disk
without room for a count, the answers of `server_error` and of `bad_request`.
"""

import errno
import logging
import os
import re
import socket
import sqlite3
import time
from contextlib import contextmanager, suppress

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, close_old_connections, connection, transaction

from microbiz.trouble import HEADER, Trouble, trouble_of
from register.models import Payment, Sale
from serials.models import SerialEvent
from settings_app.middleware import IdleLockMiddleware
from settings_app.models import SerialTracking
from tests import factories
from tests.postgres import free_port
from tests.register.counter import Till

WORDS = {
    Trouble.AWAY: "The shop's records cannot be reached",
    Trouble.FULL: "The disk of the shop's server is full",
    Trouble.BUSY: "Others were in the way for too long",
}


def met(provoke) -> BaseException:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        provoke()
    return caught.value


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


# --- Which trouble it is -----------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ("53100", Trouble.FULL),
        ("40001", Trouble.BUSY),
        ("40P01", Trouble.BUSY),
        ("55P03", Trouble.BUSY),
        ("57014", Trouble.BUSY),
        ("57P01", Trouble.AWAY),
        ("53300", Trouble.AWAY),
        ("25006", Trouble.AWAY),
        ("23505", None),  # unique_violation
        ("42P01", None),  # undefined_table
        ("XX001", None),  # data_corrupted
    ],
)
def test_what_postgresql_says_is_understood(state, trouble):
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"
    assert trouble_of(met(lambda: execute(raised))) == trouble


def cut_off():
    with socket.socket(fileno=os.dup(connection.connection.pgconn.socket)) as network:
        network.shutdown(socket.SHUT_RDWR)
    execute("SELECT 1")


def refused():
    with connection.wrap_database_errors:
        psycopg.connect(**{**connection.get_connection_params(), "port": free_port()})


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("provoke", "trouble"),
    [
        (cut_off, Trouble.AWAY),
        (refused, Trouble.AWAY),
        (lambda: connection.cursor().execute("SELECT %s, %s", ["one"]), None),
        (lambda: connection.cursor().execute("SELECT %s", ["\0"]), None),
    ],
)
def test_without_an_answer_of_postgresql_a_lost_connection_is_told_from_a_fault_of_ours(provoke, trouble):
    """None of these has one of its codes, which `pg_terminate_backend` would still send."""
    try:
        assert trouble_of(met(provoke)) == trouble
    finally:
        connection.close()


def locked(path):
    for _ in range(2):
        one = sqlite3.connect(path, timeout=0, isolation_level=None)
        one.execute("BEGIN IMMEDIATE")


def full(path):
    one = sqlite3.connect(path)
    one.execute("CREATE TABLE ballast (bytes)")
    one.execute("PRAGMA max_page_count = 1")
    one.execute("INSERT INTO ballast VALUES (zeroblob(100000))")


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provoke", "trouble"),
    [
        (full, Trouble.FULL),
        (locked, Trouble.BUSY),
        (lambda path: sqlite3.connect(path / "no-folder"), Trouble.AWAY),
        (lambda path: sqlite3.connect(path).execute("SELECT * FROM no_table"), None),
    ],
)
def test_what_sqlite_says_is_understood(provoke, trouble, tmp_path):
    def use_it():
        with connection.wrap_database_errors:
            provoke(tmp_path / "one.sqlite3")

    assert trouble_of(met(use_it)) == trouble


def test_a_fault_of_ours_is_no_trouble_of_the_database():
    assert trouble_of(ValueError("wrong")) is None


# --- At the till ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def till(client, monkeypatch):
    """Somebody at a register whose shop has three drives, and whose requests may fail."""
    factories.ShopSettingsFactory()
    client.raise_request_exception = False
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)  # traces take longer than the requests
    till = Till(client, factories.StoreFactory())
    till.method = factories.cash().pk
    product = factories.ProductFactory(serial_tracking=SerialTracking.ALL, price=1000)
    factories.units(product, till.store, "A1", "A2", "A3")
    return till


def key_of(till) -> str:
    return re.search(r'name="key" value="([^"]+)"', till.get("pay").content.decode())[1]


def pay(till, sale, key):
    return till.post("complete", sale.pk, key=key, method=till.method, amount="10.00")


def assert_says(answer, trouble):
    assert answer.status_code == 503
    assert (answer[HEADER], int(answer["Retry-After"]) > 0) == (trouble, True)
    assert f"<h1>{WORDS[trouble]}" in answer.content.decode()


@contextmanager
def lost_before(statement: int):
    """The connection is gone before this statement, numbered from 1: the server, the network or an administrator."""
    count = 0

    def wrapper(run, *arguments):
        nonlocal count
        count += 1
        if count == statement:
            lose_connection()
        return run(*arguments)

    with connection.execute_wrapper(wrapper):
        yield
    close_old_connections()  # as at the end of every request, but for those of Django's test client


def lose_connection():
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_before_any_statement_of_paying_leaves_the_cart_and_the_next_press_pays(till):
    """Cut off before the first statement, then before the fourth, and so on until none is left: one sale, once."""
    till.scan("A1")
    sale, key = till.sale, key_of(till)
    for statement in range(1, 200, 3):
        with lost_before(statement):
            answer = pay(till, sale, key)
        if answer.status_code == 200:
            break
        assert_says(answer, Trouble.AWAY)
        assert sale.lines.count() == 1
    assert statement > 12  # paying takes that many at least: each time it was lost a little later
    assert f"Sale {sale.number} is complete" in answer.content.decode()
    assert Payment.objects.count() == 1
    assert SerialEvent.objects.filter(kind="sale").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_after_the_answer_to_commit_was_lost_the_same_press_shows_the_receipt(till, monkeypatch):
    till.scan("A1")
    sale, key = till.sale, key_of(till)
    commit = psycopg.Connection.commit

    def lost(raw):
        monkeypatch.setattr(psycopg.Connection, "commit", commit)
        commit(raw)
        lose_connection()
        raw.execute("SELECT 1")

    monkeypatch.setattr(psycopg.Connection, "commit", lost)
    assert_says(pay(till, sale, key), Trouble.AWAY)
    close_old_connections()
    sale.refresh_from_db()
    assert sale.is_completed
    answer = pay(till, sale, key)
    assert f"Sale {sale.number} is complete" in answer.content.decode()
    assert Payment.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_page_says_it_too_whatever_it_was_doing_and_nobody_is_signed_out(till):
    """Also where the session is read or written, which Django would call a bad request."""
    for statement in range(1, 100, 3):
        session = till.client.session
        session["seen_at"] = int(time.time()) - 2 * IdleLockMiddleware.NOTED_EVERY  # so that the session is written
        session.save()
        with lost_before(statement):
            answer = till.client.get("/products/")
        if answer.status_code == 200:
            break
        assert_says(answer, Trouble.AWAY)
        assert 'href="/products/">Try again' in answer.content.decode()
    assert statement > 10
    assert till.client.get("/products/").status_code == 200


@contextmanager
def refusing(table: str, state: str):
    """Whatever is written into this table is refused with this code of PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$;"
            f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION refuse();"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse CASCADE")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("state", "trouble"), [("53100", Trouble.FULL), ("40P01", Trouble.BUSY)])
def test_what_postgresql_refuses_leaves_the_cart_and_the_next_press_pays(till, state, trouble):
    till.scan("A1")
    sale, key = till.sale, key_of(till)
    with refusing(Payment._meta.db_table, state):
        assert_says(pay(till, sale, key), trouble)
    assert f"Sale {sale.number} is complete" in pay(till, sale, key).content.decode()
    assert Sale.objects.completed().count() == Payment.objects.count() == 1


@pytest.mark.once
@pytest.mark.django_db
def test_a_full_disk_is_said_at_the_door_too(till, monkeypatch):
    """Where the counts of limits.py find no room."""

    def write(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("microbiz.limits.os.write", write)
    assert_says(till.client.post("/login/", {"username": "anna", "password": "wrong"}), Trouble.FULL)


@contextmanager
def full_disk():
    """SQLite gets no page more than it has; what it has is filled."""
    execute("CREATE TABLE ballast (bytes)")
    execute("PRAGMA max_page_count = 1")  # as many as there are
    try:
        for size in (1_000_000, 50_000, 3000):
            with suppress(OperationalError), connection.cursor() as cursor:
                while True:
                    cursor.execute("INSERT INTO ballast VALUES (zeroblob(%s))", [size])
        yield
    finally:
        execute("PRAGMA max_page_count = 1073741823")
        execute("DROP TABLE ballast")


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_under_sqlite_leaves_the_cart_and_the_next_scan_is_taken(till):
    till.scan("A1")
    numbers = [f"B{at}" for at in range(200)]
    factories.units(till.sale.lines.get().product, till.store, *numbers)
    with full_disk():
        taken, answer = 0, till.scan(numbers[0])
        while answer.status_code == 200:
            taken += 1
            answer = till.scan(numbers[taken])
        assert_says(answer, Trouble.FULL)
        assert till.sale.lines.get().attached == 1 + taken
    assert till.scan(numbers[taken]).status_code == 200
    assert till.sale.lines.get().attached == 2 + taken
