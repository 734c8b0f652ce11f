"""Transfers in a real browser, by scanner and keyboard: asked for at one store, sent at the other, unpacked and decided."""

import pytest
from playwright.sync_api import expect

from inventory.models import Product
from microbiz.laws import check_laws
from serials.models import Serial
from settings_app.models import SerialTracking
from tests import factories
from tests.browser.desk import Desk
from transfers.models import Transfer
from transfers.operations import add_product, add_unit, request_transfer, send_transfer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stores():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Warehouse"), factories.StoreFactory(name="Harbor")


@pytest.fixture
def goods(stores):
    """One product of each policy at Warehouse."""
    warehouse = stores[0]
    for tracking in SerialTracking:
        product = factories.ProductFactory(
            name=f"Drive {tracking.value}", sku=f"DRV-{tracking.value}", serial_tracking=tracking
        )
        if tracking == SerialTracking.NONE:
            factories.stock(product, warehouse, 9)
        else:
            factories.units(product, warehouse, *(f"{tracking.value[:2].upper()}-70{at}" for at in range(1, 5)))


@pytest.fixture
def desk_at(new_page, login):
    def sit_down(role, store, **context):
        staff = factories.StaffFactory(role=role, stores=[store])
        return Desk(login(new_page(**context), staff, store=store))

    return sit_down


def test_request_send_and_receive_by_keyboard(stores, goods, desk_at, assert_accessible):
    """All four policies, the same pop-up, a missing and an unexpected unit."""
    warehouse, harbor = stores
    # A cashier at Harbor asks for units: 2 keys beside the scans.
    desk = desk_at("Junior Cashier", harbor)
    desk.page.goto("/transfers/")
    assert_accessible(desk.page)
    desk.press("Alt+n")
    expect(desk.page.get_by_role("heading", name="Request a transfer")).to_be_visible()
    expect(desk.page.get_by_label("From")).to_have_value(str(warehouse.pk))
    desk.press("F10")
    expect(desk.page.locator("#scan-code")).to_be_focused()
    desk.scan(
        "AL-701", "AL-702", "SA-701", "DRV-optional", "DRV-optional", "DRV-none", "DRV-none", "DRV-none", "DRV-all"
    )
    desk.said("Drive all added. Scan its serial number.")
    assert desk.pressed == 2
    for line, colour in enumerate(["red", "green", "gray"]):
        desk.circle(line, colour)
    expect(desk.page.get_by_text("Line 1 needs its serial numbers to be sent")).to_be_visible()
    assert_accessible(desk.page)
    # Warehouse attaches the last one in the pop-up and sends: F2, its Save, F10.
    sender = desk_at("Senior Cashier", warehouse)
    sender.page.goto(Transfer.objects.get().get_absolute_url())
    expect(sender.page.locator("#scan-code")).to_be_focused()
    sender.press("ArrowUp", "ArrowUp", "ArrowUp", "F2")
    expect(sender.page.locator("#pop-scan")).to_be_focused()
    sender.scan("AL-703")
    expect(sender.page.locator("#pop-rows .vrow")).to_have_count(3)
    sender.press("Alt+s")
    sender.circle(0, "green")
    sender.press("F10")
    expect(sender.page.get_by_text("9 units sent to Harbor.")).to_be_visible()
    assert sender.pressed == 6
    # Harbor unpacks: one unit is missing, one that was not sent lies in the box. No key beside the scans and the counts.
    desk = desk_at("Manager", harbor)
    desk.page.goto("/transfers/?q=ST-000001")
    expect(desk.page.locator("#scan-code")).to_be_focused()
    assert_accessible(desk.page)
    desk.scan("AL-701", "AL-702", "AL-704", "SA-701", "DRV-optional", "DRV-optional", *["DRV-none"] * 3)
    desk.said("Drive none, now 3 of 3.")
    expect(desk.page.locator("[data-sum]")).to_have_text("9 out = 8 in + 1 still in transit")
    expect(desk.page.get_by_text("2 units still need a decision")).to_be_visible()
    assert_accessible(desk.page)
    # The first two decisions have their keys; then the receipt: 3 keys.
    expect(desk.page.locator("[data-key='F6']")).to_contain_text("Receive at Harbor")
    desk.press("F6")
    desk.said("AL-704: wrong unit sent, received.")
    expect(desk.page.locator("[data-key='F6']")).to_contain_text("Back at Warehouse")
    desk.press("F6")
    desk.said("AL-703: found back at the sender.")
    expect(desk.page.locator("[data-sum]")).to_have_text("10 out = 9 in + 1 back + 0 still in transit")
    desk.press("F10")
    expect(desk.page.get_by_text("9 units received at Harbor.")).to_be_visible()
    assert desk.pressed == 3
    assert_accessible(desk.page)
    assert Transfer.objects.get().status == "received"
    assert {unit.number for unit in Serial.objects.in_stock(harbor)} == {"AL-701", "AL-702", "AL-704", "SA-701"}
    check_laws()


def test_what_stays_or_is_lost_and_another_person_goes_on(stores, goods, desk_at, assert_accessible):
    """Undo of a scan and of a decision, a loss with its reason, a count typed by hand, and the rest another day."""
    warehouse, harbor = stores
    desk = desk_at("Manager", harbor)
    staff = factories.AdminFactory()
    factories.stock(factories.ProductFactory(sku="CBL", name="Cable"), warehouse, 9)
    transfer = _sent(warehouse, harbor, staff, ["AL-701", "AL-702", "SA-701"], "CBL")
    desk.page.goto(transfer.get_absolute_url())
    desk.scan("AL-701", "SA-701")
    desk.said("SA-701 arrived")
    desk.press("Delete")
    desk.said("SA-701 is taken off again.")
    desk.page.get_by_label("Units of Cable that came without a serial number").fill("2")
    desk.press("Tab")
    expect(desk.page.locator("[data-sum]")).to_have_text("7 out = 3 in + 4 still in transit")
    desk.page.get_by_role("button", name="Save & Continue").click()
    desk.said("Saved. Anybody at Harbor can go on from here.")
    # The next person finds it as it was.
    other = desk_at("Manager", harbor)
    other.page.goto(transfer.get_absolute_url())
    expect(other.page.locator("[data-sum]")).to_have_text("7 out = 3 in + 4 still in transit")
    row = other.page.locator(".vrow", has_text="AL-702")
    row.get_by_role("button", name="Lost").click()
    expect(other.page.get_by_label("Reason")).to_be_focused()
    other.press("Enter")
    expect(other.page.locator("#ask").get_by_text("Say why AL-702 is written off.")).to_be_visible()
    assert_accessible(other.page)
    other.page.get_by_label("Reason").fill("Box was open")
    other.press("Enter")
    other.said("AL-702: lost.")
    other.page.get_by_role("button", name="Undo AL-702").click()
    other.said("AL-702 is to be decided on again.")
    for unit in ("AL-702", "SA-701"):
        other.page.locator(".vrow", has_text=unit).get_by_role("button", name="Still in transit").click()
        other.said(f"{unit}: still in transit.")
    other.page.locator(".vrow", has_text="2 × Cable").get_by_role("button", name="Still in transit").click()
    other.page.get_by_role("button", name="Decide").click()
    other.said("2 × Cable: still in transit.")
    other.press("F10")
    expect(other.page.get_by_text("3 units received at Harbor. The rest stays in transit.")).to_be_visible()
    other.page.get_by_role("link", name="Missing").click()
    expect(other.page.locator("#lines-body tr[data-line]")).to_have_count(2)
    other.press("Alt+a")
    other.said("4 units marked as arrived.")
    other.press("F10")
    expect(other.page.get_by_text("4 units received at Harbor.")).to_be_visible()
    assert factories.on_hand(transfer.lines.get(product__sku="CBL").product, harbor) == 4
    check_laws()


def _sent(warehouse, harbor, staff, numbers, sku):
    transfer = request_transfer(warehouse, harbor, staff=staff)
    for number in numbers:
        add_unit(transfer, Serial.objects.select_related("product").get(number=number), staff=staff)
    add_product(transfer, Product.objects.get(sku=sku), quantity=4, staff=staff)
    return send_transfer(transfer, staff=staff)
