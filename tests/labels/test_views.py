"""The labels page: for documents, products and units; who may, and what it says when something does not fit."""

import pypdfium2
import pytest
import zxingcpp
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.adjustments.operations import post_adjustment
from serials.operations import attach
from tests import factories
from transfers.operations import add_product, add_unit, request_transfer, send_transfer

pytestmark = pytest.mark.django_db
LONG = "SN-" + "0123456789ABC" * 3


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def office(client, harbor):
    staff = factories.StaffFactory(stores=[harbor], role="Back Office")
    client.force_login(staff)
    return staff


@pytest.fixture
def drive(harbor):
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=30_999)
    factories.BarcodeFactory(product=product, code="4006381333931")
    return product


@pytest.fixture
def arrival(harbor, office, drive):
    """An adjustment that brought two drives with their serials and three cables."""
    document = factories.AdjustmentFactory(store=harbor)
    line = factories.AdjustmentLineFactory(adjustment=document, product=drive, quantity=2)
    factories.AdjustmentLineFactory(adjustment=document, product=factories.ProductFactory(sku="CBL-1"), quantity=3)
    attach(line, ["ZA1", "00&2"], new=["ZA1", "00&2"], staff=office)
    return post_adjustment(document, staff=office)


def of(document):
    return f"document=adjustments.adjustment&pk={document.pk}"


def read(answer):
    document = pypdfium2.PdfDocument(answer.content)
    images = [page.render(scale=300 / 72).to_pil() for page in document]
    document.close()
    return sorted(one.text for image in images for one in zxingcpp.read_barcodes(image))


def test_a_document_offers_both_kinds_and_prints_each_unit(client, arrival):
    page = client.get(f"/labels/?{of(arrival)}")
    assert page.status_code == 200
    assert page.context["count"] == 7  # five product labels, two of serials
    assert b"Adjustment ADJ" in page.content
    pdf = client.get(f"/labels/pdf/?{of(arrival)}&kind=both&format=a4-3x7")
    assert pdf["Content-Type"] == "application/pdf"
    assert read(pdf) == sorted(["4006381333931"] * 2 + ["CBL-1"] * 3 + ["ZA1", "00&2"])


def test_what_was_sent_and_arrives_has_its_labels_once(client, harbor, office, drive):
    """A transfer tells of each unit twice, as sent and as arriving."""
    factories.units(drive, harbor, "ZA1", "ZA2")
    cable = factories.stock(factories.ProductFactory(sku="CBL-1"), harbor, 3)
    transfer = request_transfer(harbor, factories.StoreFactory(), staff=office)
    for unit in drive.serials.all():
        add_unit(transfer, unit, staff=office)
    add_product(transfer, cable, quantity=3, staff=office)
    send_transfer(transfer, staff=office)
    sent = f"document=transfers.transfer&pk={transfer.pk}"
    assert f"{sent.replace('&', '&amp;')}" in client.get(transfer.get_absolute_url()).content.decode()
    page = client.get(f"/labels/?{sent}&kind=both")
    assert page.context["count"] == 7
    assert read(client.get(f"/labels/pdf/?{sent}&kind=serial")) == ["ZA1", "ZA2"]


def test_one_kind_copies_and_the_place_to_begin(client, arrival):
    page = client.get(f"/labels/?{of(arrival)}&kind=serial&copies=3&format=a4-3x7&start=20")
    assert (page.context["count"], page.context["pages"]) == (6, 2)
    assert page.context["spots"] == ["free"] * 19 + ["used"] * 2
    assert read(client.get(f"/labels/pdf/?{of(arrival)}&kind=serial&copies=3")) == ["00&2"] * 3 + ["ZA1"] * 3


def test_a_product_is_printed_as_often_as_asked(client, office, drive):
    page = client.get(f"/labels/?product={drive.pk}&copies=40&format=letter-3x10")
    assert (page.context["count"], page.context["pages"]) == (40, 2)
    assert b"$309.99" in page.content


def test_single_units_of_any_store_and_the_paper_used_last(client, office, drive):
    there = factories.StoreFactory()
    units = factories.units(drive, there, "ZA1", "ZA2")
    chosen = "&".join(f"serial={unit.pk}" for unit in units)
    assert read(client.get(f"/labels/pdf/?{chosen}&format=roll-62x29")) == ["ZA1", "ZA2"]
    page = client.get(f"/labels/?serial={units[0].pk}")
    assert page.context["form"]["format"].value() == "roll-62x29"


def test_what_does_not_fit_is_said_and_left_out_of_the_pdf(client, office, harbor, drive):
    short, long = factories.units(drive, harbor, "ZA1", LONG)
    both = f"serial={short.pk}&serial={long.pk}&format=roll-57x32"
    page = client.get(f"/labels/?{both}")
    assert page.context["count"] == 1
    assert LONG in page.content.decode()
    assert b"left out" in page.content
    assert read(client.get(f"/labels/pdf/?{both}")) == ["ZA1"]
    alone = client.get(f"/labels/pdf/?serial={long.pk}&format=roll-57x32")
    assert alone.status_code == 422
    assert b"Print QR codes" in alone.content
    assert read(client.get(f"/labels/pdf/?serial={long.pk}&format=roll-57x32&code=qr")) == [LONG]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("copies=0", "greater than or equal to 1"),
        ("copies=999", "more than 2000"),
        ("start=22&format=a4-3x7", "A sheet has 21 labels."),
        ("format=napkin", "valid choice"),
        ("kind=poster", "valid choice"),
        ("copies=x", "whole number"),
    ],
)
def test_what_cannot_be_printed_is_422_with_the_reason(client, arrival, wrong, words):
    for address in ("/labels/", "/labels/pdf/"):
        answer = client.get(f"{address}?{of(arrival)}&{wrong}")
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_a_document_of_another_store_or_none_is_404(client, arrival):
    assert client.get(f"/labels/?document=adjustments.adjustment&pk={arrival.pk + 999}").status_code == 404
    for sense in (
        "document=no.such&pk=1",
        "document=auth.user&pk=1",
        "document=x&pk=1",
        "product=0",
        "serial=0",
        "serial=x",
    ):
        assert client.get(f"/labels/?{sense}").status_code == 404, sense
    client.force_login(factories.StaffFactory(stores=[factories.StoreFactory()], role="Back Office"))
    assert client.get(f"/labels/?{of(arrival)}").status_code == 404
    assert client.get(f"/labels/pdf/?{of(arrival)}").status_code == 404


def test_who_may_not_see_it_prints_no_labels(client, arrival, harbor, drive):
    unit = factories.unit(drive, harbor, "ZA9")
    client.force_login(factories.StaffFactory(stores=[harbor], role="Junior Cashier"))
    assert client.get(f"/labels/?{of(arrival)}").status_code == 403
    client.force_login(factories.StaffFactory(stores=[harbor]))
    for sense in (f"product={drive.pk}", f"serial={unit.pk}", of(arrival)):
        assert client.get(f"/labels/?{sense}").status_code == 403, sense


def test_with_the_add_on_off_there_are_product_labels_only(client, arrival, harbor, drive):
    unit = factories.unit(drive, harbor, "ZA9")
    factories.ShopSettingsFactory(serial_numbers_enabled=False)
    assert client.get(f"/labels/?serial={unit.pk}").status_code == 404
    page = client.get(f"/labels/?{of(arrival)}")
    assert page.context["count"] == 5
    assert b"Serial labels" not in page.content


def test_without_anything_chosen_the_page_says_where_to_choose(client, office):
    answer = client.get("/labels/")
    assert answer.status_code == 200
    assert b"Nothing is chosen yet" in answer.content


def test_the_pages_of_products_and_units_lead_here(client, office, harbor, drive):
    unit = factories.unit(drive, harbor, "ZA9")
    assert f"/labels/?product={drive.pk}" in client.get(drive.get_absolute_url()).content.decode()
    assert f"/labels/?serial={unit.pk}" in client.get(unit.get_absolute_url()).content.decode()
    assert f'name="serial" value="{unit.pk}"' in client.get(f"/products/{drive.pk}/serial-numbers/").content.decode()


@pytest.mark.once
def test_a_hundred_units_take_the_same_queries_as_one(client, office, harbor):
    def arrive(count):
        document = factories.AdjustmentFactory(store=harbor)
        for at in range(count):
            line = factories.AdjustmentLineFactory(adjustment=document, product=factories.TrackedFactory())
            attach(line, [f"N{at}"], new=[f"N{at}"], staff=office)
        return post_adjustment(document, staff=office)

    few, many = arrive(1), arrive(20)
    client.get(f"/labels/?{of(few)}")
    with CaptureQueriesContext(connection) as first:
        client.get(f"/labels/?{of(few)}")
    with CaptureQueriesContext(connection) as second:
        client.get(f"/labels/?{of(many)}")
    assert len(first) == len(second)
