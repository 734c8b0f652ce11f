"""Purchase orders from draft to closed, and what is suggested to order."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from microbiz.laws import check_laws
from orders import operations as customer_orders
from receiving.models import PurchaseOrder, VendorShipment
from receiving.operations import receive_shipment
from receiving.purchasing.errors import (
    NothingToOrder,
    OrderEmpty,
    OrderLineGone,
    OrderNotAwaited,
    OrderNotCancellable,
    OrderNotDraft,
    ProductNotOrdered,
    ReasonMissing,
    WrongQuantity,
)
from receiving.purchasing.operations import (
    Pick,
    add_to_order,
    begin_receiving,
    cancel_order,
    change_order_line,
    close_short,
    order_suggested,
    remove_order_line,
    save_order,
    scan_into_order,
    send_order,
    start_order,
)
from receiving.purchasing.supply import on_order, suggestions
from serials.promises import promised
from tests import factories
from tests.receiving.dock import arrive

pytestmark = pytest.mark.django_db
Status = PurchaseOrder.Status


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def staff(harbor):
    return factories.AdminFactory()


@pytest.fixture
def northline():
    return factories.VendorFactory(name="Northline")


@pytest.fixture
def order(harbor, northline, staff):
    return start_order(northline, harbor, staff=staff)


@pytest.fixture
def drive():
    return factories.TrackedFactory(name="IronWolf", sku="IW-16", cost=21_000)


def sent(order, staff, *lines):
    for product, quantity in lines:
        add_to_order(order, product, quantity=quantity)
    return send_order(order, staff=staff)


def state(order):
    order.refresh_from_db()
    return order.status, list(order.lines.values_list("quantity", "unit_cost", "received", "given_up"))


# --- Preparing --------------------------------------------------------------------------------------------------------


def test_an_order_is_prepared_sent_and_awaited(order, harbor, drive, staff):
    assert order.number.startswith("PO-")
    line = add_to_order(order, drive)
    assert (line.quantity, line.unit_cost) == (1, 21_000)
    add_to_order(order, drive, quantity=2)
    assert on_order([drive], [harbor]) == {}
    send_order(order, staff=staff)
    order.refresh_from_db()
    assert (order.status, order.is_awaited, order.is_open) == (Status.SENT, True, False)
    assert order.sent_at
    assert on_order([drive], [harbor]) == {(drive.pk, harbor.pk): 3}
    assert order.history.first().history_user == staff


def test_the_cost_is_the_vendors_offer_else_the_last_one_paid_else_the_products(order, northline, drive, harbor, staff):
    earlier = start_order(northline, harbor, staff=staff)
    change_order_line(add_to_order(earlier, drive), unit_cost=20_500)
    assert add_to_order(order, drive).unit_cost == 21_000
    send_order(earlier, staff=staff)
    assert add_to_order(start_order(northline, harbor, staff=staff), drive).unit_cost == 20_500
    factories.VendorProductFactory(product=drive, vendor=northline, cost=19_900)
    assert add_to_order(start_order(northline, harbor, staff=staff), drive).unit_cost == 19_900
    other = start_order(factories.VendorFactory(), harbor, staff=staff)
    assert add_to_order(other, drive).unit_cost == 21_000


def test_a_scan_adds_a_unit_and_never_a_serial(order, drive, harbor, staff):
    factories.BarcodeFactory(product=drive, code="4006381333931")
    factories.unit(drive, harbor, "ZA1")
    for code in ("4006381333931", "iw-16"):
        assert scan_into_order(order, code, staff=staff).ok
    assert [line.quantity for line in order.lines.all()] == [2]
    for code in ("ZA1", "no such thing", ""):
        assert not scan_into_order(order, code, staff=staff).ok
    assert [line.quantity for line in order.lines.all()] == [2]
    [found] = scan_into_order(order, "Iron", staff=staff).products
    assert found.name == "IronWolf"
    assert scan_into_order(order, "", product=found, staff=staff).ok  # chosen from the list under the box
    assert scan_into_order(order, "Iron", product=drive, staff=staff).line.quantity == 4


def test_lines_and_head_of_a_draft_change(order, drive, staff):
    line = add_to_order(order, drive)
    change_order_line(line, quantity=7)
    change_order_line(line, unit_cost=0)
    other = factories.VendorFactory()
    save_order(order, vendor=other, expected_on=date(2026, 12, 1), note="By road", staff=staff)
    order.refresh_from_db()
    assert (order.vendor, order.expected_on, order.note) == (other, date(2026, 12, 1), "By road")
    assert state(order) == (Status.DRAFT, [(7, 0, 0, 0)])
    remove_order_line(line)
    assert state(order) == (Status.DRAFT, [])
    with pytest.raises(OrderLineGone, match=r"removed from PO-"):
        change_order_line(line, quantity=2)


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001])
def test_a_line_orders_at_least_one_unit_and_not_absurdly_many(order, drive, quantity):
    line = add_to_order(order, drive)
    with pytest.raises(WrongQuantity):
        change_order_line(line, quantity=quantity)
    assert state(order) == (Status.DRAFT, [(1, 21_000, 0, 0)])


def test_an_archived_product_is_not_ordered(order, staff):
    archived = factories.ProductFactory(is_archived=True, name="Old cable", sku="OLD")
    with pytest.raises(ProductNotOrdered, match="Old cable"):
        add_to_order(order, archived)
    assert not scan_into_order(order, "OLD", staff=staff).ok
    assert state(order) == (Status.DRAFT, [])


def test_an_order_without_lines_is_not_sent(order, staff):
    with pytest.raises(OrderEmpty, match=order.number):
        send_order(order, staff=staff)
    assert state(order) == (Status.DRAFT, [])


def test_a_sent_order_is_settled(order, drive, staff, northline):
    sent(order, staff, (drive, 3))
    line = order.lines.get()
    for change in (
        lambda: add_to_order(order, drive),
        lambda: change_order_line(line, quantity=9),
        lambda: remove_order_line(line),
        lambda: save_order(order, vendor=northline, expected_on=None, note="x", staff=staff),
        lambda: scan_into_order(order, "IW-16", staff=staff),
        lambda: send_order(order, staff=staff),
    ):
        with pytest.raises(OrderNotDraft, match="already sent"):
            change()
    assert state(order) == (Status.SENT, [(3, 21_000, 0, 0)])


# --- Cancelling and closing -------------------------------------------------------------------------------------------


def test_an_order_is_cancelled_while_nothing_has_come(order, drive, harbor, staff):
    sent(order, staff, (drive, 3))
    with pytest.raises(ReasonMissing, match="Say why"):
        cancel_order(order, reason=" ", staff=staff)
    assert state(order)[0] == Status.SENT
    cancel_order(order, reason="Too dear", staff=staff)
    assert state(order) == (Status.CANCELLED, [(3, 21_000, 0, 0)])
    assert on_order([drive], [harbor]) == {}
    assert order.history.first().history_change_reason == "Too dear"
    with pytest.raises(OrderNotCancellable, match="cancelled already"):
        cancel_order(order, reason="Again", staff=staff)
    with pytest.raises(OrderNotDraft, match="was cancelled"):
        add_to_order(order, drive)


def test_an_order_of_which_goods_came_is_closed_instead_of_cancelled(order, drive, harbor, staff):
    cable = factories.ProductFactory()
    sent(order, staff, (drive, 3), (cable, 2))
    first, second = order.lines.all()
    arrive(first, 3, staff=staff)
    arrive(second, 1, staff=staff)
    assert on_order([drive, cable], [harbor]) == {(cable.pk, harbor.pk): 1}
    with pytest.raises(OrderNotCancellable, match="Close it instead"):
        cancel_order(order, reason="Too late", staff=staff)
    with pytest.raises(ReasonMissing):
        close_short(order, reason="", staff=staff)
    assert state(order)[0] == Status.PARTLY_RECEIVED
    close_short(order, reason="Discontinued", staff=staff)
    assert state(order) == (Status.CLOSED, [(3, 21_000, 3, 0), (2, None, 1, 1)])
    assert on_order([drive, cable], [harbor]) == {}
    assert order.history.first().history_change_reason == "Discontinued"


def test_a_draft_has_nothing_to_close(order, drive, staff):
    add_to_order(order, drive)
    with pytest.raises(OrderNotAwaited, match="draft"):
        close_short(order, reason="Why not", staff=staff)
    assert state(order) == (Status.DRAFT, [(1, 21_000, 0, 0)])


def test_receiving_goes_on_with_the_shipment_that_somebody_began(order, drive, staff):
    add_to_order(order, drive, quantity=3)
    with pytest.raises(OrderNotAwaited, match="draft"):
        begin_receiving(order, staff=staff)
    assert not VendorShipment.objects.exists()
    send_order(order, staff=staff)
    shipment = begin_receiving(order, staff=staff)
    assert begin_receiving(order, staff=staff) == shipment
    receive_shipment(shipment, staff=staff, override_reason="Numbers follow")
    assert state(order) == (Status.CLOSED, [(3, 21_000, 3, 0)])
    with pytest.raises(OrderNotAwaited, match="closed"):
        begin_receiving(order, staff=staff)
    check_laws()


def test_while_goods_are_unpacked_their_order_is_neither_cancelled_nor_closed(order, drive, staff):
    sent(order, staff, (drive, 3))
    shipment = factories.VendorShipmentFactory(vendor=order.vendor, store=order.store)
    factories.ShipmentLineFactory(shipment=shipment, product=drive, order_line=order.lines.get(), quantity=2)
    for give_up in (cancel_order, close_short):
        with pytest.raises(OrderNotCancellable, match=shipment.number):
            give_up(order, reason="Too late", staff=staff)
    assert state(order) == (Status.SENT, [(3, 21_000, 0, 0)])


# --- Suggestions ------------------------------------------------------------------------------------------------------


@pytest.fixture
def short(drive, harbor, northline):
    """Two drives on hand, reorder below five up to twelve, usually from Northline."""
    factories.stock(drive, harbor, 2)
    factories.ReorderPointFactory(product=drive, store=harbor, point=5, up_to=12)
    factories.VendorProductFactory(product=drive, vendor=northline, cost=19_900)
    return drive


def wanted(*stores):
    return [(one.product.sku, one.store.name, one.supply.to_order) for one in suggestions(list(stores))]


def test_below_the_reorder_point_as_much_is_suggested_as_leads_up_to_the_wanted_stock(short, harbor, northline, staff):
    [suggestion] = suggestions([harbor])
    assert (suggestion.supply.to_order, suggestion.offer.vendor) == (10, northline)
    factories.stock(short, harbor, 3)
    assert wanted(harbor) == []


def test_what_is_ordered_or_drafted_counts_as_there(short, harbor, northline, staff):
    order = start_order(northline, harbor, staff=staff)
    add_to_order(order, short, quantity=2)
    assert wanted(harbor) == [("IW-16", "Harbor", 8)]
    send_order(order, staff=staff)
    assert wanted(harbor) == [("IW-16", "Harbor", 8)]
    arrive(order.lines.get(), 1, staff=staff)
    assert wanted(harbor) == [("IW-16", "Harbor", 8)]
    cancelled = start_order(northline, harbor, staff=staff)
    cancel_order(sent(cancelled, staff, (short, 30)), reason="Mistake", staff=staff)
    assert wanted(harbor) == [("IW-16", "Harbor", 8)]


def test_what_is_promised_to_customers_counts_as_gone(short, harbor, staff):
    """Only once the customer's order is open: a draft promises nothing, and what was cancelled is free again."""
    sold = customer_orders.create_order(store=harbor, customer=factories.CustomerFactory(), staff=staff)
    customer_orders.add_product(sold, short, quantity=2, staff=staff)
    assert promised([short], [harbor]) == {}
    customer_orders.open_order(sold, staff=staff)
    assert promised([short], [harbor]) == {(short.pk, harbor.pk): 2}
    assert wanted(harbor) == [("IW-16", "Harbor", 12)]
    factories.stock(short, harbor, 4)
    assert wanted(harbor) == [("IW-16", "Harbor", 8)]
    customer_orders.cancel_order(sold, reason="Changed their mind", staff=staff)
    assert wanted(harbor) == []


def test_other_stores_and_archived_products_are_left_out(short, harbor):
    assert wanted(factories.StoreFactory()) == []
    factories.ReorderPointFactory(product=factories.ProductFactory(is_archived=True), store=harbor)
    assert len(wanted(harbor)) == 1


def test_a_single_offer_counts_as_preferred_and_of_two_none(harbor):
    product = factories.ReorderPointFactory(store=harbor).product
    assert suggestions([harbor])[0].offer is None
    only = factories.VendorProductFactory(product=product, is_preferred=False)
    assert suggestions([harbor])[0].offer == only
    factories.VendorProductFactory(product=product, is_preferred=False)
    assert suggestions([harbor])[0].offer is None


def test_suggestions_become_a_draft_for_each_store_and_vendor(short, harbor, northline, staff):
    quay = factories.StoreFactory(name="Quay")
    other = factories.VendorFactory(name="Arkady")
    cable = factories.ProductFactory(sku="CBL", cost=300)
    for store in (harbor, quay):
        factories.ReorderPointFactory(product=cable, store=store, point=1, up_to=4)
    picks = [Pick(harbor, northline, short, 6), Pick(harbor, other, cable, 4), Pick(quay, other, cable, 4)]
    orders = order_suggested(picks, staff=staff)
    assert [(order.store, order.vendor, order.status) for order in orders] == [
        (harbor, northline, Status.DRAFT),
        (harbor, other, Status.DRAFT),
        (quay, other, Status.DRAFT),
    ]
    assert [state(order)[1] for order in orders] == [[(6, 19_900, 0, 0)], [(4, 300, 0, 0)], [(4, 300, 0, 0)]]
    assert len({order.number for order in orders}) == 3


def test_what_somebody_else_ordered_meanwhile_is_not_ordered_twice(short, harbor, northline, staff):
    pick = Pick(harbor, northline, short, 10)
    order_suggested([pick], staff=staff)
    with pytest.raises(NothingToOrder):
        order_suggested([pick], staff=staff)
    assert PurchaseOrder.objects.count() == 1
    with pytest.raises(NothingToOrder):
        order_suggested([], staff=staff)


@pytest.mark.once
def test_suggesting_takes_the_same_queries_for_one_product_and_for_thirty(short, harbor, northline, staff):
    with CaptureQueriesContext(connection) as one:
        suggestions([harbor])
    products = [factories.ReorderPointFactory(store=harbor).product for _ in range(30)]
    for product in products:
        factories.VendorProductFactory(product=product, vendor=northline)
    with CaptureQueriesContext(connection) as many:
        assert len(suggestions([harbor])) == 31
    assert len(one) == len(many)
    start_order(northline, harbor, staff=staff)  # the counter is there
    with CaptureQueriesContext(connection) as few_written:
        order_suggested([Pick(harbor, northline, short, 5)], staff=staff)
    with CaptureQueriesContext(connection) as many_written:
        order_suggested([Pick(harbor, northline, product, 5) for product in products], staff=staff)
    assert len(few_written) == len(many_written)
