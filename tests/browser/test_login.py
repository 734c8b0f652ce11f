"""The first day, signing in and switching by PIN, in a real browser, with the keyboard and by touch."""

import pytest
from playwright.sync_api import expect

from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    return StoreFactory(name="Harbor")


@pytest.fixture
def manager(harbor):
    return StaffFactory(username="manager", first_name="Mona", role="Manager", stores=[harbor], pin="4444")


@pytest.fixture
def cashier(harbor):
    return StaffFactory(username="cashier", first_name="Cora", role="Senior Cashier", stores=[harbor], pin="2222")


def face(page, name):
    return page.get_by_role("radio", name=name)


def test_signing_in_with_the_keyboard_alone(page, manager):
    page.goto("/settings/general/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("manager")
    page.keyboard.press("Tab")
    page.keyboard.type("demo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="General")).to_be_visible()


def test_a_wrong_password_says_so_and_keeps_the_user_name(page, manager):
    page.goto("/login/")
    page.get_by_label("User name").fill("manager")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("User name")).to_have_value("manager")


def test_switching_takes_the_pin_and_no_other_key(new_page, manager, cashier):
    page = new_page(manager)
    page.goto("/pin/?next=/pin/")
    face(page, "Cora").check()
    expect(page.get_by_label("PIN", exact=True)).to_be_focused()
    page.keyboard.type("2222")
    expect(face(page, "Cora")).to_be_checked()
    expect(page.locator(".reason:visible")).to_have_count(0)


@pytest.mark.once
def test_the_arrows_choose_who_while_the_pin_keeps_the_focus(new_page, manager, cashier):
    page = new_page(manager)
    page.goto("/pin/")
    expect(face(page, "Mona")).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(face(page, "Cora")).to_be_checked()
    expect(page.get_by_label("PIN", exact=True)).to_be_focused()


@pytest.mark.once
def test_the_pad_types_and_deletes(new_page, manager):
    page = new_page(manager)
    page.goto("/pin/")
    for digit in "49":
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="Delete the last digit").click()
    expect(page.locator(".pin i.on")).to_have_count(1)


def test_five_wrong_pins_lock_and_say_until_when(new_page, manager, cashier):
    page = new_page(manager)
    page.goto("/pin/")
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left", "Too many wrong PINs for Cora"):
        face(page, "Cora").check()
        page.keyboard.type("0000")
        expect(page.get_by_role("status")).to_contain_text(left)
    page.keyboard.type("2222")
    expect(page.get_by_role("status")).to_contain_text("Too many wrong PINs for Cora")


def test_five_wrong_passwords_lead_to_a_page_that_says_what_to_do(page, manager):
    page.goto("/login/")
    for _n in range(5):
        page.get_by_label("User name").fill("manager")
        page.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    expect(page.get_by_role("heading", name="Locked for a while")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in as somebody else")).to_be_visible()


@pytest.mark.once
def test_escape_leaves_the_pin_page_as_one_came(new_page, manager):
    page = new_page(manager)
    page.goto("/pin/?next=/settings/general/")
    page.keyboard.press("Escape")
    page.wait_for_url("**/settings/general/")


def test_a_locked_till_opens_with_the_pin_and_returns_to_where_it_was(new_page, manager):
    page = new_page(manager)
    page.goto("/settings/general/")
    page.get_by_role("link", name="switch user by PIN").click()
    page.get_by_role("button", name="Lock this till").click()
    expect(page.get_by_role("heading", name="This till is locked")).to_be_visible()
    page.goto("/settings/people/")
    expect(page.get_by_role("heading", name="This till is locked")).to_be_visible()
    page.keyboard.type("4444")
    page.wait_for_url("**/settings/people/")


def test_the_first_day_opens_a_shop_in_one_page(page):
    page.goto("/setup/")
    page.get_by_label("Company", exact=True).fill("Lakeside Instruments")
    page.get_by_label("Store", exact=True).fill("Harbor")
    page.get_by_label("Short code").fill("h")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Open the shop").click()
    page.wait_for_url(lambda address: "/setup/" not in address)
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("Harbor")).to_be_visible()
