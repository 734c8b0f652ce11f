"""Taking shipments back: what has not moved on, once, to where it was."""

from decimal import Decimal

import pytest

from inventory.errors import NotEnoughStock
from inventory.models import StockMovement
from microbiz.laws import check_laws
from receiving.errors import (
    MoreThanReceived,
    NothingArrived,
    ReasonMissing,
    ReversalNotOpen,
    ReversalUnderWay,
    ShipmentNotReceived,
    UnitsUnnamed,
)
from receiving.models import PurchaseOrder, ReversalLine, ShipmentReversal
from receiving.operations import cancel_reversal, post_reversal, start_reversal
from receiving.operations.reversal import remaining
from serials.errors import SerialUnavailable
from serials.models import Serial, SerialHold
from serials.operations import attach
from serials.policy import State
from settings_app.models import SerialTracking
from tests import factories
from tests.receiving.dock import open_dock
from tests.register.till import open_till

pytestmark = pytest.mark.django_db

ALL, SALES, OPTIONAL, NONE = SerialTracking.ALL, SerialTracking.SALES, SerialTracking.OPTIONAL, SerialTracking.NONE


@pytest.fixture
def dock():
    factories.ShopSettingsFactory()
    return open_dock()


@pytest.fixture
def phone():
    return factories.ProductFactory(name="Pixel", serial_tracking=ALL, cost=500)


def start(dock, shipment, **kwargs):
    return start_reversal(shipment, staff=dock.staff, reason="Wrong store", **kwargs)


def reverse(dock, shipment, **kwargs):
    return post_reversal(start(dock, shipment, **kwargs), staff=dock.staff)


@pytest.mark.parametrize("tracking", [NONE, OPTIONAL, SALES, ALL])
def test_a_whole_shipment_goes_back_and_each_unit_to_where_it_was(dock, tracking):
    product = factories.ProductFactory(serial_tracking=tracking)
    shipment = dock.received(product, 3, codes=[] if tracking == NONE else ["A1", "A2", "A3"])
    reversal = reverse(dock, shipment)
    assert reversal.status == ShipmentReversal.Status.POSTED
    assert factories.on_hand(product, dock.store) == 0
    assert {unit.state for unit in Serial.objects.all()} <= {State.EXPECTED}
    assert StockMovement.objects.first().reason == StockMovement.Reason.REVERSAL
    assert not SerialHold.objects.exists()
    check_laws()


def test_the_same_reversal_sent_twice_takes_back_once(dock, phone):
    reversal = start(dock, dock.received(phone, 1, codes=["A1"]))
    post_reversal(reversal, staff=dock.staff)
    post_reversal(reversal, staff=dock.staff)
    assert factories.on_hand(phone, dock.store) == 0
    assert Serial.objects.get().sequence == 2
    check_laws()


def test_a_unit_that_was_sold_before_the_shipment_is_sold_again(dock, phone):
    dock.received(phone, 1, codes=["A1"])
    open_till(store=dock.store).sell("A1")
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    attach(line, ["A1"], staff=dock.staff)
    reverse(dock, dock.receive(shipment))
    assert Serial.objects.get().state == State.SOLD
    check_laws()


def test_units_that_moved_on_are_listed_with_where_they_are_and_not_offered(dock, phone):
    shipment = dock.received(phone, 4, codes=["A1", "A2", "A3", "A4"])
    till = open_till(store=dock.store)
    sale = till.sell("A1")
    till.scan("A2")
    [left] = remaining(shipment)
    assert (left.units, left.unnamed, left.most) == (4, 0, 2)
    assert [unit.number for unit in left.here] == ["A3", "A4"]
    gone = {unit.number: where for unit, where in left.gone}
    assert sale.number in gone["A1"]
    assert till.sale.number in gone["A2"]
    reversal = start(dock, shipment)
    line = reversal.lines.get()
    assert (line.quantity, [unit.number for unit in line.serials]) == (2, ["A3", "A4"])
    post_reversal(reversal, staff=dock.staff)
    assert factories.on_hand(phone, dock.store) == 1
    check_laws()


def test_a_unit_cannot_be_taken_back_twice(dock, phone):
    shipment = dock.received(phone, 2, codes=["A1", "A2"])
    first = start(dock, shipment, everything=False)
    line = first.lines.get()
    attach(line, ["A1"], staff=dock.staff, quantity=1)
    post_reversal(first, staff=dock.staff)
    second = start(dock, shipment, everything=False)
    with pytest.raises(SerialUnavailable, match="A1"):
        attach(second.lines.get(), ["A1"], staff=dock.staff, quantity=1)
    cancel_reversal(second)
    reverse(dock, shipment)
    assert factories.on_hand(phone, dock.store) == 0
    with pytest.raises(NothingArrived):
        reverse(dock, shipment)
    check_laws()


def test_a_unit_that_somebody_took_over_from_the_draft_is_missed_and_nothing_goes_back(dock, phone):
    shipment = dock.received(phone, 2, codes=["A1", "A2"])
    reversal = start(dock, shipment)
    till = open_till(store=dock.store)
    till.scan(factories.stock(factories.ProductFactory(sku="OTHER"), dock.store, 1).sku)
    attach_to = till.sale.lines.create(product=phone, quantity=1, name="Pixel", sku="P", unit_price=0, total=0)
    attach(attach_to, ["A1"], taking=["A1"], staff=dock.staff)
    with pytest.raises(UnitsUnnamed, match="1 of 2"):
        post_reversal(reversal, staff=dock.staff)
    assert factories.on_hand(phone, dock.store) == 2
    assert not StockMovement.objects.filter(reason=StockMovement.Reason.REVERSAL).exists()


def test_only_as_many_as_came_and_are_not_back(dock):
    cable = factories.stock(factories.ProductFactory(name="Cable"), dock.store, 10)
    reversal = start(dock, dock.received(cable, 3))
    ReversalLine.objects.update(quantity=4)
    with pytest.raises(MoreThanReceived, match="Cable: 4 to take back, but only 3"):
        post_reversal(reversal, staff=dock.staff)
    assert factories.on_hand(cable, dock.store) == 13
    check_laws()


def test_units_that_came_with_a_number_go_by_that_number(dock):
    """Two of five came with a number, one of them is sold: four are left, and the fifth is not taken for it."""
    console = factories.ProductFactory(name="Console", serial_tracking=OPTIONAL)
    factories.stock(console, dock.store, 5)
    shipment = dock.received(console, 5, codes=["C1", "C2"])
    open_till(store=dock.store).sell("C1")
    reversal = start(dock, shipment)
    assert reversal.lines.get().quantity == 4
    ReversalLine.objects.update(quantity=5)
    with pytest.raises(UnitsUnnamed, match="only 3 of what came"):
        post_reversal(reversal, staff=dock.staff)
    ReversalLine.objects.update(quantity=4)
    post_reversal(reversal, staff=dock.staff)
    assert factories.on_hand(console, dock.store) == 5
    check_laws()


def test_what_is_no_longer_on_hand_cannot_go_back(dock):
    cable = factories.ProductFactory(name="Cable", sku="CBL")
    shipment = dock.received(cable, 2)
    open_till(store=dock.store).sell("CBL")
    with pytest.raises(NotEnoughStock):
        reverse(dock, shipment)
    assert factories.on_hand(cable, dock.store) == 1


def test_a_line_of_required_numbers_cannot_go_back_without_them(dock, phone):
    reversal = start(dock, dock.received(phone, 2, codes=["A1", "A2"]), everything=False)
    ReversalLine.objects.update(quantity=1)
    with pytest.raises(UnitsUnnamed):
        post_reversal(reversal, staff=dock.staff)


def test_a_draft_is_not_taken_back_nor_without_a_reason_nor_twice_at_once(dock, phone):
    shipment = dock.draft()
    dock.line(shipment, phone, 1, codes=["A1"])
    with pytest.raises(ShipmentNotReceived):
        start(dock, shipment)
    dock.receive(shipment)
    with pytest.raises(ReasonMissing):
        start_reversal(shipment, staff=dock.staff, reason=" ")
    start(dock, shipment)
    with pytest.raises(ReversalUnderWay, match="VR-"):
        start(dock, shipment)


def test_a_cancelled_reversal_lets_go_and_is_over(dock, phone):
    shipment = dock.received(phone, 1, codes=["A1"])
    reversal = cancel_reversal(start(dock, shipment))
    assert not SerialHold.objects.exists()
    assert Serial.objects.get().state == State.IN_STOCK
    with pytest.raises(ReversalNotOpen):
        post_reversal(reversal, staff=dock.staff)
    reverse(dock, shipment)
    check_laws()


def test_the_order_awaits_again_what_went_back(dock, phone):
    order = dock.order((phone, 2, 900))
    shipment = dock.draft(orders=[order])
    dock.enter(shipment.lines.get(), "A1", "A2")
    dock.receive(shipment)
    first = start(dock, shipment, everything=False)
    attach(first.lines.get(), ["A1"], staff=dock.staff, quantity=1)
    post_reversal(first, staff=dock.staff)
    order.refresh_from_db()
    assert (order.status, order.lines.get().outstanding, order.closed_at) == (
        PurchaseOrder.Status.PARTLY_RECEIVED,
        1,
        None,
    )
    reverse(dock, shipment)
    order.refresh_from_db()
    assert (order.status, order.lines.get().outstanding) == (PurchaseOrder.Status.SENT, 2)
    check_laws()


def test_an_order_that_was_cancelled_meanwhile_stays_so(dock, phone):
    order = dock.order((phone, 1, 900))
    shipment = dock.draft(orders=[order])
    dock.enter(shipment.lines.get(), "A1")
    dock.receive(shipment)
    PurchaseOrder.objects.update(status=PurchaseOrder.Status.CANCELLED)
    reverse(dock, shipment)
    order.refresh_from_db()
    assert order.status == PurchaseOrder.Status.CANCELLED


def test_costs_return_to_what_they_were(dock):
    cable = factories.ProductFactory(cost=100)
    factories.stock(cable, dock.store, 10)
    dock.received(cable, 10, cost=200)
    shipment = dock.received(cable, 20, cost=400, freight=50)
    cable.refresh_from_db()
    assert (cable.cost, cable.average_cost) == (403, Decimal("276.25"))
    reverse(dock, shipment)
    cable.refresh_from_db()
    assert (cable.cost, cable.average_cost) == (200, Decimal(150))


def test_a_cost_that_somebody_set_since_stays(dock):
    cable = factories.ProductFactory(cost=100)
    shipment = dock.received(cable, 2, cost=400)
    dock.received(cable, 2, cost=450)
    reverse(dock, shipment)
    cable.refresh_from_db()
    assert (cable.cost, cable.average_cost) == (450, Decimal(450))


def test_parts_that_go_back_one_after_another_give_back_exactly_what_the_line_cost(dock):
    cable = factories.stock(factories.ProductFactory(cost=100), dock.store, 1)
    shipment = dock.received(cable, 3, cost=33, freight=1)
    for _part in range(3):
        reversal = start(dock, shipment)
        ReversalLine.objects.filter(reversal=reversal).update(quantity=1)
        post_reversal(reversal, staff=dock.staff)
    cable.refresh_from_db()
    assert abs(cable.average_cost - 100) < Decimal("0.01")
    assert cable.cost == 100
