"""Vendor shipments as pages: who sees them, how they are found, how much they ask the database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from receiving.operations import add_line, expect_serials, start_reversal
from serials.operations import attach
from settings_app.models import SerialTracking
from tests import factories
from tests.receiving.dock import open_dock
from tests.receiving.pages import HTMX, address
from tests.receiving.pages import at_dock as at_dock
from tests.receiving.pages import clerk as clerk

pytestmark = pytest.mark.django_db
# --- Who --------------------------------------------------------------------------------------------------------------

PAGES = ["shipment", "side", "papers", "orders", "cancel", "receive", "file"]
POSTS = ["scan", "quantity", "remove", "paste", "save", "settle", "drop"]
BACK = ["scan_back", "quantity_back", "post_back", "cancel_back"]


@pytest.mark.parametrize("name", [*PAGES, *POSTS, "take_back"])
def test_a_shipment_of_another_store_is_not_there(client, name):
    factories.ShopSettingsFactory()
    shipment = factories.VendorShipmentFactory()
    client.force_login(factories.StaffFactory(stores=[factories.StoreFactory()], role="Manager"))
    answer = client.post(address(name, shipment)) if name in POSTS else client.get(address(name, shipment))
    assert answer.status_code == 404


@pytest.mark.parametrize("name", BACK)
def test_nor_is_its_reversal(client, dock, phone, name):
    reversal = start_reversal(dock.received(phone, 1, codes=["A1"]), staff=dock.staff, reason="Wrong")
    client.force_login(factories.StaffFactory(stores=[factories.StoreFactory()], role="Manager"))
    assert client.post(address(name, reversal)).status_code == 404
    assert client.get(reversal.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", [*PAGES, *POSTS, "take_back"])
def test_cashiers_see_nothing_of_receiving(client, dock, name):
    client.force_login(factories.StaffFactory(stores=[dock.store], role="Senior Cashier"))
    shipment = dock.draft()
    answer = client.post(address(name, shipment)) if name in POSTS else client.get(address(name, shipment))
    assert answer.status_code == 403
    for name in ("receiving:shipments", "receiving:new"):
        assert client.get(reverse(name)).status_code == 403


def test_back_office_receives_and_takes_nothing_back(at_dock, dock, phone):
    shipment = dock.received(phone, 1, codes=["A1"])
    assert at_dock.get(shipment.get_absolute_url()).status_code == 200
    assert at_dock.get(address("take_back", shipment)).status_code == 403
    assert "Take back" not in at_dock.get(shipment.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", [*POSTS, *BACK])
def test_state_changes_by_post_alone(client, dock, phone, name):
    client.force_login(dock.staff)
    document = dock.received(phone, 1, codes=["A1"])
    if name in BACK:
        document = start_reversal(document, staff=dock.staff, reason="Wrong")
    assert client.get(address(name, document)).status_code == 405


def test_what_goods_cost_is_for_those_who_may_see_it(client, dock, phone):
    shipment = dock.received(phone, 1, cost=87654, codes=["A1"])
    may = ["receiving.view_vendorshipment", "receiving.change_vendorshipment"]
    client.force_login(factories.StaffFactory(stores=[dock.store], permissions=may))
    text = client.get(shipment.get_absolute_url()).content.decode()
    assert "876.54" not in text
    assert "Freight" not in text
    draft = dock.draft()
    line = dock.line(draft, phone, 1, cost=87654)
    for name in ("shipment", "papers"):
        assert "876.54" not in client.get(address(name, draft)).content.decode()
    form = client.get(address("line", draft, line=line.pk)).content.decode()
    assert "unit_cost" not in form


# --- Finding ----------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_and_filtered(at_dock, dock, phone):
    done = dock.received(phone, 1, codes=["A1"])
    draft = dock.draft(invoice_number="INV-9")
    expect_serials(add_line(draft, phone), ["E7"])
    elsewhere = open_dock().draft()

    def found(**query):
        text = at_dock.get(reverse("receiving:shipments"), query).content.decode()
        return {one.number for one in (done, draft, elsewhere) if one.number in text}

    assert found() == {done.number, draft.number}
    assert found(show="draft") == {draft.number}
    assert found(q="inv-9") == {draft.number}
    assert found(q="A1") == {done.number}
    assert found(q="E7") == {draft.number}
    assert found(vendor=dock.vendor.pk, q="Pixel") == {done.number, draft.number}
    assert found(q="zzz") == set()
    assert found(show="nonsense", vendor="x", store="-1") == {done.number, draft.number}
    assert at_dock.get(reverse("receiving:shipments"), {"q": done.number.lower()}).url == done.get_absolute_url()


def test_the_look_up_knows_the_numbers(client, dock, phone):
    client.force_login(dock.staff)
    shipment = dock.received(phone, 1, codes=["A1"])
    reversal = start_reversal(shipment, staff=dock.staff, reason="Wrong")
    for document in (shipment, reversal):
        answer = client.get("/serials/look-up/", {"q": document.number.lower()})
        assert answer.url == document.get_absolute_url()


def queries(client, url):
    client.get(url)  # what a session asks but once
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.once
def test_the_list_asks_no_more_of_many(at_dock, dock, phone):
    dock.received(phone, 1, codes=["A0"])
    one = queries(at_dock, reverse("receiving:shipments"))
    for number in range(1, 10):
        dock.received(phone, 1, codes=[f"A{number}"])
    assert queries(at_dock, reverse("receiving:shipments")) == one


@pytest.mark.once
def test_the_page_asks_no_more_of_many_lines_and_serials(at_dock, dock, phone):
    small, large = dock.draft(), dock.draft()
    dock.line(small, phone, 1, codes=["S1"])
    for line in range(10):
        product = factories.ProductFactory(serial_tracking=SerialTracking.ALL)
        dock.line(large, product, 10, codes=[f"L{line}-{number}" for number in range(10)])
    one = queries(at_dock, small.get_absolute_url())
    assert queries(at_dock, large.get_absolute_url()) == one


@pytest.mark.once
def test_the_panel_does_not_grow_with_the_serials(at_dock, dock, phone):
    shipment = dock.draft()
    dock.line(shipment, phone, 1, codes=[f"N{number:03d}" for number in range(80)])
    text = at_dock.get(address("side", shipment)).content.decode()
    assert text.count('class="code"') == 50
    assert "and 30 more" in text


def test_a_unit_on_two_drafts_shows_who_has_it(at_dock, dock, phone):
    theirs = dock.line(dock.draft(), phone, 1)
    attach(theirs, ["A1"], new=["A1"], staff=dock.staff)
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1, codes=["A1"])
    text = at_dock.get(address("shipment", shipment)).content.decode()
    assert theirs.shipment.number in text
    assert "Take over" not in text  # back office may not
    fields = {"line": line.pk, "code": "A1", "taking": "1"}
    assert at_dock.post(address("settle", shipment), fields, headers=HTMX).status_code == 422
    assert theirs.serial_links.count() == 1


def test_the_average_cost_stands_beside_the_last(client, at_dock, dock, phone):
    dock.received(phone, 1, cost=1000, codes=["A1"])
    dock.received(phone, 1, cost=2001, codes=["A2"])
    text = at_dock.get(phone.get_absolute_url()).content.decode()
    assert "on average 15.01" in text
    assert "Average cost" in at_dock.get(f"{phone.get_absolute_url()}history/").content.decode()
    client.force_login(factories.StaffFactory(stores=[dock.store], role="Senior Cashier"))
    text = client.get(phone.get_absolute_url()).content.decode()
    assert "20.01" not in text
    assert "15.01" not in text
