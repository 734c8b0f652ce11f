"""Receiving in a real browser, by scanner and keyboard: scanned, pasted, in the pop-up, received, taken back."""

import pytest
from playwright.sync_api import expect

from microbiz.laws import check_laws
from receiving.models import ShipmentReversal, VendorShipment
from receiving.operations import start_shipment
from serials.models import Serial
from settings_app.models import SerialTracking
from tests import factories
from tests.browser.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)
PASTE = """([box, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


class Dock(Desk):
    """A browser window at the dock."""

    def paste(self, text):
        """As Ctrl+V into the field that has the focus."""
        self.page.evaluate(PASTE, [self.page.evaluate_handle("document.activeElement"), text])


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def goods(harbor):
    """One product of each policy."""
    return [
        factories.ProductFactory(name=f"Drive {one.value}", sku=f"DRV-{one.value}", serial_tracking=one, cost=2_000)
        for one in SerialTracking
    ]


@pytest.fixture
def staff(harbor):
    return factories.StaffFactory(role="Manager", stores=[harbor])


@pytest.fixture
def desk(new_page, login, harbor, staff):
    return Dock(login(new_page(), staff, store=harbor))


@pytest.fixture
def draft(harbor, staff):
    return start_shipment(factories.VendorFactory(name="Northline"), harbor, staff=staff)


def test_three_serials_are_four_scans_and_one_key(desk, draft, goods):
    """The budget of the dock. The key waits for the scans before it."""
    desk.page.goto(draft.get_absolute_url())
    desk.scan("DRV-all", "SN-1", "SN-2", "SN-3")
    desk.press("F10")
    expect(desk.page.get_by_text("3 units are now in stock at Harbor")).to_be_visible()
    assert desk.pressed == 1
    assert Serial.objects.in_stock(draft.store).count() == 3
    check_laws()


def test_five_hundred_from_a_list_are_a_paste_a_look_and_one_key(desk, draft, goods, assert_accessible):
    """Two of them are repeats; the rest is attached, and the panel says so before the key is pressed."""
    desk.page.goto(draft.get_absolute_url())
    desk.scan("DRV-all")
    desk.said("Drive all added")
    desk.paste("\n".join([*(f"SN-{at:04d}" for at in range(500)), "sn-0007", "SN-0008"]))
    desk.said("502 codes read: 500 attached. 2 duplicates.")
    expect(desk.page.locator("#side")).to_contain_text("500 attached")
    expect(desk.page.locator("#side .vrow").first).to_contain_text("sn-0007")
    desk.circle(0, "green")
    assert_accessible(desk.page)
    desk.press("F10")
    expect(desk.page.get_by_text("500 units are now in stock at Harbor")).to_be_visible()
    assert desk.pressed == 1
    assert Serial.objects.in_stock(draft.store).count() == 500


def test_a_shipment_of_all_policies_from_nothing_to_taken_back(desk, goods, harbor, assert_accessible):
    """New from its vendor, the same pop-up for every policy, a code to settle, received, and one unit back."""
    factories.VendorFactory(name="Northline")
    page = desk.page
    page.goto("/receiving/")
    assert_accessible(page)
    desk.press("Alt+n")
    page.get_by_label("Vendor").select_option(label="Northline")
    assert_accessible(page)
    desk.press("F10")
    expect(page.get_by_role("heading", name="Vendor shipment VS-000001")).to_be_visible()
    assert_accessible(page)
    desk.scan("DRV-none", "DRV-none", "DRV-optional", "DRV-sales", "DRV-all")
    desk.said("Drive all added")
    desk.circle(1, "gray")
    desk.circle(2, "gray")
    desk.circle(3, "red")
    expect(page.locator("#why")).to_contain_text("Line 4 still needs 1 serial")
    # The pop-up, for the line that is selected; the panel follows the arrow keys.
    for line, number in ((3, "AL-1"), (2, "SA-1"), (1, "OP-1")):
        desk.press("F2")
        expect(page.locator("#pop-scan")).to_be_focused()
        desk.scan(number)
        expect(page.locator("#pop-rows .vrow")).to_have_count(1)
        if line == 3:
            assert_accessible(page)
        desk.press("Alt+s")
        desk.circle(line, "green")
        expect(page.locator("#scan-code")).to_be_focused()
        expect(page.locator("#side")).to_contain_text(number)
        desk.press("ArrowUp")
    expect(page.locator("#side")).to_contain_text("No serial numbers")
    # A phone's number with a wrong check digit waits, and keeps the shipment waiting.
    desk.press("ArrowDown", "ArrowDown", "ArrowDown")
    expect(page.locator("#side")).to_contain_text("AL-1")
    desk.scan("354987610245038")
    expect(page.locator("#side")).to_contain_text("Wrong check digit")
    expect(page.get_by_role("button", name="Receive 5 units")).to_have_attribute("aria-disabled", "true")
    assert_accessible(page)
    page.get_by_role("button", name="Remove 354987610245038").click()
    desk.said("is off the line")
    desk.press("F9")
    desk.said("is saved")
    desk.press("F10")
    expect(page.get_by_text("5 units are now in stock at Harbor")).to_be_visible()
    assert_accessible(page)
    # One unit goes back.
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_label("Reason")).to_be_focused()
    assert_accessible(page)
    page.keyboard.type("Bent in its box")
    page.get_by_label("Some of it").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Reversal VR-000001")).to_be_visible()
    expect(page.locator("#scan-code")).to_be_focused()
    assert_accessible(page)
    desk.scan("AL-1")
    desk.said("AL-1 is on Drive all")
    page.keyboard.press("F10")
    expect(page.get_by_text("1 unit is taken back")).to_be_visible()
    assert ShipmentReversal.objects.get().status == "posted"
    assert VendorShipment.objects.get().is_received
    assert Serial.objects.in_stock(harbor).count() == 2
    check_laws()
