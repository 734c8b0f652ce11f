"""The tests' database, put back as `migrate` left it after a test that committed.

Django's own flush empties every table and then announces a migration, by which every permission and role is written
anew: half a second after each test with a browser or a race. Here only what a test has written is touched.
"""

from contextlib import contextmanager

from django.db import connection, transaction

from microbiz.ledgers import keep_ledgers, ledgers


class Pristine:
    """What the tables hold before any test: kinds of content, permissions, roles, built-in reasons."""

    def __init__(self):
        self.tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self.rows = {table: rows_of(table) for table in self._filled()}

    def restore(self) -> None:
        """Delete and insert where the rows are others than at the beginning."""
        written = [table for table in self._filled() if table not in self.rows]
        changed = written + [table for table, rows in self.rows.items() if rows_of(table) != rows]
        with connection.constraint_checks_disabled(), transaction.atomic(), unguarded(changed):
            for table in changed:
                with connection.cursor() as cursor:
                    cursor.execute(f"DELETE FROM {table}")
                insert(table, self.rows.get(table, []))

    def _filled(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM {t})" for t in self.tables))
            return [table for (table,) in cursor.fetchall()]


def rows_of(table: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return cursor.fetchall()


def insert(table: str, rows: list[tuple]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)


@contextmanager
def unguarded(tables: list[str]):
    """Inside, rows of ledgers may be deleted, by the tests' superuser on PostgreSQL and without the trigger on SQLite."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            return
        guarded = [model._meta.db_table for model in ledgers() if model._meta.db_table in tables]
        for table in guarded:
            cursor.execute(f"DROP TRIGGER {table}_whole")
        yield
        if guarded:
            keep_ledgers("default")
