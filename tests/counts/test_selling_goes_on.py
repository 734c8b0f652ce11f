"""A count while the shop goes on: what is sold, returned, sent and received meanwhile spoils nothing."""

import pytest

from inventory.adjustments.operations import post_adjustment, set_open_stock
from inventory.counts.models import CountScan
from inventory.counts.operations import confirm_new, recount, scan, set_quantity
from receiving.operations import receive_shipment
from serials.models import Serial
from serials.operations import attach, record
from tests.counts.counting import differences, of, post, scans
from tests.factories import (
    AdjustmentFactory,
    AdjustmentLineFactory,
    ShipmentLineFactory,
    VendorShipmentFactory,
    on_hand,
    stock,
    unit,
    units,
)
from transfers.operations import add_product, add_unit, receive_transfer, request_transfer, scan_arrival, send_transfer

pytestmark = pytest.mark.django_db
Finding = CountScan.Finding


def test_a_unit_scanned_and_then_sold_is_not_missing(count, drive, harbor, till, ann):
    units(drive, harbor, "A-1", "A-2")
    scan(count, "A-1", staff=ann)
    till.sell("A-1")
    scan(count, "A-2", staff=ann)
    assert differences(count) == {}


def test_a_unit_sold_before_it_was_scanned_is_not_expected(count, drive, harbor, till, ann):
    units(drive, harbor, "A-1", "A-2")
    scan(count, "A-1", staff=ann)
    till.sell("A-2")
    assert differences(count) == {}


def test_a_return_after_the_count_of_its_shelf_is_neither_surplus_nor_missing(count, drive, harbor, till, ann):
    units(drive, harbor, "A-1", "A-2")
    sale = till.sell("A-2")
    scan(count, "A-1", staff=ann)
    from register.operations import add_return_by_serial

    add_return_by_serial(till.sale, Serial.objects.get(number="A-2"), reason="Noisy", staff=till.staff)
    till.pay()
    assert sale.is_completed
    assert differences(count) == {}
    scan(count, "A-2", staff=ann)
    assert differences(count) == {}


def test_a_sold_unit_that_was_found_and_then_came_back_is_no_longer_found(count, drive, harbor, till, ann):
    units(drive, harbor, "A-1", "A-2")
    till.sell("A-2")
    scans(count, ann, "A-1", "A-2")
    assert [one.shown for one in of(count, drive).foreign] == ["A-2"]
    from register.operations import add_return_by_serial

    add_return_by_serial(till.sale, Serial.objects.get(number="A-2"), reason="Noisy", staff=till.staff)
    till.pay()
    assert of(count, drive).foreign == []
    assert differences(count) == {}


def test_what_is_on_an_open_sale_is_not_missing(count, drive, harbor, till, ann):
    units(drive, harbor, "A-1", "A-2")
    till.scan("A-2")
    scan(count, "A-1", staff=ann)
    found = of(count, drive)
    assert ([one.number for one in found.held], found.missing) == (["A-2"], [])
    till.pay()
    assert differences(count) == {}


def test_units_without_numbers_may_be_sold_before_and_after_they_are_counted(count, cable, harbor, till, ann):
    stock(cable, harbor, 10)
    till.sell("CBL", "CBL")  # 8 left on the shelf, 1 of them stolen
    set_quantity(scan(count, "CBL", staff=ann).scan, 7, staff=ann)
    till.sell("CBL", "CBL", "CBL")
    stock(cable, harbor, 6)
    found = of(count, cable)
    assert (found.difference, found.is_unsure, found.counted) == (-1, False, 10)
    post(count, ann)
    assert on_hand(cable, harbor) == 10


def test_units_without_numbers_that_move_between_their_scans_are_counted_again(count, cable, harbor, till, ann, ben):
    stock(cable, harbor, 5)
    scans(count, ann, "CBL", "CBL")
    till.sell("CBL")  # from which shelf?
    scans(count, ben, "CBL", "CBL")
    found = of(count, cable)
    assert (found.is_unsure, found.differs, found.is_accepted) == (True, True, False)
    recount(count, cable, staff=ann)
    set_quantity(scan(count, "CBL", staff=ann).scan, 4, staff=ann)
    assert differences(count) == {}


def test_units_that_are_sent_away_during_the_count_are_not_missing(count, drive, cable, harbor, northgate, till, ann):
    units(drive, harbor, "A-1", "A-2", "A-3")
    stock(cable, harbor, 5)
    scans(count, ann, "A-1", "A-2")
    set_quantity(scan(count, "CBL", staff=ann).scan, 5, staff=ann)
    away = request_transfer(harbor, northgate, staff=till.staff)
    for number in ("A-2", "A-3"):  # one that was seen, one that was not
        add_unit(away, Serial.objects.get(number=number), staff=till.staff)
    add_product(away, cable, quantity=2, staff=till.staff)
    send_transfer(away, staff=till.staff)
    assert differences(count) == {}
    assert post(count, ann).adjustment is None
    assert on_hand(cable, harbor) == 3


def test_a_unit_in_transit_is_found_until_its_transfer_is_received(count, drive, harbor, northgate, till, ann):
    unit(drive, harbor, "A-1")
    arriving = request_transfer(northgate, harbor, staff=till.staff)
    for number in ("N-1", "N-2"):
        add_unit(arriving, unit(drive, northgate, number), staff=till.staff)
    send_transfer(arriving, staff=till.staff)
    scans(count, ann, "A-1", "N-1")
    assert [(one.shown, one.finding) for one in of(count, drive).foreign] == [("N-1", Finding.IN_TRANSIT)]
    for number in ("N-1", "N-2"):
        scan_arrival(arriving, number, staff=till.staff)
    receive_transfer(arriving, staff=till.staff)
    assert (of(count, drive).foreign, differences(count)) == ([], {})  # N-2 came in after the count


def test_goods_received_from_a_vendor_during_the_count_are_neither_missing_nor_surplus(
    count, drive, cable, harbor, ann
):
    unit(drive, harbor, "A-1")
    stock(cable, harbor, 5)
    scan(count, "A-1", staff=ann)
    set_quantity(scan(count, "CBL", staff=ann).scan, 4, staff=ann)
    shipment = VendorShipmentFactory(store=harbor)
    attach(ShipmentLineFactory(shipment=shipment, product=drive), ["V-1"], new=["V-1"], staff=ann)
    ShipmentLineFactory(shipment=shipment, product=cable, quantity=10)
    receive_shipment(shipment, staff=ann)
    assert differences(count) == {"Cable": -1}
    post(count, ann)
    assert (on_hand(cable, harbor), on_hand(drive, harbor)) == (14, 2)


def test_a_unit_found_at_the_wrong_store_and_sent_on_its_way_is_settled(count, drive, harbor, northgate, ann):
    unit(drive, harbor, "A-1")
    [north] = units(drive, northgate, "N-1")
    scans(count, ann, "A-1", "N-1")
    set_open_stock(drive, northgate, 0, staff=ann, reason="missing", leaving=[north])
    assert of(count, drive).foreign == []


def test_a_number_recorded_by_somebody_else_meanwhile_is_not_recorded_again(count, drive, harbor, ann):
    unit(drive, harbor, "A-1")
    stock(drive, harbor, 1)
    scan(count, "A-1", staff=ann)
    confirm_new(scan(count, "A-2", staff=ann, product=drive).scan, staff=ann)
    record(drive, harbor, ["A-2"], staff=ann)
    found = of(count, drive)
    assert (found.new, found.missing) == ([], [])
    post(count, ann)
    # It was counted before it was recorded: of the one unit without a number, none is left over.
    assert on_hand(drive, harbor) == 2


def test_a_missing_unit_that_a_draft_holds_is_not_written_off_twice(count, drive, harbor, ann):
    units(drive, harbor, "A-1", "A-2")
    draft = AdjustmentFactory(store=harbor)
    attach(AdjustmentLineFactory(adjustment=draft, product=drive, is_minus=True), ["A-2"], staff=ann)
    scan(count, "A-1", staff=ann)
    assert [one.number for one in of(count, drive).held] == ["A-2"]
    assert post(count, ann).adjustment is None


def test_a_unit_that_is_only_typed_on_a_draft_is_noted_and_seen_once_it_is_received(count, drive, harbor, ann):
    draft = AdjustmentFactory(store=harbor)
    line = AdjustmentLineFactory(adjustment=draft, product=drive)
    attach(line, ["E-1"], new=["E-1"], staff=ann)
    noted = scan(count, "E-1", staff=ann).scan
    assert (noted.finding, noted.serial, noted.number) == (Finding.EXPECTED, None, "E-1")
    assert [one.shown for one in of(count, drive).foreign] == ["E-1"]
    post_adjustment(draft, staff=ann)
    unit(drive, harbor, "A-1")
    scan(count, "A-1", staff=ann)
    assert (of(count, drive).foreign, differences(count)) == ([], {})


def test_a_number_that_a_draft_forgets_stays_scanned(count, drive, harbor, ann):
    line = AdjustmentLineFactory(adjustment__store=harbor, product=drive)
    attach(line, ["E-1"], new=["E-1"], staff=ann)
    scan(count, "E-1", staff=ann)
    attach(line, [], staff=ann)
    assert not Serial.objects.exists()
    assert [one.shown for one in of(count, drive).foreign] == ["E-1"]
