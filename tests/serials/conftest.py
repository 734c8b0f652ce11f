"""A line of a sale that wants serial numbers, and the till that it is on."""

import pytest

from tests.factories import SaleLineFactory, ShopSettingsFactory, StaffFactory, StoreFactory, TrackedFactory

CASHIER = ["register.sell", "serials.view_serial", "serials.add_serial", "inventory.view_product"]


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    return StoreFactory(name="Harbor")


@pytest.fixture
def northgate():
    return StoreFactory(name="Northgate")


@pytest.fixture
def staff(harbor):
    return StaffFactory(stores=[harbor], permissions=CASHIER)


@pytest.fixture
def drive():
    return TrackedFactory(name="IronWolf")


@pytest.fixture
def line(harbor, drive):
    return SaleLineFactory(sale__register__store=harbor, product=drive, quantity=3)


@pytest.fixture
def till(client, staff):
    """A browser that asks for fragments."""
    client.force_login(staff)
    client.defaults["HTTP_HX_REQUEST"] = "true"
    return client
