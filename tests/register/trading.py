"""What a customer brings in trade, for tests of buying it."""

import pytest

from microbiz.laws import check_laws
from register.models import Override, SaleLine
from register.operations import (
    set_customer,
    take_in_trade,
)
from serials.models import Serial, SerialHold
from serials.policy import State
from tests import factories


@pytest.fixture
def drive(till):
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)
    factories.units(product, till.store, "ZA1", "ZA2")
    return product


@pytest.fixture
def ada(till):
    return factories.CustomerFactory(name="Ada Lovelace")


def unit(number):
    return Serial.objects.get(number=number)


def buy(till, product, *numbers, customer=None, price=4000, **terms):
    """Take units in on the till's open sale."""
    sale = till.sale
    if sale.customer is None:
        set_customer(sale, customer or factories.CustomerFactory(), staff=till.staff)
    terms.setdefault("quantity", max(len(numbers), 1))
    return take_in_trade(till.sale, product, price=price, numbers=numbers, staff=till.staff, **terms)


def nothing_moved(product, till, on_hand):
    """A refusal left no line, no hold, no new number and no movement."""
    assert not SaleLine.objects.filter(kind=SaleLine.Kind.TRADE_IN).exists()
    assert not Override.objects.exists()
    assert not SerialHold.objects.exists()
    assert not Serial.objects.filter(state=State.EXPECTED).exists()
    assert factories.on_hand(product, till.store) == on_hand
    check_laws()
