"""A store with a till, some goods, and two people who count them."""

import pytest

from inventory.counts.operations import start_count
from tests.factories import ProductFactory, ShopSettingsFactory, StaffFactory, StoreFactory, TrackedFactory
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
    ProductFactory(name="Something")
    return start_count(harbor, staff=ann)


@pytest.fixture
def drive():
    return TrackedFactory(name="IronWolf", sku="IW")


@pytest.fixture
def cable():
    return ProductFactory(name="Cable", sku="CBL")
