"""Goods that arrive in two places at once, or twice. Each race is run as the code is, and with its locks taken out."""

import pytest
from django.db import IntegrityError, OperationalError

import receiving.operations.receipt as receipt
import receiving.operations.reversal as taking_back
import serials.operations.attaching as attaching
import serials.operations.moving as moving
from inventory.models import StockLevel, StockMovement
from microbiz.laws import broken_laws, check_laws
from receiving.errors import ReversalUnderWay
from receiving.models import ShipmentReversal, UnsettledCode
from receiving.operations import add_line, post_reversal, settle_code, start_reversal
from register.operations import claim_serial
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import Serial, SerialEvent
from serials.policy import State
from settings_app.models import SerialTracking
from tests import factories
from tests.races.threads import errors, guards_of_units_taken_out, locks_taken_out, meeting, together, values
from tests.receiving.dock import open_dock
from tests.register.till import open_till

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def docks():
    factories.ShopSettingsFactory()
    return open_dock(), open_dock()


@pytest.fixture
def phone():
    return factories.ProductFactory(name="Pixel", serial_tracking=SerialTracking.ALL, cost=500)


# --- One number, two shipments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("locks", [True, False])
def test_the_same_new_number_on_two_shipments_is_one_unit_and_one_code_to_settle(docks, phone, monkeypatch, locks):
    """The unique index is what guards this one: one row, one message on one line, with the locks and without."""
    lines = [dock.line(dock.draft(), phone, 1) for dock in docks]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "create"),
    ):
        outcomes = together(
            *(lambda own=own: own[0].enter(own[1], "N1", "own") for own in zip(docks, lines, strict=True))
        )
    if locks:
        assert errors(outcomes) == []
        assert sorted(len(entered.attached) for entered in values(outcomes)) in ([0, 2], [1, 1])
        assert UnsettledCode.objects.filter(code="N1").count() == 1
        check_laws()
    assert Serial.objects.filter(number="N1").count() == 1


def receive_back_in_two_stores(docks, phone, monkeypatch, *, locks):
    """A sold unit stands on the desks of two stores at once; both say that it is received back."""
    first = docks[0]
    first.received(phone, 1, codes=["OLD"])
    open_till(store=first.store).sell("OLD")
    lines = [dock.line(dock.draft(), phone, 1, codes=["OLD"]) for dock in docks]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "_put_on"),
    ):
        return lines, together(
            *(
                lambda dock=dock, line=line: settle_code(line, "OLD", staff=dock.staff)
                for dock, line in zip(docks, lines, strict=True)
            )
        )


def test_a_sold_unit_received_back_in_two_stores_ends_in_one(docks, phone, monkeypatch):
    """Bug 16 of the peers: the other is told which shipment has it."""
    lines, outcomes = receive_back_in_two_stores(docks, phone, monkeypatch, locks=True)
    assert not errors(outcomes)
    [(dock, won)] = [(dock, line) for dock, line, one in zip(docks, lines, outcomes, strict=True) if not one.value]
    [told] = filter(None, values(outcomes))
    assert won.shipment.number in told
    dock.receive(won.shipment)
    unit = Serial.objects.get()
    assert (unit.state, unit.store) == (State.IN_STOCK, won.shipment.store)
    assert StockLevel.objects.get(on_hand=1).store == unit.store
    check_laws()


def test_without_the_lock_the_other_meets_the_constraint_instead_of_an_answer(docks, phone, monkeypatch):
    _lines, outcomes = receive_back_in_two_stores(docks, phone, monkeypatch, locks=False)
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]


# --- One shipment, twice ----------------------------------------------------------------------------------------------


def receive_twice(docks, monkeypatch, *, locks):
    dock = docks[0]
    cable = factories.ProductFactory(name="Cable", cost=100)
    shipment = dock.draft()
    add_line(shipment, cable, quantity=5, unit_cost=300)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, receipt, "_share_freight"),
    ):
        outcomes = together(lambda: dock.receive(shipment), lambda: dock.receive(shipment))
    return outcomes, StockMovement.objects.count()


def test_a_shipment_received_twice_at_once_arrives_once(docks, monkeypatch):
    outcomes, movements = receive_twice(docks, monkeypatch, locks=True)
    assert not errors(outcomes)
    assert movements == 1
    check_laws()


def test_without_the_lock_it_would_arrive_twice(docks, monkeypatch):
    _outcomes, movements = receive_twice(docks, monkeypatch, locks=False)
    assert movements == 2
    assert broken_laws()


def receive_two_of_one_product(docks, monkeypatch, *, locks):
    """The average after both is that of both, whichever came first."""
    cable = factories.ProductFactory(name="Cable")
    shipments = []
    for dock, cost in zip(docks, (100, 300), strict=True):
        shipments.append(dock.draft())
        add_line(shipments[-1], cable, quantity=10, unit_cost=cost)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, receipt, "units_on_hand", after=True),
    ):
        outcomes = together(*(lambda own=own: own[0].receive(own[1]) for own in zip(docks, shipments, strict=True)))
    assert not errors(outcomes)
    cable.refresh_from_db()
    return cable.average_cost


def test_two_receipts_of_a_product_average_over_both(docks, monkeypatch):
    assert receive_two_of_one_product(docks, monkeypatch, locks=True) == 200


def test_without_the_lock_the_average_forgets_one(docks, monkeypatch):
    assert receive_two_of_one_product(docks, monkeypatch, locks=False) != 200


# --- Taking back ------------------------------------------------------------------------------------------------------


def take_back_twice(docks, phone, monkeypatch, *, locks):
    dock = docks[0]
    factories.stock(phone, dock.store, 2)
    reversal = start_reversal(dock.received(phone, 2, codes=["A1", "A2"]), staff=dock.staff, reason="Wrong store")
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, taking_back, "_require_remaining", after=True),
    ):
        return together(*(lambda: post_reversal(reversal, staff=dock.staff) for _person in range(2)))


def test_a_reversal_posted_twice_at_once_takes_back_once(docks, phone, monkeypatch):
    outcomes = take_back_twice(docks, phone, monkeypatch, locks=True)
    assert not errors(outcomes)
    assert SerialEvent.objects.filter(kind="reverse").count() == 2
    assert StockLevel.objects.get().on_hand == 2
    check_laws()


def test_without_the_lock_the_second_would_meet_the_ledger(docks, phone, monkeypatch):
    """Units that were named are kept from going twice by their ledger; the lock answers instead."""
    outcomes = take_back_twice(docks, phone, monkeypatch, locks=False)
    assert any(isinstance(error, IntegrityError | OperationalError | SerialUnavailable) for error in errors(outcomes))


def begin_to_take_back_twice(docks, phone, monkeypatch, *, locks):
    """The counter of the numbers is the first lock here; without the locks each finds a number of its own."""
    dock, numbers = docks[0], iter(["VR-1", "VR-2"])
    shipment = dock.received(phone, 1, codes=["A1"])
    with (
        locks_taken_out(monkeypatch, not locks),
        monkeypatch.context() as patch,
        meeting(monkeypatch, taking_back, "remaining"),
    ):
        if not locks:
            patch.setattr(taking_back, "next_number", lambda prefix: next(numbers))
        outcomes = together(
            *(lambda: start_reversal(shipment, staff=dock.staff, reason="Wrong") for _person in range(2))
        )
    assert ShipmentReversal.objects.count() == 1
    return outcomes


def test_two_who_take_a_shipment_back_make_one_draft(docks, phone, monkeypatch):
    outcomes = begin_to_take_back_twice(docks, phone, monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [ReversalUnderWay]
    check_laws()


def test_without_the_locks_the_second_draft_meets_the_constraint_instead_of_an_answer(docks, phone, monkeypatch):
    [error] = errors(begin_to_take_back_twice(docks, phone, monkeypatch, locks=False))
    assert isinstance(error, IntegrityError)
    assert "shipment_one_reversal_at_a_time" in str(error)


@pytest.fixture
def reversal(docks, phone):
    """Begun, with the one unit of its shipment on it; another lies beside it."""
    dock = docks[0]
    factories.stock(phone, dock.store, 1)
    return start_reversal(dock.received(phone, 1, codes=["A1"]), staff=dock.staff, reason="Wrong store")


@pytest.fixture
def sell(docks, phone, reversal):
    """What a cashier does who takes the unit over from the reversal and sells it."""
    till = open_till(store=docks[0].store)
    factories.cash()
    phone.price = 900
    phone.save()
    unit, sale = Serial.objects.get(), till.sale

    def sell():
        claim_serial(sale, unit, staff=till.staff)
        return till.pay(sale)

    return sell


def test_a_unit_is_sold_or_taken_back_never_both(docks, reversal, sell, monkeypatch):
    """The cashier takes it over from the reversal in the moment in which that is posted."""
    with meeting(monkeypatch, moving, "_require_whereabouts"):
        outcomes = together(lambda: post_reversal(reversal, staff=docks[0].staff), sell)
    assert len(errors(outcomes)) == 1
    assert not any(isinstance(error, IntegrityError) for error in errors(outcomes))
    unit = Serial.objects.get()
    assert unit.state in (State.SOLD, State.EXPECTED)
    assert unit.events.count() == 2
    check_laws()


def sell_while_it_is_taken_back(docks, reversal, sell, monkeypatch, *, locks):
    """The reversal has asked for its unit and found it, and has not moved it yet."""
    with (
        guards_of_units_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, moving, "_require_whereabouts", after=True) as asked,
    ):

        def sell_then():
            asked.wait(timeout=30)
            return sell()

        posted, sold = together(lambda: post_reversal(reversal, staff=docks[0].staff), sell_then)
    assert posted.error is None
    assert isinstance(sold.error, SerialUnavailable)
    assert Serial.objects.get().state == State.EXPECTED


def test_a_unit_that_is_just_taken_back_is_not_taken_over(docks, reversal, sell, monkeypatch):
    sell_while_it_is_taken_back(docks, reversal, sell, monkeypatch, locks=True)
    assert reversal.lines.get().serials
    check_laws()


def test_without_both_the_reversal_has_taken_back_a_unit_that_it_no_longer_names(docks, reversal, sell, monkeypatch):
    sell_while_it_is_taken_back(docks, reversal, sell, monkeypatch, locks=False)
    assert not reversal.lines.get().serials
    assert broken_laws()


@pytest.fixture
def shipment(docks, phone):
    """About to be received, with one new number on it."""
    shipment = docks[0].draft()
    docks[0].line(shipment, phone, 1, codes=["N1"])
    return shipment


@pytest.fixture
def take_over(docks, phone, shipment):
    """What somebody at another dock does who has the same number in hand: takes it over, and receives it."""
    dock = docks[1]
    other = dock.draft()
    line = dock.line(other, phone, 1, codes=["N1"])
    return lambda: settle_code(line, "N1", staff=dock.staff, taking=True) or dock.receive(other)


def test_a_unit_taken_over_by_another_shipment_while_the_first_is_received_arrives_once(
    docks, shipment, take_over, monkeypatch
):
    with meeting(monkeypatch, moving, "_require_whereabouts"):
        outcomes = together(lambda: docks[0].receive(shipment), take_over)
    refused = [
        one
        for one in [*errors(outcomes), *values(outcomes)]
        if isinstance(one, str | SerialsMissing | SerialUnavailable)
    ]
    assert len(refused) == 1
    assert Serial.objects.get().events.count() == 1
    check_laws()


def take_over_while_it_is_received(docks, shipment, take_over, monkeypatch, *, locks):
    """The first shipment has asked for its unit and found it, and has not moved it yet."""
    with (
        guards_of_units_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, moving, "_require_whereabouts", after=True) as asked,
    ):

        def take_over_then():
            asked.wait(timeout=30)
            return take_over()

        received, taken = together(lambda: docks[0].receive(shipment), take_over_then)
    assert received.error is None
    assert Serial.objects.get().events.count() == 1
    return taken


def test_a_unit_that_is_just_received_is_not_taken_over(docks, shipment, take_over, monkeypatch):
    taken = take_over_while_it_is_received(docks, shipment, take_over, monkeypatch, locks=True)
    assert shipment.number in taken.value
    assert shipment.lines.get().serials
    check_laws()


def test_without_both_the_first_shipment_has_received_a_unit_that_it_no_longer_names(
    docks, shipment, take_over, monkeypatch
):
    taken = take_over_while_it_is_received(docks, shipment, take_over, monkeypatch, locks=False)
    assert isinstance(taken.error, SerialUnavailable)
    assert not shipment.lines.get().serials
    assert broken_laws()
