"""Returns at the till."""

import re
from uuid import uuid4

import pytest

from register.operations import (
    Tender,
    add_product,
    complete_sale,
    current_sale,
    open_shift,
)
from tests.factories import (
    AdminFactory,
    ProductFactory,
    RegisterFactory,
    TrackedFactory,
    cash,
    stock,
    unit,
    units,
)
from tests.register.counter import CASHIER, Till, sold
from tests.register.counter import store as store
from tests.register.counter import till as till

pytestmark = pytest.mark.django_db


def test_scanning_a_sold_serial_opens_its_receipt_with_the_unit_chosen(till, store):
    serial = unit(TrackedFactory(), store, "A-1")
    receipt = sold(store, serial.product, "A-1")
    page = till.scan("A-1").content.decode()
    assert f"Return from {receipt.number}" in page
    assert re.search(rf'value="{serial.pk}"[^>]*checked', page)
    assert "Take 1 unit back" in page


def test_sell_three_return_one_then_the_second_return_offers_two(till, store):
    drive = TrackedFactory()
    first, second, third = units(drive, store, "A-1", "A-2", "A-3")
    receipt = sold(store, drive, "A-1", "A-2", "A-3")
    answer = till.post("return_receipt", receipt.pk, serial=first.pk, reason="Faulty")
    assert "Complete refund" in answer.content.decode()
    assert till.pay(amount="10.00").status_code == 200
    page = till.scan(receipt.number).content.decode()
    assert page.count('name="serial"') == 2
    assert "Returned on" in page
    again = till.post("return_receipt", receipt.pk, serial=first.pk, reason="Faulty")
    assert again.status_code == 422
    assert till.post("return_receipt", receipt.pk, serial=[second.pk, third.pk], reason="Faulty").status_code == 200
    assert till.sale.total == -2_000


def test_an_exchange_goes_on_selling(till, store):
    serial = unit(TrackedFactory(), store, "A-1")
    receipt = sold(store, serial.product, "A-1")
    answer = till.post("return_receipt", receipt.pk, serial=serial.pk, reason="Faulty", then="sell")
    assert 'id="lines"' in answer.content.decode()


def test_a_foreign_unit_in_the_return_panel_gets_its_own_receipt_as_next_step(till, store):
    drive = TrackedFactory()
    units(drive, store, "A-1", "B-1")
    receipt, other = sold(store, drive, "A-1"), sold(store, drive, "B-1")
    page = till.post("return_rows", receipt.pk, code="B-1").content.decode()
    assert "Not from this receipt." in page
    assert f"Return it from {other.number}" in page
    assert "Nothing on this receipt" in till.post("return_rows", receipt.pk, code="C-1").content.decode()
    assert "Take 1 unit back" in till.post("return_rows", receipt.pk, code="A-1").content.decode()


def test_returning_nothing_is_refused(till, store):
    receipt = sold(store, stock(ProductFactory(), store, 1))
    assert till.post("return_receipt", receipt.pk, reason="Faulty").status_code == 422


def test_units_without_serials_come_back_by_count(till, store):
    product = stock(ProductFactory(), store, 3)
    staff = AdminFactory()
    register = RegisterFactory(store=store)
    open_shift(register, opening_balance=0, staff=staff)
    sale = current_sale(register, staff=staff)
    line = add_product(sale, product, quantity=3, staff=staff)
    sale.refresh_from_db()
    receipt = complete_sale(sale, tenders=[Tender(cash(), sale.total)], key=uuid4(), staff=staff)
    data = {f"loose-{line.pk}": "2"}
    assert "Take 2 units back" in till.post("return_rows", receipt.pk, **data).content.decode()
    assert till.post("return_receipt", receipt.pk, reason="Not wanted", **data).status_code == 200
    assert till.sale.lines.get().quantity == 2


def test_a_return_without_a_receipt_is_made_by_permission(client, store):
    till = Till(client, store, *CASHIER, "return_without_receipt")
    product = ProductFactory()
    base = {"quantity": "1", "price": "5.00", "reason": "Gift"}
    assert till.post("return_without", product="???", **base).status_code == 422
    assert till.post("return_without", product=product.sku, **base).status_code == 200
    assert till.sale.lines.get().is_return
