"""Customers: who sees and changes them, what is found, what is kept."""

import pytest
from django.urls import reverse

from orders.models import Customer
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
    Customer.objects.filter(pk=customer.pk).update(store_credit=500)
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
