"""What a count comes to, and what posting it takes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import set_open_stock
from inventory.counts.errors import CountChanged, CountClosed, NotDecided, ScanGone, WrongQuantity
from inventory.counts.models import CountScan
from inventory.counts.operations import (
    accept,
    cancel_count,
    confirm_new,
    count_none,
    count_without,
    post_count,
    recount,
    scan,
    set_aside,
    set_quantity,
    start_count,
    undo_last,
)
from inventory.counts.results import not_counted, result_of
from inventory.models import StockMovement
from microbiz.laws import check_laws
from serials.models import Serial
from serials.policy import State
from settings_app.models import SerialTracking
from tests.counts.counting import accept_all, differences, of, post, scans
from tests.factories import ProductFactory, TrackedFactory, on_hand, stock, unit, units

pytestmark = pytest.mark.django_db
Finding = CountScan.Finding


# --- What it comes to -------------------------------------------------------------------------------------------------


def test_missing_units_leave_with_their_numbers_through_one_adjustment(count, drive, cable, harbor, ann):
    units(drive, harbor, "A-1", "A-2", "A-3")
    stock(cable, harbor, 5)
    scans(count, ann, "A-1", "A-3")
    set_quantity(scan(count, "CBL", staff=ann).scan, 7, staff=ann)
    found = of(count, drive)
    assert [serial.number for serial in found.missing] == ["A-2"]
    assert (found.missing[0].last.kind, found.missing[0].last.staff.username) == ("recorded", "clerk")
    assert differences(count) == {"IronWolf": -1, "Cable": 2}
    posted = post(count, ann)
    lines = {
        str(line.product): (line.change, [str(one) for one in line.serials]) for line in posted.adjustment.lines.all()
    }
    assert lines == {"Cable": (2, []), "IronWolf": (-1, ["A-2"])}
    assert (on_hand(drive, harbor), on_hand(cable, harbor)) == (2, 7)
    assert Serial.objects.get(number="A-2").state == State.WRITTEN_OFF
    assert (posted.status, posted.settled_by, posted.adjustment.reason_id) == ("posted", ann, "count")


def test_a_count_that_finds_everything_posts_no_adjustment(count, drive, harbor, ann):
    unit(drive, harbor, "A-1")
    before = Adjustment.objects.count()
    scan(count, "A-1", staff=ann)
    posted = post(count, ann)
    assert (posted.status, posted.adjustment) == ("posted", None)
    assert Adjustment.objects.count() == before


def test_a_unit_known_as_written_off_comes_back(count, drive, harbor, ann):
    units(drive, harbor, "A-1", "A-2")
    set_open_stock(drive, harbor, 1, staff=ann, reason="missing", leaving=[Serial.objects.get(number="A-2")])
    scans(count, ann, "A-1", "A-2")
    post(count, ann)
    assert on_hand(drive, harbor) == 2
    assert Serial.objects.get(number="A-2").state == State.IN_STOCK


def test_a_number_not_on_record_comes_in_only_through_add_new(count, drive, harbor, ann):
    unit(drive, harbor, "A-1")
    scan(count, "A-1", staff=ann)
    new = scan(count, "A-9", staff=ann, product=drive).scan
    assert [pending.number for pending in of(count, drive).pending] == ["A-9"]
    with pytest.raises(CountChanged, match="IronWolf"):
        accept_all(count, ann)
    with pytest.raises(NotDecided, match="IronWolf"):
        post_count(count, staff=ann)
    confirm_new(new, staff=ann)
    post(count, ann)
    assert on_hand(drive, harbor) == 2
    assert Serial.objects.get(number="A-9").state == State.IN_STOCK


def test_a_number_read_wrong_is_set_aside(count, drive, harbor, ann):
    unit(drive, harbor, "A-1")
    scan(count, "A-1", staff=ann)
    set_aside(scan(count, "A-I", staff=ann, product=drive).scan, staff=ann)
    assert result_of(count).differing == []
    assert CountScan.objects.count() == 2


def test_an_unknown_code_is_given_a_product_by_add_new(count, drive, harbor, ann, ben):
    stray = scan(count, "B-1", staff=ann).scan
    confirm_new(stray, product=drive, staff=ben)
    assert result_of(count).strays == []
    assert differences(count) == {"IronWolf": 1}
    with pytest.raises(ScanGone):
        confirm_new(stray, product=drive, staff=ben)


def test_a_number_for_a_unit_that_lacked_one_is_recorded_and_moves_nothing(count, drive, harbor, ann):
    unit(drive, harbor, "A-1")
    stock(drive, harbor, 1)
    scan(count, "A-1", staff=ann)
    for number in ("A-2", "A-3"):
        confirm_new(scan(count, number, staff=ann, product=drive).scan, staff=ann)
    assert of(count, drive).naming == 1
    posted = post(count, ann)
    assert [line.change for line in posted.adjustment.lines.all()] == [1]
    assert on_hand(drive, harbor) == 3
    assert Serial.objects.in_stock(harbor).filter(product=drive).count() == 3


def test_units_of_other_places_are_reported_and_not_moved(count, drive, harbor, northgate, till, ann):
    unit(drive, northgate, "NORTH")
    units(drive, harbor, "SOLD", "A-1")
    till.sell("SOLD")
    scans(count, ann, "A-1", "NORTH", "SOLD")
    assert [found.finding for found in of(count, drive).foreign] == [Finding.ELSEWHERE, Finding.SOLD]
    assert differences(count) == {}
    assert post(count, ann).adjustment is None
    assert Serial.objects.get(number="NORTH").store == northgate


def test_optional_products_are_counted_with_and_without_numbers(count, harbor, ann):
    lamp = ProductFactory(name="Lamp", serial_tracking=SerialTracking.OPTIONAL)
    units(lamp, harbor, "L-1", "L-2")
    stock(lamp, harbor, 3)
    scans(count, ann, "L-1", "L-2")
    count_without(count, lamp, staff=ann)
    count_without(count, lamp, staff=ann)
    assert differences(count) == {"Lamp": -1}
    posted = post(count, ann)
    assert [(line.change, line.attached) for line in posted.adjustment.lines.all()] == [(-1, 0)]


def test_a_unit_that_left_unnamed_is_named_and_moves_nothing(count, harbor, till, ann):
    lamp = ProductFactory(name="Lamp", sku="LAMP", serial_tracking=SerialTracking.OPTIONAL)
    units(lamp, harbor, "L-1", "L-2")
    till.sell("LAMP")  # nobody said which
    scan(count, "L-1", staff=ann)
    found = of(count, lamp)
    assert (found.difference, found.gone, [one.number for one in found.missing]) == (0, 1, ["L-2"])
    assert post(count, ann).adjustment is None
    assert Serial.objects.get(number="L-2").state == State.WRITTEN_OFF
    assert on_hand(lamp, harbor) == 1


def test_units_that_require_a_number_and_have_none_may_still_be_missing(count, harbor, ann):
    phone = ProductFactory(name="Phone", serial_tracking=SerialTracking.ALL)
    unit(phone, harbor, "P-1")
    stock(phone, harbor, 1)
    scan(count, "P-1", staff=ann)
    post(count, ann)
    assert on_hand(phone, harbor) == 1


def test_what_nobody_scanned_is_not_counted_until_somebody_says_there_is_none(count, drive, cable, harbor, ann):
    unit(drive, harbor, "A-1")
    stock(cable, harbor, 2)
    assert set(not_counted(count)) == {drive, cable}
    assert result_of(count).products == []
    for product in (drive, cable):
        count_none(count, product, staff=ann)
    assert differences(count) == {"Cable": -2, "IronWolf": -1}
    with pytest.raises(WrongQuantity, match="Recount"):
        count_none(count, drive, staff=ann)
    post(count, ann)
    assert (on_hand(drive, harbor), on_hand(cable, harbor)) == (0, 0)


def test_recounting_forgets_a_products_scans_and_its_decision(count, drive, harbor, ann):
    units(drive, harbor, "A-1", "A-2")
    scan(count, "A-1", staff=ann)
    accept_all(count, ann)
    recount(count, drive, staff=ann)
    assert result_of(count).products == []
    scans(count, ann, "A-1", "A-2")
    assert differences(count) == {}


def test_a_decision_holds_only_for_what_was_seen(count, drive, harbor, ann, ben):
    units(drive, harbor, "A-1", "A-2", "A-3")
    scan(count, "A-1", staff=ann)
    seen = of(count, drive).signature
    scan(count, "A-2", staff=ben)
    with pytest.raises(CountChanged, match="IronWolf"):
        accept(count, {drive.pk: seen}, staff=ann)
    accept_all(count, ann)
    scan(count, "A-3", staff=ben)
    assert post_count(count, staff=ann).adjustment is None
    check_laws()


def test_nothing_is_posted_before_everything_is_decided(count, drive, harbor, ann):
    units(drive, harbor, "A-1", "A-2")
    scan(count, "A-1", staff=ann)
    before = StockMovement.objects.count()
    with pytest.raises(NotDecided, match="IronWolf"):
        post_count(count, staff=ann)
    assert StockMovement.objects.count() == before
    count.refresh_from_db()
    assert count.is_open
    check_laws()


def test_a_settled_count_takes_nothing_more(count, drive, harbor, ann):
    unit(drive, harbor, "A-1")
    kept = scan(count, "A-1", staff=ann).scan
    cancel_count(count, staff=ann)
    for late in (
        lambda: scan(count, "A-1", staff=ann),
        lambda: undo_last(count, staff=ann),
        lambda: post_count(count, staff=ann),
        lambda: cancel_count(count, staff=ann),
        lambda: recount(count, drive, staff=ann),
        lambda: count_none(count, drive, staff=ann),
        lambda: count_without(count, drive, staff=ann),
        lambda: set_aside(kept, staff=ann),
        lambda: confirm_new(kept, staff=ann),
        lambda: set_quantity(kept, 2, staff=ann),
        lambda: accept(count, {}, staff=ann),
    ):
        with pytest.raises(CountClosed, match="cancelled"):
            late()
    assert on_hand(drive, harbor) == 1
    check_laws()


# --- Cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_scanning_and_posting_ask_as_often_for_a_hundred_units_as_for_two(harbor, ann):
    def statements(n):
        drive = TrackedFactory()
        numbers = [f"{drive.pk}-{at}" for at in range(n)]
        units(drive, harbor, *numbers)
        count = start_count(harbor, staff=ann, products=[drive])
        half = n // 2
        for number in numbers[: half - 1]:
            scan(count, number, staff=ann)
        with CaptureQueriesContext(connection) as scanning:
            scan(count, numbers[half - 1], staff=ann)
        accept_all(count, ann)
        with CaptureQueriesContext(connection) as reading:
            result_of(count)
        with CaptureQueriesContext(connection) as posting:
            post_count(count, staff=ann)
        # SQLite takes a thousand values in a statement, so it splits long inserts.
        return [len([one for one in part if "INSERT" not in one["sql"]]) for part in (scanning, reading, posting)]

    assert statements(2) == statements(100)


@pytest.mark.once
def test_posting_asks_as_often_for_ten_products_as_for_one(harbor, ann):
    def statements(n):
        products = [ProductFactory() for _one in range(n)]
        drives = [TrackedFactory() for _one in range(n)]
        for product, drive in zip(products, drives, strict=True):
            stock(product, harbor, 2)
            units(drive, harbor, f"{drive.pk}-1", f"{drive.pk}-2")
        count = start_count(harbor, staff=ann, products=[*products, *drives])
        for product, drive in zip(products, drives, strict=True):
            scans(count, ann, product.sku, f"{drive.pk}-1")
        accept_all(count, ann)
        with CaptureQueriesContext(connection) as posting:
            post_count(count, staff=ann)
        return len(posting)

    assert statements(1) == statements(10)
