"""The pages of purchase orders: who sees them, what they say, and what they refuse."""

import pypdfium2
import pytest
import zxingcpp
from django.db import connection
from django.test.utils import CaptureQueriesContext

from receiving.models import PurchaseOrder, VendorShipment
from receiving.purchasing.operations import add_to_order, send_order, start_order
from tests import factories
from tests.purchasing.pages import LIST, SUGGESTED, state

pytestmark = pytest.mark.django_db
Status = PurchaseOrder.Status


def address(order, action=""):
    return f"{LIST}{order.pk}/{action}"


def post(client, order, action, **data):
    line = order.lines.first()
    return client.post(address(order, action), {"line": line.pk if line else ""} | data, HTTP_HX_REQUEST="true")


# --- Who ---------------------------------------------------------------------------------------------------------------

ACTIONS = ["scan/", "quantity/", "cost/", "remove/", "head/", "send/", "cancel/", "close/", "receive/"]


def test_another_stores_order_is_not_there(client, order):
    client.force_login(factories.StaffFactory(stores=[factories.StoreFactory()], role="Back Office"))
    for page in ("", "print/", "order.pdf"):
        assert client.get(address(order, page)).status_code == 404
    for action in ACTIONS:
        assert post(client, order, action).status_code == 404
    assert order.number not in client.get(LIST).content.decode()
    assert state(order) == (Status.DRAFT, [("IW-16", 2, 21_000)])


def test_cashiers_neither_see_nor_change_orders(client, order, harbor, drive):
    client.force_login(factories.StaffFactory(stores=[harbor], role="Senior Cashier"))
    for page in (
        LIST,
        SUGGESTED,
        f"{LIST}new/",
        address(order),
        address(order, "print/"),
        f"/products/{drive.pk}/purchasing/",
    ):
        assert client.get(page).status_code == 403, page
    for action in ACTIONS:
        assert post(client, order, action).status_code == 403, action
    assert client.post(SUGGESTED).status_code == 403
    assert state(order) == (Status.DRAFT, [("IW-16", 2, 21_000)])


def test_who_may_only_look_changes_nothing_and_sees_no_cost(client, order, harbor, drive):
    may = ["receiving.view_purchaseorder", "inventory.view_reorderpoint"]
    client.force_login(factories.StaffFactory(stores=[harbor], permissions=may))
    page = client.get(address(order)).content.decode()
    assert "Sending: other roles" in page
    for place in (address(order), LIST, address(order, "print/")):
        assert "210.00" not in client.get(place).content.decode()
    for action in ACTIONS:
        assert post(client, order, action, quantity=5, unit_cost="1").status_code == 403
    assert client.post(f"/products/{drive.pk}/purchasing/", {"offers": 0}).status_code == 403
    assert client.post(SUGGESTED).status_code == 403
    assert state(order) == (Status.DRAFT, [("IW-16", 2, 21_000)])


def test_who_changes_orders_without_seeing_costs_sets_none(client, order, harbor):
    may = ["receiving.view_purchaseorder", "receiving.change_purchaseorder"]
    client.force_login(factories.StaffFactory(stores=[harbor], permissions=may))
    assert post(client, order, "cost/", unit_cost="1.00").status_code == 403
    assert post(client, order, "quantity/", quantity=5).status_code == 200
    assert state(order) == (Status.DRAFT, [("IW-16", 5, 21_000)])


# --- Drafts -----------------------------------------------------------------------------------------------------------


def test_a_new_order_asks_for_its_vendor_and_store(client, office, harbor, northline):
    page = client.post(f"{LIST}new/", {"store": harbor.pk})
    assert page.status_code == 422
    assert not PurchaseOrder.objects.exists()
    elsewhere = factories.StoreFactory()
    assert client.post(f"{LIST}new/", {"vendor": northline.pk, "store": elsewhere.pk}).status_code == 422
    answer = client.post(f"{LIST}new/", {"vendor": northline.pk, "store": harbor.pk, "expected_on": "2026-12-24"})
    made = PurchaseOrder.objects.get()
    assert answer.url == made.get_absolute_url() == address(made)
    assert (made.vendor, made.staff, str(made.expected_on)) == (northline, office, "2026-12-24")


def test_lines_are_scanned_changed_and_removed(client, order, drive):
    factories.BarcodeFactory(product=drive, code="4006381333931")
    answer = post(client, order, "scan/", code="4006381333931")
    assert "IronWolf &lt;16 TB&gt;" in answer.content.decode()
    assert state(order)[1] == [("IW-16", 3, 21_000)]
    assert post(client, order, "quantity/", quantity=40).status_code == 200
    assert post(client, order, "cost/", unit_cost="199.50").status_code == 200
    assert state(order)[1] == [("IW-16", 40, 19_950)]
    assert "$7,980.00" in client.get(address(order)).content.decode()
    assert post(client, order, "remove/").status_code == 200
    assert state(order)[1] == []
    assert "Scan what is to be ordered first" in client.get(address(order)).content.decode()


@pytest.mark.parametrize(
    ("action", "data", "words"),
    [
        ("scan/", {"code": "no such thing"}, "Nothing is known"),
        ("quantity/", {"quantity": "-1"}, "greater than or equal to 0"),
        ("quantity/", {"quantity": "9999999"}, "less than or equal to"),
        ("cost/", {"unit_cost": "x"}, "is not an amount"),
        ("cost/", {"unit_cost": "-1"}, "below zero"),
        ("head/", {"vendor": ""}, "required"),
        ("cancel/", {"reason": ""}, "required"),
        ("close/", {"reason": "Why not"}, "nothing of it is awaited"),
    ],
)
def test_what_is_wrong_is_said_in_place_and_changes_nothing(client, order, action, data, words):
    answer = post(client, order, action, **data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert state(order) == (Status.DRAFT, [("IW-16", 2, 21_000)])


def test_words_offer_products_to_choose_from(client, order, drive):
    factories.ProductFactory(name="IronWolf Pro")
    answer = post(client, order, "scan/", code="ironwolf")
    assert answer.status_code == 200
    assert "2 products found" in answer.content.decode()
    assert post(client, order, "scan/", code="ironwolf", product=drive.pk).status_code == 200
    assert state(order)[1] == [("IW-16", 3, 21_000)]


def test_a_line_of_another_order_is_not_there(client, order, office, harbor, northline, drive):
    other = start_order(northline, harbor, staff=office)
    line = add_to_order(other, drive)
    for action in ("quantity/", "cost/", "remove/"):
        for pk in (line.pk, "x", "", 10**30):
            answer = client.post(address(order, action), {"line": pk, "quantity": 9, "unit_cost": 1})
            assert answer.status_code == 404
    assert state(other)[1] == [("IW-16", 1, 21_000)]


def test_state_never_changes_by_looking(client, order):
    for action in ("scan/", "remove/", "send/", "receive/"):
        assert client.get(address(order, action)).status_code == 405
    line = order.lines.get().pk
    for action in ("quantity/", "cost/", "head/", "cancel/", "close/"):
        client.get(address(order, action), {"line": line, "quantity": 9, "reason": "x", "unit_cost": 1})
    assert state(order) == (Status.DRAFT, [("IW-16", 2, 21_000)])


# --- Sent -------------------------------------------------------------------------------------------------------------


def test_an_order_is_sent_closed_and_says_so(client, order, office):
    assert post(client, order, "send/").headers["HX-Redirect"] == address(order)
    assert state(order)[0] == Status.SENT
    again = post(client, order, "send/")
    assert (again.status_code, b"already sent" in again.content) == (422, True)
    page = client.get(address(order)).content.decode()
    assert "Receive 2 units" in page
    assert "Sent to Northline" in page
    assert post(client, order, "scan/", code="IW-16").status_code == 422
    assert post(client, order, "close/", reason="Sold out there").status_code == 200
    assert state(order)[0] == Status.CLOSED
    page = client.get(address(order)).content.decode()
    assert "Sold out there" in page
    assert "2 given up" in page


def test_an_order_is_cancelled_with_a_reason(client, order):
    send_order(order, staff=None)
    assert "Cancel PO-" in client.get(address(order, "cancel/"), HTTP_HX_REQUEST="true").content.decode()
    assert post(client, order, "cancel/", reason="Too dear").status_code == 200
    assert state(order)[0] == Status.CANCELLED
    assert "Too dear" in client.get(address(order)).content.decode()


def test_receiving_begins_one_shipment_with_what_is_awaited(client, order, harbor):
    refused = post(client, order, "receive/")
    assert (refused.status_code, VendorShipment.objects.count()) == (422, 0)
    send_order(order, staff=None)
    for _twice in range(2):
        answer = client.post(address(order, "receive/"))
        shipment = VendorShipment.objects.get()
        assert answer.url == shipment.get_absolute_url()
    assert (shipment.store, shipment.vendor) == (harbor, order.vendor)
    assert [(line.expected, line.unit_cost) for line in shipment.lines.all()] == [(2, 21_000)]
    assert shipment.number in client.get(address(order)).content.decode()


# --- The list, the look-up, the paper ---------------------------------------------------------------------------------


def test_the_list_is_filtered_in_the_address(client, order, office, harbor, drive):
    other = start_order(factories.VendorFactory(name="Arkady"), harbor, staff=office)
    add_to_order(other, factories.ProductFactory(name="Cable", sku="CBL"))
    send_order(other, staff=office)

    def shown(query):
        return {row.number for row in client.get(f"{LIST}?{query}").context["page"]}

    assert shown("") == {order.number, other.number}
    assert shown("status=open") == {other.number}
    assert shown("status=draft") == shown(f"vendor={order.vendor_id}") == shown("q=iw-16") == {order.number}
    assert shown("q=arkady") == shown("q=cable") == {other.number}
    assert shown(f"store={harbor.pk}&status=cancelled") == set()
    assert shown("status=nonsense&vendor=x&page=99") == {order.number, other.number}
    assert client.get(f"{LIST}?q={order.number.lower()}").url == order.get_absolute_url()
    assert b"No order fits" in client.get(f"{LIST}?q=zzz").content


def test_the_look_up_finds_an_order_by_its_number(client, order, harbor):
    assert client.get("/serials/look-up/", {"q": order.number}).url == order.get_absolute_url()
    client.force_login(factories.StaffFactory(stores=[factories.StoreFactory()], role="Back Office"))
    assert client.get("/serials/look-up/", {"q": order.number}).status_code == 200


@pytest.mark.once
def test_lists_take_the_same_queries_for_two_orders_and_for_twenty(client, order, office, harbor, drive):
    def fill(count):
        for _ in range(count):
            one = start_order(factories.VendorFactory(), harbor, staff=office)
            add_to_order(one, drive)
            add_to_order(one, factories.ProductFactory())

    fill(1)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    fill(18)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(few) == len(many)
    with CaptureQueriesContext(connection) as short:
        client.get(address(order))
    for _ in range(20):
        add_to_order(order, factories.ProductFactory())
    with CaptureQueriesContext(connection) as long:
        client.get(address(order))
    assert len(short) == len(long)


@pytest.mark.parametrize("size", ["a4", "letter"])
def test_the_order_on_paper(client, order, drive, northline, size):
    factories.VendorProductFactory(product=drive, vendor=northline, item_number="NL-900", cost=None)
    for at in range(60):
        add_to_order(order, factories.ProductFactory(name=f"A cable with a rather long name, number {at} " * 3))
    send_order(order, staff=None)
    answer = client.get(address(order, "order.pdf"), {"size": size})
    document = pypdfium2.PdfDocument(answer.content)
    texts = [page.get_textpage().get_text_range() for page in document]
    assert len(texts) > 1
    for words in (
        order.number,
        "Northline",
        "14 Quay Street",
        "FL-77",
        "Net 30",
        "NL-900",
        "IronWolf <16 TB>",
        "420.00",
    ):
        assert words in texts[0], words
    assert "number 59" in texts[-1]
    assert round(document[0].get_width()) == {"a4": 595, "letter": 612}[size]
    [code] = zxingcpp.read_barcodes(document[0].render(scale=150 / 72).to_pil())
    assert code.text == order.number
    page = client.get(address(order, "print/")).content.decode()
    for words in (order.number, "NL-900", "IronWolf &lt;16 TB&gt;", "$420.00"):
        assert words in page, words


def test_a_draft_says_on_paper_that_it_is_one(client, order):
    assert "Draft" in client.get(address(order, "print/")).content.decode()
    document = pypdfium2.PdfDocument(client.get(address(order, "order.pdf"), {"size": "napkin"}).content)
    assert "DRAFT" in document[0].get_textpage().get_text_range()
