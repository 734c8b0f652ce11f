"""An order of a store and who looks after it in the browser, for tests of pages."""

import re

import pytest

from orders.operations import add_product, open_order
from tests import factories
from tests.factories import stock, units

HTMX = {"HX-Request": "true"}


@pytest.fixture
def store():
    factories.ShopSettingsFactory(serial_numbers_enabled=True)
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def staff(store):
    return factories.StaffFactory(stores=[store], role="Manager")


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def order(store, staff):
    """A draft with one tracked unit at 10.00 and two cables at 5.00."""
    order = factories.OrderFactory(store=store, staff=staff)
    units(camera := factories.TrackedFactory(name="Camera", price=1000), store, "ZA1")
    stock(cable := factories.ProductFactory(name="Cable", price=500), store, 5)
    add_product(order, camera, staff=staff)
    add_product(order, cable, quantity=2, staff=staff)
    order.refresh_from_db()
    return order


@pytest.fixture
def opened(order, staff):
    return open_order(order, staff=staff)


def post(desk, order, what, **data):
    return desk.post(f"/orders/{order.pk}/{what}/", data, headers=HTMX)


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())
