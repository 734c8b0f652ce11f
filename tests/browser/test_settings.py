"""The settings in a real browser: add-on off and on, the default policy, changes that can be undone, keys."""

import pytest
from playwright.sync_api import expect

from settings_app.models import SerialTracking, ShopSettings
from tests.factories import ProductFactory, ShopSettingsFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager():
    ShopSettingsFactory()
    return StaffFactory(first_name="Mona", role="Manager", stores=[StoreFactory(name="Harbor")], pin="4444")


@pytest.fixture
def settings_page(new_page, manager):
    page = new_page(manager)
    page.goto("/settings/general/")
    return page


def save(page):
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()


def test_the_default_policy_is_visible_once_the_add_on_is_on(settings_page):
    page = settings_page
    policy = page.get_by_role("group", name="Default Product Serial Number")
    expect(policy).to_be_visible()
    for label in ("Optional", "No Tracking", "Sales Required", "All Transactions Required"):
        expect(policy.get_by_role("radio", name=label, exact=True)).to_have_count(1)
    expect(policy.locator("label", has_text="No Tracking")).to_contain_text("Recommended")
    page.get_by_role("switch", name="Serial Numbers").uncheck()
    expect(policy).to_be_hidden()
    save(page)
    expect(policy).to_be_hidden()
    page.get_by_role("switch", name="Serial Numbers").check()
    expect(policy).to_be_visible()
    save(page)
    assert ShopSettings.load().serial_numbers_enabled


def test_switching_the_add_on_off_and_on_keeps_the_default_policy(settings_page):
    page = settings_page
    page.get_by_role("radio", name="Sales Required", exact=True).check()
    save(page)
    page.get_by_role("switch", name="Serial Numbers").uncheck()
    save(page)
    page.get_by_role("switch", name="Serial Numbers").check()
    save(page)
    expect(page.get_by_role("radio", name="Sales Required", exact=True)).to_be_checked()


def test_a_new_default_is_copied_into_new_products_and_into_no_old_one(settings_page):
    page = settings_page
    old = ProductFactory(serial_tracking=SerialTracking.NONE)
    page.get_by_role("radio", name="All Transactions Required", exact=True).check()
    save(page)
    page.goto("/products/new/")
    page.get_by_label("Name", exact=True).fill("Camera")
    page.get_by_label("SKU", exact=True).fill("CAM-1")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(lambda address: "/new/" not in address)
    old.refresh_from_db()
    assert old.serial_tracking == SerialTracking.NONE
    assert type(old).objects.get(sku="CAM-1").serial_tracking == SerialTracking.ALL


@pytest.mark.once
def test_changes_are_counted_and_can_be_undone(settings_page):
    page = settings_page
    page.get_by_role("textbox", name="Company").fill("Other")
    page.get_by_role("radio", name="Optional", exact=True).check()
    expect(page.get_by_text("2 changes not saved")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("textbox", name="Company")).to_have_value("Lakeside Instruments")
    expect(page.get_by_text("not saved")).to_be_hidden()


def test_the_settings_are_changed_with_the_keyboard_alone(settings_page):
    page = settings_page
    page.get_by_role("switch", name="Serial Numbers").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="No Tracking", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Sales Required", exact=True)).to_be_checked()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert ShopSettings.load().default_serial_tracking == SerialTracking.SALES


@pytest.mark.once
def test_a_question_mark_lists_the_keys_of_the_page(settings_page):
    page = settings_page
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Save")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


@pytest.mark.once
def test_the_theme_is_kept(settings_page):
    page = settings_page
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.once
def test_sounds_can_be_muted(settings_page):
    page = settings_page
    sounds = page.get_by_role("button", name="Sounds")
    expect(sounds).to_have_attribute("aria-pressed", "true")
    sounds.click()
    expect(sounds).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(sounds).to_have_attribute("aria-pressed", "false")


def test_the_store_is_changed_from_the_top_bar(new_page, manager):
    manager.stores.add(StoreFactory(name="Northgate"))
    page = new_page(manager)
    page.goto("/settings/general/")
    page.get_by_role("button", name="Harbor change store").click()
    page.get_by_role("button", name="Northgate").click()
    expect(page.get_by_role("button", name="Northgate change store")).to_be_visible()


@pytest.mark.once
def test_a_field_that_is_refused_says_why_and_is_reached_from_above(new_page, manager):
    page = new_page(manager)
    page.goto("/settings/people/new/")
    page.get_by_label("First name").fill("Jo")
    page.get_by_label("User name").fill("jo")
    page.get_by_label("PIN", exact=True).fill("12")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_role("link", name="PIN").click()
    pin = page.get_by_label("PIN", exact=True)
    expect(pin).to_be_focused()
    expect(pin).to_have_accessible_description("Four digits, to switch at a register. A PIN has four digits.")
