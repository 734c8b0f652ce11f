"""Preparing and receiving shipments: what moves, and that nothing does after a refusal."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import StockMovement
from microbiz.laws import check_laws
from receiving.errors import (
    CodesUnsettled,
    FewerThanSerials,
    LineGone,
    MoreThanExpected,
    NothingArrived,
    OrderNotAwaited,
    OverrideNotAllowed,
    ShipmentNotOpen,
)
from receiving.manifests import check_list
from receiving.models import PurchaseOrder, ShipmentLine, VendorShipment
from receiving.operations import (
    LineChange,
    add_line,
    add_orders,
    cancel_shipment,
    change_line,
    drop_codes,
    enter_codes,
    expect_serials,
    receive_shipment,
    remove_line,
    save_shipment,
    settle_code,
)
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import attach
from serials.policy import State
from serials.scan_operations import ScanKind
from settings_app.models import SerialTracking
from tests import factories
from tests.receiving.dock import open_dock
from tests.register.till import open_till

pytestmark = [pytest.mark.django_db, pytest.mark.lawful]

ALL, SALES, OPTIONAL, NONE = SerialTracking.ALL, SerialTracking.SALES, SerialTracking.OPTIONAL, SerialTracking.NONE


@pytest.fixture
def dock():
    factories.ShopSettingsFactory()
    return open_dock()


@pytest.fixture
def phone():
    return factories.ProductFactory(name="Pixel", sku="GA05840", serial_tracking=ALL, cost=500)


@pytest.fixture
def cable():
    return factories.ProductFactory(name="Cable", sku="CBL")


def nothing_moved(product, store, units=0):
    check_laws()
    movements = StockMovement.objects.filter(document_type="receiving.vendorshipment")
    return factories.on_hand(product, store) == units and not movements.exists()


# --- Receiving --------------------------------------------------------------------------------------------------------


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


# --- Over and short ---------------------------------------------------------------------------------------------------


def test_more_than_was_ordered_asks_before_it_is_kept(dock, cable):
    order = dock.order((cable, 10, 300))
    shipment = dock.draft(orders=[order])
    line = change_line(shipment.lines.get(), LineChange(quantity=12))
    assert (line.over, line.short) == (2, 0)
    with pytest.raises(MoreThanExpected, match="Cable: 2 more"):
        dock.receive(shipment)
    assert nothing_moved(cable, dock.store)
    dock.receive(shipment, accepts_over=True)
    assert factories.on_hand(cable, dock.store) == 12
    order.refresh_from_db()
    assert order.status == PurchaseOrder.Status.CLOSED
    check_laws()


def test_what_another_shipment_brought_meanwhile_is_over(dock, cable):
    order = dock.order((cable, 10, 300))
    first, second = dock.draft(orders=[order]), dock.draft(orders=[order])
    dock.receive(first)
    with pytest.raises(MoreThanExpected, match="10 more"):
        dock.receive(second)


def test_a_short_delivery_leaves_a_back_order(dock, cable):
    order = dock.order((cable, 10, 300))
    shipment = dock.draft(orders=[order])
    line = change_line(shipment.lines.get(), LineChange(quantity=7))
    assert line.short == 3
    dock.receive(shipment)
    order.refresh_from_db()
    assert order.status == PurchaseOrder.Status.PARTLY_RECEIVED
    assert order.lines.get().outstanding == 3
    rest = dock.draft(orders=[order])
    assert rest.lines.get().expected == 3
    dock.receive(rest)
    order.refresh_from_db()
    assert order.status == PurchaseOrder.Status.CLOSED
    assert order.closed_at
    check_laws()


def test_a_short_delivery_may_close_the_order(dock, cable):
    order = dock.order((cable, 10, 300))
    shipment = dock.draft(orders=[order])
    change_line(shipment.lines.get(), LineChange(quantity=7, closes_short=True))
    dock.receive(shipment)
    order.refresh_from_db()
    assert (order.lines.get().given_up, order.status) == (3, PurchaseOrder.Status.CLOSED)


def test_nothing_of_a_line_may_have_come_and_close_it(dock, cable, phone):
    order = dock.order((cable, 10, 300), (phone, 2, 900))
    shipment = dock.draft(orders=[order])
    gone = shipment.lines.get(product=phone)
    change_line(gone, LineChange(quantity=0, closes_short=True))
    dock.receive(shipment)
    order.refresh_from_db()
    assert order.status == PurchaseOrder.Status.CLOSED
    assert not StockMovement.objects.filter(product=phone).exists()


def test_a_shipment_may_bring_lines_of_several_orders(dock, cable, phone):
    orders = [dock.order((cable, 4, 300)), dock.order((cable, 2, 310), (phone, 1, 900))]
    shipment = dock.draft(orders=orders)
    assert [(line.product, line.quantity, line.unit_cost) for line in shipment.lines.all()] == [
        (cable, 4, 300),
        (cable, 2, 310),
        (phone, 1, 900),
    ]
    add_orders(shipment, orders)
    assert shipment.lines.count() == 3  # nothing is on it twice


@pytest.mark.parametrize("status", ["draft", "closed", "cancelled"])
def test_nothing_is_awaited_of_an_order_that_is_not_sent(dock, cable, status):
    order = dock.order((cable, 4, 300), status=status)
    with pytest.raises(OrderNotAwaited, match=order.number):
        dock.draft(orders=[order])
    assert not VendorShipment.objects.exists()


def test_an_order_of_another_vendor_or_store_is_refused(dock, cable):
    order = open_dock(dock.store).order((cable, 4, 300))
    with pytest.raises(OrderNotAwaited, match=str(order.vendor)):
        dock.draft(orders=[order])


def test_the_vendor_cannot_change_under_lines_of_its_orders(dock, cable):
    shipment = dock.draft(orders=[dock.order((cable, 4, 300))])
    with pytest.raises(OrderNotAwaited):
        save_shipment(shipment, invoice_number="", packing_slip_number="", vendor=factories.VendorFactory())


# --- Costs ------------------------------------------------------------------------------------------------------------


def test_last_and_average_cost_follow_with_freight_in_them(dock, cable):
    dock.received(cable, 10, cost=300, freight=50)
    cable.refresh_from_db()
    assert (cable.cost, cable.average_cost) == (305, Decimal(305))
    dock.received(cable, 30, cost=401)
    cable.refresh_from_db()
    assert (cable.cost, cable.average_cost) == (401, Decimal(377))
    assert str(cable.history.first().history_change_reason).startswith("vendor shipment VS-")
    assert cable.history.first().history_user == dock.staff


def test_the_average_begins_with_the_cost_that_somebody_typed(dock, phone):
    factories.stock(phone, dock.store, 1)
    dock.received(phone, 1, cost=700, codes=["A1"])
    phone.refresh_from_db()
    assert (phone.cost, phone.average_cost) == (700, Decimal(600))


def test_the_average_counts_units_of_all_stores(dock, cable):
    factories.stock(cable, factories.StoreFactory(), 9)
    cable.cost = 100
    cable.save()
    dock.received(cable, 1, cost=200)
    cable.refresh_from_db()
    assert cable.average_cost == Decimal(110)


def test_units_of_unknown_cost_change_no_cost(dock, phone):
    shipment = dock.draft(freight=100)
    line = dock.line(shipment, phone, 1, codes=["A1"])
    ShipmentLine.objects.filter(pk=line.pk).update(unit_cost=None)
    dock.receive(shipment)
    phone.refresh_from_db()
    assert (phone.cost, phone.average_cost) == (500, None)


def test_freight_is_shared_by_value_to_the_last_cent(dock, cable, phone):
    shipment = dock.draft(freight=1000)
    dock.line(shipment, cable, 3, cost=100)
    dock.line(shipment, phone, 1, cost=300, codes=["A1"])
    dock.line(shipment, factories.ProductFactory(), 1, cost=300)
    dock.receive(shipment)
    assert [line.freight for line in shipment.lines.all()] == [334, 333, 333]


def test_a_line_costs_what_this_vendor_asked_last(dock, cable):
    dock.received(cable, 1, cost=345)
    other = open_dock(dock.store)
    other.received(cable, 1, cost=999)
    assert add_line(dock.draft(), cable).unit_cost == 345


# --- Entering serials -------------------------------------------------------------------------------------------------


def test_one_bad_code_in_a_hundred_costs_itself_alone(dock, phone):
    sold = dock.received(phone, 1, codes=["OLD"])
    assert sold
    till = open_till(store=dock.store)
    till.sell("OLD")
    line = dock.line(dock.draft(), phone, 1)
    codes = [f"N{at:02d}" for at in range(99)] + ["n07", "OLD"]
    entered = dock.enter(line, *codes)
    assert (entered.read, len(entered.attached)) == (101, 99)
    assert list(entered.duplicates) == ["n07"]
    assert list(entered.unsettled) == ["OLD"]
    line.refresh_from_db()
    assert (line.quantity, line.attached) == (99, 99)
    assert [one.code for one in line.unsettled_codes.all()] == ["OLD"]


def test_codes_to_settle_keep_the_shipment_from_being_received(dock, phone):
    dock.received(phone, 1, codes=["OLD"])
    shipment = dock.draft()
    line = dock.line(shipment, phone, 2, codes=["N1", "OLD"])
    with pytest.raises(CodesUnsettled, match="Pixel: 1 code to settle"):
        dock.receive(shipment)
    drop_codes(line, ["OLD"])
    change_line(line, LineChange(quantity=1))
    dock.receive(shipment)
    assert factories.on_hand(phone, dock.store) == 2


def test_a_sold_unit_is_received_back_once_somebody_says_so(dock, phone):
    dock.received(phone, 1, codes=["OLD"])
    open_till(store=dock.store).sell("OLD")
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1, codes=["OLD"])
    assert line.unsettled_codes.count() == 1
    assert settle_code(line, "OLD", staff=dock.staff) == ""
    assert line.unsettled_codes.count() == 0
    dock.receive(shipment)
    unit = Serial.objects.get()
    assert (unit.state, unit.store) == (State.IN_STOCK, dock.store)
    assert [event.kind for event in unit.events.order_by("sequence")] == ["receive", "sale", "receive"]
    check_laws()


def test_a_unit_on_another_draft_is_named_and_taken_over_on_request(dock, phone):
    theirs = dock.line(dock.draft(), phone, 1, codes=["A1"])
    line = dock.line(dock.draft(), phone, 1, codes=["A1"])
    assert line.unsettled_codes.count() == 1
    assert "another document" in settle_code(line, "A1", staff=dock.staff)
    assert settle_code(line, "A1", taking=True, staff=dock.staff) == ""
    assert (line.serial_links.count(), theirs.serial_links.count()) == (1, 0)
    check_laws()


def test_a_number_that_another_product_has_may_be_this_ones_too(dock, phone):
    dock.received(factories.ProductFactory(serial_tracking=ALL), 1, codes=["X1"])
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1, codes=["X1"])
    assert line.unsettled_codes.count() == 1
    assert settle_code(line, "X1", staff=dock.staff) == ""
    dock.receive(shipment)
    assert Serial.objects.in_stock(dock.store).count() == 2


def test_a_phone_number_with_a_wrong_check_digit_waits_to_be_kept_as_typed(dock, phone):
    line = dock.line(dock.draft(), phone, 1, codes=["354987610245037", "354987610245038"])
    wrong = [one.code for one in line.unsettled_codes.all()]
    assert len(wrong) == 1
    assert settle_code(line, wrong[0], staff=dock.staff) == ""
    assert line.serial_links.count() == 2


def test_codes_that_can_be_no_serial_wait_as_well(dock, phone):
    factories.BarcodeFactory(product=phone, code="4006381333931")
    entered = dock.enter(dock.line(dock.draft(), phone, 1), "N1", "4006381333931", "X" * 65)
    assert (list(entered.attached), len(entered.unsettled)) == (["N1"], 2)


def test_what_is_typed_twice_waits_once(dock, phone):
    line = dock.line(dock.draft(), phone, 1, codes=["X" * 65])
    dock.enter(line, "X" * 65)
    assert line.unsettled_codes.count() == 1


def test_units_cannot_be_fewer_than_serials(dock, phone):
    line = dock.line(dock.draft(), phone, 2, codes=["A1", "A2"])
    with pytest.raises(FewerThanSerials):
        change_line(line, LineChange(quantity=1))
    drop_codes(line, ["A2"])
    assert change_line(line, LineChange(quantity=1)).quantity == 1
    assert [one.number for one in Serial.objects.all()] == ["A1"]  # what was only typed is forgotten


def test_a_removed_line_frees_its_units(dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1, codes=["A1"])
    remove_line(line)
    assert not Serial.objects.exists()
    with pytest.raises(LineGone):
        change_line(line, LineChange(quantity=2))


# --- Scanning ---------------------------------------------------------------------------------------------------------


def test_three_units_are_four_scans(dock, phone):
    shipment = dock.draft()
    result = dock.scan(shipment, phone.sku, "A1", "A2", "A3")
    assert result.ok, result.message
    line = shipment.lines.get()
    assert (line.quantity, line.attached, line.unit_cost) == (3, 3, 500)
    dock.receive(shipment)
    assert factories.on_hand(phone, dock.store) == 3


def test_a_product_that_was_announced_is_found_and_not_counted_up(dock, phone, cable):
    shipment = dock.draft(orders=[dock.order((phone, 2, 900), (cable, 5, 300))])
    assert "5 of 5" in dock.scan(shipment, cable.sku).message
    assert dock.scan(shipment, phone.sku, "A1", "A2").ok
    assert [(line.quantity, line.attached) for line in shipment.lines.all()] == [(2, 2), (5, 0)]
    change_line(shipment.lines.get(product=cable), LineChange(quantity=3))
    dock.scan(shipment, cable.sku)
    assert shipment.lines.get(product=cable).quantity == 4


def test_untracked_goods_are_counted_by_scanning(dock, cable):
    shipment = dock.draft()
    dock.scan(shipment, cable.sku, cable.sku, cable.sku)
    assert shipment.lines.get().quantity == 3


def test_a_barcode_that_nobody_entered_is_no_serial(dock, phone):
    shipment = dock.draft()
    result = dock.scan(shipment, phone.sku, "4006381333931")
    assert not result.ok
    assert shipment.lines.get().attached == 0
    dock.enter(shipment.lines.get(), "5012345678900")
    assert dock.scan(shipment, "4006381333931", selected=shipment.lines.get()).ok  # its serials look like that


def test_words_of_a_products_name_are_searched_for(dock, phone):
    factories.ProductFactory(name="PlayStation PS5 Slim")
    shipment = dock.draft()
    result = dock.scan(shipment, phone.sku, "ps5")
    assert result.kind == ScanKind.CHOOSE
    assert shipment.lines.get().attached == 0


def test_a_sold_unit_that_is_scanned_waits_for_a_word(dock, phone):
    dock.received(phone, 1, codes=["OLD"])
    open_till(store=dock.store).sell("OLD")
    shipment = dock.draft()
    result = dock.scan(shipment, "OLD")
    assert not result.ok
    assert "sold" in result.message
    assert [one.code for one in shipment.lines.get().unsettled_codes.all()] == ["OLD"]


def test_a_mistyped_phone_number_waits_for_a_word(dock, phone):
    shipment = dock.draft()
    result = dock.scan(shipment, phone.sku, "354987610245038")
    assert not result.ok
    assert "check digit" in result.message


# --- The vendor's list ------------------------------------------------------------------------------------------------


def test_a_number_on_the_vendors_list_finds_its_own_line(dock, phone):
    other = factories.ProductFactory(serial_tracking=ALL)
    shipment = dock.draft()
    first, second = dock.line(shipment, phone, 1), dock.line(shipment, other, 1)
    assert expect_serials(second, ["E1", "E2", "e2"]) == 2
    assert dock.scan(shipment, "E1", selected=first).line == second
    assert dock.scan(shipment, "E2", selected=first).line == second
    second.refresh_from_db()
    assert (second.expected, second.quantity, second.attached) == (2, 2, 2)
    assert not Serial.objects.filter(product=phone).exists()


def test_the_list_is_compared_with_what_arrived(dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    expect_serials(line, ["E1", "E2", "E3"])
    dock.scan(shipment, "E1", selected=line)
    result = dock.scan(shipment, "X9", selected=line)
    assert result.ok
    assert "not on the vendor’s list" in result.message
    found = check_list(line)
    assert [one.number for one in found.missing] == ["E2", "E3"]
    assert [one.number for one in found.unexpected] == ["X9"]
    assert (found.expected, found.arrived) == (3, 1)


def test_what_the_vendor_lists_puts_nothing_on_record(dock, phone):
    expect_serials(dock.line(dock.draft(), phone, 1), ["E1"])
    assert not Serial.objects.exists()
    assert not SerialHold.objects.exists()
