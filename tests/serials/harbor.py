"""A store, a tracked product and an open sale of two units of it, for tests of the operations on serials."""

import pytest

from tests.factories import (
    AdminFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StoreFactory,
    TrackedFactory,
)
from tests.register.till import pay


@pytest.fixture(autouse=True)
def shop():
    return ShopSettingsFactory()


@pytest.fixture
def staff():
    return AdminFactory()


@pytest.fixture
def harbor():
    return StoreFactory(name="Harbor")


@pytest.fixture
def drive():
    return TrackedFactory(name="IronWolf")


@pytest.fixture
def line(harbor, drive):
    return SaleLineFactory(sale__register__store=harbor, product=drive, quantity=2)


def fresh(line):
    return type(line).objects.with_serials().get(pk=line.pk)


def complete(line, staff, **options):
    """Move the units of a line, as the register does."""
    pay(line.sale, staff=staff, **options)
