"""Several people at one count, and the shop that goes on selling. Each race is run twice: as it is, and without its locks."""

import itertools

import pytest
from django.db import IntegrityError

import inventory.counts.operations.counting as counting
import inventory.counts.operations.posting as posting
import inventory.operations as stock_operations
import serials.operations.attaching as attaching
from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import scan_adjustment, start_adjustment
from inventory.counts.errors import CountClosed
from inventory.counts.models import CountScan
from inventory.counts.operations import accept, post_count, scan, set_quantity, start_count
from inventory.counts.results import result_of
from inventory.models import StockMovement
from microbiz.laws import LawBroken, check_laws
from register.models import SaleLine
from serials.errors import SerialUnavailable
from serials.models import Serial, SerialHold
from serials.policy import State
from serials.verdicts import Finding
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values
from tests.register.till import open_till

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def till():
    factories.ShopSettingsFactory()
    return open_till()


@pytest.fixture
def drive(till):
    product = factories.TrackedFactory(name="IronWolf", sku="IW", price=10_000)
    factories.units(product, till.store, "A-1", "A-2")
    return product


@pytest.fixture
def cable(till):
    return factories.stock(factories.ProductFactory(name="Cable", sku="CBL", price=1000), till.store, 10)


@pytest.fixture
def count(till, drive, cable):
    """A-2 and nine of ten cables are missing, and somebody has accepted it."""
    count = start_count(till.store, staff=till.staff)
    scan(count, "A-1", staff=till.staff)
    scan(count, "CBL", staff=till.staff)
    accept(count, {one.product.pk: one.signature for one in result_of(count).differing}, staff=till.staff)
    return count


# --- Two counters, one unit -------------------------------------------------------------------------------------------


def scan_one_serial_twice(till, monkeypatch, *, locks):
    count, people = start_count(till.store, staff=till.staff), [factories.AdminFactory(), factories.AdminFactory()]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, counting.Counter, "keep"),
    ):
        return together(*(lambda one=one: scan(count, "A-1", staff=one) for one in people))


def test_a_unit_scanned_by_two_counters_at_once_counts_once_and_says_so(till, drive, monkeypatch):
    outcomes = scan_one_serial_twice(till, monkeypatch, locks=True)
    assert errors(outcomes) == []
    [won], [lost] = ([one for one in values(outcomes) if one.ok is ok] for ok in (True, False))
    assert str(won.scan.staff) in lost.message
    assert CountScan.objects.live().count() == 1
    assert CountScan.objects.count() == 2


def test_without_the_lock_the_second_counter_meets_the_constraint(till, drive, monkeypatch):
    [error] = errors(scan_one_serial_twice(till, monkeypatch, locks=False))
    assert isinstance(error, IntegrityError)


# --- Posting and selling ----------------------------------------------------------------------------------------------


def post_while_a_sale_completes(till, count, monkeypatch, *, locks):
    till.scan("CBL")
    sale = till.sale
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, stock_operations, "lock_levels", after=True),
    ):
        return together(lambda: post_count(count, staff=till.staff), lambda: till.pay(sale))


def test_a_sale_that_completes_while_the_count_is_posted_is_neither_lost_nor_counted(till, count, cable, monkeypatch):
    """Nine of ten cables were missing at the count: one is left, and one is sold."""
    assert errors(post_while_a_sale_completes(till, count, monkeypatch, locks=True)) == []
    assert factories.on_hand(cable, till.store) == 0
    check_laws()


def test_without_the_lock_the_sale_or_the_count_is_lost(till, count, cable, monkeypatch):
    post_while_a_sale_completes(till, count, monkeypatch, locks=False)
    with pytest.raises(LawBroken, match="level"):
        check_laws()


def all_of_them(line, units):
    return Serial.objects.filter(pk__among=units).values_list("pk", flat=True).query.sql_with_params()


def sell_a_missing_unit_while_it_is_written_off(till, count, monkeypatch, *, locks):
    """Without the locks, whoever scans holds what was read, not what is free by then, whichever of the two is first."""
    assert till.sale.is_open
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "hold_for"),
        monkeypatch.context() as patch,
    ):
        if not locks:
            patch.setattr(SaleLine, "finds_free", all_of_them)
        return together(lambda: post_count(count, staff=till.staff), lambda: till.scan("A-2"))


def test_a_missing_unit_that_turns_up_at_the_till_is_sold_or_written_off(till, count, drive, monkeypatch):
    posted, scanned = sell_a_missing_unit_while_it_is_written_off(till, count, monkeypatch, locks=True)
    assert scanned.error is None
    unit = Serial.objects.get(number="A-2")
    if posted.error is None:
        assert (scanned.value.ok, scanned.value.verdict.finding) == (False, Finding.AWAY)
        assert unit.state == State.WRITTEN_OFF
    else:
        assert isinstance(posted.error, SerialUnavailable)
        assert (scanned.value.ok, unit.state) == (True, State.IN_STOCK)
        assert not Adjustment.objects.filter(reason="count").exists()
    check_laws()


def test_without_the_lock_a_written_off_unit_is_in_a_cart(till, count, drive, monkeypatch):
    posted, scanned = sell_a_missing_unit_while_it_is_written_off(till, count, monkeypatch, locks=False)
    in_cart = scanned.error is None and scanned.value.ok
    is_gone = Serial.objects.get(number="A-2").state == State.WRITTEN_OFF
    assert (in_cart and is_gone) or any(isinstance(error, IntegrityError) for error in errors([posted, scanned]))


# --- Posting twice, and scanning into what is posted ------------------------------------------------------------------


def post_twice(till, cable, monkeypatch, *, locks):
    count = start_count(till.store, staff=till.staff, products=[cable])
    set_quantity(scan(count, "CBL", staff=till.staff).scan, 6, staff=till.staff)
    accept(count, {one.product.pk: one.signature for one in result_of(count).differing}, staff=till.staff)
    numbers = itertools.count(1)
    with monkeypatch.context() as patch:
        if not locks:  # the counter of numbers is a lock of its own
            patch.setattr(posting, "next_number", lambda prefix: f"X-{next(numbers)}")
        with (
            locks_taken_out(monkeypatch, not locks),
            meeting(monkeypatch, posting, "lock_count", after=True),
        ):
            return together(*[lambda: post_count(count, staff=till.staff)] * 2)


def test_a_count_that_two_people_post_is_posted_once(till, cable, monkeypatch):
    [error] = errors(post_twice(till, cable, monkeypatch, locks=True))
    assert isinstance(error, CountClosed)
    assert factories.on_hand(cable, till.store) == 6
    assert StockMovement.objects.filter(reason="adjustment").count() == 1
    check_laws()


def test_without_the_locks_it_is_posted_twice(till, cable, monkeypatch):
    assert errors(post_twice(till, cable, monkeypatch, locks=False)) == []
    assert StockMovement.objects.filter(reason="adjustment").count() == 2


def scan_while_it_is_posted(till, count, monkeypatch, *, locks):
    """A-2 turns up when the posting has already read what is missing."""
    counter = factories.AdminFactory()
    with locks_taken_out(monkeypatch, not locks), meeting(monkeypatch, posting, "_lock_units") as posted:

        def late_scan():
            posted.wait(timeout=30)
            return scan(count, "A-2", staff=counter)

        return together(lambda: post_count(count, staff=till.staff), late_scan)


def test_a_scan_that_comes_too_late_is_refused(till, count, drive, monkeypatch):
    posted, late = scan_while_it_is_posted(till, count, monkeypatch, locks=True)
    assert (posted.error, type(late.error)) == (None, CountClosed)
    assert Serial.objects.get(number="A-2").state == State.WRITTEN_OFF
    check_laws()


def test_without_the_lock_a_counted_unit_is_written_off(till, count, drive, monkeypatch):
    posted, late = scan_while_it_is_posted(till, count, monkeypatch, locks=False)
    assert (posted.error, late.error, late.value.ok) == (None, None, True)
    assert Serial.objects.get(number="A-2").state == State.WRITTEN_OFF


# --- An adjustment and a sale -----------------------------------------------------------------------------------------


def adjust_and_sell_one_unit(till, monkeypatch, *, locks):
    draft = start_adjustment(till.store, staff=till.staff, reason="missing")
    assert till.sale.is_open
    with locks_taken_out(monkeypatch, not locks), meeting(monkeypatch, attaching, "_put_on"):
        return together(
            lambda: scan_adjustment(draft, "A-1", is_minus=True, staff=till.staff), lambda: till.scan("A-1")
        )


def test_a_unit_that_is_written_off_and_sold_at_once_is_on_one_document(till, drive, monkeypatch):
    outcomes = adjust_and_sell_one_unit(till, monkeypatch, locks=True)
    assert errors(outcomes) == []
    [loser] = [result for result in values(outcomes) if not result.ok]
    assert (loser.verdict.finding, SerialHold.objects.count()) == (Finding.HELD, 1)
    check_laws()


def test_without_the_lock_both_hold_it(till, drive, monkeypatch):
    outcomes = adjust_and_sell_one_unit(till, monkeypatch, locks=False)
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]
