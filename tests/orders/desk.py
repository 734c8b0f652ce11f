"""An order at a store with somebody who looks after it, for tests of operations."""

import pytest

from inventory.models import StockMovement
from microbiz.laws import check_laws
from orders.models import HandOver, OrderLine
from orders.operations import (
    add_product,
    hand_over,
    open_order,
)
from serials.models import SerialEvent, SerialHold
from serials.operations import attach
from serials.policy import State
from tests import factories

UNPAID = "The club pays on the first"


@pytest.fixture(autouse=True)
def shop():
    return factories.ShopSettingsFactory(serial_numbers_enabled=True)


@pytest.fixture
def manager():
    return factories.StaffFactory(role="Manager")


@pytest.fixture
def store():
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def order(store):
    return factories.OrderFactory(store=store)


@pytest.fixture
def hand_out(manager):
    """Hand over although nothing is paid, as the manager may."""

    def act(order, picks=None, **more):
        return hand_over(order, picks, staff=manager, unpaid_reason=UNPAID, **more)

    return act


def line_with(order, product, *numbers, quantity=None, staff, opened=True):
    """A line of a product on an order, open from then on, with these units reserved for it."""
    line = add_product(order, product, quantity=quantity or len(numbers) or 1, staff=staff)
    order.refresh_from_db()
    if opened and order.is_draft:
        open_order(order, staff=staff)
    if numbers:
        attach(line, numbers, staff=staff, place=order.store.name)
    return OrderLine.objects.with_serials().select_related("order__store").get(pk=line.pk)


def as_it_was(order, *serials):
    """Nothing moved: no movement, no event, no hand-over."""
    assert not StockMovement.objects.filter(document_type="orders.handover").exists()
    assert not SerialEvent.objects.filter(document_type="orders.handover").exists()
    assert not HandOver.objects.exists()
    for serial in serials:
        serial.refresh_from_db()
        assert serial.state == State.IN_STOCK
        assert SerialHold.objects.get(serial=serial).document == str(order)
    check_laws()
