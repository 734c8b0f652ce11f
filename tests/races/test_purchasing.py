"""Two people at one purchase order, or at one suggestion, at the same instant: with the locks, and without them."""

from functools import partial

import pytest

import receiving.operations.receipt as receipt
import receiving.purchasing.operations as purchasing
from microbiz.laws import check_laws
from receiving.models import PurchaseOrder
from receiving.purchasing.errors import NothingToOrder, OrderNotCancellable, OrderNotDraft
from receiving.purchasing.operations import (
    Pick,
    add_to_order,
    begin_receiving,
    cancel_order,
    order_suggested,
    send_order,
    start_order,
)
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values
from tests.receiving.dock import open_dock

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Status = PurchaseOrder.Status


@pytest.fixture
def staff():
    factories.ShopSettingsFactory()
    return factories.AdminFactory()


@pytest.fixture
def order(staff):
    order = start_order(factories.VendorFactory(), factories.StoreFactory(), staff=staff)
    add_to_order(order, factories.ProductFactory(), quantity=3)
    return order


def at_once(monkeypatch, *actions, locks):
    """Both have looked at the order before either of them writes, where no lock keeps them apart."""
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, purchasing, "_saved"),
    ):
        return together(*actions)


def test_an_order_that_two_send_at_once_is_sent_once(order, staff, monkeypatch):
    send = partial(send_order, order, staff=staff)
    outcomes = at_once(monkeypatch, send, send, locks=True)
    assert [type(error) for error in errors(outcomes)] == [OrderNotDraft]
    assert order.history.filter(status=Status.SENT).count() == 1


def test_without_the_lock_it_would_be_sent_twice(order, staff, monkeypatch):
    send = partial(send_order, order, staff=staff)
    assert not errors(at_once(monkeypatch, send, send, locks=False))
    assert order.history.filter(status=Status.SENT).count() == 2


def test_an_order_that_is_cancelled_twice_at_once_is_cancelled_once(order, staff, monkeypatch):
    cancel = partial(cancel_order, order, reason="Too dear", staff=staff)
    outcomes = at_once(monkeypatch, cancel, cancel, locks=True)
    assert [type(error) for error in errors(outcomes)] == [OrderNotCancellable]
    assert order.history.filter(status=Status.CANCELLED).count() == 1


def test_without_the_lock_it_would_be_cancelled_twice(order, staff, monkeypatch):
    cancel = partial(cancel_order, order, reason="Too dear", staff=staff)
    assert not errors(at_once(monkeypatch, cancel, cancel, locks=False))
    assert order.history.filter(status=Status.CANCELLED).count() == 2


def test_an_order_that_is_sent_and_cancelled_at_once_ends_cancelled(order, staff, monkeypatch):
    """Sent first, it is cancelled as a sent one; cancelled first, it is never sent."""
    outcomes = at_once(
        monkeypatch,
        lambda: send_order(order, staff=staff),
        lambda: cancel_order(order, reason="Too dear", staff=staff),
        locks=True,
    )
    assert [type(error) for error in errors(outcomes)] in ([], [OrderNotDraft])
    order.refresh_from_db()
    assert order.status == Status.CANCELLED


def test_without_the_lock_a_cancelled_order_could_be_sent(order, staff, monkeypatch):
    outcomes = at_once(
        monkeypatch,
        lambda: send_order(order, staff=staff),
        lambda: cancel_order(order, reason="Too dear", staff=staff),
        locks=False,
    )
    assert not errors(outcomes)
    before = list(order.history.order_by("pk").values_list("status", flat=True))
    assert before[0] == Status.DRAFT
    assert sorted(before[1:]) == [Status.CANCELLED, Status.SENT]


def suggested(staff, monkeypatch, *, holds_counter):
    point = factories.ReorderPointFactory(point=5, up_to=12)
    start_order(factories.VendorFactory(), point.store, staff=staff)  # the counter is there
    pick = Pick(point.store, factories.VendorFactory(), point.product, 12)
    with monkeypatch.context() as patch:
        if not holds_counter:
            numbers = iter(["PO-000101", "PO-000102"])
            patch.setattr(purchasing, "next_number", lambda prefix: next(numbers))
        with meeting(monkeypatch, purchasing, "_order"):
            order = partial(order_suggested, [pick], staff=staff)
            return together(order, order)


def test_of_two_who_accept_one_suggestion_the_first_orders(staff, monkeypatch):
    outcomes = suggested(staff, monkeypatch, holds_counter=True)
    assert [type(error) for error in errors(outcomes)] == [NothingToOrder]
    assert len(values(outcomes)[0]) == 1
    assert PurchaseOrder.objects.filter(lines__isnull=False).count() == 1


def test_without_the_counter_both_would_order(staff, monkeypatch):
    assert not errors(suggested(staff, monkeypatch, holds_counter=False))
    assert PurchaseOrder.objects.filter(lines__isnull=False).count() == 2


def two_shipments_for_one_line(staff, monkeypatch, *, locks):
    """Ten units were ordered; five come on one shipment and five on another, received at the same instant."""
    dock = open_dock()
    order = dock.order((factories.ProductFactory(), 10, 600))
    shipments = []
    for _at in range(2):
        shipment = dock.draft(orders=[order])
        shipment.lines.update(quantity=5)
        shipments.append(shipment)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, receipt, "_require_expected"),
    ):
        outcomes = together(*(lambda one=one: dock.receive(one) for one in shipments))
    assert not errors(outcomes)
    order.refresh_from_db()
    return order.status, order.lines.get().received


def receiving_begun_twice(staff, monkeypatch, *, locks):
    order = open_dock().order((factories.ProductFactory(), 10, 600))
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, purchasing, "start_shipment"),
    ):
        begin = partial(begin_receiving, order, staff=staff)
        return {shipment.number for shipment in values(together(begin, begin))}


def test_two_who_press_receive_unpack_on_one_shipment(staff, monkeypatch):
    assert len(receiving_begun_twice(staff, monkeypatch, locks=True)) == 1


def test_without_the_lock_each_would_have_a_shipment_of_their_own(staff, monkeypatch):
    assert len(receiving_begun_twice(staff, monkeypatch, locks=False)) == 2


def test_two_shipments_for_one_order_line_both_count(staff, monkeypatch):
    assert two_shipments_for_one_line(staff, monkeypatch, locks=True) == (Status.CLOSED, 10)
    check_laws()


def test_without_the_lock_one_of_the_shipments_would_not_count(staff, monkeypatch):
    assert two_shipments_for_one_line(staff, monkeypatch, locks=False) == (Status.PARTLY_RECEIVED, 5)
