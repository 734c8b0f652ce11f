"""How an operation of the shop is run: in one transaction, whole or not at all, again where the database gave it up."""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger(__name__)

ATTEMPTS = 5
LONGEST_PAUSE = 0.05  # seconds after the first attempt; twice as long after each further one
GIVEN_UP = {"40P01", "40001"}  # PostgreSQL, appendix A: deadlock_detected, serialization_failure


def operation(run: Callable[P, T]) -> Callable[P, T]:
    """Make `run` one transaction, begun again from its start where PostgreSQL gave it up in favour of another.

    What it had written is gone by then, so nothing is done twice. Inside the transaction of another operation it is a
    part of that one and never begun again by itself: the outermost is. Raises the database's OperationalError after
    ATTEMPTS, and at once for any other: whoever has waited for a lock as long as is waited reads that (503).
    """

    @wraps(run)
    def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        attempts = 1 if connection.in_atomic_block else ATTEMPTS
        for attempt in range(1, attempts):
            try:
                with transaction.atomic():
                    return run(*args, **kwargs)
            except OperationalError as error:
                if not _was_given_up(error):
                    raise
                logger.warning("%s is begun again after attempt %d: %s", run.__qualname__, attempt, error.__cause__)
            # Out of step, or the same two would meet in the same way.
            time.sleep(random.uniform(0, LONGEST_PAUSE * 2 ** (attempt - 1)))  # noqa: S311 (no secret)
        with transaction.atomic():
            return run(*args, **kwargs)

    return whole


def _was_given_up(error: OperationalError) -> bool:
    """Whether the database rolled the transaction back so that others could go on; SQLite never does."""
    return getattr(error.__cause__, "sqlstate", None) in GIVEN_UP


def part_of_a_posting(run: Callable[P, T]) -> Callable[P, T]:
    """Refuse to run outside an operation, where locks would end at once and half of a posting could stay.

    Makes no savepoint: what fails in a part fails the whole operation.
    """

    @wraps(run)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        if not connection.in_atomic_block:
            raise TransactionManagementError(f"{run.__name__} is part of a posting: begin an operation first.")
        return run(*args, **kwargs)

    return inside
