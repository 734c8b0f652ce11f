"""The pages that say what is to be ordered: suggestions, the Purchasing tab, and what is on order."""

import pytest

from inventory.supply.operations import supply_seen
from receiving.models import PurchaseOrder
from receiving.purchasing.operations import change_order_line, send_order
from tests import factories
from tests.purchasing.pages import LIST, SUGGESTED, state

pytestmark = pytest.mark.django_db
Status = PurchaseOrder.Status


@pytest.fixture
def short(drive, harbor, northline):
    factories.stock(drive, harbor, 2)
    factories.ReorderPointFactory(product=drive, store=harbor, point=5, up_to=12)
    factories.VendorProductFactory(product=drive, vendor=northline, cost=19_900)
    return drive


def test_suggestions_are_ticked_and_become_a_draft(client, short, office, harbor, northline):
    page = client.get(SUGGESTED)
    [suggestion] = page.context["form"].suggestions
    key = suggestion.key
    sent = {f"take_{key}": "on", f"units_{key}": "7", f"vendor_{key}": northline.pk}
    answer = client.post(SUGGESTED, sent)
    made = PurchaseOrder.objects.get()
    assert answer.url == made.get_absolute_url()
    assert state(made) == (Status.DRAFT, [("IW-16", 7, 19_900)])
    assert client.get(f"{SUGGESTED}?store={harbor.pk}").context["form"].suggestions == []
    client.post(SUGGESTED, sent)
    assert PurchaseOrder.objects.count() == 1


def test_suggestions_of_two_vendors_lead_to_the_list_of_drafts(client, short, office, harbor, northline):
    other = factories.VendorProductFactory(product=factories.ReorderPointFactory(store=harbor).product)
    sent = {}
    for one in client.get(SUGGESTED).context["form"].suggestions:
        sent |= {f"take_{one.key}": "on", f"units_{one.key}": 3, f"vendor_{one.key}": one.offer.vendor_id}
    assert client.post(SUGGESTED, sent).url == f"{LIST}?status=draft"
    assert set(PurchaseOrder.objects.values_list("vendor", flat=True)) == {northline.pk, other.vendor_id}


def test_a_suggestion_without_a_vendor_asks_for_one(client, office, harbor):
    product = factories.ReorderPointFactory(store=harbor).product
    key = f"{harbor.pk}-{product.pk}"
    answer = client.post(SUGGESTED, {f"take_{key}": "on", f"units_{key}": "7"})
    assert answer.status_code == 422
    assert b"Choose from whom." in answer.content
    assert client.post(SUGGESTED, {f"take_{key}": "on", f"units_{key}": "x"}).status_code == 422
    client.post(SUGGESTED, {})
    assert not PurchaseOrder.objects.exists()
    assert "Tick what is to be ordered." in client.get(SUGGESTED).content.decode()


def test_the_purchasing_tab_saves_points_and_vendors(client, office, harbor, drive, northline):
    page = client.get(f"/products/{drive.pk}/purchasing/")
    assert page.status_code == 200
    assert "Purchasing" in client.get(drive.get_absolute_url()).content.decode()
    sent = {
        f"store{harbor.pk}-point": "5",
        f"store{harbor.pk}-up_to": "12",
        "offers": "2",
        "seen": page.context["seen"],
        "offer0-vendor": northline.pk,
        "offer0-item_number": "NL-900",
        "offer0-cost": "199.00",
        "preferred": "0",
    }
    assert client.post(f"/products/{drive.pk}/purchasing/", sent).status_code == 302
    late = client.post(f"/products/{drive.pk}/purchasing/", {"offers": "0", "seen": page.context["seen"]})
    assert (late.status_code, b"Somebody saved IronWolf" in late.content) == (422, True)
    assert list(drive.reorder_points.values_list("store", "point", "up_to")) == [(harbor.pk, 5, 12)]
    offer = drive.offers.get()
    assert (offer.vendor, offer.item_number, offer.cost, offer.is_preferred) == (northline, "NL-900", 19_900, True)
    assert "12 to order" in client.get(f"/products/{drive.pk}/purchasing/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"point": "9", "up_to": "5"}, "order up to at least 9"),
        ({"point": "9"}, "Both figures, or neither."),
        ({"point": "x", "up_to": "5"}, "whole number"),
        ({"offer0-item_number": "NL-900"}, "Choose the vendor of this row."),
        ({"offer0-cost": "dear", "offers": "1"}, "is not an amount"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_the_entries(client, office, harbor, drive, wrong, words):
    sent = {f"store{harbor.pk}-{name}" if name in ("point", "up_to") else name: value for name, value in wrong.items()}
    answer = client.post(f"/products/{drive.pk}/purchasing/", {"offers": "2", "seen": supply_seen(drive)} | sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    for value in wrong.values():
        assert value in answer.content.decode()
    assert not drive.reorder_points.exists()
    assert not drive.offers.exists()


def test_the_stock_tab_says_what_is_on_order(client, order, drive, office):
    stock = f"/products/{drive.pk}/stock/"
    assert "2 on order" not in client.get(stock).content.decode()
    change_order_line(order.lines.get(), quantity=2)
    send_order(order, staff=office)
    assert "2 on order" in client.get(stock).content.decode()
