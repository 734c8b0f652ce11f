"""Counting on two phones at once, the review at a desk, and an adjustment by keyboard, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import start_adjustment
from inventory.counts.models import CountScan, StockCount
from microbiz.laws import check_laws
from microbiz.roles import sync_roles
from settings_app.models import SerialTracking
from tests.chromium import viewport
from tests.factories import (
    BarcodeFactory,
    ProductFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TrackedFactory,
    on_hand,
    stock,
    unit,
    units,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    sync_roles()
    return StoreFactory(name="Harbor")


@pytest.fixture
def goods(harbor):
    """Three units with numbers, one of which will be missing, and ten cables, of which eight are there."""
    drive = TrackedFactory(name="IronWolf Pro 16 TB", sku="IW")
    units(drive, harbor, "ZA-1", "ZA-2", "ZA-3")
    cable = stock(ProductFactory(name="Cable", sku="CBL"), harbor, 10)
    return drive, cable, BarcodeFactory(product=cable).code


def said(page, words):
    expect(page.locator("#say")).to_contain_text(words)


def test_two_people_count_on_their_phones_and_a_manager_posts_it(new_page, harbor, goods, scan, assert_accessible):
    drive, cable, barcode = goods
    ann, ben = (StaffFactory(first_name=name, role="Senior Cashier", stores=[harbor]) for name in ("Ann", "Ben"))
    manager = StaffFactory(first_name="Mo", role="Manager", stores=[harbor])

    def on_phone(staff):
        page = new_page(staff, has_touch=True)
        page.set_viewport_size(viewport("phone"))
        return page

    first = on_phone(ann)
    first.goto("/counts/")
    first.get_by_role("link", name="New count").first.tap()
    first.get_by_role("button", name="Start counting").tap()
    expect(first.locator("#scan-code")).to_be_focused()
    count = StockCount.objects.get()
    expect(first.get_by_role("navigation", name="Main")).to_be_hidden()
    scan(first, "ZA-1")
    said(first, "Counted. IronWolf")
    expect(first.locator("body")).not_to_contain_text("ZA-2")

    second = on_phone(ben)
    second.goto(count.get_absolute_url())
    scan(second, "ZA-1")
    said(second, "counted already, by Ann")
    scan(second, "IW")
    said(second, "now scan the serial number")
    scan(second, "ZA-9")
    said(second, "is not on record")
    assert_accessible(second)
    second.get_by_role("button", name="Undo").tap()
    said(second, "Undone: ZA-9")
    scan(second, "ZA-3")
    said(second, "Counted. IronWolf")

    # Pause, go on later, and type a quantity instead of scanning eight times.
    first.get_by_role("link", name="Pause").tap()
    first.get_by_role("link", name=count.number).tap()
    expect(first.locator("#scan-code")).to_be_focused()
    scan(first, barcode)
    said(first, "1 counted. Cable")
    first.get_by_label("How many?").fill("8")
    first.get_by_role("button", name="Set quantity").tap()
    said(first, "8 counted. Cable")
    expect(first.get_by_role("link", name="Review")).to_have_count(0)
    assert_accessible(first)
    assert first.evaluate("document.documentElement.scrollWidth <= innerWidth")

    desk = new_page(manager)
    desk.goto(count.get_absolute_url())
    desk.keyboard.press("F10")  # review
    missing = desk.get_by_role("article", name="IronWolf Pro 16 TB")
    expect(missing).to_contain_text("ZA-2")
    expect(missing).to_contain_text("counted 2, expected 3")
    expect(desk.get_by_role("article", name="Cable")).to_contain_text("−2")
    assert_accessible(desk)
    desk.keyboard.press("F9")  # accept all
    said(desk, "Accepted")
    desk.keyboard.press("F10")  # post
    expect(desk.get_by_role("heading", name="What was adjusted")).to_be_visible()
    assert (on_hand(drive, harbor), on_hand(cable, harbor)) == (2, 8)
    assert {one.staff for one in CountScan.objects.all()} == {ann, ben}
    assert_accessible(desk)
    check_laws()


def test_codes_are_counted_in_order_however_fast_they_come(new_page, harbor, scan):
    drive = TrackedFactory(name="IronWolf")
    numbers = [f"Z-{at:03d}" for at in range(15)]
    units(drive, harbor, *numbers)
    page = new_page(StaffFactory(role="Manager", stores=[harbor]))
    page.goto("/counts/new/")
    page.keyboard.press("F10")
    page.wait_for_selector("#scan-code")
    for number in [*numbers, numbers[0]]:
        page.keyboard.insert_text(number)
        page.keyboard.press("Enter")
    said(page, "counted already")
    assert list(CountScan.objects.live().values_list("code", flat=True)) == numbers


def test_an_adjustment_by_keyboard_with_all_four_policies(new_page, harbor, scan, assert_accessible):
    products = {
        tracking: ProductFactory(name=f"Lamp {tracking}", sku=f"L-{tracking}", serial_tracking=tracking, cost=700)
        for tracking in SerialTracking
    }
    for tracking, product in products.items():
        stock(product, harbor, 1) if tracking == SerialTracking.NONE else unit(product, harbor, f"N-{tracking}")
    draft = start_adjustment(harbor, staff=StaffFactory(), reason="missing")
    page = new_page(StaffFactory(role="Manager", stores=[harbor]))
    page.goto(draft.get_absolute_url())
    circles = page.locator("#lines-body tr:last-child [data-serial-status]")

    scan(page, "L-none")  # nothing is said of serials
    said(page, "Lamp none added")
    expect(page.locator("#lines-body [data-serial-status]")).to_have_count(0)
    for tracking in (SerialTracking.OPTIONAL, SerialTracking.SALES):
        scan(page, f"L-{tracking}")
        expect(circles).to_have_attribute("data-serial-status", "gray")
        scan(page, f"N-{tracking}")
        expect(circles).to_have_attribute("data-serial-status", "green")
    scan(page, "L-all")
    expect(circles).to_have_attribute("data-serial-status", "red")
    expect(page.get_by_role("button", name="Post adjustment")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("Line 4: say which unit leaves")).to_be_visible()
    assert_accessible(page)

    page.keyboard.press("F2")  # the same pop-up as everywhere
    expect(page.locator("#pop-scan")).to_be_focused()
    scan(page, "N-all")
    expect(page.locator("#pop-rows [data-row]")).to_have_count(1)
    page.locator("#popup .btn-save").click()
    expect(circles).to_have_attribute("data-serial-status", "green")

    page.keyboard.press("F7")  # from here on products come
    page.locator("#scan-code").focus()
    scan(page, "L-all")
    expect(circles).to_have_attribute("data-serial-status", "red")
    scan(page, "NEW-1")  # what comes may be new to us
    expect(circles).to_have_attribute("data-serial-status", "green")
    page.keyboard.press("F10")
    expect(page.get_by_text("Posted. The stock is corrected.")).to_be_visible()
    assert [line.change for line in Adjustment.objects.get(pk=draft.pk).lines.all()] == [-1, -1, -1, -1, 1]
    assert [on_hand(product, harbor) for product in products.values()] == [0, 0, 0, 1]
    assert_accessible(page)
    check_laws()


def test_the_panel_follows_the_line_and_a_tick_says_which_unit_leaves(new_page, harbor, scan):
    drive, disc = TrackedFactory(name="IronWolf", sku="IW"), TrackedFactory(name="Disc", sku="DISC")
    units(drive, harbor, "A-1", "A-2")
    units(disc, harbor, "D-1")
    draft = start_adjustment(harbor, staff=StaffFactory(), reason="missing")
    page = new_page(StaffFactory(role="Back Office", stores=[harbor]))
    page.goto(draft.get_absolute_url())
    scan(page, "IW")
    scan(page, "DISC")
    side = page.locator("#side")
    expect(side).to_contain_text("D-1")
    page.keyboard.press("ArrowUp")
    expect(side).to_contain_text("A-2")
    expect(side).to_contain_text(re.compile("Line 1, IronWolf"))
    side.get_by_text("A-2").click()
    expect(page.locator("#lines-body tr").first).to_contain_text("A-2")
    expect(page.locator("#lines-body tr").first).to_have_attribute("aria-current", "true")
