"""Customers: who sees and changes them, what is found, what is kept."""

import html

import pytest
from django.urls import reverse

from orders.models import Customer, CustomerOrder
from orders.operations import create_customer, move_store_credit
from tests.factories import (
    AdminFactory,
    CustomerFactory,
    SaleFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db

FIELDS = {"name": "Ada Field", "phone": "555", "email": "ada@example.com", "address": "", "note": ""}


@pytest.fixture
def store():
    ShopSettingsFactory()
    return StoreFactory()


@pytest.fixture
def sign_in(client, store):
    def signed_in(*permissions):
        client.force_login(StaffFactory(stores=[store], permissions=[f"orders.{name}" for name in permissions]))
        return client

    return signed_in


def test_customers_need_their_permission(sign_in):
    customer = CustomerFactory()
    client = sign_in()
    for address in ("/customers/", "/customers/new/", customer.get_absolute_url(), f"/customers/{customer.pk}/credit/"):
        assert client.get(address).status_code == 403
    assert client.get(f"/customers/{customer.pk}/receipts/").status_code == 403


def test_the_list_finds_by_name_phone_email_and_account(sign_in):
    wanted = CustomerFactory(name="Lakeside Photo Club", phone="608-555-0114", email="club@lakeside.example")
    CustomerFactory(name="Somebody Else")
    client = sign_in("view_customer")
    for query in ("lakeside club", "0114", "club@", wanted.account_number):
        page = client.get("/customers/", {"q": query}).content.decode()
        assert "Lakeside" in page
        assert "Somebody Else" not in page
    assert "Nobody fits" in client.get("/customers/", {"q": "zzz"}).content.decode()


def test_whoever_is_not_found_for_a_new_order_is_added_and_the_order_begun(sign_in, store):
    client = sign_in("view_customer", "add_customer", "add_customerorder", "view_customerorder")
    nobody = client.get("/orders/new/", {"q": "Mara & Co"}, headers={"HX-Request": "true"}).text
    assert "Nobody is called" in nobody
    address = html.unescape(nobody.split('href="')[1].split('"')[0])
    assert 'value="Mara &amp; Co"' in client.get(address).text
    answer = client.post(address, FIELDS | {"name": "Mara & Co"}, follow=True)
    order = CustomerOrder.objects.get()
    assert (order.customer.name, order.store) == ("Mara & Co", store)
    assert answer.redirect_chain == [(order.get_absolute_url(), 302)]
    assert "is customer" in answer.text


def test_a_new_customer_begins_no_order_of_somebody_who_takes_none(sign_in):
    client = sign_in("view_customer", "add_customer")
    client.post("/customers/new/?then=order", FIELDS)
    assert Customer.objects.get().name == "Ada Field"
    assert not CustomerOrder.objects.exists()


def test_archived_customers_are_left_out_until_asked_for(sign_in):
    CustomerFactory(name="Gone Away", is_archived=True)
    client = sign_in("view_customer")
    assert "Gone Away" not in client.get("/customers/").content.decode()
    assert "Gone Away" in client.get("/customers/", {"archived": "on"}).content.decode()


def test_a_customer_is_added_with_an_account_of_its_own(sign_in):
    client = sign_in("view_customer", "add_customer")
    assert client.post("/customers/new/", FIELDS | {"name": ""}).status_code == 422
    assert client.post("/customers/new/", FIELDS | {"email": "not-an-address"}).status_code == 422
    client.post("/customers/new/", FIELDS)
    assert Customer.objects.get().account_number


def test_a_customer_is_changed_by_permission_and_credit_is_left_alone(sign_in):
    customer = create_customer(name="Ada")
    move_store_credit(customer, 500, document=SaleFactory(), staff=StaffFactory())
    client = sign_in("view_customer")
    assert client.get(customer.get_absolute_url()).status_code == 200
    assert client.post(customer.get_absolute_url(), FIELDS).status_code == 403
    client = sign_in("view_customer", "change_customer")
    assert client.post(customer.get_absolute_url(), FIELDS | {"name": ""}).status_code == 422
    assert client.post(customer.get_absolute_url(), FIELDS | {"stay": "1"}).url == customer.get_absolute_url()
    customer.refresh_from_db()
    assert (customer.name, customer.store_credit) == ("Ada Field", 500)


def test_a_customer_is_archived_and_put_back(sign_in):
    customer = CustomerFactory()
    client = sign_in("view_customer", "change_customer")
    address = reverse("orders:archive", args=[customer.pk])
    assert client.get(address).status_code == 405
    client.post(address)
    assert Customer.objects.get().is_archived
    client.post(address, {"restore": "1"})
    assert not Customer.objects.get().is_archived


def test_store_credit_lists_every_entry(sign_in):
    customer = CustomerFactory()
    sale = SaleFactory()
    move_store_credit(customer, 2_500, document=sale, staff=AdminFactory())
    page = sign_in("view_customer").get(f"/customers/{customer.pk}/credit/").content.decode()
    assert sale.number in page
    assert "25.00" in page


def test_what_people_type_is_escaped(sign_in):
    customer = CustomerFactory(name="<script>alert(1)</script>")
    client = sign_in("view_customer")
    for address in ("/customers/", customer.get_absolute_url()):
        assert "<script>alert(1)" not in client.get(address).content.decode()
