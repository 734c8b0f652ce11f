"""Paying at the till."""

import re

import pytest

from register.models import Payment, Register, Sale
from register.operations import (
    add_product,
    close_shift,
    current_sale,
    open_shift,
)
from tests.factories import (
    ProductFactory,
    RegisterFactory,
    StaffFactory,
    TrackedFactory,
    card,
    cash,
    on_hand,
    stock,
)
from tests.register.counter import CASHIER, Till
from tests.register.counter import store as store
from tests.register.counter import till as till

pytestmark = pytest.mark.django_db


def test_cash_gives_change_and_a_receipt(till, store):
    product = stock(ProductFactory(price=8_963), store, 1)
    till.scan(product.sku)
    answer = till.pay(amount="100.00")
    assert "$10.37" in answer.content.decode()
    assert till.sale.is_completed
    assert on_hand(product, store) == 0


def test_the_same_payment_twice_is_one_sale(till, store):
    till.scan(stock(ProductFactory(), store, 5).sku)
    key = re.search(r'name="key" value="([^"]+)"', till.get("pay").content.decode())[1]
    sale = till.sale
    for _again in range(2):
        answer = till.post("complete", sale.pk, key=key, method=cash().pk, amount="10.00")
        assert f"Sale {sale.number} is complete" in answer.content.decode()
    assert Payment.objects.count() == 1
    other = till.post("complete", sale.pk, key="not-a-key", method=cash().pk, amount="10.00")
    assert other.status_code == 422


def test_a_split_tender_survives_going_back_to_the_lines(till, store):
    till.scan(stock(ProductFactory(price=40_000), store, 1).sku)
    sale = till.sale
    key = re.search(r'name="key" value="([^"]+)"', till.get("pay").content.decode())[1]
    answer = till.post("complete", sale.pk, key=key, method=card().pk, amount="300.00", reference="083114")
    assert "100.00 left" in answer.content.decode()
    till.get("till")
    assert "083114" in till.get("pay").content.decode()
    assert till.post("complete", sale.pk, key=key, method=card().pk, amount="150.00").status_code == 422
    till.post("complete", sale.pk, undo="0")
    assert "083114" not in till.get("pay").content.decode()
    till.post("complete", sale.pk, key=key, method=card().pk, amount="300.00")
    till.post("complete", sale.pk, key=key, method=cash().pk, amount="100.00")
    assert sorted(sale.payments.values_list("amount", flat=True)) == [10_000, 30_000]


def test_what_was_taken_so_far_survives_a_change_of_cashier(till, store):
    till.scan(stock(ProductFactory(price=40_000), store, 1).sku)
    key = re.search(r'name="key" value="([^"]+)"', till.get("pay").content.decode())[1]
    till.post("complete", till.sale.pk, key=key, method=card().pk, amount="300.00")
    other = StaffFactory(role="Senior Cashier", stores=[store], pin="2222")
    till.client.post("/pin/", {"staff": other.pk, "pin": "2222"})
    assert str(till.client.session["_auth_user_id"]) == str(other.pk)
    till.pay(amount="100.00")
    assert sorted(till.sale.payments.values_list("amount", flat=True)) == [10_000, 30_000]


def test_a_register_closed_by_somebody_else_meanwhile_leads_to_opening_it(till, store, monkeypatch):
    sku = stock(ProductFactory(), store, 1).sku
    till.scan(sku)
    shift = till.register.open_shift
    Sale.objects.filter(register=till.register).update(status=Sale.Status.ON_HOLD)
    close_shift(shift, counts={cash().pk: shift.opening_balance}, staff=till.staff)
    monkeypatch.setattr(Register, "open_shift", shift)  # as it was when the view looked
    assert till.scan(sku).headers["HX-Redirect"] == "/register/open/"


def test_a_barcode_scanned_into_the_amount_pays_nothing(till, store):
    till.scan(stock(ProductFactory(), store, 1).sku)
    answer = till.pay(amount="96385074")
    assert answer.status_code == 422
    assert "cannot be right" in answer.content.decode()
    assert not Payment.objects.exists()


def test_nothing_to_pay_is_refused(till):
    assert till.get("pay").status_code == 422


def test_a_sale_of_another_register_cannot_be_paid_here(till, store):
    other = RegisterFactory(store=store)
    open_shift(other, opening_balance=0, staff=till.staff)
    sale = current_sale(other, staff=till.staff)
    add_product(sale, stock(ProductFactory(), store, 1), staff=till.staff)
    assert till.post("complete", sale.pk, method=cash().pk, amount="10").status_code == 404


def test_a_manager_lets_a_red_line_pass_with_a_reason(client, store):
    till = Till(client, store, *CASHIER, "serials.override_required")
    till.scan(stock(TrackedFactory(), store, 1).sku)
    assert till.get("pay").status_code == 422
    assert till.post("override", reason="").status_code == 422
    page = till.post("override", reason="Label unreadable").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    till.post("complete", till.sale.pk, key=key, method=cash().pk, amount="10.00")
    assert till.sale.is_completed
    assert till.sale.overrides.get().reason == "Label unreadable"
