"""Ledgers: tables whose rows are added and never changed or deleted, neither through the models nor past them.

The models refuse at once, with a name. The database refuses as well, by triggers that `migrate` makes each time it
runs: SQLite drops them whenever it rebuilds a table.
"""

from django.apps import apps
from django.db import connections, models


class LedgerKept(TypeError):
    """Somebody's code wanted to change or delete rows of a ledger. What was wrong is put right by another row."""


class LedgerQuerySet(models.QuerySet):
    """A ledger's rows are added, never changed or deleted."""

    def update(self, **kwargs):
        raise LedgerKept(f"{self.model.__name__} is a ledger: rows are never changed.")

    def delete(self):
        raise LedgerKept(f"{self.model.__name__} is a ledger: rows are never deleted.")

    def _raw_delete(self, using):
        self.delete()

    def bulk_create(self, objs, *args, update_conflicts=False, **kwargs):
        if update_conflicts:
            raise LedgerKept(f"{self.model.__name__} is a ledger: rows are never changed.")
        return super().bulk_create(objs, *args, **kwargs)


class Ledger(models.Model):
    """A record of what happened, kept as it was written."""

    objects = LedgerQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self.pk:
            raise LedgerKept(f"{type(self).__name__} is a ledger: rows are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise LedgerKept(f"{type(self).__name__} is a ledger: rows are never deleted.")


# "kept" guards single rows; "whole" guards against emptying the table, which on SQLite is a DELETE like any other.
TRIGGERS = {
    "postgresql": [
        """CREATE OR REPLACE FUNCTION keep_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is a ledger: rows are never changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation'; END $$""",
        "DROP TRIGGER IF EXISTS {table}_kept ON {table}",
        "CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION keep_ledger()",
        "DROP TRIGGER IF EXISTS {table}_whole ON {table}",
        "CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION keep_ledger()",
    ],
    "sqlite": [
        """CREATE TRIGGER IF NOT EXISTS {table}_kept BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is a ledger: rows are never changed or deleted.'); END""",
        """CREATE TRIGGER IF NOT EXISTS {table}_whole BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is a ledger: rows are never changed or deleted.'); END""",
    ],
}


def ledgers() -> list[type[Ledger]]:
    return [model for model in apps.get_models() if issubclass(model, Ledger)]


def keep_ledgers(using: str, app_label: str | None = None) -> None:
    """Make the triggers of every ledger, or of an app's, that has its table."""
    connection = connections[using]
    wanted = {model._meta.db_table for model in ledgers() if app_label in (None, model._meta.app_label)}
    with connection.cursor() as cursor:
        for table in sorted(wanted & set(connection.introspection.table_names(cursor))):
            for statement in TRIGGERS[connection.vendor]:
                cursor.execute(statement.format(table=table))


def keep_ledgers_after_migrate(sender, using, plan=None, **kwargs):
    """Runs for each app after `migrate`, which has a plan; not after `flush`, which has none."""
    if plan is not None:
        keep_ledgers(using, sender.label)
