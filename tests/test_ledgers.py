"""Ledgers are added to, and nothing else: through the models, and past them in the database."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from microbiz.ledgers import LedgerKept, ledgers
from tests import factories

pytestmark = pytest.mark.django_db
LEDGERS = {model._meta.label: model for model in ledgers()}


@pytest.fixture
def rows():
    """A row in each ledger that a unit's arrival writes."""
    factories.units(factories.ProductFactory(), factories.StoreFactory(), "A1")


def test_the_ledgers():
    assert set(LEDGERS) == {
        "inventory.StockMovement",
        "serials.SerialEvent",
        "settings_app.AuditEntry",
        "orders.StoreCreditEntry",
        "orders.OrderPaymentEntry",
    }


@pytest.mark.parametrize("label", ["inventory.StockMovement", "serials.SerialEvent"])
def test_the_models_refuse(rows, label):
    model = LEDGERS[label]
    row = model.objects.first()
    for wrong in (
        row.save,
        row.delete,
        model.objects.all().delete,
        lambda: model.objects.update(note="x"),
        lambda: model.objects.bulk_update([row], ["note"]),
        lambda: model.objects.bulk_create([row], update_conflicts=True, update_fields=["note"], unique_fields=["pk"]),
        lambda: model.objects.update_or_create(pk=row.pk, defaults={"note": "x"}),
        lambda: model.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(LedgerKept), transaction.atomic():
            wrong()


@pytest.mark.parametrize("label", ["inventory.StockMovement", "serials.SerialEvent"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET note = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_past_the_models(rows, label, statement):
    table = LEDGERS[label]._meta.db_table
    with pytest.raises(DatabaseError, match="is a ledger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert LEDGERS[label].objects.exists()


@pytest.mark.postgresql
@pytest.mark.parametrize("label", LEDGERS)
def test_postgresql_does_not_empty_one(label):
    with pytest.raises(DatabaseError, match="is a ledger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {LEDGERS[label]._meta.db_table} CASCADE")


def test_the_guards_are_made_by_every_migrate():
    """SQLite drops a table's triggers whenever a migration rebuilds the table."""
    guards = {
        f"{model._meta.db_table}_{what}": model._meta.db_table for model in ledgers() for what in ("kept", "whole")
    }
    names = {"postgresql": "SELECT tgname FROM pg_trigger", "sqlite": "SELECT name FROM sqlite_master"}
    with connection.cursor() as cursor:
        for guard, table in guards.items():
            cursor.execute(f"DROP TRIGGER {guard}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
        call_command("migrate", verbosity=0)
        cursor.execute(names[connection.vendor])
        assert set(guards) <= {name for (name,) in cursor.fetchall()}
