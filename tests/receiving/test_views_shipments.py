"""The pages of one vendor shipment, from nothing to received, and taken back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from receiving.manifests import check_list
from receiving.models import PurchaseOrder, ShipmentReversal, VendorShipment
from receiving.operations import start_reversal
from serials.models import Serial
from settings_app.models import SerialTracking
from tests import factories
from tests.receiving.dock import open_dock
from tests.receiving.pages import HTMX, address
from tests.receiving.pages import at_dock as at_dock
from tests.receiving.pages import clerk as clerk
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


# --- The way of a shipment --------------------------------------------------------------------------------------------


def test_from_nothing_to_received(at_dock, dock, phone, clerk):
    answer = at_dock.post(
        reverse("receiving:new"),
        {"vendor": dock.vendor.pk, "store": dock.store.pk, "invoice_number": "INV-1", "freight": "12.50"},
    )
    shipment = VendorShipment.objects.get()
    assert answer.url == shipment.get_absolute_url()
    assert (shipment.freight, shipment.staff) == (1250, clerk)
    line = None
    for code in (phone.sku, "A1", "A2"):
        answer = at_dock.post(address("scan", shipment), {"code": code, "line": line or ""}, headers=HTMX)
        assert answer.status_code == 200
        line = shipment.lines.get().pk
    assert "2 of 2" in answer.content.decode()
    answer = at_dock.post(address("receive", shipment), headers=HTMX)
    assert answer.headers["HX-Redirect"] == shipment.get_absolute_url()
    page = at_dock.get(shipment.get_absolute_url()).content.decode()
    assert "2 units are now in stock at Harbor" in page
    assert f"/labels/?document=receiving.vendorshipment&amp;pk={shipment.pk}" in page


def test_a_shipment_begins_with_what_is_awaited_of_an_order(at_dock, dock, phone):
    order = dock.order((phone, 2, 900))
    page = at_dock.get(reverse("receiving:new") + f"?order={order.pk}").content.decode()
    assert f'value="{order.pk}" checked' in page
    at_dock.post(reverse("receiving:new"), {"vendor": dock.vendor.pk, "store": dock.store.pk, "orders": [order.pk]})
    shipment = VendorShipment.objects.get()
    assert shipment.lines.get().expected == 2
    assert order.number in at_dock.get(shipment.get_absolute_url()).content.decode()


def test_an_order_of_another_vendor_is_refused_in_place(at_dock, dock, phone):
    order = open_dock(dock.store).order((phone, 2, 900))
    fields = {"vendor": dock.vendor.pk, "store": dock.store.pk, "orders": [order.pk]}
    answer = at_dock.post(reverse("receiving:new"), fields)
    assert answer.status_code == 422
    assert order.number in answer.content.decode()
    assert not VendorShipment.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"vendor": "0"}, {"freight": "-1"}, {"freight": "x"}, {"store": "99"}])
def test_bad_input_of_a_new_shipment_is_told(at_dock, dock, fields):
    sound = {"vendor": dock.vendor.pk, "store": dock.store.pk} if fields else {"note": "x"}
    assert at_dock.post(reverse("receiving:new"), sound | fields).status_code == 422


def test_more_orders_are_added_later(at_dock, dock, phone):
    shipment, order = dock.draft(), dock.order((phone, 2, 900))
    assert order.number in at_dock.get(address("orders", shipment)).content.decode()
    assert at_dock.post(address("orders", shipment), {"orders": [order.pk]}, headers=HTMX).status_code == 200
    assert shipment.lines.get().quantity == 2
    assert at_dock.post(address("orders", shipment), {"orders": [order.pk]}, headers=HTMX).status_code == 422
    PurchaseOrder.objects.update(status="cancelled")


def test_papers_are_written_down(at_dock, dock):
    shipment = dock.draft()
    fields = {"invoice_number": "INV-7", "packing_slip_number": "PS-7", "freight": "48", "note": ""}
    assert at_dock.post(address("papers", shipment), fields, headers=HTMX).status_code == 200
    shipment.refresh_from_db()
    assert (shipment.invoice_number, shipment.freight) == ("INV-7", 4800)
    assert at_dock.post(address("papers", shipment), {"freight": "much"}, headers=HTMX).status_code == 422


def test_units_and_costs_change_in_the_dialog(at_dock, dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1, codes=["A1"])
    fields = {"line": line.pk, "quantity": "3", "unit_cost": "8.71"}
    assert at_dock.post(address("line", shipment), fields, headers=HTMX).status_code == 200
    line.refresh_from_db()
    assert (line.quantity, line.unit_cost) == (3, 871)
    for bad in ({"quantity": "-1"}, {"quantity": "0"}, {"quantity": "x"}, {"unit_cost": "-3"}):
        assert at_dock.post(address("line", shipment), fields | bad, headers=HTMX).status_code == 422
    assert (
        at_dock.post(address("quantity", shipment), {"line": line.pk, "quantity": "0"}, headers=HTMX).status_code == 422
    )
    assert (
        at_dock.post(address("quantity", shipment), {"line": line.pk, "quantity": ""}, headers=HTMX).status_code == 422
    )
    assert at_dock.post(address("quantity", shipment), {"line": 0, "quantity": "2"}, headers=HTMX).status_code == 404


def test_a_red_line_is_refused_and_named(at_dock, dock, phone):
    shipment = dock.draft()
    dock.line(shipment, phone, 3, codes=["A1"])
    page = at_dock.get(shipment.get_absolute_url()).content.decode()
    assert "Line 1 still needs 2 serials" in page
    assert "Receive without" not in page
    answer = at_dock.post(address("receive", shipment), headers=HTMX)
    assert answer.status_code == 422
    assert "Pixel" in answer.content.decode()


def test_a_manager_receives_without_and_says_why(client, dock, phone):
    client.force_login(factories.StaffFactory(stores=[dock.store], role="Manager"))
    shipment = dock.draft()
    dock.line(shipment, phone, 2)
    assert "Receive without" in client.get(shipment.get_absolute_url()).content.decode()
    target = HTMX | {"HX-Target": "ask"}
    assert client.post(address("receive", shipment), {"reason": " "}, headers=target).status_code == 422
    assert client.post(address("receive", shipment), {"reason": "Sealed boxes"}, headers=target).status_code == 200
    assert "Sealed boxes" in client.get(shipment.get_absolute_url()).content.decode()


def test_too_much_asks_first(at_dock, dock):
    cable = factories.ProductFactory(name="Cable")
    shipment = dock.draft(orders=[dock.order((cable, 2, 300))])
    at_dock.post(address("quantity", shipment), {"line": shipment.lines.get().pk, "quantity": 3}, headers=HTMX)
    answer = at_dock.post(address("receive", shipment), headers=HTMX)
    assert answer.status_code == 422
    assert "Cable: 1 more than expected" in answer.content.decode()
    assert at_dock.post(address("receive", shipment), {"accepts_over": "1"}, headers=HTMX).status_code == 200
    shipment.refresh_from_db()
    assert shipment.is_received


def test_a_pasted_list_tells_every_code_apart(at_dock, dock, phone):
    dock.received(phone, 1, codes=["OLD"])
    open_till(store=dock.store).sell("OLD")
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    answer = at_dock.post(address("paste", shipment), {"line": line.pk, "codes": "N1\nN2\tn2,OLD"}, headers=HTMX)
    text = answer.content.decode()
    assert "4 codes read" in text
    order = [text.index(word) for word in ('code">OLD', 'code">n2', 'code">N2')]
    assert order == sorted(order)  # unsettled, duplicates, the rest
    assert "Receive it back" in text
    assert "Line 1 has 1 code to settle" in text
    at_dock.post(address("settle", shipment), {"line": line.pk, "code": "OLD"}, headers=HTMX)
    line.refresh_from_db()
    assert (line.quantity, line.attached) == (3, 3)
    at_dock.post(address("drop", shipment), {"line": line.pk, "code": "OLD"}, headers=HTMX)
    assert line.serial_links.count() == 2
    assert at_dock.post(address("paste", shipment), {"line": line.pk, "codes": " "}, headers=HTMX).status_code == 422


def test_markup_in_a_code_stays_text(at_dock, dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    code = "\"><script>alert('x')</script>&"
    text = at_dock.post(address("paste", shipment), {"line": line.pk, "codes": code}, headers=HTMX).content.decode()
    assert "<script>alert" not in text
    assert Serial.objects.get().number == code


def test_save_and_continue_takes_what_is_still_in_the_box(at_dock, dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    at_dock.post(address("save", shipment), {"line": line.pk, "codes": "N1"}, headers=HTMX)
    assert line.serial_links.count() == 1
    assert "is saved" in at_dock.post(address("save", shipment), {"line": line.pk}, headers=HTMX).content.decode()


def test_a_range_is_previewed_before_it_is_put_on_the_line(at_dock, dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    preview = at_dock.post(
        address("range", shipment), {"line": line.pk, "first": "AB098", "last": "AB101"}, headers=HTMX
    )
    assert "4 numbers" in preview.content.decode()
    assert not line.serial_links.exists()
    bad = {"line": line.pk, "first": "AB2", "last": "AB1"}
    assert at_dock.post(address("range", shipment), bad, headers=HTMX).status_code == 422


def upload(text, name="list.csv"):
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def test_a_file_with_products_fills_their_lines(at_dock, dock, phone):
    other = factories.ProductFactory(name="Console", sku="PS5", serial_tracking=SerialTracking.OPTIONAL)
    shipment = dock.draft()
    text = "SKU;Serial Number\nga05840;N1\nGA05840;N2\nPS5;C1\nNOPE;X1\n"
    answer = at_dock.post(address("file", shipment), {"file": upload(text), "announced": ""}, headers=HTMX)
    assert answer.status_code == 200
    assert "NOPE" in answer.content.decode()
    assert {(line.product, line.quantity, line.attached) for line in shipment.lines.all()} == {
        (phone, 2, 2),
        (other, 1, 1),
    }


def test_a_file_of_numbers_alone_needs_a_line(at_dock, dock, phone):
    shipment = dock.draft()
    assert at_dock.post(address("file", shipment), {"file": upload("N1\nN2\n")}, headers=HTMX).status_code == 422
    line = dock.line(shipment, phone, 1)
    fields = {"file": upload("N1\nN2\n"), "announced": "1", "line": line.pk}
    assert at_dock.post(address("file", shipment), fields, headers=HTMX).status_code == 200
    assert check_list(line).expected == 2
    assert not Serial.objects.exists()
    assert at_dock.post(address("file", shipment), {"file": upload("")}, headers=HTMX).status_code == 422


def test_the_vendors_list_is_kept_compared_and_thrown_away(at_dock, dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    at_dock.post(address("expected", shipment), {"line": line.pk, "codes": "E1\nE2"}, headers=HTMX)
    text = at_dock.post(address("scan", shipment), {"code": "E1", "line": line.pk}, headers=HTMX).content.decode()
    assert "1 arrived" in text
    assert "1 missing" in text
    at_dock.post(address("expected", shipment), {"line": line.pk, "forget": "1"}, headers=HTMX)
    assert check_list(line) is None
    assert at_dock.post(address("expected", shipment), {"line": line.pk, "codes": ""}, headers=HTMX).status_code == 422


def test_a_draft_is_given_up(at_dock, dock, phone):
    shipment = dock.draft()
    line = dock.line(shipment, phone, 1)
    at_dock.post(address("remove", shipment), {"line": line.pk}, headers=HTMX)
    assert not shipment.lines.exists()
    at_dock.post(address("cancel", shipment), headers=HTMX)
    shipment.refresh_from_db()
    assert shipment.status == "cancelled"
    closed = dock.received(phone, 1, codes=["A1"])
    own = {"line": closed.lines.get().pk}
    for name, fields in (
        ("expected", {"forget": "1"}),
        ("expected", {"codes": "E1"}),
        ("paste", {"codes": "E1"}),
        ("settle", {"code": "E1"}),
        ("drop", {"code": "A1"}),
        ("line", {"quantity": "2"}),
        ("quantity", {"quantity": "2"}),
        ("remove", {}),
        ("file", {"file": upload("E1\n")}),
        ("papers", {}),
    ):
        assert at_dock.post(address(name, closed), own | fields, headers=HTMX).status_code == 422, name
    assert "Cancelled" in at_dock.get(shipment.get_absolute_url()).content.decode()
    assert at_dock.post(address("cancel", shipment), headers=HTMX).status_code == 422
    assert at_dock.post(address("scan", shipment), {"code": "X1"}, headers=HTMX).status_code == 422


# --- Taking back ------------------------------------------------------------------------------------------------------


def test_a_shipment_is_taken_back_by_a_manager(client, dock, phone):
    client.force_login(factories.StaffFactory(stores=[dock.store], role="Manager"))
    shipment = dock.received(phone, 2, codes=["A1", "A2"])
    sale = open_till(store=dock.store).sell("A1")
    assert "1 has moved on" in client.get(address("take_back", shipment)).content.decode()
    assert client.post(address("take_back", shipment), {"reason": ""}, headers=HTMX).status_code == 422
    client.post(address("take_back", shipment), {"reason": "Wrong store", "what": "some"}, headers=HTMX)
    reversal = ShipmentReversal.objects.get()
    page = client.get(reversal.get_absolute_url()).content.decode()
    assert sale.number in page
    assert client.post(address("scan_back", reversal), {"code": "A1"}, headers=HTMX).status_code == 200
    assert reversal.lines.get().quantity == 0
    client.post(address("scan_back", reversal), {"code": "A2"}, headers=HTMX)
    line = reversal.lines.get()
    assert (line.quantity, line.attached) == (1, 1)
    assert (
        client.post(address("quantity_back", reversal), {"line": line.pk, "quantity": 0}, headers=HTMX).status_code
        == 422
    )
    assert client.post(address("post_back", reversal), headers=HTMX).headers["HX-Redirect"]
    assert factories.on_hand(phone, dock.store) == 0
    assert reversal.number in client.get(shipment.get_absolute_url()).content.decode()
    assert client.post(address("cancel_back", reversal), headers=HTMX).status_code == 422


def test_a_reversal_is_given_up(client, dock, phone):
    client.force_login(dock.staff)
    shipment = dock.received(phone, 1, codes=["A1"])
    reversal = start_reversal(shipment, staff=dock.staff, reason="Wrong")
    assert client.post(address("take_back", shipment), {"reason": "Again"}, headers=HTMX).status_code == 422
    assert client.post(address("cancel_back", reversal), headers=HTMX).status_code == 200
    assert factories.on_hand(phone, dock.store) == 1
