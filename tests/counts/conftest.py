"""A store with a till, some goods, and two people who count them."""

import pytest

from inventory.counts.operations import start_count
from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory
from tests.register.till import open_till


@pytest.fixture(autouse=True)
def shop(db):
    return ShopSettingsFactory(serial_numbers_enabled=True)


@pytest.fixture
def harbor():
    return StoreFactory(name="Harbor")


@pytest.fixture
def northgate():
    return StoreFactory(name="Northgate")


@pytest.fixture
def till(harbor):
    return open_till(harbor)


@pytest.fixture
def ann():
    return StaffFactory(first_name="Ann")


@pytest.fixture
def ben():
    return StaffFactory(first_name="Ben")


@pytest.fixture
def count(harbor, ann):
    """A count of the whole store. Ask for the goods first: a count needs a product."""
    from tests.factories import ProductFactory

    ProductFactory(name="Something")
    return start_count(harbor, staff=ann)
