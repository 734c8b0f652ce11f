"""Two people at the same order, or at the same unit, at the same instant: as the code is, and without its locks."""

import pytest
from django.db import IntegrityError, OperationalError

import orders.operations.locks as order_locks
import orders.operations.payments as payments
import serials.operations.attaching as attaching
from inventory.models import StockLevel
from microbiz import transactions
from microbiz.laws import LawBroken, check_laws
from orders.errors import NothingToHandOver, OrderAtRegister, OrderNotOpen, WrongPayment, WrongPick
from orders.models import HandOver, OrderLine, OrderPaymentEntry
from orders.operations import add_product, cancel_order, hand_over, open_order
from register.models import Sale
from register.operations import Tender, add_order, add_order_payment
from serials.errors import SerialUnavailable
from serials.models import SerialEvent, SerialHold
from serials.operations import attach
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values
from tests.register.till import open_till

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tills():
    factories.ShopSettingsFactory()
    first = open_till()
    return first, open_till(store=first.store)


@pytest.fixture
def drive(tills):
    product = factories.TrackedFactory(name="IronWolf", price=10_000)
    factories.units(product, tills[0].store, "ZA1", "ZA2")
    return product


@pytest.fixture
def order(tills, drive):
    """Open, one drive reserved: 100.00."""
    order = factories.OrderFactory(store=tills[0].store)
    line = add_product(order, drive, staff=tills[0].staff)
    open_order(order, staff=tills[0].staff)
    attach(line, ["ZA1"], staff=tills[0].staff, place="Harbor")
    order.refresh_from_db()
    return order


# --- One serial, an order and a sale ----------------------------------------------------------------------------------


def reserve_and_scan(tills, drive, monkeypatch, *, locks):
    till = tills[0]
    wanted = factories.OrderFactory(store=till.store)
    line = add_product(wanted, drive, staff=till.staff)
    open_order(wanted, staff=till.staff)
    till.scan(factories.stock(factories.ProductFactory(), till.store, 1).sku)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "_put_on"),
    ):
        line = OrderLine.objects.with_serials().get(pk=line.pk)
        return together(lambda: attach(line, ["ZA2"], staff=till.staff), lambda: till.scan("ZA2"))


def test_one_serial_goes_on_the_order_or_on_the_sale(tills, drive, monkeypatch):
    reserved, scanned = reserve_and_scan(tills, drive, monkeypatch, locks=True)
    hold = SerialHold.objects.get(serial__number="ZA2")
    if reserved.error is None:
        assert not scanned.value.ok and hold.document in scanned.value.message
    else:
        assert isinstance(reserved.error, SerialUnavailable) and hold.document in str(reserved.error)
        assert scanned.value.ok
    check_laws()


def test_without_the_lock_the_hold_s_primary_key_refuses_the_second(tills, drive, monkeypatch):
    [error] = errors(reserve_and_scan(tills, drive, monkeypatch, locks=False))
    assert isinstance(error, IntegrityError)


# --- One order, handed over twice -------------------------------------------------------------------------------------


def hand_over_twice(order, tills, monkeypatch, *, locks):
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, HandOver.objects, "create"),  # both have counted the hand-overs before
    ):
        return together(*(lambda till=till: hand_over(order, staff=till.staff, unpaid_reason="x") for till in tills))


def test_two_hand_overs_of_one_order_hand_it_over_once(order, tills, drive, monkeypatch):
    outcomes = hand_over_twice(order, tills, monkeypatch, locks=True)
    [error] = errors(outcomes)
    assert isinstance(error, OrderNotOpen | NothingToHandOver | WrongPick)
    assert len(values(outcomes)) == 1
    assert (StockLevel.objects.get().on_hand, SerialEvent.objects.filter(kind="order").count()) == (1, 1)
    check_laws()


def test_without_the_lock_the_number_of_the_hand_over_refuses_the_second(order, tills, drive, monkeypatch):
    [error] = errors(hand_over_twice(order, tills, monkeypatch, locks=False))
    assert isinstance(error, IntegrityError) and "orders_handover" in str(error)
    assert HandOver.objects.count() == 1


# --- The last deposit, twice ------------------------------------------------------------------------------------------


def pay_twice(order, tills, monkeypatch, *, locks):
    sales = [till.sale for till in tills]
    for till, sale in zip(tills, sales, strict=True):
        add_order_payment(sale, order, 10_000, staff=till.staff)
    cash = factories.cash()
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, payments, "require_payable", after=True),
    ):
        return together(
            *(
                lambda till=till, sale=sale: till.pay(sale, tenders=[Tender(cash, 10_000)])
                for till, sale in zip(tills, sales, strict=True)
            )
        )


def test_the_last_payment_is_taken_once(order, tills, monkeypatch):
    outcomes = pay_twice(order, tills, monkeypatch, locks=True)
    [error] = errors(outcomes)
    assert isinstance(error, WrongPayment)
    order.refresh_from_db()
    assert (order.paid, Sale.objects.completed().count()) == (10_000, 1)
    check_laws()


def test_without_the_lock_it_is_taken_twice(order, tills, monkeypatch):
    assert errors(pay_twice(order, tills, monkeypatch, locks=False)) == []
    assert OrderPaymentEntry.objects.count() == 2
    with pytest.raises(LawBroken, match="paid"):
        check_laws()


# --- Converted and cancelled at once ----------------------------------------------------------------------------------


def convert_and_cancel(order, tills, monkeypatch, *, locks):
    sale, staff = tills[0].sale, tills[0].staff
    if not locks:
        monkeypatch.setattr(transactions, "ATTEMPTS", 1)  # what the database gives up would meet the other's change
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, order_locks, "lock_order", after=True),
    ):
        return together(
            lambda: add_order(sale, order, staff=staff), lambda: cancel_order(order, reason="x", staff=staff)
        )


def test_an_order_goes_to_the_register_or_is_cancelled(order, tills, monkeypatch):
    converted, cancelled = convert_and_cancel(order, tills, monkeypatch, locks=True)
    order.refresh_from_db()
    if converted.error is None:
        assert isinstance(cancelled.error, OrderAtRegister) and order.at_register
        tills[0].pay()
    else:
        assert isinstance(converted.error, OrderNotOpen) and order.status == "cancelled"
        assert tills[0].sale.is_empty
    check_laws()


def test_without_the_lock_the_database_refuses_the_second(order, tills, monkeypatch):
    """By the constraint that only an open order is at the register, or by the deadlock that both run into."""
    [error] = errors(convert_and_cancel(order, tills, monkeypatch, locks=False))
    assert isinstance(error, IntegrityError | OperationalError)
