"""Backups of PostgreSQL, by its own client programs: an archive in pg_dump's custom format."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from microbiz.backups.errors import BackupError

VENDOR = "postgresql"
NAME = "PostgreSQL"
MAGIC = b"PGDMP"


def write(path: Path) -> None:
    """Write the database as it is at one moment. Readers and writers go on."""
    _connected("pg_dump", "--format=custom", f"--file={path}")
    check(path)


def check(path: Path) -> None:
    """Read the archive to its end. Raises BackupError where it is damaged."""
    _run("pg_restore", f"--file={os.devnull}", path)


def tables(path: Path) -> set[str]:
    """Of the archive's contents, a line each, such as `3742; 1259 16521 TABLE public orders_customer microbiz`."""
    entries = [line.split() for line in _run("pg_restore", "--list", path).splitlines()]
    return {words[5] for words in entries if words[3:4] == ["TABLE"] and words[4] != "DATA"}


def migrations(path: Path) -> set[tuple[str, str]]:
    """App and name of each migration that the schema has seen: rows of id, app, name and time, with tabs."""
    script = _run("pg_restore", "--data-only", "--table=django_migrations", "--file=-", path)
    rows = [line.split("\t") for line in script.splitlines()]
    return {(row[1], row[2]) for row in rows if len(row) == 4}


def read(path: Path) -> None:
    """Replace the shop's tables, and leave others alone, in one transaction.

    What a later release has added goes as well: the archive, which does not know it, could not drop it.
    """
    here = connection.introspection.django_table_names(only_existing=True, include_views=False)
    drops = [f"DROP TABLE {connection.ops.quote_name(table)} CASCADE;" for table in here]
    with TemporaryDirectory(dir=settings.MICROBIZ_DATA) as folder:
        drop, restore = Path(folder) / "drop.sql", Path(folder) / "restore.sql"
        drop.write_text("\n".join(["SET client_min_messages = warning;", "SET lock_timeout = '60s';", *drops]))
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", f"--file={restore}", path)
        connection.close()
        _connected(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--single-transaction",
            f"--file={drop}",
            f"--file={restore}",
        )


def _connected(program: str, *arguments) -> str:
    """What a client program prints that is connected to the shop's database. Its password goes by the environment."""
    [_psql, *where], environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, arguments)
    return _run(program, *where, environment=environment)


def _run(program: str, *arguments, environment: dict[str, str] | None = None) -> str:
    """What a client program prints. Raises BackupError where it is missing or fails."""
    if shutil.which(program) is None:
        raise BackupError(
            f"{program} is not installed here. It is one of PostgreSQL's client programs (on Debian: apt-get install "
            "postgresql-client), which have to be as new as the server."
        )
    whole = os.environ | (environment or {})
    done = subprocess.run([program, *arguments], env=whole, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")
    return done.stdout
