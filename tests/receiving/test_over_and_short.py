"""More or less than was ordered, and what it does to the order and to costs."""

from decimal import Decimal

import pytest

from inventory.models import StockMovement
from microbiz.laws import check_laws
from receiving.errors import MoreThanExpected, OrderNotAwaited
from receiving.models import PurchaseOrder, ShipmentLine, VendorShipment
from receiving.operations import LineChange, add_line, add_orders, change_line, save_shipment
from tests import factories
from tests.receiving.dock import nothing_moved, open_dock

pytestmark = pytest.mark.django_db


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
