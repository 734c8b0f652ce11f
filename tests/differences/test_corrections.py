"""One serial swapped for another on a completed document, and units named on it afterwards."""

import pytest

from inventory.adjustments.operations import post_adjustment, reverse_adjustment
from register.models import Sale, SaleLineSerial
from register.operations import ReturnPick, add_return
from register.receipts import build_receipt
from serials.errors import (
    NotCompleted,
    NotOnLine,
    ReasonMissing,
    SerialUnavailable,
    TooManySerials,
    UnitMovedOn,
)
from serials.fix_operations import undo_fix
from serials.late_operations import correct, exchange, may_be_named, name_late
from serials.models import Fix, Serial, SerialEvent
from serials.operations import attach
from serials.policy import State
from tests import factories
from transfers.operations import add_product, receive_transfer, request_transfer, send_transfer, set_counts

pytestmark = pytest.mark.django_db


@pytest.fixture
def drives(drive, till):
    return factories.units(drive, till.store, "A1", "B1", "C1")


@pytest.fixture
def sold(till, drives):
    """A1 was scanned; in the box is B1."""
    return till.sell("A1")


def state_of(number):
    unit = Serial.objects.get(number=number)
    return unit.state, unit.store_id


def events_of(number):
    return [(event.kind, event.state) for event in Serial.objects.get(number=number).events.order_by("sequence")]


def ledger():
    return (
        SerialEvent.objects.count(),
        Fix.objects.count(),
        sorted(SaleLineSerial.objects.values_list("serial__number")),
    )


def unnamed_sale(till, drive, quantity=1):
    """The product was scanned, its serial was not."""
    till.scan(drive.sku)
    line = till.sale.lines.get()
    if quantity > 1:
        line.change_quantity(quantity, staff=till.staff)
    return till.pay()


# --- Correcting -------------------------------------------------------------------------------------------------------


def test_both_units_change_places_on_the_receipt_and_in_the_ledgers(till, drive, drives, sold):
    fix = correct(sold.lines.get(), drives[0], "b1", staff=till.staff, reason="Labels were swapped")
    assert state_of("A1") == (State.IN_STOCK, till.store.pk)
    assert state_of("B1") == (State.SOLD, None)
    assert events_of("A1") == [("recorded", "in_stock"), ("sale", "sold"), ("corrected", "in_stock")]
    assert events_of("B1") == [("recorded", "in_stock"), ("sale", "sold")]
    assert build_receipt(sold, is_copy=True).lines[0].serials == ["B1"]
    assert factories.on_hand(drive, till.store) == 2
    assert (fix.document, fix.reason, fix.staff) == (sold.number, "Labels were swapped", till.staff)
    for number, other in (("A1", "B1"), ("B1", "A1")):
        note = Serial.objects.get(number=number).events.first().note
        assert other in note and "Labels were swapped" in note


def test_the_unit_that_took_the_place_comes_back_on_that_receipt_and_the_other_is_sold(till, drives, sold):
    correct(sold.lines.get(), drives[0], "B1", staff=till.staff, reason="Swapped")
    add_return(till.sale, sold, [ReturnPick(sold.lines.get(), 1, [drives[1]])], reason="Faulty", staff=till.staff)
    assert till.pay().is_completed
    assert till.sell("A1").is_completed
    assert state_of("A1") == (State.SOLD, None)
    assert state_of("B1") == (State.IN_STOCK, till.store.pk)


def test_a_return_is_corrected_to_a_unit_of_the_same_receipt_and_both_can_come_back_again(till, drives):
    till.scan("A1", "B1")
    receipt = till.pay()
    line = receipt.lines.get()
    add_return(till.sale, receipt, [ReturnPick(line, 1, [drives[0]])], reason="Faulty", staff=till.staff)
    back = till.pay().lines.get()
    correct(back, drives[0], "B1", staff=till.staff, reason="It was the other one")
    assert state_of("A1") == (State.SOLD, None)
    assert state_of("B1") == (State.IN_STOCK, till.store.pk)
    assert back.serial_links.get().returned_link == line.serial_links.get(serial=drives[1])
    add_return(till.sale, receipt, [ReturnPick(line, 1, [drives[0]])], reason="Too", staff=till.staff)
    assert till.pay().is_completed


def test_a_mistyped_number_of_goods_that_came_is_corrected_to_one_never_seen(till, drive):
    line = arrival(till, drive, ["ZL2B7K4N"])
    [typed] = line.serials
    with pytest.raises(SerialUnavailable):
        correct(line, typed, "ZL2B7K4M", staff=till.staff, reason="Typing error")
    assert not Serial.objects.filter(number="ZL2B7K4M").exists()
    correct(line, typed, "ZL2B7K4M", staff=till.staff, reason="Typing error", is_new=True)
    assert state_of("ZL2B7K4N") == (State.EXPECTED, None)
    assert state_of("ZL2B7K4M") == (State.IN_STOCK, till.store.pk)


def arrival(till, drive, numbers, quantity=None):
    """An adjustment that added units."""
    line = factories.AdjustmentLineFactory(
        adjustment__store=till.store, product=drive, quantity=quantity or len(numbers)
    )
    attach(line, numbers, new=numbers, staff=till.staff)
    post_adjustment(line.adjustment, staff=till.staff)
    return type(line).objects.with_serials().get(pk=line.pk)


def test_a_unit_that_never_had_a_number_may_be_the_one_while_stock_leaves_room(till, drive, drives, sold):
    with pytest.raises(TooManySerials):
        correct(sold.lines.get(), drives[0], "NEW", staff=till.staff, reason="Wrong box", is_new=True)
    assert not Serial.objects.filter(number="NEW").exists()
    factories.stock(drive, till.store, 1)
    correct(sold.lines.get(), drives[0], "NEW", staff=till.staff, reason="Wrong box", is_new=True)
    assert state_of("NEW") == (State.SOLD, None)
    assert events_of("NEW") == [("recorded", "in_stock"), ("sale", "sold")]


def test_a_correction_is_corrected_back_and_forth(till, drives, sold):
    line = sold.lines.get()
    correct(line, drives[0], "B1", staff=till.staff, reason="Swapped")
    correct(line, drives[1], "A1", staff=till.staff, reason="No, they were not")
    correct(line, drives[0], "C1", staff=till.staff, reason="It was a third")
    assert [state_of(number)[0] for number in ("A1", "B1", "C1")] == [State.IN_STOCK, State.IN_STOCK, State.SOLD]


def test_undoing_a_correction_puts_both_back(till, drives, sold):
    fix = correct(sold.lines.get(), drives[0], "B1", staff=till.staff, reason="Swapped")
    undo_fix(fix, staff=till.staff)
    assert state_of("A1") == (State.SOLD, None)
    assert state_of("B1") == (State.IN_STOCK, till.store.pk)
    assert build_receipt(sold).lines[0].serials == ["A1"]


def test_undoing_a_correction_takes_a_number_that_it_made_off_the_record(till, drive, drives, sold):
    factories.stock(drive, till.store, 1)
    fix = correct(sold.lines.get(), drives[0], "NEW", staff=till.staff, reason="Wrong box", is_new=True)
    undo_fix(fix, staff=till.staff)
    assert state_of("NEW") == (State.EXPECTED, None)
    assert state_of("A1") == (State.SOLD, None)


# Refusals: what is done first, the number that is meant, the error, and words of it.


def sell_again(till, drives, sold):
    till.sell("B1")


def bring_back(till, drives, sold):
    add_return(till.sale, sold, [ReturnPick(sold.lines.get(), 1, [drives[0]])], reason="Faulty", staff=till.staff)


def bring_back_and_pay(till, drives, sold):
    bring_back(till, drives, sold)
    till.pay()


def put_in_a_cart(till, drives, sold):
    till.scan("B1")


def elsewhere(till, drives, sold):
    factories.unit(drives[0].product, factories.StoreFactory(name="Northgate"), "N1")


def arrive_later(till, drives, sold):
    arrival(till, drives[0].product, ["LATE"])


def nothing(till, drives, sold):
    pass


@pytest.mark.parametrize(
    ("first", "number", "error", "words"),
    [
        (sell_again, "B1", SerialUnavailable, "Sold"),
        (bring_back, "B1", UnitMovedOn, "Held by sale"),
        (bring_back_and_pay, "B1", UnitMovedOn, "In stock at Harbor"),
        (put_in_a_cart, "B1", SerialUnavailable, "Held by sale"),
        (elsewhere, "N1", SerialUnavailable, "In stock at Northgate"),
        (arrive_later, "LATE", SerialUnavailable, "after Sale"),
        (nothing, "A1", NotOnLine, "is the one that stands there"),
        (nothing, "UNKNOWN", SerialUnavailable, "No such serial number"),
    ],
)
def test_a_unit_that_cannot_be_the_one_is_refused_with_where_it_is(till, drives, sold, first, number, error, words):
    first(till, drives, sold)
    before = ledger()
    with pytest.raises(error, match=words):
        correct(sold.lines.get(), drives[0], number, staff=till.staff, reason="Swapped")
    assert ledger() == before


def test_a_correction_needs_a_reason_and_a_document_that_is_closed(till, drives, sold):
    with pytest.raises(ReasonMissing):
        correct(sold.lines.get(), drives[0], "B1", staff=till.staff, reason="  ")
    till.scan("C1")
    with pytest.raises(NotCompleted, match="is still open"):
        correct(till.sale.lines.get(), drives[2], "B1", staff=till.staff, reason="Swapped")


def test_a_unit_that_is_not_on_the_line_cannot_be_corrected_there(till, drives, sold):
    with pytest.raises(NotOnLine):
        correct(sold.lines.get(), drives[2], "B1", staff=till.staff, reason="Swapped")


# --- Two receipts that got each other's unit --------------------------------------------------------------------------


def test_two_receipts_that_got_each_others_unit_exchange_them(till, drives):
    first, second = till.sell("A1"), till.sell("B1")
    fix = exchange(first.lines.get(), drives[0], "b1", staff=till.staff, reason="Boxes swapped at the till")
    assert [build_receipt(sale).lines[0].serials for sale in (first, second)] == [["B1"], ["A1"]]
    assert events_of("A1") == [
        ("recorded", "in_stock"),
        ("sale", "sold"),
        ("corrected", "in_stock"),
        ("sale", "sold"),
    ]
    add_return(till.sale, second, [ReturnPick(second.lines.get(), 1, [drives[0]])], reason="Faulty", staff=till.staff)
    with pytest.raises(UnitMovedOn, match="Held by sale"):
        undo_fix(fix, staff=till.staff)


def test_an_exchange_is_undone(till, drives):
    first, second = till.sell("A1"), till.sell("B1")
    fix = exchange(first.lines.get(), drives[0], "B1", staff=till.staff, reason="Boxes swapped")
    undo_fix(fix, staff=till.staff)
    assert [build_receipt(sale).lines[0].serials for sale in (first, second)] == [["A1"], ["B1"]]


def test_an_exchange_is_not_undone_on_the_receipts_by_which_both_were_sold_again(till, drives):
    first, second = till.sell("A1"), till.sell("B1")
    fix = exchange(first.lines.get(), drives[0], "B1", staff=till.staff, reason="Boxes swapped")
    for receipt, unit in ((first, drives[1]), (second, drives[0])):
        add_return(till.sale, receipt, [ReturnPick(receipt.lines.get(), 1, [unit])], reason="Faulty", staff=till.staff)
        till.pay()
    again = [till.sell("A1"), till.sell("B1")]
    with pytest.raises(UnitMovedOn, match=r"A1: Sold.*B1: Sold"):
        undo_fix(fix, staff=till.staff)
    assert [build_receipt(sale).lines[0].serials for sale in again] == [["A1"], ["B1"]]


def test_a_unit_that_came_after_the_other_receipt_was_not_mixed_up_with_it(till, drive, drives):
    first = till.sell("A1")
    arrival(till, drive, ["LATE"])
    till.sell("LATE")
    before = ledger()
    with pytest.raises(SerialUnavailable, match="was not there yet"):
        exchange(first.lines.get(), drives[0], "LATE", staff=till.staff, reason="Swapped")
    with pytest.raises(SerialUnavailable, match="is on no other completed document"):
        exchange(first.lines.get(), drives[0], "C1", staff=till.staff, reason="Swapped")
    assert ledger() == before


# --- Naming afterwards ------------------------------------------------------------------------------------------------


def test_a_unit_sold_unnamed_is_named_on_its_receipt_and_can_come_back_on_it(till, drive, drives):
    receipt = unnamed_sale(till, drive)
    line = receipt.lines.get()
    assert may_be_named(line)
    fix = name_late(line, ["a1"], staff=till.staff)
    event = Serial.objects.get(number="A1").events.first()
    assert (event.kind, event.document, event.document_id) == ("sale", receipt.number, receipt.pk)
    assert state_of("A1") == (State.SOLD, None)
    assert not may_be_named(type(line).objects.get(pk=line.pk))
    assert (fix.kind, fix.document) == ("named", receipt.number)
    add_return(till.sale, receipt, [ReturnPick(line, 1, [drives[0]])], reason="Faulty", staff=till.staff)
    till.pay()
    assert state_of("A1") == (State.IN_STOCK, till.store.pk)


def test_undoing_a_naming_puts_the_unit_back_and_it_can_be_named_again(till, drive, drives):
    line = unnamed_sale(till, drive).lines.get()
    undo_fix(name_late(line, ["A1"], staff=till.staff), staff=till.staff)
    assert state_of("A1") == (State.IN_STOCK, till.store.pk)
    assert not line.serial_links.exists()
    name_late(line, ["A1"], staff=till.staff)
    assert state_of("A1") == (State.SOLD, None)


def test_a_unit_that_came_back_since_is_not_taken_off_its_receipt(till, drive, drives):
    receipt = unnamed_sale(till, drive)
    fix = name_late(receipt.lines.get(), ["A1"], staff=till.staff)
    bring_back(till, drives, receipt)
    with pytest.raises(UnitMovedOn, match="A1: Held by sale"):
        undo_fix(fix, staff=till.staff)
    assert state_of("A1") == (State.SOLD, None)


def test_a_unit_without_a_number_on_record_is_named_as_it_left(till, drive):
    factories.stock(drive, till.store, 1)
    line = unnamed_sale(till, drive).lines.get()
    fix = name_late(line, ["X9"], new=["X9"], staff=till.staff)
    assert events_of("X9") == [("recorded", "in_stock"), ("sale", "sold")]
    undo_fix(fix, staff=till.staff)
    assert state_of("X9") == (State.EXPECTED, None)


def test_units_that_came_without_serials_are_named_on_what_brought_them(till, drive):
    line = arrival(till, drive, ["R1"], quantity=3)
    name_late(line, ["R2", "R3"], new=["R2", "R3"], staff=till.staff)
    assert Serial.objects.in_stock(till.store).count() == 3
    assert events_of("R2") == [("adjust_in", "in_stock")]


def test_naming_what_came_never_puts_more_serials_on_record_than_units(till, drive):
    line = arrival(till, drive, ["R1"], quantity=2)
    unnamed_sale(till, drive)
    with pytest.raises(TooManySerials, match="Harbor: 1 units in stock"):
        name_late(line, ["R2"], new=["R2"], staff=till.staff)
    assert not Serial.objects.filter(number="R2").exists()


def test_a_unit_that_came_back_unnamed_is_named_on_its_return(till, drive, drives):
    receipt = till.sell("A1")
    add_return(till.sale, receipt, [ReturnPick(receipt.lines.get(), 1)], reason="Faulty", staff=till.staff)
    back = till.pay().lines.get()
    with pytest.raises(SerialUnavailable):
        name_late(back, ["B1"], staff=till.staff)
    name_late(back, ["A1"], staff=till.staff)
    assert state_of("A1") == (State.IN_STOCK, till.store.pk)
    assert back.serial_links.get().returned_link == receipt.lines.get().serial_links.get()


def test_no_more_units_are_named_than_were_unnamed(till, drive, drives):
    line = unnamed_sale(till, drive).lines.get()
    with pytest.raises(TooManySerials):
        name_late(line, ["A1", "B1"], staff=till.staff)
    name_late(line, ["A1"], staff=till.staff)
    with pytest.raises(TooManySerials):
        name_late(line, ["B1"], staff=till.staff)
    assert state_of("B1") == (State.IN_STOCK, till.store.pk)


def test_what_moved_nothing_has_nothing_to_name(till, drive, drives):
    till.scan(drive.sku)
    line = till.sale.lines.get()
    with pytest.raises(NotCompleted):
        name_late(line, ["A1"], staff=till.staff)
    Sale.objects.filter(pk=till.sale.pk).update(status="on_hold")
    assert not may_be_named(type(line).objects.get(pk=line.pk))
    with pytest.raises(NotCompleted, match="moved nothing"):
        name_late(line, ["A1"], staff=till.staff)


def test_an_adjustment_that_was_taken_back_has_nothing_to_name(till, drive):
    line = arrival(till, drive, [], quantity=2)
    reverse_adjustment(line.adjustment, staff=till.staff)
    with pytest.raises(NotCompleted, match="cancel out"):
        name_late(line, ["R1"], new=["R1"], staff=till.staff)
    assert not may_be_named(line)


def test_units_of_a_transfer_are_named_on_the_way_and_no_more_once_it_has_ended(till, drive, drives):
    northgate = factories.StoreFactory(name="Northgate")
    transfer = send(till, northgate, drive, 2)
    line = transfer.lines.get()
    name_late(line, ["A1"], staff=till.staff)
    assert state_of("A1") == (State.IN_TRANSIT, None)
    correct(line, drives[0], "B1", staff=till.staff, reason="The other box")
    assert state_of("B1") == (State.IN_TRANSIT, None)
    waiting = transfer.arrivals.get()
    attach(waiting, ["B1"], staff=till.staff)
    set_counts(transfer, {drive: 1}, staff=till.staff)
    receive_transfer(transfer, staff=till.staff)
    with pytest.raises(NotCompleted, match="has ended"):
        name_late(line, ["A1"], staff=till.staff)
    with pytest.raises(UnitMovedOn):
        correct(line, drives[1], "C1", staff=till.staff, reason="Too late")
    arrived = type(waiting).objects.with_serials().get(serial_links__serial=drives[1])
    name_late_refused(arrived, "C1", till)


def send(till, to, drive, quantity):
    transfer = request_transfer(till.store, to, staff=till.staff)
    add_product(transfer, drive, quantity=quantity, staff=till.staff)
    return send_transfer(transfer, staff=till.staff)


def name_late_refused(line, number, till):
    """It was never sent."""
    with pytest.raises(SerialUnavailable):
        name_late(line, [number], staff=till.staff)
