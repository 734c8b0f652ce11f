"""Vendors: the list, the record and its people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.errors import VendorTaken
from inventory.models import Vendor, VendorContact
from inventory.vendors.operations import archive_vendor, save_vendor
from tests import factories
from tests.receiving.dock import open_dock

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    factories.ShopSettingsFactory()
    return factories.StoreFactory()


@pytest.fixture
def office(client, store):
    client.force_login(factories.StaffFactory(stores=[store], role="Back Office"))
    return client


@pytest.fixture
def vendor():
    return factories.VendorFactory(name="Northline", account_number="FLE-1", phone="312-555-0140")


FIELDS = {
    "name": "Pacific Rim",
    "account_number": "88",
    "payment_terms": "Net 30",
    "phone": "",
    "email": "",
    "note": "",
}


def test_a_vendor_is_entered_changed_and_archived(office):
    answer = office.post(reverse("vendors:new"), FIELDS)
    vendor = Vendor.objects.get()
    assert answer.url == vendor.get_absolute_url()
    office.post(vendor.get_absolute_url(), FIELDS | {"payment_terms": "Prepaid"})
    office.post(reverse("vendors:archive", args=[vendor.pk]))
    vendor.refresh_from_db()
    assert (vendor.payment_terms, vendor.is_archived, vendor.history.count()) == ("Prepaid", True, 3)
    link = f'href="{vendor.get_absolute_url()}"'
    assert link not in office.get(reverse("vendors:vendors")).content.decode()
    assert link in office.get(reverse("vendors:vendors"), {"archived": "on"}).content.decode()
    office.post(reverse("vendors:archive", args=[vendor.pk]), {"restore": "1"})
    assert Vendor.objects.active().count() == 1
    assert "Archived" in office.get(vendor.get_absolute_url()).content.decode()  # its history says so


@pytest.mark.parametrize("bad", [{"name": ""}, {"email": "nowhere"}, {"name": "northline"}])
def test_bad_input_is_told(office, vendor, bad):
    assert office.post(reverse("vendors:new"), FIELDS | bad).status_code == 422
    assert Vendor.objects.count() == 1


def test_a_name_is_one_vendors_alone(store, vendor):
    with pytest.raises(VendorTaken, match="on the list"):
        save_vendor(None, name="NORTHLINE")
    archive_vendor(vendor)
    with pytest.raises(VendorTaken, match="archived"):
        save_vendor(None, name="NORTHLINE")
    assert save_vendor(vendor, name="NorthLine").name == "NorthLine"


def test_people_are_kept_and_removed(office, vendor):
    url = reverse("vendors:contacts", args=[vendor.pk])
    form = {
        "contacts-TOTAL_FORMS": "1",
        "contacts-INITIAL_FORMS": "0",
        "contacts-0-name": "Dana",
        "contacts-0-role": "Orders",
    }
    assert office.post(url, form).status_code == 302
    dana = VendorContact.objects.get()
    assert "Dana" in office.get(url).content.decode()
    assert "Northline" in office.get(reverse("vendors:vendors"), {"q": "dana"}).content.decode()
    form = {
        "contacts-TOTAL_FORMS": "1",
        "contacts-INITIAL_FORMS": "1",
        "contacts-0-id": dana.pk,
        "contacts-0-name": "Dana",
        "contacts-0-DELETE": "on",
    }
    assert office.post(url, form | {"contacts-0-email": "x"}).status_code == 302
    assert not VendorContact.objects.exists()
    assert VendorContact.history.count() == 2
    form = {"contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "0", "contacts-0-email": "nowhere"}
    assert office.post(url, form).status_code == 422


@pytest.mark.parametrize("text", ["north", "fle-1", "0140"])
def test_vendors_are_found(office, vendor, text):
    factories.VendorFactory(name="Somebody else")
    page = office.get(reverse("vendors:vendors"), {"q": text}).content.decode()
    assert "Northline" in page
    assert "Somebody else" not in page


def test_what_came_from_them_stands_in_their_record(client, store):
    dock = open_dock(store)
    client.force_login(dock.staff)
    product = factories.ProductFactory(name="Cable")
    dock.received(product, 2, cost=300)
    shipment = dock.received(product, 5, cost=345)
    elsewhere = open_dock().received(product, 1)
    text = client.get(reverse("receiving:of_vendor", args=[dock.vendor.pk])).content.decode()
    assert shipment.number in text
    assert elsewhere.number not in text
    text = client.get(reverse("receiving:bought_from", args=[dock.vendor.pk])).content.decode()
    assert text.count("Cable") == 1
    assert "3.45" in text


@pytest.mark.parametrize("name", ["vendors:vendors", "vendors:new"])
def test_cashiers_see_no_vendors(client, store, vendor, name):
    client.force_login(factories.StaffFactory(stores=[store], role="Junior Cashier"))
    assert client.get(reverse(name)).status_code == 403
    for page in ("vendors:vendor", "vendors:contacts", "receiving:of_vendor", "receiving:bought_from"):
        assert client.get(reverse(page, args=[vendor.pk])).status_code == 403
    assert client.post(reverse("vendors:archive", args=[vendor.pk])).status_code == 403


def test_those_who_only_look_change_nothing(client, store, vendor):
    client.force_login(factories.StaffFactory(stores=[store], permissions=["inventory.view_vendor"]))
    for page in ("vendors:vendor", "vendors:contacts"):
        assert client.get(reverse(page, args=[vendor.pk])).status_code == 200
        assert client.post(reverse(page, args=[vendor.pk]), FIELDS).status_code == 403


@pytest.mark.once
def test_the_list_asks_no_more_of_many(office):
    def count():
        office.get(reverse("vendors:vendors"))  # what a session asks but once
        with CaptureQueriesContext(connection) as captured:
            office.get(reverse("vendors:vendors"))
        return len(captured)

    factories.VendorFactory()
    one = count()
    factories.VendorFactory.create_batch(10)
    assert count() == one
