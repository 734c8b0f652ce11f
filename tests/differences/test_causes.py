"""The probable cause of each difference, with the documents behind it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.adjustments.operations import post_adjustment
from inventory.models import StockLevel, StockMovement
from inventory.operations import change_tracking
from microbiz.laws import check_laws
from register.operations import ReturnPick, add_return
from serials.causes import explain
from serials.differences import differing, gap_of
from serials.fix_operations import record_shelf
from serials.late_operations import name_late
from serials.operations import attach, put_on_record
from settings_app.models import SerialTracking, Store
from tests import factories
from transfers.operations import add_product, mark_all_arrived, receive_transfer, request_transfer, send_transfer

pytestmark = pytest.mark.django_db


def causes():
    """Every gap of every store, by product name and store: lack (positive), words, and papers as told."""
    gaps = [gap_of(level) for level in differing(Store.objects.all())]
    found = explain(gaps)
    return {
        (gap.product.name, gap.store.name): (
            gap.difference,
            found[gap.pair].words,
            [(paper.number, paper.in_words) for paper in found[gap.pair].papers],
        )
        for gap in gaps
    }


def adjust(till, drive, quantity, numbers=(), *, minus=False, reason="found"):
    line = factories.AdjustmentLineFactory(
        adjustment__store=till.store, adjustment__reason_id=reason, product=drive, quantity=quantity, is_minus=minus
    )
    attach(line, numbers, new=() if minus else numbers, staff=till.staff)
    return post_adjustment(line.adjustment, staff=till.staff)


def sell_unnamed(till, drive, quantity=1):
    till.scan(drive.sku)
    if quantity > 1:
        till.sale.lines.get().change_quantity(quantity, staff=till.staff)
    return till.pay()


def test_units_and_serials_that_agree_have_no_cause(till, drive):
    factories.units(drive, till.store, "A1", "A2")
    till.sell("A1")
    assert causes() == {}


def test_sold_without_its_serial(till, drive):
    factories.units(drive, till.store, "A1", "A2", "A3")
    till.sell("A3")
    first, second = sell_unnamed(till, drive), sell_unnamed(till, drive)
    assert causes() == {
        ("IronWolf", "Harbor"): (
            -2,
            "Sold without their serials",
            [(second.number, "1 unit, no serial"), (first.number, "1 unit, no serial")],
        )
    }
    name_late(second.lines.get(), ["A1"], staff=till.staff)
    assert causes()["IronWolf", "Harbor"] == (
        -1,
        "Sold without its serial",
        [(first.number, "1 unit, no serial")],
    )


def test_a_sale_of_three_with_one_serial_says_so(till, drive):
    factories.units(drive, till.store, "A1", "A2", "A3")
    till.scan("A1")
    till.sale.lines.get().change_quantity(3, staff=till.staff)
    sale = till.pay()
    assert causes()["IronWolf", "Harbor"] == (-2, "Sold without their serials", [(sale.number, "3 units, 1 serial")])


def test_came_back_without_its_serial(till, drive):
    factories.units(drive, till.store, "A1")
    receipt = till.sell("A1")
    add_return(till.sale, receipt, [ReturnPick(receipt.lines.get(), 1)], reason="Faulty", staff=till.staff)
    back = till.pay()
    assert causes()["IronWolf", "Harbor"] == (1, "Came back without its serial", [(back.number, "1 unit, no serial")])


def test_added_and_taken_out_by_hand(till, drive):
    found = adjust(till, drive, 5, ["A1", "A2", "A3"])
    assert causes()["IronWolf", "Harbor"] == (
        2,
        "Added by hand without serials",
        [(found.number, "5 units, 3 serials")],
    )
    record_shelf(drive, till.store, ["A4", "A5"], staff=till.staff)
    assert causes() == {}


@pytest.mark.by_hand
def test_taken_out_without_its_serial(till, drive):
    adjust(till, drive, 2, ["A1"])
    lost = StockMovement(
        product=drive,
        store=till.store,
        quantity=-2,
        reason="adjustment",
        document="ADJ-X",
        document_id=99,
        document_type="adjustments.adjustment",
    )
    lost.save()
    StockLevel.objects.update(on_hand=0)
    assert causes()["IronWolf", "Harbor"] == (-1, "Taken out without its serial", [("ADJ-X", "2 units, no serial")])


def test_opening_stock_without_serials(till, drive):
    opening = adjust(till, drive, 4, reason="opening")
    assert causes()["IronWolf", "Harbor"] == (
        4,
        "Opening stock without serials",
        [(opening.number, "4 units, no serial")],
    )


def test_in_stock_before_tracking(till, drive):
    product = factories.ProductFactory(name="Speaker", serial_tracking=SerialTracking.NONE)
    factories.stock(product, till.store, 3)
    change_tracking(product, SerialTracking.SALES, staff=till.staff)
    difference, words, _papers = causes()["Speaker", "Harbor"]
    assert (difference, words) == (3, "In stock before tracking")
    adjust(till, product, 1)
    assert causes()["Speaker", "Harbor"][1] == "Added by hand without serials"


def test_sent_and_arrived_without_serials(till, drive):
    northgate = factories.StoreFactory(name="Northgate")
    factories.units(drive, till.store, "A1", "A2")
    transfer = request_transfer(till.store, northgate, staff=till.staff)
    add_product(transfer, drive, quantity=2, staff=till.staff)
    send_transfer(transfer, staff=till.staff)
    assert causes() == {
        ("IronWolf", "Harbor"): (-2, "Sent without their serials", [(transfer.number, "2 units, no serial")])
    }
    mark_all_arrived(transfer, staff=till.staff)
    receive_transfer(transfer, staff=till.staff)
    assert causes()["IronWolf", "Northgate"] == (
        2,
        "Arrived without their serials",
        [(transfer.number, "2 units, no serial")],
    )


def test_serials_recorded_without_a_receipt(till, drive):
    factories.units(drive, till.store, "A1")
    put_on_record(drive, till.store, ["A2"], staff=till.staff)
    assert causes()["IronWolf", "Harbor"] == (-1, "Recorded without a receipt", [])


def test_the_document_where_a_unit_can_be_named_is_known(till, drive):
    factories.units(drive, till.store, "A1")
    sale = sell_unnamed(till, drive)
    gap = gap_of(differing([till.store]).get())
    [paper] = explain([gap])[gap.pair].nameable
    assert paper.line == sale.lines.get()
    assert (paper.url, paper.staff) == (sale.get_absolute_url(), till.staff)


@pytest.mark.once
def test_ten_times_the_rows_and_documents_take_as_many_queries(till):
    def more(count):
        for _one in range(count):
            product = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
            factories.units(product, till.store, "A1", "A2")
            sell_unnamed(till, product)
            adjusted = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
            adjust(till, adjusted, 2)

    def queries():
        gaps = [gap_of(level) for level in differing([till.store])]
        with CaptureQueriesContext(connection) as captured:
            explain(gaps)
        return len(captured)

    more(1)
    few = queries()
    more(9)
    assert queries() == few
    check_laws()
