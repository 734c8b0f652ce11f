"""Two tills of one store, what they sell, and the server of the races that go over HTTP."""

import pytest

from tests import factories
from tests.register.till import open_till
from tests.running.server import running, url_of_test_database


def pytest_itemcollected(item):
    """What comes of a guard that is taken out breaks the laws, as the test says by itself."""
    if item.name.startswith("test_without_"):
        item.add_marker("by_hand")


@pytest.fixture
def tills():
    factories.ShopSettingsFactory()
    first = open_till()
    return first, open_till(store=first.store)


@pytest.fixture
def drive(tills):
    """A tracked product with two units, ZA1 and ZA2: 100.00 each."""
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)
    factories.units(product, tills[0].store, "ZA1", "ZA2")
    return product


@pytest.fixture
def cable(tills):
    """Ten without serial numbers: 10.00 each."""
    return factories.stock(factories.ProductFactory(name="Cable", sku="CBL", price=1000), tills[0].store, 10)


@pytest.fixture(scope="package")
def server(django_db_setup, django_db_blocker, tmp_path_factory):
    """The server with its workers, started once for all of these modules."""
    with django_db_blocker.unblock():
        database = url_of_test_database()
    with running(database, tmp_path_factory.mktemp("shop"), workers=3) as server:
        yield server
