"""What was sold and comes back, for tests of returns."""

import pytest

from register.operations import (
    ReturnPick,
    add_return,
)
from serials.models import Serial
from tests import factories


@pytest.fixture
def drive(till):
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)
    factories.units(product, till.store, "ZA1", "ZA2", "ZA3", "ZA4", "ZA5")
    return product


@pytest.fixture
def cable(till):
    product = factories.ProductFactory(name="HDMI cable", sku="CBL-2", price=1000)
    return factories.stock(product, till.store, 10)


def unit(number):
    return Serial.objects.get(number=number)


def take_back(till, receipt, *numbers, quantity=None):
    """Put units of a receipt's first line back on the till's sale."""
    line = receipt.lines.first()
    pick = ReturnPick(line, quantity or len(numbers), [unit(number) for number in numbers])
    [back] = add_return(till.sale, receipt, [pick], reason="Faulty", staff=till.staff)
    return back
