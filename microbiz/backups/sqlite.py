"""Backups of SQLite, by its own online backup: a database file like any other."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from microbiz.backups.errors import BackupError

VENDOR = "sqlite"
NAME = "SQLite"
MAGIC = b"SQLite format 3\0"


def write(path: Path) -> None:
    """Copy the database as it is at one moment. Readers and writers go on: the copy reads beside their log."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    check(path)


def check(path: Path) -> None:
    """Raise BackupError where a page, an index or a reference of the file is broken."""
    with _opened(path) as copy:
        faults = [fault for (fault,) in copy.execute("PRAGMA integrity_check(3)") if fault != "ok"]
        faults += [
            f"{table} refers to a missing {other}" for table, _, other, _ in copy.execute("PRAGMA foreign_key_check")
        ]
    if faults:
        raise BackupError(f"{path} is damaged: {'; '.join(faults[:3])}")


def tables(path: Path) -> set[str]:
    with _opened(path) as copy:
        return {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def migrations(path: Path) -> set[tuple[str, str]]:
    """App and name of each migration that the schema has seen; none where it was made without any."""
    if "django_migrations" not in tables(path):
        return set()
    with _opened(path) as copy:
        return set(copy.execute("SELECT app, name FROM django_migrations"))


def read(path: Path) -> None:
    """Overwrite the database in one transaction, for which it waits until no till writes."""
    connection.close()
    connection.ensure_connection()
    with _opened(path) as copy:
        copy.backup(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # from the log onto the disk
    connection.close()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            yield copy
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path} cannot be read: {error}") from error
