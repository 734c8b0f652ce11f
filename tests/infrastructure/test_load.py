"""The judge of `make load`: what people were told is compared with the records, in either direction."""

import pytest

from benchmarks.load.shop import faults
from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import open_till

NOTHING: dict[str, list] = {name: [] for name in ("sold", "returned", "received", "transferred")}


@pytest.fixture
def sold(db):
    """What the cashier was told of two units."""
    till = open_till()
    factories.units(factories.ProductFactory(serial_tracking=SerialTracking.ALL), till.store, "A1", "A2")
    return [[number, till.sell(number).number] for number in ("A1", "A2")]


@pytest.mark.once
def test_a_sale_on_one_side_only_is_found(sold):
    assert faults(NOTHING | {"sold": sold}) == []
    assert "A2 sold on" in faults(NOTHING | {"sold": sold[:1]})[0]
    assert faults(NOTHING | {"sold": [*sold, ["A3", "R1-9"]]}) == ["A3 sold on R1-9: told, not kept"]
    assert faults(NOTHING | {"sold": [*sold, sold[0]]}) == [f"A1 sold on {sold[0][1]}: told, not kept"]


@pytest.mark.once
def test_goods_that_did_not_come_or_go_are_found(sold):
    assert faults(NOTHING | {"sold": sold, "returned": [sold[0]]})[0].endswith("told, not kept")
    assert faults(NOTHING | {"sold": sold, "received": ["N1"]}) == ["N1: received says one side only"]
    assert faults(NOTHING | {"sold": sold, "transferred": ["A1"]}) == ["1 units were transferred, 0 are there"]
