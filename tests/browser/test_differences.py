"""Differences by keyboard, back-fill by scanning, a correction from the unit's page."""

import re

import pytest
from playwright.sync_api import expect

from microbiz.laws import check_laws
from serials.models import Serial
from serials.policy import State
from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import open_till

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def till():
    factories.ShopSettingsFactory()
    return open_till(factories.StoreFactory(name="Harbor"))


@pytest.fixture
def manager(till):
    return factories.StaffFactory(stores=[till.store], role="Manager")


@pytest.fixture
def console():
    return factories.ProductFactory(name="PlayStation 5 Slim", serial_tracking=SerialTracking.OPTIONAL)


def tab_to(page, locator):
    """Press Tab until a control has the focus, as somebody without a mouse does."""
    for _at in range(60):
        if locator.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The keyboard does not reach it.")


def test_a_unit_sold_unnamed_is_named_on_its_receipt_and_that_is_undone(
    new_page, login, manager, till, console, scan, assert_accessible
):
    """One key opens the pop-up, the scan names the unit and saves; one more key undoes it."""
    factories.units(console, till.store, "PS5-A", "PS5-B")
    till.scan(console.sku)
    receipt = till.pay()
    page = login(new_page(), manager)
    page.goto("/serials/differences/")
    row = page.locator("tr[data-gap]")
    expect(row).to_contain_text(f"Sold without its serial{receipt.number}")
    assert_accessible(page)
    tab_to(page, row.get_by_role("button", name="Say which one it was"))
    page.keyboard.press("Enter")
    expect(page.locator("#pop-scan")).to_be_focused()
    expect(page.locator("#popup")).to_contain_text("Completed without all its serial numbers")
    assert_accessible(page)
    scan(page, "PS5-A")
    expect(page.locator("#popup")).to_be_hidden()
    expect(page.get_by_role("heading", name="Units and serial numbers agree")).to_be_visible()
    assert Serial.objects.get(number="PS5-A").state == State.SOLD
    undo = page.get_by_role("button", name="Undo")
    tab_to(page, undo)
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Sold without its serial")
    assert Serial.objects.get(number="PS5-A").state == State.IN_STOCK
    page.goto("/serials/fixes/")
    expect(page.locator("tbody tr")).to_contain_text(re.compile("Named on its document.*undone by", re.DOTALL))
    assert_accessible(page)
    page.goto(f"/serials/differences/{console.pk}/{till.store.pk}/")
    assert_accessible(page)
    check_laws()


def test_the_shelf_is_scanned_n_of_m_as_fast_as_a_scanner_types(
    new_page, login, manager, till, console, scan, assert_accessible
):
    factories.stock(console, till.store, 12)
    page = login(new_page(), manager)
    page.goto("/serials/differences/")
    page.get_by_role("link", name="Attach 12 serials").click()
    expect(page.locator("#shelf")).to_be_focused()
    for at in range(10):
        scan(page, f"PS5-{at:02d}K")  # neighbours of one delivery: nobody is asked at each of them
    scan(page, "PS5-00K")  # once more: it counts once
    expect(page.locator("[data-done]")).to_have_text("10")
    expect(page.locator(".say")).to_contain_text("on record here already")
    expect(page.locator("#shelf")).to_be_focused()
    scan(page, "PS5-00L")
    expect(page.locator(".vrow.is-no")).to_contain_text("One slip away")
    assert_accessible(page)
    page.get_by_role("button", name="It is PS5-00L: Add New").click()
    expect(page.locator("[data-done]")).to_have_text("11")
    page.get_by_role("button", name="Undo PS5-00L").click()
    expect(page.locator("[data-done]")).to_have_text("10")
    page.get_by_label("One serial number per line").fill("LAST-1\nLAST-2")
    page.get_by_role("button", name="Put on record").click()
    expect(page.get_by_text("Every unit at Harbor has its serial.")).to_be_visible()
    assert Serial.objects.in_stock(till.store).count() == 12
    check_laws()


def test_a_receipt_is_corrected_from_the_unit(new_page, login, manager, till, console, scan, assert_accessible):
    factories.units(console, till.store, "PS5-A", "PS5-B")
    receipt = till.sell("PS5-A")
    page = login(new_page(), manager)
    page.goto(Serial.objects.get(number="PS5-A").get_absolute_url())
    page.get_by_role("link", name=f"Not on sale {receipt.number}: correct").click()
    expect(page.get_by_label("It was this one")).to_be_focused()
    assert_accessible(page)
    page.keyboard.type("PS5-B", delay=10)
    page.keyboard.press("Tab")
    page.keyboard.type("The neighbouring box was scanned")
    page.keyboard.press("Alt+s")
    expect(page.get_by_text(f"Corrected: PS5-B in place of PS5-A on sale {receipt.number}.")).to_be_visible()
    expect(page.locator(".here-t")).to_have_text("In stock at Harbor")
    expect(page.locator(".time li.now")).to_contain_text("The neighbouring box was scanned")
    page.goto(receipt.get_absolute_url())
    expect(page.locator("main")).to_contain_text("PS5-B")
    check_laws()
