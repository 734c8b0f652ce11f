"""A customer order with reserved units at the till's store, for tests that take it to the till."""

import pytest

from orders.models import OrderLine
from orders.operations import (
    add_product,
    open_order,
)
from register.operations import (
    add_order_payment,
)
from serials.models import SerialHold
from serials.operations import attach
from tests import factories
from tests.factories import units


@pytest.fixture
def camera(till):
    """A tracked product at 10.00 plus 10% tax, with two units at the till's store."""
    tax_class = factories.TaxClassFactory()
    factories.TaxRateFactory(tax_class=tax_class, store=till.store)
    product = factories.TrackedFactory(tax_class=tax_class)
    units(product, till.store, "ZA1", "ZA2")
    return product


@pytest.fixture
def order(till, camera):
    """Open, two cameras reserved: 22.00."""
    order = factories.OrderFactory(store=till.store)
    line = add_product(order, camera, quantity=2, staff=till.staff)
    open_order(order, staff=till.staff)
    attach(line, ["ZA1", "ZA2"], staff=till.staff, place=till.store.name)
    order.refresh_from_db()
    return order


def pay(till, order, amount):
    add_order_payment(till.sale, order, amount, staff=till.staff)
    sale = till.pay()
    order.refresh_from_db()
    return sale


def line_of(order):
    return OrderLine.objects.with_serials().get(order=order)


def holders():
    return {hold.serial.number: hold.document for hold in SerialHold.objects.select_related("serial")}
