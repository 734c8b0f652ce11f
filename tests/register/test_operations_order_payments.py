"""Money for customer orders at the till: deposits, balances, and what is due back."""

import pytest

from microbiz.laws import check_laws
from orders.errors import WrongPayment
from orders.models import Customer, OrderPaymentEntry
from orders.operations import (
    Pick,
    add_product,
    cancel_order,
    change_price,
    hand_over,
)
from register.errors import OtherCustomer, SaleStillOpen
from register.models import SaleOrderPayment
from register.operations import (
    add_order,
    add_order_payment,
    close_shift,
    hold_sale,
    recall_sale,
    remove_order,
    set_customer,
    set_new_customer,
)
from tests import factories
from tests.factories import stock
from tests.register.reserving import camera as camera
from tests.register.reserving import holders, line_of, pay
from tests.register.reserving import order as order

pytestmark = pytest.mark.django_db


def test_a_deposit_counts_into_the_sale_but_is_no_revenue_and_has_no_tax(till, order):
    sale = pay(till, order, 500)
    assert (sale.total, sale.subtotal, sale.tax_total, sale.customer) == (500, 0, 0, order.customer)
    assert (order.paid, order.balance) == (500, 1700)
    entry = OrderPaymentEntry.objects.get()
    assert (entry.amount, entry.document, entry.document_id, entry.staff) == (500, sale.number, sale.pk, till.staff)
    check_laws()


def test_deposit_and_goods_go_on_one_sale(till, order):
    gum = stock(factories.ProductFactory(price=300), till.store, 1)
    till.scan(gum.sku)
    sale = pay(till, order, 2200)
    assert (sale.total, sale.subtotal) == (2500, 300)
    check_laws()


@pytest.mark.parametrize("amount", [2201, 0, -1])
def test_no_more_than_the_order_comes_to_is_taken_and_nothing_paid_out_that_is_not_due(till, order, amount):
    with pytest.raises(WrongPayment):
        add_order_payment(till.sale, order, amount, staff=till.staff)
    assert not SaleOrderPayment.objects.exists()


def test_a_second_payment_on_the_same_sale_replaces_the_first(till, order):
    for amount in (500, 700):
        add_order_payment(till.sale, order, amount, staff=till.staff)
    assert till.sale.total == 700
    till.pay()
    order.refresh_from_db()
    assert order.paid == 700


def test_what_was_paid_meanwhile_is_not_taken_twice(till, order):
    add_order_payment(till.sale, order, 2000, staff=till.staff)
    waiting = till.sale
    hold_sale(waiting, staff=till.staff)
    pay(till, order, 1000)
    recall_sale(waiting, register=till.register, staff=till.staff)
    with pytest.raises(WrongPayment, match=r"12\.00 is left to pay"):
        till.pay(waiting)
    waiting.refresh_from_db()
    order.refresh_from_db()
    assert (waiting.status, order.paid) == ("open", 1000)
    check_laws()


def test_a_cancelled_order_is_paid_back_at_the_register_once(till, order):
    pay(till, order, 500)
    cancel_order(order, reason="Too slow", staff=till.staff)
    order.refresh_from_db()
    assert (order.balance, holders()) == (-500, {})
    with pytest.raises(WrongPayment, match=r"5\.00 is due back"):
        add_order_payment(till.sale, order, -501, staff=till.staff)
    sale = pay(till, order, -500)
    assert (sale.total, order.paid, order.balance) == (-500, 0, 0)
    with pytest.raises(WrongPayment):
        add_order_payment(till.sale, order, -1, staff=till.staff)
    check_laws()


def test_what_became_cheaper_than_was_paid_is_due_back(till, order):
    pay(till, order, 2200)
    change_price(line_of(order), 500, reason="Sale week", staff=till.staff)
    order.refresh_from_db()
    assert order.balance == -1100
    pay(till, order, -1100)
    assert order.balance == 0
    check_laws()


def test_a_draft_takes_a_deposit(till, camera):
    order = factories.OrderFactory(store=till.store)
    add_product(order, camera, staff=till.staff)
    order.refresh_from_db()
    pay(till, order, 1100)
    assert order.balance == 0


def test_a_sale_for_somebody_else_takes_no_payment(till, order):
    set_customer(till.sale, factories.CustomerFactory(), staff=till.staff)
    with pytest.raises(OtherCustomer):
        add_order_payment(till.sale, order, 500, staff=till.staff)
    with pytest.raises(OtherCustomer):
        add_order(till.sale, order, staff=till.staff)
    check_laws()


@pytest.mark.parametrize(
    "put_on", [add_order, lambda sale, order, staff: add_order_payment(sale, order, 500, staff=staff)]
)
def test_a_sale_with_an_order_stays_the_orders_customers(till, order, put_on):
    put_on(till.sale, order, staff=till.staff)
    for other in (factories.CustomerFactory(), None):
        with pytest.raises(OtherCustomer, match=f"{order.number} on this sale is for {order.customer}"):
            set_customer(till.sale, other, staff=till.staff)
    with pytest.raises(OtherCustomer):
        set_new_customer(till.sale, staff=till.staff, name="Lakeside Photo Club", phone="", email="")
    assert not Customer.objects.filter(name="Lakeside Photo Club").exists()
    assert set_customer(till.sale, order.customer, staff=till.staff).customer == order.customer
    remove_order(till.sale, order, staff=till.staff)
    assert set_customer(till.sale, None, staff=till.staff).customer is None


def test_money_for_an_order_keeps_the_register_from_closing(till, order):
    add_order_payment(till.sale, order, 500, staff=till.staff)
    with pytest.raises(SaleStillOpen):
        close_shift(till.register.open_shift, counts={}, staff=till.staff)


def test_a_paid_order_is_handed_over_without_a_reason(till, order):
    pay(till, order, 1100)
    line = line_of(order)
    hand_over(order, [Pick(line, 1, line.serials[:1])], staff=till.staff)
    pay(till, order, 1100)
    hand_over(order, staff=till.staff)
    order.refresh_from_db()
    assert (order.status, order.balance) == ("complete", 0)
    check_laws()
