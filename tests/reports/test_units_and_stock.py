"""Who bought what, how old units are, what stands where and what was lost."""

import pytest

from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations import post_adjustment
from inventory.models import Product
from inventory.operations import lock_levels
from microbiz.reports import stock, units
from microbiz.reports.report import Reader
from register.operations import add_return_by_serial
from serials.models import Serial, SerialEvent
from serials.operations import counted, write_events
from serials.policy import State
from settings_app.models import SerialTracking
from settings_app.operations import next_number
from tests import factories
from tests.reports.conftest import EVERYTHING, ask, at, rows

pytestmark = pytest.mark.django_db


def passed(shops, **asked):
    table = units.serials(ask(units.SerialsFilter, shops, **asked), EVERYTHING)
    assert table.rows.count() == len(list(table.rows))
    return [(row["number"], str(row["how"]), row["customer"], row["receipt"]) for row in table.rows]


def test_who_bought_which_unit_and_brought_it_back(shops):
    first, exchange = shops.first.number, shops.exchange.number
    assert passed(shops) == [
        ("G1", "Came back", "", exchange),
        ("G2", "Sold", "Anna Berg", first),
        ("G1", "Sold", "Anna Berg", first),
    ]
    assert passed(shops, q="g2") == [("G2", "Sold", "Anna Berg", first)]
    assert passed(shops, how="return") == [("G1", "Came back", "", exchange)]
    assert len(passed(shops, customer="berg")) == 2
    assert passed(shops, product="0012") == passed(shops, store=shops.dublin.store.pk) == []


def test_a_unit_is_found_however_long_ago_it_was_sold(shops):
    found = units.SerialsFilter(
        {"q": "G2"}, stores=shops.stores, today=shops.first.completed_at.date().replace(year=2036)
    )
    assert found.is_valid()
    [row] = units.serials(found, EVERYTHING).rows
    assert (row["number"], row["at"].isoformat()) == ("G2", "2026-11-10T23:30:00")


def test_a_returned_unit_is_as_old_as_its_return(shops):
    [new, old] = sorted(units.ageing(ask(units.AgeingFilter, shops), EVERYTHING).rows, key=lambda row: row["days"])
    assert (new["number"], new["days"]) == ("G1", 1)
    assert (old["number"], old["days"], old["cost"]) == ("G3", 11, 75_00)


def test_a_transfer_makes_no_unit_younger(shops):
    serial = Serial.objects.get(number="G3")
    lock_levels({(store.pk, shops.guitar.pk) for store in shops.stores})
    with at(12, 8, 0), counted([serial]):
        serial.state, serial.store = State.IN_TRANSIT, None
        write_events([serial], SerialEvent.Kind.TRANSFER_OUT, staff=None, store_id=shops.harbor.store.pk)
        serial.state, serial.store = State.IN_STOCK, shops.dublin.store
        write_events([serial], SerialEvent.Kind.TRANSFER_IN, staff=None)
    [row] = units.ageing(ask(units.AgeingFilter, shops, store=shops.dublin.store.pk), EVERYTHING).rows
    assert (row["number"], row["days"], row["store"]) == ("G3", 11, "Dublin")


def test_ageing_by_product_and_only_the_old_ones(shops):
    found = rows(units.ageing, units.AgeingFilter, shops, by="product")
    assert {name: (row["units"], row["days"], row["cost"]) for name, row in found.items()} == {
        "Guitar": (2, 11, 150_00)
    }
    assert rows(units.ageing, units.AgeingFilter, shops, older="30") == {}
    assert rows(units.ageing, units.AgeingFilter, shops, by="store")["Harbor"]["units"] == 2


def test_stock_counts_units_serials_and_their_value(shops):
    table = stock.on_hand(ask(stock.StockFilter, shops), EVERYTHING)
    found = {row["name"]: (row["units"], row["serials"], row["cost"], row["price"]) for row in table.rows}
    assert found == {
        "Book": (18, 0, 360_00, 900_00),
        "Guitar": (2, 2, 150_00, 200_00),
        "Sticker": (16, 0, 0, 80_00),
    }
    assert table.totals == {"units": 36, "serials": 2, "cost": 510_00, "price": 1180_00}
    by_store = rows(stock.on_hand, stock.StockFilter, shops, by="store")
    assert {name: row["units"] for name, row in by_store.items()} == {"Harbor": 17, "Dublin": 19}
    by_category = rows(stock.on_hand, stock.StockFilter, shops, by="category")
    assert {name: row["units"] for name, row in by_category.items()} == {
        "No category": 18,
        "Strings > Guitars": 2,
        "Strings": 16,
    }


def test_who_may_not_see_costs_sees_none(shops):
    reader = Reader(sees_cost=False, has_serials=True)
    for build, kind in ((stock.on_hand, stock.StockFilter), (units.ageing, units.AgeingFilter)):
        table = build(ask(kind, shops), reader)
        assert not {"cost", "margin"} & {column.key for column in table.filed}


def test_differences_lack_serials_or_have_too_many(shops):
    factories.stock(shops.guitar, shops.harbor.store, 3)
    other = factories.TrackedFactory(name="Amp", serial_tracking=SerialTracking.OPTIONAL)
    factories.units(other, shops.dublin.store, "A1")
    Product.objects.filter(pk=other.pk).update(serial_tracking=SerialTracking.OPTIONAL)
    shops.dublin.scan(other.sku)
    shops.dublin.pay()
    found = rows(stock.differences, stock.DifferencesFilter, shops)
    assert {name: (row["units"], row["serials"], row["difference"]) for name, row in found.items()} == {
        "Guitar": (5, 2, -3),
        "Amp": (0, 1, 1),
    }
    assert list(rows(stock.differences, stock.DifferencesFilter, shops, show="lack")) == ["Guitar"]
    assert list(rows(stock.differences, stock.DifferencesFilter, shops, show="surplus")) == ["Amp"]


def test_adjustments_by_reason_with_what_they_cost(shops):
    for reason, is_minus, quantity in (("missing", True, 3), ("found", False, 1)):
        document = Adjustment.objects.create(number=next_number("ADJ"), store=shops.harbor.store, reason_id=reason)
        AdjustmentLine.objects.create(adjustment=document, product=shops.book, quantity=quantity, is_minus=is_minus)
        with at(11, 20, 0):
            post_adjustment(document, staff=shops.harbor.staff)
    found = rows(stock.adjustments, stock.AdjustmentsFilter, shops)
    assert {name: (row["plus"], row["minus"], row["units"], row["cost"]) for name, row in found.items()} == {
        "Missing": (0, -3, -3, -60_00),
        "Found": (1, 0, 1, 20_00),
    }
    table = stock.adjustments(ask(stock.AdjustmentsFilter, shops, by="each"), EVERYTHING)
    assert [(row["reason"], row["units"], row["cost"]) for row in table.rows] == [
        ("Found", 1, 20_00),
        ("Missing", -3, -60_00),
    ]
    assert (table.totals["units"], table.totals["cost"]) == (-2, -40_00)


def test_a_unit_sold_twice_is_listed_twice(shops):
    with at(12, 9, 0):
        shops.harbor.pay()  # the book that was still open
        add_return_by_serial(shops.harbor.sale, Serial.objects.get(number="G2"), reason="x", staff=shops.harbor.staff)
        shops.harbor.pay()
    with at(12, 10, 0):
        shops.harbor.sell("GTR", "G2")
    assert [how for _number, how, *_rest in passed(shops, q="G2", period="any")] == ["Sold", "Came back", "Sold"]
