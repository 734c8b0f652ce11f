"""What is known of codes before anything is written, and how units compare with serials."""

import pytest

from serials.operations import attach
from serials.verdicts import Finding, compare, judge
from tests.factories import (
    AdjustmentLineFactory,
    AdminFactory,
    SaleLineFactory,
    ShipmentLineFactory,
    StoreFactory,
    TrackedFactory,
    stock,
    unit,
    units,
)
from tests.serials.harbor import complete, fresh
from tests.serials.harbor import drive as drive
from tests.serials.harbor import harbor as harbor
from tests.serials.harbor import line as line
from tests.serials.harbor import shop as shop
from tests.serials.harbor import staff as staff

pytestmark = pytest.mark.django_db


def test_each_code_gets_its_own_verdict(line, drive, harbor, staff):
    northgate = StoreFactory(name="Northgate")
    units(drive, harbor, "READY", "HERE", "HELD", "SOLD")
    unit(drive, northgate, "NORTH")
    unit(TrackedFactory(name="Camera"), harbor, "CAMERA")
    attach(line, ["HERE"], staff=staff)
    attach(SaleLineFactory(sale__register__store=harbor, product=drive), ["HELD"], staff=staff)
    sold = SaleLineFactory(sale__register__store=harbor, product=drive)
    attach(sold, ["SOLD"], staff=staff)
    complete(sold, staff)
    codes = ["READY", "HERE", "HELD", "SOLD", "NORTH", "CAMERA", "NOWHERE"]
    verdicts = judge(fresh(line), codes)
    assert [verdict.number for verdict in verdicts] == codes
    assert [verdict.finding for verdict in verdicts] == [
        Finding.READY,
        Finding.HERE,
        Finding.HELD,
        Finding.AWAY,
        Finding.ELSEWHERE,
        Finding.OTHER_PRODUCT,
        Finding.UNKNOWN,
    ]
    texts = {verdict.number: verdict.text for verdict in verdicts}
    assert sold.sale.number in texts["SOLD"]
    assert "Northgate" in texts["NORTH"]
    assert "Camera" in texts["CAMERA"]


def test_what_no_take_over_would_make_usable_is_not_called_held(line, drive, harbor):
    """Taken from its document, a unit of another store or one that stands in stock already would be refused all the same."""
    northgate = StoreFactory(name="Northgate")
    unit(drive, northgate, "NORTH")
    unit(drive, harbor, "A1")
    away = SaleLineFactory(sale__register__store=northgate, product=drive)
    attach(away, ["NORTH"], staff=AdminFactory())
    here = SaleLineFactory(sale__register__store=harbor, product=drive)
    attach(here, ["A1"], staff=AdminFactory())
    [north] = judge(fresh(line), ["NORTH"])
    assert north.finding is Finding.ELSEWHERE
    assert "In stock at Northgate" in north.text
    assert away.sale.number in north.text
    [arriving] = judge(ShipmentLineFactory(shipment__store=harbor, product=drive), ["A1"])
    assert arriving.finding is Finding.AWAY
    assert "In stock at" in arriving.text
    assert here.sale.number in arriving.text


def test_the_comparison_counts_open_stock_serials_and_what_is_to_go(line, drive, harbor, staff):
    units(drive, harbor, "A1")
    stock(drive, harbor, 2)
    attach(line, ["A1"], staff=staff)
    compared = compare(fresh(line))
    assert (compared.open_stock, compared.on_record, compared.on_line, compared.quantity) == (3, 1, 1, 2)
    assert (compared.room, compared.to_go) == (2, 1)


def test_units_being_received_count_as_open_stock(harbor, drive, staff):
    unit(drive, harbor, "A1")
    line = AdjustmentLineFactory(adjustment__store=harbor, product=drive, quantity=3)
    attach(line, ["B1"], new=["B1"], staff=staff)
    compared = compare(fresh(line))
    assert (compared.open_stock, compared.on_record) == (4, 2)
