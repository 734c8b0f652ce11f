"""A shop of the first release, with a day's life in it, comes into today's schema whole.

tests/data/first_release/ holds a backup of it for each database: the demo of that release (commit f982001) and an afternoon
of prices changed, discounts, returns, an exchange, an excused serial, a void, cash moved, a shift closed, stock lowered, an
import, a sale on hold and an open one. Both have the same rows.
"""

import lzma
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.postgres import another_database
from tests.running.server import url_of_test_database

ROOT = Path(__file__).parents[2]
BACKUPS = ROOT / "tests/data/first_release"

# What is written anew by `migrate`, or grows by it.
OF_DJANGO = ("auth_", "django_", "sqlite_")
# What says the same in another way today: see the migration.
SAID_OTHERWISE = {("register_saleline", "is_return")}  # register.0002_kind_of_line


@pytest.fixture
def backup(tmp_path):
    path = tmp_path / "first.backup"
    path.write_bytes(lzma.decompress((BACKUPS / f"{connection.vendor}.backup.xz").read_bytes()))
    return path


@pytest.fixture
def shop(tmp_path, backup):
    """The URL of a database of its own, in which the first release's shop is as its own code left it."""
    if connection.vendor == "sqlite":
        path = tmp_path / "shop.sqlite3"
        path.write_bytes(backup.read_bytes())
        yield f"sqlite:///{path}"
        return
    with another_database(url_of_test_database()) as url:
        subprocess.run(["pg_restore", "--no-owner", f"--dbname={url}", backup], check=True)
        yield url


@pytest.mark.django_db
def test_nothing_of_a_first_release_s_shop_is_lost(shop, backup, tmp_path):
    with opened(shop) as database:
        before = all_rows(database)
    assert before["serials_serial"][1].total() == 1767

    done = subprocess.run(
        [sys.executable, "manage.py", "restore", "--replace", str(backup)],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "microbiz.settings",
            "MICROBIZ_MODE": "demo",
            "MICROBIZ_DATA": str(tmp_path),
            "DATABASE_URL": shop,
        },
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every law checked holds." in done.stdout
    with opened(shop) as database:
        today = columns_of(database)
        gone = {(table, name) for table, (names, _rows) in before.items() for name in names} - {
            (table, name) for table, names in today.items() for name in names
        }
        assert gone == SAID_OTHERWISE
        for table, (names, rows) in before.items():
            kept = [name for name in names if name in today[table]]
            places = [names.index(name) for name in kept]
            wanted = Counter(tuple(row[place] for place in places) for row in rows.elements())
            assert not wanted - rows_of(database, table, kept), table
        names, lines = before["register_saleline"]
        returned = [row for row in lines.elements() if row[names.index("is_return")] in ("1", "true")]
        assert ask(database, "SELECT count(*) FROM register_saleline WHERE kind = 'return'") == [(len(returned),)]


def opened(url):
    return closing(
        sqlite3.connect(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else psycopg.connect(url)
    )


def ask(database, question):
    cursor = database.cursor()
    cursor.execute(question)
    return cursor.fetchall()


def columns_of(database):
    """The columns of each table of the shop's own."""
    if isinstance(database, sqlite3.Connection):
        question = "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    else:
        question = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    columns = {}
    for table, name in ask(database, question):
        if not table.startswith(OF_DJANGO):
            columns.setdefault(table, []).append(name)
    return columns


def rows_of(database, table, columns):
    """How often each row is there, as text, so that lists and objects can be compared too."""
    names = ", ".join(f'CAST("{name}" AS TEXT)' for name in columns)
    return Counter(ask(database, f"SELECT {names} FROM {table}"))


def all_rows(database):
    return {table: (names, rows_of(database, table, names)) for table, names in columns_of(database).items()}
