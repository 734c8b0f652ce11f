"""Run every operation twice: once for nothing, as if the database had given it up at its end, then once for good.

    python -m pytest -p tests.twice tests/register

Whatever an operation leaves behind in memory at its first attempt, the second has to come to the same end
(microbiz/transactions.py). Queries are counted twice here, so tests that count them are left out.
"""

import threading
from functools import wraps

from django.db import transaction

from microbiz import transactions

begun = threading.local()
begin = transactions.operation


class GivenUp(Exception):
    """The end of the first attempt."""


def operation(run):
    whole = begin(run)

    @wraps(run)
    def twice(*args, **kwargs):
        if getattr(begun, "is_inside", False):
            return whole(*args, **kwargs)
        begun.is_inside = True
        try:
            attempt_for_nothing(run, args, kwargs)
            return whole(*args, **kwargs)
        finally:
            begun.is_inside = False

    return twice


def attempt_for_nothing(run, args, kwargs):
    try:
        with transaction.atomic():
            run(*args, **kwargs)
            raise GivenUp
    except Exception:  # whatever it is, the second attempt comes to it again
        return


transactions.operation = operation


def pytest_collection_modifyitems(config, items):
    counting = {"django_assert_num_queries", "django_assert_max_num_queries"}
    left = [item for item in items if counting & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
