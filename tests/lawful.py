"""What a test wrote obeys the laws at its end, before it is put back, unless the test is marked `by_hand`."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.db import connection
from django.db.models import QuerySet

from microbiz.laws import LAWS, check_laws
from microbiz.laws.snapshot import snapshot


def check_what_was_written() -> None:
    """Raise LawBroken. Silent after a test that left its transaction broken.

    A server that is still answering a page commits between two questions: all are about one moment.
    """
    if connection.needs_rollback:
        return
    with nullcontext() if connection.in_atomic_block else snapshot():
        if connection.vendor != "postgresql" or _is_any_broken():
            check_laws()


def _is_any_broken() -> bool:
    """Every question of every law in one statement that PostgreSQL plans once for a connection.

    Planning them is what takes the time there: 50 ms for each test, of the 5 ms that the answers take.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = 'laws'")
        if cursor.fetchone() is None:
            questions = [cursor.mogrify(*check.question()) for law in LAWS for check in law.checks]
            cursor.execute(f"PREPARE laws AS SELECT {' OR '.join(f'EXISTS ({question})' for question in questions)}")
        cursor.execute("EXECUTE laws")
        return cursor.fetchone()[0]


@contextmanager
def as_a_hand_left_them(rows: QuerySet, **fields) -> Iterator[None]:
    """Inside, these rows say what no operation wrote, as after an older version or a hand in the database.

    Afterwards they say again what they did, so that the laws are asked about what the test's operations wrote.
    """
    names = [rows.model._meta.get_field(name).attname for name in fields]
    before = {row["pk"]: row for row in rows.values("pk", *names)}
    rows.model._base_manager.filter(pk__in=before).update(**fields)
    yield
    for pk, row in before.items():
        rows.model._base_manager.filter(pk=pk).update(**{name: row[name] for name in names})
