"""Beginning a count, and what a scan says."""

import pytest

from inventory.adjustments.operations import set_open_stock
from inventory.counts.errors import NothingToCount, NothingToUndo, ScanGone, WrongQuantity
from inventory.counts.models import CountScan, StockCount
from inventory.counts.operations import Kind, scan, set_quantity, start_count, undo_last
from inventory.counts.results import result_of, to_find
from microbiz.laws import check_laws
from serials.models import Serial
from serials.policy import State
from tests.counts.counting import differences, of, post, scans
from tests.factories import BarcodeFactory, CategoryFactory, ProductFactory, TrackedFactory, on_hand, stock, unit, units

pytestmark = pytest.mark.django_db
Finding = CountScan.Finding


# --- Beginning --------------------------------------------------------------------------------------------------------


def test_a_count_is_of_a_store_a_category_with_all_below_it_or_a_list(harbor, ann):
    shelf = CategoryFactory(name="Drives", path="Drives")
    below = CategoryFactory(name="NAS", path="Drives > NAS", parent=shelf)
    drive, nas = TrackedFactory(category=shelf), ProductFactory(category=below)
    other = ProductFactory()
    whole = start_count(harbor, staff=ann)
    assert set(whole.products_in_scope()) == {drive, nas, other}
    assert set(start_count(harbor, staff=ann, category=shelf).products_in_scope()) == {drive, nas}
    assert set(start_count(harbor, staff=ann, products=[other]).products_in_scope()) == {other}
    assert set(start_count(harbor, staff=ann, tracked_only=True).products_in_scope()) == {drive}
    assert whole.number.startswith("SC-")
    with pytest.raises(NothingToCount, match="Empty"):
        start_count(harbor, staff=ann, category=CategoryFactory(name="Empty", path="Empty"))
    assert StockCount.objects.count() == 4


# --- Verdicts ---------------------------------------------------------------------------------------------------------


def test_each_scan_has_its_verdict_and_is_kept_with_who_and_when(count, drive, cable, harbor, northgate, till, ann):
    units(drive, harbor, "HERE", "SOLD", "OFF", "GONE")
    unit(drive, northgate, "NORTH")
    till.sell("SOLD")
    set_open_stock(drive, harbor, 2, staff=ann, reason="missing", leaving=[Serial.objects.get(number="OFF")])
    transit = Serial.objects.get(number="GONE")
    stock(cable, harbor, 3)
    for code, finding, ok in [
        ("HERE", Finding.COUNTED, True),
        ("here", Finding.REPEATED, False),
        ("SOLD", Finding.SOLD, False),
        ("OFF", Finding.WRITTEN_OFF, False),
        ("NORTH", Finding.ELSEWHERE, False),
        ("NOBODY", Finding.UNKNOWN, False),
        ("CBL", Finding.COUNTED, True),
    ]:
        result = scan(count, code, staff=ann)
        assert (result.kind, result.scan.finding, result.ok) == (Kind.SCANNED, finding, ok), code
        assert (result.scan.staff, result.scan.code) == (ann, code)
        assert result.scan.at is not None
    assert transit.state == State.IN_STOCK
    assert CountScan.objects.count() == 7
    check_laws()


def test_verdicts_say_where_the_unit_is_and_by_which_document(count, drive, harbor, northgate, till, ann):
    unit(drive, harbor, "SOLD")
    unit(drive, northgate, "NORTH")
    sale = till.sell("SOLD")
    assert f"Sold, by {sale.number}" in scan(count, "SOLD", staff=ann).message
    assert "Northgate" in scan(count, "NORTH", staff=ann).message


def test_a_unit_of_a_product_out_of_scope_is_noted_and_not_counted(drive, cable, harbor, ann):
    unit(drive, harbor, "A-1")
    count = start_count(harbor, staff=ann, products=[cable])
    for code in ("A-1", "IW"):
        result = scan(count, code, staff=ann)
        assert result.scan.finding == Finding.OUT_OF_SCOPE
        assert "not part of this count" in result.message
    assert [stray.shown for stray in result_of(count).strays] == ["A-1", "IW"]
    assert result_of(count).differing == []


def test_a_barcode_counts_one_unit_and_a_quantity_can_be_typed(count, cable, harbor, ann):
    code = BarcodeFactory(product=cable).code
    first = scan(count, code, staff=ann)
    typed = set_quantity(first.scan, 24, staff=ann)
    scan(count, "cbl", staff=ann)
    assert of(count, cable).without_number == 25
    assert typed.quantity == 24
    assert CountScan.objects.get(pk=first.scan.pk).undone_by == ann
    for senseless in (-1, 1_000_001):
        with pytest.raises(WrongQuantity):
            set_quantity(typed, senseless, staff=ann)
    with pytest.raises(ScanGone):
        set_quantity(first.scan, 3, staff=ann)


def test_the_barcode_of_a_tracked_product_asks_for_the_number_and_keeps_nothing(count, drive, harbor, ann):
    unit(drive, harbor, "A-1")
    asked = scan(count, "IW", staff=ann)
    assert (asked.kind, asked.product) == (Kind.NUMBER, drive)
    assert CountScan.objects.count() == 0
    assert scan(count, "A-1", staff=ann, product=drive).scan.finding == Finding.COUNTED
    new = scan(count, "A-2", staff=ann, product=drive)
    assert (new.scan.finding, new.scan.number) == (Finding.NEW, "A-2")
    assert scan(count, "a-2", staff=ann, product=drive).scan.finding == Finding.REPEATED


def test_a_number_is_taken_for_the_product_that_waits_before_it_is_taken_for_a_sku(count, drive, harbor, ann):
    ProductFactory(sku="4711")
    unit(drive, harbor, "4711")
    assert scan(count, "4711", staff=ann, product=drive).scan.serial.number == "4711"
    assert scan(count, "4711", staff=ann).scan.product.sku == "4711"


def test_a_gs1_code_counts_the_unit_at_once(count, drive, harbor, ann):
    BarcodeFactory(product=drive, code="09521234543213")
    unit(drive, harbor, "ABC123")
    result = scan(count, "(01)09521234543213(21)ABC123", staff=ann)
    assert (result.scan.finding, result.scan.serial.number) == (Finding.COUNTED, "ABC123")
    assert scan(count, "(01)09521234543213(21)ABC124", staff=ann).scan.finding == Finding.NEW


def test_two_products_with_one_number_ask_which(count, drive, harbor, northgate, ann):
    other = TrackedFactory()
    for product in (drive, other):
        unit(product, harbor, "SAME")
    asked = scan(count, "SAME", staff=ann)
    assert (asked.kind, set(asked.products)) == (Kind.CHOOSE, {drive, other})
    assert scan(count, "SAME", staff=ann, product=other).scan.serial.product == other


def test_a_damaged_code_is_told_and_not_kept(count, ann):
    assert scan(count, "  ", staff=ann).kind == Kind.NOTHING
    assert CountScan.objects.count() == 0


def test_the_same_unit_counts_once_whoever_scans_it(count, drive, harbor, ann, ben):
    unit(drive, harbor, "A-1")
    scan(count, "A-1", staff=ann)
    again = scan(count, "A-1", staff=ben)
    assert not again.ok
    assert "Ann" in again.message
    assert of(count, drive).counted == 1
    assert [kept.finding for kept in CountScan.objects.all()] == [Finding.COUNTED, Finding.REPEATED]


def test_a_scan_that_is_sent_again_counts_once(count, cable, harbor, ann):
    first = scan(count, "CBL", staff=ann, scan_id="x1")
    again = scan(count, "CBL", staff=ann, scan_id="x1")
    assert (again.scan, again.ok) == (first.scan, True)
    assert of(count, cable).without_number == 1


def test_undo_takes_back_ones_own_last_scan(count, drive, cable, harbor, ann, ben):
    unit(drive, harbor, "A-1")
    scan(count, "A-1", staff=ann)
    scan(count, "CBL", staff=ben)
    undone = undo_last(count, staff=ann)
    assert undone.shown == "A-1"
    with pytest.raises(NothingToUndo):
        undo_last(count, staff=ann)
    assert scan(count, "A-1", staff=ben).ok, "an undone unit may be counted again"


def test_with_the_add_on_off_everything_is_counted_by_quantity(count, shop, drive, harbor, ann):
    units(drive, harbor, "A-1", "A-2")
    shop.serial_numbers_enabled = False
    shop.save()
    scans(count, ann, "IW", "IW", "IW")
    assert scan(count, "A-1", staff=ann).scan.finding == Finding.UNKNOWN
    assert differences(count) == {"IronWolf": 1}
    post(count, ann)
    assert on_hand(drive, harbor) == 3


# --- To find ----------------------------------------------------------------------------------------------------------


def test_what_is_to_find_is_what_should_be_here_and_was_not_scanned(count, drive, harbor, northgate, ann):
    units(drive, harbor, "A-1", "A-2")
    unit(drive, northgate, "N-1")
    scan(count, "A-1", staff=ann)
    assert [serial.number for serial in to_find(count)] == ["A-2"]
