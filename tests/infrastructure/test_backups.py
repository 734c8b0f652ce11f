"""manage.py backup and restore: the shop as it was at one moment, whole or not at all.

Every refusal, and what is promised of a file that was written, is seen to fail when its guard is taken out.
"""

import errno
import os
import sqlite3
import subprocess
from contextlib import closing
from threading import Event, Thread

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from microbiz.backups import ENGINES, read_backup, write_backup
from microbiz.backups.errors import BackupError
from settings_app.models import AuditEntry, Store
from tests.factories import ProductFactory, ShopSettingsFactory, StoreFactory, units
from tests.pristine import rows_of
from tests.running.server import url_of_test_database


def every_row():
    """Of every table but the one in which the commands themselves are written down."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return {table: rows_of(table) for table in tables if table != AuditEntry._meta.db_table}


def commands_noted():
    return list(AuditEntry.objects.filter(kind=AuditEntry.Kind.COMMAND).order_by("pk").values_list("about", flat=True))


@pytest.fixture
def shop(transactional_db, settings, tmp_path):
    settings.MICROBIZ_DATA = tmp_path
    ShopSettingsFactory()
    units(ProductFactory(), StoreFactory(name="Harbor"), "S1", "S2", "S3")


def test_a_shop_comes_back_as_it_was_and_the_one_it_replaced_is_kept(shop, tmp_path):
    file, then = tmp_path / "shop.backup", every_row()
    everybody_may_read = os.umask(0)
    call_command("backup", file)
    os.umask(everybody_may_read)
    assert file.stat().st_mode & 0o777 == 0o600
    assert commands_noted() == [f"backup {file}"]
    units(ProductFactory(), StoreFactory(name="Elsewhere"), "S1")
    later = every_row()
    with pytest.raises(CommandError, match="There is a shop in this database"):
        call_command("restore", file)
    assert every_row() == later != then

    call_command("restore", file, replace=True)

    assert every_row() == then
    assert commands_noted() == [f"restore {file}"]
    [kept] = tmp_path.glob("replaced-*.backup")
    read_backup(kept, replace=True)
    assert every_row() == later


def cut_in_half(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def end_cut_off(file):
    """Its contents can be listed and its migrations read: what is missing is the last table's."""
    file.write_bytes(file.read_bytes()[:-100])


def index_emptied(file):
    """It has no rows, as a page of it that was never written; its table is whole."""
    with closing(sqlite3.connect(file)) as copy:
        [size] = copy.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'serials_serial'"
        [page] = copy.execute(query).fetchone()
    with file.open("r+b") as written:
        written.seek((page - 1) * size)
        written.write(bytes([10, 0, 0, 0, 0, *size.to_bytes(2), 0]).ljust(size, b"\0"))  # an empty leaf of an index


def store_lost(file):
    with closing(sqlite3.connect(file)) as copy:
        copy.execute("DELETE FROM settings_app_store")
        copy.commit()


DAMAGES = {"sqlite": [cut_in_half, index_emptied, store_lost], "postgresql": [cut_in_half, end_cut_off]}


def test_a_damaged_file_changes_nothing(shop, tmp_path):
    file, then = tmp_path / "shop.backup", every_row()
    for damage in DAMAGES[connection.vendor]:
        call_command("backup", file)
        damage(file)

        with pytest.raises(CommandError):
            call_command("restore", file, replace=True)

        assert every_row() == then
        assert list(tmp_path.iterdir()) == [file]
        file.unlink()


def test_what_was_written_is_read_before_it_gets_its_name(shop, tmp_path, monkeypatch):
    def find_damage(_path):
        raise BackupError("The disk keeps other bytes than it was given.")

    monkeypatch.setattr(ENGINES[connection.vendor], "check", find_damage)
    with pytest.raises(CommandError, match="other bytes"):
        call_command("backup", tmp_path / "shop.backup")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_and_its_name_are_on_the_disk(shop, tmp_path, monkeypatch):
    """The file first: a name that outlives a power cut is that of a whole file."""
    file, synced, sync = tmp_path / "shop.backup", [], os.fsync

    def note_down(descriptor):
        sync(descriptor)
        synced.append((os.fstat(descriptor).st_ino, file.exists()))

    monkeypatch.setattr("microbiz.backups.os.fsync", note_down)
    write_backup(file)
    assert synced == [(file.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


def test_a_backup_that_finds_no_room_leaves_no_file(shop, tmp_path, monkeypatch):
    def refuse(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("microbiz.backups.os.fsync", refuse)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup", tmp_path / "shop.backup")
    assert list(tmp_path.iterdir()) == []
    assert commands_noted() == []


def test_a_backup_waits_for_no_till_and_holds_nothing_half_done(shop, tmp_path):
    half_done, go_on = Event(), Event()

    def sell():
        with transaction.atomic():
            Store.objects.update(name="Half done")
            half_done.set()
            go_on.wait(60)
        connection.close()

    till = Thread(target=sell)
    till.start()
    half_done.wait(60)
    try:
        write_backup(tmp_path / "shop.backup")
    finally:
        go_on.set()
        till.join()

    assert Store.objects.get().name == "Half done"
    read_backup(tmp_path / "shop.backup", replace=True)
    assert Store.objects.get().name == "Harbor"


def test_what_is_no_backup_of_a_shop_is_refused_with_the_reason(shop, tmp_path):
    (tmp_path / "letter").write_text("Dear shop")
    for command, name, reason in [
        ("backup", "letter", "is there already"),
        ("backup", "gone/shop", "There is no folder"),
        ("restore", "missing", "There is no file"),
        ("restore", "letter", "is no backup of a shop"),
    ]:
        with pytest.raises(CommandError, match=reason):
            call_command(command, tmp_path / name)


def test_a_backup_of_the_other_database_is_refused(shop, tmp_path):
    [other] = [engine for vendor, engine in ENGINES.items() if vendor != connection.vendor]
    (tmp_path / "other").write_bytes(other.MAGIC + bytes(100))
    with pytest.raises(CommandError, match=f"is a backup from {other.NAME}; this shop runs on"):
        call_command("restore", tmp_path / "other", replace=True)


def test_a_database_without_a_shop_is_neither_written_nor_read(transactional_db, tmp_path):
    file = tmp_path / "empty"
    with pytest.raises(CommandError, match="There is no shop in this database"):
        call_command("backup", file)
    assert not file.exists()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE notes (text)")
    else:
        of_one_table = ["--format=custom", "--table=auth_group", f"--file={file}"]
        subprocess.run(["pg_dump", *of_one_table, url_of_test_database()], check=True)
    with pytest.raises(CommandError, match=r"There is no shop in .*empty"):
        call_command("restore", file)


@pytest.fixture
def later_release():
    """The database has seen a migration that this release does not know."""
    recorder = MigrationRecorder(connection)
    had_table = recorder.has_table()  # the suite makes its tables on SQLite without migrations
    recorder.record_applied("inventory", "9999_from_tomorrow")
    yield
    recorder.record_unapplied("inventory", "9999_from_tomorrow")
    if not had_table:
        with connection.schema_editor() as editor:
            editor.delete_model(recorder.Migration)


def test_a_backup_of_a_later_release_is_refused(shop, later_release, tmp_path):
    file, then = tmp_path / "shop.backup", every_row()
    call_command("backup", file)
    with pytest.raises(CommandError, match=r"is of a later release, which has inventory\.9999_from_tomorrow"):
        call_command("restore", file, replace=True)
    assert every_row() == then
    assert list(tmp_path.iterdir()) == [file]


def test_a_shop_that_cannot_be_kept_is_not_replaced(shop, tmp_path, settings):
    file = tmp_path / "shop.backup"
    call_command("backup", file)
    Store.objects.update(name="Today")
    settings.MICROBIZ_DATA = tmp_path / "unmounted"
    with pytest.raises(CommandError, match="cannot be kept in a file, so it is not replaced"):
        call_command("restore", file, replace=True)
    assert Store.objects.get().name == "Today"


@pytest.fixture
def attic():
    """A table of somebody else's in the shop's database, which comes into its backups."""
    execute("CREATE TABLE attic (id integer PRIMARY KEY)")
    yield
    execute("DROP TABLE attic CASCADE")


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.postgresql
def test_a_restore_that_fails_on_its_way_changes_nothing(shop, attic, tmp_path):
    """It cannot replace the table that another one refers to by now: the shop's own were dropped before that."""
    file, then = tmp_path / "shop.backup", every_row()
    call_command("backup", file)
    execute("CREATE TABLE box (attic_id integer REFERENCES attic)")
    try:
        with pytest.raises(CommandError, match="psql failed"):
            call_command("restore", file, replace=True)
        assert every_row() == then
    finally:
        execute("DROP TABLE box")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_missing_client_program_is_named(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="pg_dump is not installed here"):
        call_command("backup", tmp_path / "shop.backup")
    assert list(tmp_path.iterdir()) == []


def test_everything_that_a_shop_keeps_is_in_its_database():
    kept_as_files = [field for model in apps.get_models() for field in model._meta.fields]
    assert [str(field) for field in kept_as_files if isinstance(field, models.FileField)] == []
