"""Corrections and late names on what every domain completes: links, states, stock and the laws hold after each."""

import pytest

from orders.operations import add_product as add_to_order
from orders.operations import hand_over, open_order
from receiving.operations import post_reversal, start_reversal
from serials.errors import NotCompleted, SerialUnavailable, UnitMovedOn
from serials.fix_operations import undo_fix
from serials.late_operations import correct, line_of_last, name_late
from serials.models import Serial
from serials.operations import attach
from serials.policy import State
from tests import factories
from tests.receiving.dock import open_dock
from tests.register.till import open_till
from transfers.operations import add_unit, decide, receive_transfer, request_transfer, send_transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return factories.AdminFactory()


def unit(number):
    return Serial.objects.get(number=number)


def state_of(number):
    return unit(number).state, unit(number).store_id


def test_a_number_mistyped_on_a_shipment_is_corrected_and_the_shipment_taken_back_after(harbor, drive):
    dock = open_dock(harbor)
    shipment = dock.received(drive, 2, codes=["ZL2B7K4N", "ZL2B7KQ9"])
    line = line_of_last(unit("ZL2B7K4N"))
    assert line == shipment.lines.get()
    correct(line, unit("ZL2B7K4N"), "ZL2B7K4M", staff=dock.staff, reason="Typing error", is_new=True)
    assert state_of("ZL2B7K4N") == (State.EXPECTED, None)
    assert state_of("ZL2B7K4M") == (State.IN_STOCK, harbor.pk)
    post_reversal(start_reversal(shipment, staff=dock.staff, reason="Wrong goods"), staff=dock.staff)
    assert state_of("ZL2B7K4M") == (State.EXPECTED, None)
    with pytest.raises(UnitMovedOn):
        correct(line, unit("ZL2B7K4M"), "ZL2B7K4N", staff=dock.staff, reason="Too late", is_new=True)


def test_units_that_came_without_numbers_are_named_on_their_shipment_until_it_is_taken_back(harbor, drive):
    dock = open_dock(harbor)
    shipment = dock.received(drive, 3, codes=["V1"])
    line = shipment.lines.get()
    name_late(line, ["V2"], new=["V2"], staff=dock.staff)
    event = unit("V2").events.first()
    assert (event.kind, event.document) == ("receive", shipment.number)
    post_reversal(start_reversal(shipment, staff=dock.staff, reason="Wrong goods"), staff=dock.staff)
    with pytest.raises(NotCompleted, match="was taken back by"):
        name_late(line, ["V3"], new=["V3"], staff=dock.staff)


def test_a_unit_that_arrived_is_corrected_to_another_that_is_still_on_the_way(harbor, drive, admin):
    northgate = factories.StoreFactory(name="Northgate")
    factories.units(drive, harbor, "T1", "T2", "T3")
    transfer = request_transfer(harbor, northgate, staff=admin)
    for number in ("T1", "T2"):
        add_unit(transfer, unit(number), staff=admin)
    send_transfer(transfer, staff=admin)
    attach(transfer.arrivals.get(), ["T1"], staff=admin)
    decide(transfer, "still", serial=unit("T2"), staff=admin)
    receive_transfer(transfer, staff=admin)
    arrived = line_of_last(unit("T1"))
    with pytest.raises(SerialUnavailable, match="T3: In stock at Harbor"):
        correct(arrived, unit("T1"), "T3", staff=admin, reason="Misread")
    correct(arrived, unit("T1"), "T2", staff=admin, reason="Misread")
    assert state_of("T1") == (State.IN_TRANSIT, None)
    assert state_of("T2") == (State.IN_STOCK, northgate.pk)


def test_a_unit_handed_over_is_corrected_and_that_is_undone(harbor, drive, admin):
    factories.units(drive, harbor, "H1", "H2")
    order = factories.OrderFactory(store=harbor)
    line = add_to_order(order, drive, staff=admin)
    open_order(order, staff=admin)
    attach(line, ["H1"], staff=admin)
    hand_over(order, staff=admin, unpaid_reason="Pays on the first")
    handed = line_of_last(unit("H1"))
    fix = correct(handed, unit("H1"), "H2", staff=admin, reason="The other box")
    assert (state_of("H1"), state_of("H2")) == ((State.IN_STOCK, harbor.pk), (State.SOLD, None))
    undo_fix(fix, staff=admin)
    assert (state_of("H1"), state_of("H2")) == ((State.SOLD, None), (State.IN_STOCK, harbor.pk))


def test_a_unit_handed_over_unnamed_is_named_on_the_hand_over(harbor, drive, admin):
    factories.units(drive, harbor, "H1", "H2")
    order = factories.OrderFactory(store=harbor)
    add_to_order(order, drive, staff=admin)
    open_order(order, staff=admin)
    done = hand_over(order, staff=admin, unpaid_reason="Pays on the first")
    name_late(done.lines.get(), ["H2"], staff=admin)
    event = unit("H2").events.first()
    assert (event.kind, event.document) == ("order", done.number)


def test_a_whole_life_with_a_correction_in_it(harbor, drive):
    """Received, sold by mistake, corrected, sold rightly, back: each document finds its unit."""
    dock, till = open_dock(harbor), open_till(harbor)
    dock.received(drive, 2, codes=["L1", "L2"])
    first = till.sell("L1")
    correct(first.lines.get(), unit("L1"), "L2", staff=till.staff, reason="Swapped")
    second = till.sell("L1")
    assert line_of_last(unit("L1")) == second.lines.get()
    assert line_of_last(unit("L2")) == first.lines.get()
    kinds = [event.kind for event in unit("L1").events.order_by("sequence")]
    assert kinds == ["receive", "sale", "corrected", "sale"]
