"""What the database itself refuses, whatever the code does: each test goes around the operations and meets it."""

import pytest
from django.db import IntegrityError, transaction

from tests import factories


@pytest.fixture
def refused():
    """A block whose write the database refuses, naming the constraint where it has a name of ours."""

    class Refused:
        def __init__(self, constraint):
            self.constraint = constraint

        def __enter__(self):
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()

        def __exit__(self, kind, error, traceback):
            self.savepoint.__exit__(kind, error, traceback)
            assert kind is not None, f"{self.constraint} let it pass"
            assert issubclass(kind, IntegrityError), error
            text = str(error)
            # SQLite names the columns of a unique constraint instead of the constraint.
            assert self.constraint in text or "UNIQUE constraint failed" in text, text
            return True

    return Refused


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def product():
    return factories.TrackedFactory()


@pytest.fixture
def serial(product, store):
    return factories.unit(product, store, "ZA1")
