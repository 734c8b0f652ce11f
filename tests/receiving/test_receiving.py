"""Receiving a shipment: what moves, and that nothing does after a refusal."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import StockMovement
from microbiz.laws import check_laws
from receiving.errors import NothingArrived, OverrideNotAllowed, ShipmentNotOpen
from receiving.models import VendorShipment
from receiving.operations import (
    LineChange,
    add_line,
    cancel_shipment,
    change_line,
    enter_codes,
    expect_serials,
    receive_shipment,
    remove_line,
    save_shipment,
)
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import attach
from serials.policy import State
from settings_app.models import SerialTracking
from tests import factories
from tests.receiving.dock import nothing_moved

pytestmark = pytest.mark.django_db
ALL, SALES, OPTIONAL, NONE = SerialTracking.ALL, SerialTracking.SALES, SerialTracking.OPTIONAL, SerialTracking.NONE


@pytest.mark.parametrize("tracking", [NONE, OPTIONAL, SALES, ALL])
def test_what_arrives_is_stock_and_its_numbers_are_on_record(dock, tracking):
    product = factories.ProductFactory(serial_tracking=tracking)
    numbers = [] if tracking == NONE else ["A1", "A2"]
    shipment = dock.received(product, 2, codes=numbers)
    assert shipment.status == VendorShipment.Status.RECEIVED
    assert shipment.received_by == dock.staff
    assert factories.on_hand(product, dock.store) == 2
    assert [(one.number, one.state, one.store) for one in Serial.objects.all()] == [
        (number, State.IN_STOCK, dock.store) for number in numbers
    ]
    assert StockMovement.objects.get().reason == StockMovement.Reason.RECEIPT
    check_laws()


@pytest.mark.parametrize("tracking", [OPTIONAL, SALES])
def test_numbers_that_are_optional_on_a_shipment_may_be_left_out(dock, tracking):
    product = factories.ProductFactory(serial_tracking=tracking)
    dock.received(product, 3, codes=["A1"])
    assert factories.on_hand(product, dock.store) == 3
    assert Serial.objects.in_stock(dock.store).count() == 1
    check_laws()


def test_a_short_line_of_required_serials_is_refused_by_name(dock, phone):
    shipment = dock.draft()
    dock.line(shipment, phone, 3, codes=["A1", "A2"])
    with pytest.raises(SerialsMissing, match="Pixel: 2 of 3"):
        dock.receive(shipment)
    assert nothing_moved(phone, dock.store)
    assert Serial.objects.filter(state=State.IN_STOCK).count() == 0
    phone.refresh_from_db()
    assert phone.cost == 500


def test_somebody_with_the_permission_receives_a_short_line_and_says_why(dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 3, codes=["A1"])
    dock.receive(shipment, override_reason="Labels are inside the boxes")
    line.refresh_from_db()
    assert (line.excused_by, line.excuse) == (dock.staff, "Labels are inside the boxes")
    assert factories.on_hand(phone, dock.store) == 3


def test_nobody_else_does(dock, phone):
    shipment = dock.draft()
    dock.line(shipment, phone, 1)
    clerk = factories.StaffFactory(stores=[dock.store], role="Back Office")
    with pytest.raises(OverrideNotAllowed):
        receive_shipment(shipment, staff=clerk, override_reason="Because")
    assert nothing_moved(phone, dock.store)


def test_with_the_add_on_off_nothing_about_serials_is_asked(dock, phone):
    factories.ShopSettingsFactory(serial_numbers_enabled=False)
    dock.received(phone, 3)
    assert factories.on_hand(phone, dock.store) == 3


def test_a_shipment_of_nothing_is_refused(dock, cable):
    shipment = dock.draft()
    with pytest.raises(NothingArrived):
        dock.receive(shipment)
    add_line(shipment, cable, quantity=0, expected=4)
    with pytest.raises(NothingArrived):
        dock.receive(shipment)
    assert nothing_moved(cable, dock.store)


def test_the_same_shipment_sent_twice_is_received_once(dock, phone):
    shipment = dock.received(phone, 1, codes=["A1"])
    first = shipment.received_at
    assert dock.receive(shipment).received_at == first
    assert factories.on_hand(phone, dock.store) == 1
    assert SerialEvent.objects.count() == 1


def test_a_cancelled_shipment_is_not_received(dock, phone):
    shipment = dock.draft()
    dock.line(shipment, phone, 1, codes=["A1"])
    cancel_shipment(shipment)
    with pytest.raises(ShipmentNotOpen, match="cancelled"):
        dock.receive(shipment)
    assert nothing_moved(phone, dock.store)
    assert not Serial.objects.exists()
    assert not SerialHold.objects.exists()


def test_a_received_shipment_is_frozen(dock, phone):
    shipment = dock.received(phone, 1, codes=["A1"])
    line = shipment.lines.get()
    for change in (
        lambda: add_line(shipment, phone),
        lambda: change_line(line, LineChange(quantity=2)),
        lambda: remove_line(line),
        lambda: save_shipment(shipment, invoice_number="", packing_slip_number=""),
        lambda: cancel_shipment(shipment),
        lambda: enter_codes(line, ["A2"], staff=dock.staff),
        lambda: dock.scan(shipment, "A2"),
        lambda: expect_serials(line, ["A2"]),
    ):
        with pytest.raises(ShipmentNotOpen):
            change()


def test_a_unit_taken_over_meanwhile_is_named_and_nothing_moves(dock, phone):
    shipment, other = dock.draft(), dock.draft()
    dock.line(shipment, phone, 2, codes=["A1", "A2"])
    theirs = dock.line(other, phone, 1)
    attach(theirs, ["A1"], taking=["A1"], staff=dock.staff)
    with pytest.raises(SerialsMissing, match="1 of 2"):
        dock.receive(shipment)
    assert nothing_moved(phone, dock.store)


def test_an_error_at_the_last_step_leaves_no_trace(dock, phone, monkeypatch):
    shipment = dock.draft()
    dock.line(shipment, phone, 1, codes=["A1"])
    monkeypatch.setattr("receiving.operations.receipt.move_serials", _fail)
    with pytest.raises(SerialUnavailable):
        dock.receive(shipment)
    assert nothing_moved(phone, dock.store)
    phone.refresh_from_db()
    assert (phone.cost, phone.average_cost) == (500, None)


def _fail(*args, **kwargs):
    raise SerialUnavailable("no")


def statements(dock, units, lines=1):
    shipment = dock.draft(freight=999)
    for _line in range(lines):
        product = factories.ProductFactory(serial_tracking=ALL)
        dock.line(shipment, product, units, codes=[f"{product.pk}-{at}" for at in range(units)])
    with CaptureQueriesContext(
        connection,
    ) as captured:
        dock.receive(shipment)
    return len([one for one in captured if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))])


@pytest.mark.once
def test_the_statements_of_a_receipt_do_not_grow_with_serials_or_lines(dock):
    """SQLite takes 999 values a statement, so a hundred events are two inserts instead of one."""
    one = statements(dock, 1)
    assert statements(dock, 50) <= one + 1
    assert statements(dock, 1, lines=12) <= one + 2


def test_a_thousand_serials_fit_one_line(dock, phone):
    """SQLite refused the query that fetched a thousand links of one line."""
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1000)
    entered = enter_codes(line, [f"SN-{at:06d}" for at in range(1000)], staff=dock.staff)
    assert len(entered.attached) == 1000
    dock.receive(shipment)
    assert Serial.objects.in_stock(dock.store).count() == 1000
