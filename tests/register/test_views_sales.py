"""Receipts, and the list of sales."""

import pytest
from django.urls import reverse

from register.finding import find_receipts
from tests.factories import (
    CustomerFactory,
    ProductFactory,
    RegisterFactory,
    StoreFactory,
    TrackedFactory,
    stock,
    unit,
    units,
)
from tests.register.counter import sold
from tests.register.counter import store as store
from tests.register.counter import till as till

pytestmark = pytest.mark.django_db


# --- Receipts ---------------------------------------------------------------------------------------------------------


def test_the_second_print_of_a_receipt_says_copy(till, store):
    sale = sold(store, stock(ProductFactory(), store, 1), staff=till.staff)
    assert b"COPY" not in till.post("print", sale.pk).content
    assert b"COPY" in till.post("print", sale.pk).content
    assert till.client.get(reverse("register:pdf", args=[sale.pk])).content.startswith(b"%PDF")
    assert b"paper-58" in till.client.get(reverse("register:print", args=[sale.pk]) + "?width=58").content


def test_a_receipt_of_another_store_is_not_there(till):
    elsewhere = StoreFactory()
    sale = sold(elsewhere, stock(ProductFactory(), elsewhere, 1))
    for name in ("receipt", "print", "pdf", "return_receipt"):
        assert till.client.get(reverse(f"register:{name}", args=[sale.pk])).status_code == 404


# --- The list of sales ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["lakeside", "A-1", "number", "total"])
def test_a_receipt_is_found_by_number_serial_customer_and_amount(till, store, words):
    drive = TrackedFactory(price=81_234)
    units(drive, store, "A-1")
    sale = sold(store, drive, "A-1", customer=CustomerFactory(name="Lakeside Photo Club"))
    other = sold(store, stock(ProductFactory(), store, 1))
    query = {"number": sale.number, "total": "812.34"}.get(words, words)
    answer = till.client.get("/sales/", {"q": query})
    if words == "number":  # scanned: it opens
        assert answer.url == sale.get_absolute_url()
        return
    page = answer.content.decode()
    assert sale.number in page
    assert other.number not in page


def test_segments_separate_sales_from_returns_and_the_address_holds_it(till, store):
    serial = unit(TrackedFactory(), store, "A-1")
    receipt = sold(store, serial.product, "A-1")
    till.post("return_receipt", receipt.pk, serial=serial.pk, reason="Faulty")
    till.pay(amount="10.00")
    returns = till.client.get("/sales/", {"kind": "returns"}).content.decode()
    assert till.sale.number in returns
    assert f"Return of {receipt.number}" in returns
    sales = till.client.get("/sales/", {"kind": "sales"}).content.decode()
    assert f'id="sale-{till.sale.pk}"' not in sales
    assert "1 since returned" in sales


def test_sales_of_other_stores_are_not_listed(till):
    elsewhere = StoreFactory()
    sale = sold(elsewhere, stock(ProductFactory(), elsewhere, 1))
    assert sale.number not in till.client.get("/sales/").content.decode()


@pytest.mark.once
def test_the_list_asks_as_much_of_the_database_with_ten_times_the_rows(till, store, django_assert_max_num_queries):
    register = RegisterFactory(store=store)
    product = stock(ProductFactory(), store, 40)
    for _each in range(3):
        sold(store, product, register=register, staff=till.staff)
    with django_assert_max_num_queries(18) as few:
        till.client.get("/sales/")
    count = len(few.captured_queries)
    for _each in range(30):
        sold(store, product, register=register, staff=till.staff)
    with django_assert_max_num_queries(count):
        till.client.get("/sales/")


def test_a_receipt_shows_what_is_back_and_offers_the_rest(till, store):
    drive = TrackedFactory()
    first, _second = units(drive, store, "A-1", "A-2")
    receipt = sold(store, drive, "A-1", "A-2")
    till.post("return_receipt", receipt.pk, serial=first.pk, reason="Faulty")
    till.pay(amount="10.00")
    page = till.client.get(f"/sales/{receipt.pk}/").content.decode()
    assert "1 of 2 units can come back" in page
    assert "A-1 came back on" in page


def test_voided_sales_are_listed_as_such(till):
    till.scan(ProductFactory().sku)
    till.post("void", reason="Customer left")
    assert "Voided" in till.client.get("/sales/").content.decode()
    assert "Customer left" in till.client.get(f"/sales/{till.sale.pk}/").content.decode()


def test_the_header_look_up_finds_a_receipt(till, store):
    sale = sold(store, stock(ProductFactory(), store, 1))
    [found] = find_receipts(sale.number.lower(), till.staff)
    assert found.url == sale.get_absolute_url()
    elsewhere = StoreFactory()
    hidden = sold(elsewhere, stock(ProductFactory(), elsewhere, 1))
    assert find_receipts(hidden.number, till.staff) == []
