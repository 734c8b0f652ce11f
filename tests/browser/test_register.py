"""The register in a real browser, by scanner and keyboard: the budget of keys, every colour of the circle, paying."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from register.models import Sale
from serials.models import Serial
from serials.policy import State
from settings_app.models import SerialTracking
from tests.browser.till import at_till as at_till  # fixtures
from tests.browser.till import harbor as harbor
from tests.browser.till import sold_elsewhere
from tests.browser.till import staff as staff
from tests.factories import (
    BarcodeFactory,
    CustomerFactory,
    ProductFactory,
    TrackedFactory,
    on_hand,
    stock,
    units,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_unit_three_units_and_a_return_keep_the_budget_of_keys(at_till, harbor):
    drive = TrackedFactory(name="IronWolf Pro 16 TB", price=30_999)
    barcode = BarcodeFactory(product=drive).code
    units(drive, harbor, "ZL2B7K4M", "ZL2B7KQ9", "ZL2B7K03", "ZL2B7K11")
    till = at_till()

    till.scan(barcode, "ZL2B7K4M")  # sell one: product, serial, pay, confirm
    till.pays()
    expect(till.page.locator("#amount")).to_have_value("309.99")
    till.press("Enter")
    one = till.completed()
    assert till.pressed == 2
    assert [serial.number for serial in one.lines.get().serials] == ["ZL2B7K4M"]

    till.pressed = 0
    till.scan(barcode, "ZL2B7KQ9", "ZL2B7K03", "ZL2B7K11")  # three units, the next sale begun by the scan itself
    till.said("now 3 of 3")
    till.circle(0, "green", "Serial number attached, 3 of 3 attached")
    till.pays()
    till.press("Enter")
    expect(till.page.locator("#stage h1")).to_contain_text("is complete")
    assert till.pressed == 2
    assert Sale.objects.completed().count() == 2
    assert on_hand(drive, harbor) == 0

    till.pressed = 0
    till.scan("ZL2B7K4M")  # its receipt opens, with the unit chosen
    expect(till.page.get_by_role("heading", name=f"Return from {one.number}")).to_be_visible()
    till.press("F10")
    expect(till.page.locator("#amount")).to_be_focused()
    till.press("Enter")
    expect(till.page.locator("#stage h1")).to_contain_text("is complete")
    assert till.pressed == 2
    assert Serial.objects.get(number="ZL2B7K4M").state == State.IN_STOCK
    till.begins_anew()
    expect(till.box).to_be_focused()


def test_the_circle_shows_the_policy_and_the_quantity(at_till, harbor):
    products = {
        tracking: stock(ProductFactory(name=tracking, serial_tracking=tracking), harbor, 5)
        for tracking in (SerialTracking.NONE, SerialTracking.OPTIONAL, SerialTracking.SALES, SerialTracking.ALL)
    }
    units(products[SerialTracking.SALES], harbor, "S-1", "S-2")
    units(products[SerialTracking.ALL], harbor, "A-1")
    till = at_till()
    till.scan(*(product.sku for product in products.values()))
    expect(till.lines).to_have_count(4)
    expect(till.lines.nth(0).locator("[data-serial-status]")).to_have_count(0)
    till.circle(1, "gray", "Serial number optional")
    till.circle(2, "red", "Serial number required")
    till.circle(3, "red", "Serial number required")
    expect(till.page.get_by_text("Lines 3, 4 need serials to pay")).to_be_visible()
    expect(till.page.get_by_role("button", name="Pay")).to_have_attribute("aria-disabled", "true")
    till.scan("S-1", "A-1")
    till.circle(2, "green", "Serial number attached")
    till.circle(3, "green", "Serial number attached")

    till.page.keyboard.press("ArrowUp")  # the line of S-1: two units of it
    expect(till.lines.nth(2)).to_have_attribute("aria-current", "true")
    till.page.keyboard.press("F4")
    expect(till.page.get_by_label("Units")).to_be_focused()
    till.page.keyboard.type("2")
    till.page.keyboard.press("Enter")
    till.circle(2, "red", "Serial number required, 1 of 2 attached")
    expect(till.lines.nth(2).locator("[data-serial-status]")).to_contain_text("1/2")
    expect(till.page.get_by_text("Line 3 needs 1 more serial to pay")).to_be_visible()
    till.scan("S-2")
    till.circle(2, "green", "Serial number attached, 2 of 2 attached")

    till.page.keyboard.press("F4")  # fewer units than serials: which one leaves?
    expect(till.page.get_by_label("Units")).to_be_focused()
    till.page.keyboard.type("1")
    till.page.keyboard.press("Enter")
    till.page.get_by_text("1 serial number has to leave this line").wait_for()
    till.page.locator("#ask label", has_text="S-1").click()
    till.page.locator("#ask").get_by_role("button", name="Change").click()
    till.circle(2, "green", "Serial number attached")
    expect(till.lines.nth(2).locator(".sn")).to_have_text(["S-2"])
    expect(till.box).to_be_focused()


def test_the_pop_up_opens_by_key_saves_and_gives_the_scan_box_back(at_till, harbor):
    drive = TrackedFactory(name="IronWolf")
    units(drive, harbor, "A-1", "A-2")
    stock(drive, harbor, 1)
    till = at_till()
    till.scan(drive.sku)
    till.said("Scan its serial number")
    till.scan("NEW-7")  # not on record: the next step is offered, nothing is created
    till.said("Add New")
    assert not Serial.objects.filter(number="NEW-7").exists()
    till.page.keyboard.press("F2")
    expect(till.page.locator("#pop-scan")).to_be_focused()
    till.scan("A-2")  # the last missing one: it saves itself
    expect(till.page.locator("#popup")).to_be_hidden()
    till.circle(0, "green", "Serial number attached")
    expect(till.box).to_be_focused()
    till.pays()


def test_hold_and_recall_keep_the_serials_and_the_customer_is_added_without_leaving(at_till, harbor):
    drive = TrackedFactory(name="IronWolf")
    units(drive, harbor, "A-1")
    till = at_till()
    till.scan("A-1")
    till.press("F3")
    expect(till.page.get_by_label("Find a customer")).to_be_focused()
    till.page.keyboard.type("Ada Field", delay=20)
    till.page.get_by_text("Nobody is called").wait_for()
    till.press("F2")
    expect(till.page.get_by_label("Name")).to_have_value("Ada Field")
    till.press("Enter")
    expect(till.page.locator("#customer")).to_contain_text("Ada Field")
    till.press("F9")
    till.said("is on hold")
    expect(till.lines).to_have_count(0)
    till.press("Shift+F9")
    row = till.page.locator("#ask .held-row")
    expect(row).to_contain_text("Ada Field")
    expect(row).to_contain_text("1 serial")
    expect(row).to_be_focused()
    till.press("Enter")
    till.said("is back")
    till.circle(0, "green", "Serial number attached")
    expect(till.lines.locator(".sn")).to_have_text(["A-1"])
    expect(till.box).to_be_focused()


def test_two_registers_and_one_serial(at_till, harbor):
    drive = TrackedFactory(name="IronWolf")
    units(drive, harbor, "A-1", "A-2")
    first, second = at_till("Till 1"), at_till("Till 2")
    first.scan("A-1")
    first.said("A-1 is on IronWolf")
    second.scan("A-2")
    second.said("A-2 is on IronWolf")
    second.scan("A-1")
    second.said("Held by")
    second.said("Till 1")
    second.said("Cora Cash")
    expect(second.lines).to_have_count(1)  # the loser keeps its cart
    first.pays()
    first.press("Enter")
    receipt = first.completed()
    second.scan("A-1")  # now it is a sold unit: its receipt opens
    expect(second.page.get_by_role("heading", name=f"Return from {receipt.number}")).to_be_visible()
    second.press("Escape")
    expect(second.page.get_by_role("button", name="Pay")).to_be_visible()
    second.pays()


def test_card_and_cash_split_a_payment_and_the_change_is_right(at_till, harbor):
    stock(ProductFactory(sku="CAM", price=408_963), harbor, 1)
    till = at_till()
    till.scan("CAM")
    till.pays()
    till.press("F3")  # card
    till.page.keyboard.type("3600")
    expect(till.page.locator("[data-pay-words]")).to_have_text("Take it, then the rest")
    till.press("Tab")
    till.page.keyboard.type("083114")
    till.press("Enter")
    expect(till.page.get_by_text("489.63 left")).to_be_visible()
    expect(till.page.locator("#amount")).to_be_focused()
    till.press("Escape")  # back to the lines and again: the card payment is kept
    expect(till.box).to_be_focused()
    till.pays()
    till.page.get_by_role("button", name="500", exact=True).click()
    expect(till.page.locator("[data-change]")).to_have_text("$10.37")
    expect(till.page.locator("[data-change-pieces]")).to_have_text("1 × $10, 1 × 25¢, 1 × 10¢, 2 × 1¢")
    begun = []
    till.page.on(
        "request",
        lambda request: request.method == "GET" and request.url.endswith("/register/") and begun.append(request),
    )
    till.page.clock.install()
    till.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    # Twice: it counts once, and if the answer came between the two, the change is still there to read.
    till.press("Enter", "Enter")
    sale = till.completed()
    till.press("Enter")
    assert sorted(sale.payments.values_list("amount", flat=True)) == [48_963, 360_000]
    assert sale.change == 1_037
    expect(till.page.locator("#paper")).to_contain_text("083114")
    assert not begun
    till.page.clock.run_for(500)
    till.begins_anew()


def test_a_second_enter_takes_no_money_that_nobody_meant(at_till, harbor):
    stock(ProductFactory(sku="CAM", price=40_00), harbor, 1)
    till = at_till()
    till.page.set_viewport_size({"width": 390, "height": 844})
    till.scan("CAM")
    till.pays()
    till.page.clock.install()
    till.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    till.page.keyboard.type("15")
    till.press("Enter")
    left = till.page.get_by_text("25.00 left")
    expect(left).to_be_visible()
    till.press("Enter")  # pressed twice, and the answer came between the two
    till.page.keyboard.type("9000")
    till.press("Enter")  # another key was pressed: this one is meant, and refused
    refusal = "9,000.00 in cash cannot be right for 25.00. Type what was handed over."  # not 259,000: typing replaces
    expect(till.page.locator(".tender-error")).to_have_text(refusal)
    expect(till.page.locator(".tender-error")).to_be_in_viewport()
    till.press("Enter")
    expect(left).to_be_visible()
    assert not Sale.objects.completed().exists()
    till.page.clock.run_for(500)
    till.press("Enter")
    sale = till.completed()
    assert sorted(sale.payments.values_list("amount", flat=True)) == [15_00, 25_00]
    expect(till.page.locator(".change output")).to_be_in_viewport(ratio=1)


def test_the_keyboard_alone_finds_prices_discounts_voids_and_closes(at_till, harbor):
    stock(ProductFactory(name="Blue lens cap", sku="CAP", price=1_000), harbor, 5)
    stock(ProductFactory(name="Blue lens hood", sku="HOOD", price=None), harbor, 5)
    CustomerFactory(name="Lakeside Photo Club")
    till = at_till()
    till.page.keyboard.type("blue lens", delay=60)
    expect(till.page.locator("#results [data-found]")).to_have_count(2)
    till.press("ArrowDown", "Enter")  # the hood, which has no price
    till.gives_price("25.00")
    expect(till.lines).to_have_count(1)
    till.scan("CAP")
    expect(till.lines).to_have_count(2)
    till.press("F6")
    expect(till.page.get_by_label("Discount", exact=True)).to_be_focused()
    till.page.keyboard.type("10%")
    till.press("Tab")
    till.page.keyboard.type("Regular")
    till.press("Enter")
    expect(till.page.locator("#totals output")).to_have_text("$34.00")
    till.press("?")
    expect(till.page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    till.press("Escape", "ArrowUp", "Delete")
    expect(till.lines).to_have_count(1)
    expect(till.page.locator("#totals output")).to_have_text("$9.00")
    till.pays()
    till.press("Enter")
    till.completed()
    till.scan("nothing at all like this")
    till.said("Nothing is known")
    till.scan("CAP")
    expect(till.lines).to_have_count(1)
    till.press("Shift+Delete")
    expect(till.page.get_by_label("Reason, kept with the sale")).to_be_focused()
    till.page.keyboard.type("Customer left")
    till.press("Enter")
    till.said("is voided")

    till.press("Shift+F4")  # the drawer, then close: 200.00 and 9.00, counted 10 short
    till.page.get_by_role("link", name="Count and close").click()
    expect(till.page.locator("#piece-10000")).to_be_focused()
    till.page.keyboard.type("1")
    till.press("Enter")
    till.page.keyboard.type("1")
    till.press("Enter")
    till.page.keyboard.type("2")
    till.press("Enter")
    till.page.keyboard.press("Tab")
    till.page.keyboard.type("1")
    till.press("Enter")
    till.page.keyboard.type("4")
    till.press("Enter")
    expect(till.page.get_by_text("Why is Cash 10.00 short?")).to_be_visible()
    till.page.get_by_label("Why is Cash").fill("Paid out")
    till.press("Enter")
    expect(till.page.get_by_role("button", name="Close Till 1")).not_to_have_attribute("aria-disabled", "true")
    till.press("F10")
    expect(till.page.get_by_role("heading", name="Close-out report, Till 1")).to_be_visible()
    expect(till.page.locator(".paper")).to_contain_text("−10.00")


def test_a_count_that_differed_goes_on_being_counted(at_till):
    till = at_till()
    till.page.goto("/register/close/")
    till.page.keyboard.type("1")  # of the 200.00 that the drawer was opened with
    till.page.get_by_text("Why is Cash 100.00 short?").wait_for()
    till.page.keyboard.press("Enter")
    till.page.keyboard.type("2")
    till.page.get_by_text("Why is Cash 100.00 short?").wait_for(state="detached")
    till.page.keyboard.press("F10")
    till.page.wait_for_url("**/shifts/**")


def test_a_red_line_passes_by_permission_with_a_reason(at_till, harbor):
    stock(TrackedFactory(sku="DRIVE", name="IronWolf"), harbor, 1)
    till = at_till()
    till.scan("DRIVE")
    till.page.get_by_role("button", name="Let it pass").click()
    expect(till.page.get_by_label("Reason, kept with the sale")).to_be_focused()
    till.page.keyboard.type("Label unreadable")
    till.press("Enter")
    expect(till.page.locator("#amount")).to_be_focused()
    till.press("Enter")
    assert till.completed().overrides.get().reason == "Label unreadable"


@pytest.mark.once
def test_the_register_has_nothing_serious_for_readers(at_till, harbor, staff, assert_accessible):
    drive = TrackedFactory(name="IronWolf")
    units(drive, harbor, "A-1", "A-2")
    receipt = sold_elsewhere(harbor, staff, "A-2")
    till = at_till()
    assert_accessible(till.page)
    till.scan(drive.sku)
    expect(till.lines).to_have_count(1)
    assert_accessible(till.page)
    till.scan("A-1")
    till.circle(0, "green", "Serial number attached")
    till.press("F6")
    expect(till.page.get_by_label("Discount", exact=True)).to_be_focused()
    assert_accessible(till.page)
    till.press("Escape")
    till.pays()
    assert_accessible(till.page)
    till.press("Enter")
    till.completed()
    assert_accessible(till.page)
    till.scan(receipt.number)
    expect(till.page.locator("#return-code")).to_be_focused()
    assert_accessible(till.page)
    for address in (f"/sales/{receipt.pk}/", "/register/close/"):
        till.page.goto(address)
        assert_accessible(till.page)
