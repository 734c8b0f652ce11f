"""What a test wrote obeys the laws at its end, before it is put back, unless the test is marked `by_hand`."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.db import connection
from django.db.models import QuerySet
from psycopg import ClientCursor

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


def let_postgresql_keep_the_questions() -> None:
    """Put every question of every law into one function of the test database, which each connection plans once.

    Planning is what takes the time there, 45 ms for each test, where the answers take 5. A prepared statement
    would not last: with the transaction of a test, psycopg takes back all that the connection has prepared.
    """
    with connection.cursor() as cursor:
        client = ClientCursor(connection.connection)
        questions = [client.mogrify(*check.question()) for law in LAWS for check in law.checks]
        is_broken = " OR ".join(f"EXISTS ({question})" for question in questions)
        cursor.execute(
            "CREATE OR REPLACE FUNCTION is_any_law_broken() RETURNS boolean LANGUAGE plpgsql "
            f"AS $laws$ BEGIN RETURN {is_broken}; END $laws$"
        )


def _is_any_broken() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_any_law_broken()")
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
