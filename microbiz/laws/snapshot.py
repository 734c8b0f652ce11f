"""One moment of the whole database to check the laws in, while the shop goes on selling."""

from contextlib import contextmanager

from django.db import connection

# SQLite's own BEGIN here, not Django's: that one takes the write lock, and every till would wait.
# On PostgreSQL every answer is read to its end, and sums over a million rows want memory: as much as this, for each.
OPEN = {
    "postgresql": [
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SET LOCAL cursor_tuple_fraction = 1",
        "SET LOCAL work_mem = '64MB'",
    ],
    "sqlite": ["PRAGMA query_only = ON", "BEGIN DEFERRED"],
}
CLOSE = {"postgresql": ["ROLLBACK"], "sqlite": ["ROLLBACK", "PRAGMA query_only = OFF"]}


@contextmanager
def snapshot():
    """Inside, every query sees the same moment and none may write. Not within a transaction of the caller's."""
    if connection.in_atomic_block:
        raise RuntimeError("A snapshot begins a transaction of its own.")
    _run(OPEN)
    try:
        yield
    finally:
        _run(CLOSE)


def _run(statements):
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
