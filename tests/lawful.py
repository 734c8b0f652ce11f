"""What a test of a `lawful` module wrote obeys the laws at its end, before it is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import QuerySet

from microbiz.laws import check_laws


def check_what_was_written() -> None:
    """Raise LawBroken. Silent after a test that left its transaction broken."""
    if not connection.needs_rollback:
        check_laws()


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
