"""Fixes of differences: what they write, and that undoing puts everything back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.adjustments.operations import post_adjustment
from inventory.models import StockLevel, StockMovement
from serials.errors import FixUndone, NothingToFix, SerialTaken, SerialUnavailable, TooManySerials, UnitMovedOn
from serials.fix_operations import move_record, record_shelf, say_gone, undo_fix
from serials.late_operations import name_late
from serials.models import Fix, Serial
from serials.operations import attach, record
from serials.policy import Moment, State
from tests import factories

pytestmark = pytest.mark.django_db


def states(*numbers):
    found = {unit.number: (unit.state, unit.store_id) for unit in Serial.objects.all()}
    return [found[number] for number in numbers]


def sell_unnamed(till, drive):
    till.scan(drive.sku)
    return till.pay()


def test_numbers_given_to_units_on_the_shelf_are_taken_off_again_and_can_be_given_anew(till, harbor, drive):
    factories.stock(drive, harbor, 2)
    fix = record_shelf(drive, harbor, ["S1", "S2"], staff=till.staff, reason="Back-fill")
    assert (fix.kind, fix.quantity, fix.reason, fix.staff) == ("recorded", 2, "Back-fill", till.staff)
    undo_fix(fix, staff=till.staff)
    assert states("S1", "S2") == [(State.EXPECTED, None)] * 2
    fix.refresh_from_db()
    assert fix.undone_by == till.staff
    record_shelf(drive, harbor, ["S1"], staff=till.staff)
    assert states("S1") == [(State.IN_STOCK, harbor.pk)]
    assert till.sell("S1").is_completed


def test_a_number_taken_off_the_record_is_unknown_at_the_register_until_add_new(till, harbor, drive):
    factories.stock(drive, harbor, 1)
    undo_fix(record_shelf(drive, harbor, ["S1"], staff=till.staff), staff=till.staff)
    assert not till.scan("S1").ok
    till.scan(drive.sku)
    line = till.sale.lines.get()
    with pytest.raises(SerialUnavailable, match="No such serial number"):
        attach(line, ["S1"], staff=till.staff)
    attach(line, ["S1"], new=["S1"], staff=till.staff)
    till.pay()
    assert states("S1") == [(State.SOLD, None)]


def test_a_number_that_is_in_stock_or_expected_on_a_document_is_not_given_twice(till, harbor, drive):
    factories.stock(drive, harbor, 3)
    record(drive, harbor, ["S1"], staff=till.staff)
    line = factories.AdjustmentLineFactory(adjustment__store=harbor, product=drive)
    attach(line, ["S2"], new=["S2"], staff=till.staff)
    for number in ("S1", "S2"):
        with pytest.raises(SerialTaken):
            record_shelf(drive, harbor, [number], staff=till.staff)
    assert not Fix.objects.exists()


@pytest.mark.parametrize(("moment", "state"), [(Moment.SALE, State.SOLD), (Moment.ADJUST_OUT, State.WRITTEN_OFF)])
def test_a_unit_said_to_be_gone_is_back_when_that_is_undone(till, harbor, drive, moment, state):
    units = factories.units(drive, harbor, "G1", "G2")
    sell_unnamed(till, drive)
    fix = say_gone(drive, harbor, units[:1], staff=till.staff, moment=moment, reason="Not on the shelf")
    assert states("G1") == [(state, None)]
    assert "Not on the shelf" in units[0].events.first().note
    with pytest.raises(TooManySerials):
        say_gone(drive, harbor, units[1:], staff=till.staff)
    undo_fix(fix, staff=till.staff)
    assert states("G1", "G2") == [(State.IN_STOCK, harbor.pk)] * 2
    assert factories.on_hand(drive, harbor) == 1


def test_a_unit_that_stands_in_another_store_than_its_record_says(till, harbor, northgate, drive):
    """Northgate sold one unnamed, and the unit that is on record there stands at Harbor."""
    [unit] = factories.units(drive, northgate, "M1")
    StockMovement.objects.create(product=drive, store=northgate, quantity=-1, reason="adjustment", document="X")
    StockLevel.objects.filter(store=northgate).update(on_hand=0)
    factories.stock(drive, harbor, 1)
    fix = move_record(drive, unit, harbor, staff=till.staff, reason="Found in our window")
    assert states("M1") == [(State.IN_STOCK, harbor.pk)]
    event = unit.events.first()
    assert (event.kind, event.store) == ("move", harbor)
    assert "Northgate" in event.note and "Found in our window" in event.note
    undo_fix(fix, staff=till.staff)
    assert states("M1") == [(State.IN_STOCK, northgate.pk)]
    move_record(drive, unit, harbor, staff=till.staff)
    assert till.sell("M1").is_completed


def test_a_record_is_not_moved_where_that_would_make_another_difference(till, harbor, northgate, drive):
    [unit] = factories.units(drive, northgate, "M1")
    factories.stock(drive, harbor, 1)
    with pytest.raises(NothingToFix, match="Transfer it"):
        move_record(drive, unit, harbor, staff=till.staff)
    [own] = factories.units(drive, harbor, "H1")
    with pytest.raises(SerialUnavailable, match="H1: In stock at Harbor"):
        move_record(drive, own, harbor, staff=till.staff)
    assert states("M1", "H1") == [(State.IN_STOCK, northgate.pk), (State.IN_STOCK, harbor.pk)]
    assert not Fix.objects.exists()


def test_a_fix_is_undone_once_and_not_after_its_unit_moved_on(till, harbor, drive):
    factories.stock(drive, harbor, 2)
    fix = record_shelf(drive, harbor, ["S1", "S2"], staff=till.staff)
    till.scan("S1")
    with pytest.raises(UnitMovedOn, match="S1: Held by sale"):
        undo_fix(fix, staff=till.staff)
    till.pay()
    with pytest.raises(UnitMovedOn, match="S1: Sold, by"):
        undo_fix(fix, staff=till.staff)
    assert states("S2") == [(State.IN_STOCK, harbor.pk)]
    factories.stock(drive, harbor, 1)
    other = record_shelf(drive, harbor, ["S3"], staff=till.staff)
    undo_fix(other, staff=till.staff)
    with pytest.raises(FixUndone):
        undo_fix(other, staff=till.staff)


# SQLite splits an insert of many rows at its limit of parameters, so sixty and not a hundred.
@pytest.mark.once
def test_naming_and_undoing_sixty_units_takes_as_many_statements_as_one(till, harbor, drive):
    counts = []
    for count in (1, 60):
        line = _short_arrival(till, drive, count)
        numbers = [f"Q{count}-{at}" for at in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as naming:
            fix = name_late(line, numbers, new=numbers, staff=till.staff)
        with CaptureQueriesContext(connection) as undoing:
            undo_fix(fix, staff=till.staff)
        counts.append((len(naming), len(undoing)))
    assert counts[0] == counts[1]


def _short_arrival(till, drive, count):
    line = factories.AdjustmentLineFactory(adjustment__store=till.store, product=drive, quantity=count)
    post_adjustment(line.adjustment, staff=till.staff)
    return type(line).objects.with_serials().get(pk=line.pk)
