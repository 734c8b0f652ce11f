"""Purchasing in a real browser, by scanner and keyboard: a suggestion becomes an order that is sent and printed."""

import pytest
from playwright.sync_api import expect

from receiving.models import PurchaseOrder
from settings_app.models import SerialTracking
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def office(harbor, new_page, login):
    staff = factories.StaffFactory(role="Back Office", stores=[harbor])
    return login(new_page(), staff, store=harbor)


@pytest.fixture
def goods(harbor):
    """One product of each policy, each below its reorder point."""
    vendor = factories.VendorFactory(name="Northline")
    for tracking in SerialTracking:
        name = f"Drive {tracking.value}"
        product = factories.ProductFactory(name=name, sku=f"DRV-{tracking.value}", serial_tracking=tracking)
        factories.VendorProductFactory(product=product, vendor=vendor, cost=2_000)
        factories.ReorderPointFactory(product=product, store=harbor, point=5, up_to=12)


def test_a_suggested_order_is_made_sent_and_printed_by_keyboard(office, goods, scan, assert_accessible):
    """Beside the scans: one key to the suggestions, one for the draft, two for a quantity, one to send, one to print."""
    page = office
    page.goto("/receiving/orders/")
    assert_accessible(page)
    page.keyboard.press("Alt+o")
    expect(page.get_by_role("heading", name="Suggested orders")).to_be_visible()
    expect(page.locator(".suggested tbody tr")).to_have_count(4)
    assert_accessible(page)
    page.keyboard.press("F10")
    expect(page.get_by_role("heading", name="Purchase order PO-000001")).to_be_visible()
    expect(page.locator("#scan-code")).to_be_focused()
    assert_accessible(page)
    scan(page, "DRV-none")
    expect(page.locator("#say")).to_contain_text("Drive none, now 13.")
    scan(page, "no such thing")
    expect(page.locator("#say")).to_contain_text("Nothing is known")
    scan(page, "DRV-all")
    expect(page.locator("#say")).to_contain_text("now 13.")
    page.keyboard.press("F4")
    expect(page.get_by_label("Units")).to_be_focused()
    assert_accessible(page)
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(page.locator("#say")).to_contain_text("Drive all, now 20.")
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.press("F10")
    expect(page.get_by_text("PO-000001 is sent.")).to_be_visible()
    expect(page.get_by_text("57 to come")).to_be_visible()
    assert_accessible(page)
    order = PurchaseOrder.objects.get()
    assert order.status == PurchaseOrder.Status.SENT
    assert sorted(order.lines.values_list("quantity", flat=True)) == [12, 12, 13, 20]
    page.keyboard.press("F9")
    expect(page.get_by_role("button", name="Print")).to_be_focused()
    expect(page.get_by_text("$1,140.00")).to_be_visible()
    assert_accessible(page)
    page.goto(order.get_absolute_url())
    page.keyboard.press("F8")
    expect(page.get_by_label("Why?")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#ask")).not_to_be_visible()
    page.keyboard.press("F10")
    expect(page.get_by_role("heading", name="Vendor shipment VS-000001")).to_be_visible()


def test_labels_are_seen_and_made_by_keyboard(office, harbor, assert_accessible):
    """Copies are typed where the focus is, the picture follows, one key makes the PDF."""
    page = office
    product = factories.TrackedFactory(name="IronWolf", price=30_999)
    factories.BarcodeFactory(product=product, code="4006381333931")
    long = factories.unit(product, harbor, "SN-" + "0123456789ABC" * 3)
    page.goto(f"/labels/?product={product.pk}")
    expect(page.get_by_label("Copies of each")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("30")
    expect(page.locator("#labels-preview")).to_contain_text("30 labels, 2 sheets")
    expect(page.get_by_label("Copies of each")).to_be_focused()
    assert "copies=30" in page.url
    assert_accessible(page)
    with page.context.expect_event("response", lambda answer: "/labels/pdf/" in answer.url) as made:
        page.keyboard.press("F10")
    assert made.value.headers["content-type"] == "application/pdf"
    page.goto(f"/labels/?serial={long.pk}&format=roll-57x32")
    expect(page.get_by_role("alert")).to_contain_text("Roll, 152 × 102 mm")
    assert_accessible(page)
    page.get_by_role("link", name="Print QR codes").press("Enter")
    expect(page.locator(".label-svg")).to_be_visible()
