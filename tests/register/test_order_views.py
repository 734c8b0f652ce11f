"""Customer orders at the till's screen: scanned, paid, handed over, taken off; and on the receipt."""

import re

import pytest

from microbiz.laws import check_laws
from orders.operations import add_product, cancel_order, open_order
from register.models import Sale
from register.receipts import build_receipt, receipt_pdf
from serials.operations import attach
from tests import factories
from tests.register.counter import CASHIER, Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(client):
    factories.ShopSettingsFactory(serial_numbers_enabled=True)
    return Till(client, factories.StoreFactory(), *CASHIER, "orders.view_customerorder", "orders.hand_over")


@pytest.fixture
def order(till):
    """An open order of one camera at 10.00, its unit reserved."""
    camera = factories.TrackedFactory(name="Camera", price=1000)
    factories.units(camera, till.store, "ZA1")
    order = factories.OrderFactory(store=till.store)
    line = add_product(order, camera, staff=till.staff)
    open_order(order, staff=till.staff)
    attach(line, ["ZA1"], staff=till.staff)
    order.refresh_from_db()
    return order


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_scanning_its_number_offers_to_pay_and_to_hand_over(till, order):
    page = text(till.scan(order.number))
    assert "Take payment" in page and "Hand over on this sale" in page and "10.00" in page


def test_a_deposit_goes_on_the_sale_and_on_the_receipt(till, order):
    answer = text(till.post("order", order.pk, amount="4.00"))
    assert f"order {order.number}" in answer and "4.00" in answer
    assert "Complete sale" in text(till.get("pay"))
    assert till.pay(amount="5.00").status_code == 200
    order.refresh_from_db()
    sale = till.sale
    assert (sale.status, order.paid, sale.change) == (Sale.Status.COMPLETED, 400, 100)
    receipt = build_receipt(sale)
    assert [(one.label, one.amount) for one in receipt.for_orders] == [(f"Order {order.number}, payment", 400)]
    assert receipt_pdf(receipt).startswith(b"%PDF")
    assert f"Order {order.number}, payment" in text(till.get("print", sale.pk))
    assert f"Order {order.number}" in text(till.client.get("/sales/"))
    check_laws()


def test_from_the_order_s_page_the_money_is_one_form_away(till, order):
    page = text(till.client.get(f"/register/order/{order.pk}/"))
    assert "Take payment" in page and f'action="/register/order/{order.pk}/"' in page
    answer = till.client.post(f"/register/order/{order.pk}/", {"amount": "10.00"})
    assert (answer.status_code, answer.url) == (302, "/register/pay/")
    assert "Complete sale" in text(till.client.get("/register/pay/"))


@pytest.mark.parametrize("amount", ["10.01", "0", "x", ""])
def test_what_cannot_be_paid_is_said_in_place(till, order, amount):
    assert till.post("order", order.pk, amount=amount).status_code == 422


def test_a_cancelled_order_is_paid_back(till, order):
    till.post("order", order.pk, amount="10.00")
    till.pay()
    cancel_order(order, reason="x", staff=till.staff)
    page = text(till.scan(order.number))
    assert "Pay back" in page and "Hand over on this sale" not in page
    till.post("order", order.pk, amount="10.00")
    till.pay()
    order.refresh_from_db()
    assert (order.paid, till.sale.total) == (0, -1000)
    check_laws()


def test_an_order_is_handed_over_as_a_sale_and_taken_off_again(till, order):
    till.post("order", order.pk, amount="4.00")
    till.pay()
    page = text(till.post("sell_order", order.pk))
    assert "Camera" in page and "ZA1" in page and "−4.00" in page
    assert till.sale.total == 600
    assert "is at the register" in text(till.post("sell_order", order.pk))
    assert text(till.post("take_off", order.pk)).count("Camera") == 0
    till.post("sell_order", order.pk)
    till.pay()
    order.refresh_from_db()
    assert (order.status, order.balance) == ("complete", 0)
    receipt = build_receipt(till.sale)
    assert [(one.label, one.amount) for one in receipt.for_orders] == [(f"Order {order.number}, paid before", -400)]
    check_laws()


def test_who_may_not_hand_over_takes_money_only(client, till, order):
    till.staff.user_permissions.remove(*till.staff.user_permissions.filter(codename="hand_over"))
    assert "Hand over on this sale" not in text(till.scan(order.number))
    assert till.post("sell_order", order.pk).status_code == 403


def test_orders_of_other_stores_are_not_there(till):
    foreign = factories.OrderFactory()
    for name in ("order", "sell_order", "take_off"):
        assert till.post(name, foreign.pk, amount="1.00").status_code == 404
