"""Serial numbers and goods of a shipment: typed, pasted, scanned, or on the vendor's list."""

import pytest

from microbiz.laws import check_laws
from receiving.errors import CodesUnsettled, FewerThanSerials, LineGone
from receiving.manifests import check_list
from receiving.operations import LineChange, change_line, drop_codes, expect_serials, remove_line, settle_code
from serials.models import Serial, SerialHold
from serials.policy import State
from serials.scan_operations import ScanKind
from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import open_till

pytestmark = pytest.mark.django_db
ALL = SerialTracking.ALL


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
