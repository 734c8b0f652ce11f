"""The whole shop in one file: written while the tills sell, put back whole or not at all.

Everything that a shop keeps is in its database, so a copy of that is a copy of the shop. The file is what the
database's own tools make: a SQLite database, or an archive of pg_dump in its custom format.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from microbiz.backups import postgresql, sqlite
from microbiz.backups.errors import BackupError
from settings_app.models import ShopSettings

ENGINES = {engine.VENDOR: engine for engine in (sqlite, postgresql)}


def write_backup(path: Path) -> None:
    """Write the shop as it is at this moment to `path`, which only this account may read, and read it through once.

    Nobody waits meanwhile. Raises BackupError; then there is no such file.
    """
    if path.exists():
        raise BackupError(f"{path} is there already. Give another name.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}. Is its disk mounted?")
    if not holds_a_shop():
        raise BackupError("There is no shop in this database. Is DATABASE_URL right?")
    with _taking_its_name_at_the_end(path) as unfinished:
        ENGINES[connection.vendor].write(unfinished)


def read_backup(path: Path, *, replace: bool = False) -> Path | None:
    """Put the shop of a backup into the database, with the schema that it had then, in one transaction.

    A shop that is there already is kept in a backup of its own, whose path is returned, where `replace` allows to
    replace it. Raises BackupError; then the database is as it was.
    """
    engine = ENGINES[connection.vendor]
    _require_readable(path, engine)
    kept = None
    if holds_a_shop():
        if not replace:
            raise BackupError("There is a shop in this database. With --replace it is kept in a file and replaced.")
        kept = settings.MICROBIZ_DATA / f"replaced-{datetime.now().astimezone():%Y-%m-%d-%H%M%S-%f}.backup"
        try:
            write_backup(kept)
        except BackupError as error:
            raise BackupError(
                f"The shop that is there cannot be kept in a file, so it is not replaced. {error}\n"
                "Restore into a new database instead: point DATABASE_URL at an empty one."
            ) from error
    engine.read(path)
    return kept


def holds_a_shop() -> bool:
    """Whether somebody has opened a shop in the database, which need not be migrated yet."""
    return ShopSettings._meta.db_table in connection.introspection.table_names() and ShopSettings.objects.exists()


def _require_readable(path: Path, engine) -> None:
    """Raise BackupError unless `path` is whole, of this kind of database, a shop's, and of no later release."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    with path.open("rb") as file:
        beginning = file.read(16)
    if not beginning.startswith(engine.MAGIC):
        kinds = [other.NAME for other in ENGINES.values() if beginning.startswith(other.MAGIC)]
        what = f"a backup from {kinds[0]}" if kinds else "no backup of a shop"
        raise BackupError(f"{path} is {what}; this shop runs on {engine.NAME}. README.md says how to move a shop.")
    engine.check(path)
    if ShopSettings._meta.db_table not in engine.tables(path):
        raise BackupError(f"There is no shop in {path}.")
    known = set(MigrationLoader(None).disk_migrations)
    later = sorted(f"{app}.{name}" for app, name in engine.migrations(path) - known if app in apps.app_configs)
    if later:
        raise BackupError(f"{path} is of a later release, which has {', '.join(later)}. Update the program first.")


@contextmanager
def _taking_its_name_at_the_end(path: Path) -> Iterator[Path]:
    """Yields an empty file beside `path`. It is put on the disk and renamed at the end, or removed after an error."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    unfinished.touch(mode=0o600, exist_ok=False)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.rename(path)
        _sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
