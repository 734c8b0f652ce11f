"""What every page carries: a scan is never lost, no connection is said and passes, a login that ended leads to sign in."""

import pytest
from playwright.sync_api import expect

from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def admin():
    ShopSettingsFactory()
    return StaffFactory(username="admin", first_name="Ada", role="Admin", stores=[StoreFactory(name="Harbor")])


@pytest.fixture
def anywhere(new_page, admin):
    page = new_page(admin)
    page.goto("/settings/roles/")
    return page


@pytest.fixture
def in_trouble(new_context, login, admin):
    """The same page in a window whose console may report errors: they are what is tested."""
    page = login(new_context().new_page(), admin)
    page.goto("/settings/roles/")
    return page


def fragment(page, path="/settings/roles/"):
    """Ask for something the way htmx does."""
    page.evaluate("path => { htmx.ajax('GET', path, {target: '#popup', swap: 'none'}).catch(() => {}) }", path)


def test_a_scan_without_a_field_goes_to_the_look_up(anywhere, scan):
    scan(anywhere, "/S-0001?")
    anywhere.wait_for_url("**/serials/look-up/**")
    assert "S-0001" in anywhere.url


def test_a_slash_goes_to_the_look_up(anywhere):
    anywhere.keyboard.press("/")
    expect(anywhere.get_by_role("searchbox", name="Scan or find a serial")).to_be_focused()


def test_no_connection_is_said_and_passes(in_trouble):
    trouble = in_trouble.get_by_role("alert").filter(has_text="No connection since")
    in_trouble.context.set_offline(True)
    fragment(in_trouble)
    expect(trouble).to_be_visible()
    in_trouble.context.set_offline(False)
    expect(trouble).to_be_hidden()


def test_what_a_page_fetches_by_itself_is_fetched_once_the_server_is_back(in_trouble):
    in_trouble.route(
        "**/today/ageing/", lambda route: route.fulfill(status=503, headers={"X-Trouble": "away"}), times=1
    )
    in_trouble.goto("/reports/")
    ages = in_trouble.get_by_role("region", name="Ageing units")
    expect(ages).to_contain_text("Counting")
    in_trouble.get_by_role("button", name="Try now").click()
    expect(ages).to_contain_text("Over 90")


def test_a_server_error_says_that_nothing_was_saved(in_trouble):
    in_trouble.route("**/broken/", lambda route: route.fulfill(status=500, body="no"))
    fragment(in_trouble, "/broken/")
    trouble = in_trouble.get_by_role("alert").filter(has_text="Nothing was saved or taken twice")
    expect(trouble).to_be_visible()
    in_trouble.get_by_role("button", name="Close").click()
    expect(trouble).to_be_hidden()


def test_a_full_disk_is_said_until_something_is_answered(in_trouble):
    in_trouble.route("**/full/", lambda route: route.fulfill(status=503, headers={"X-Trouble": "full"}))
    fragment(in_trouble, "/full/")
    trouble = in_trouble.get_by_role("alert").filter(has_text="The disk of the shop's server is full")
    expect(trouble).to_be_visible()
    expect(trouble.get_by_role("button", name="Try now")).to_be_hidden()
    fragment(in_trouble)
    expect(trouble).to_be_hidden()


def test_a_fragment_that_is_not_allowed_says_so(in_trouble):
    in_trouble.route("**/forbidden/", lambda route: route.fulfill(status=403, body="no"))
    fragment(in_trouble, "/forbidden/")
    expect(in_trouble.get_by_role("alert").filter(has_text="Your role does not allow this")).to_be_visible()


def test_a_login_that_ended_leads_to_sign_in_and_back(anywhere):
    anywhere.context.clear_cookies()
    fragment(anywhere)
    anywhere.wait_for_url("**/login/?next=**")
    anywhere.get_by_label("User name").fill("admin")
    anywhere.get_by_label("Password").fill("demo")
    anywhere.keyboard.press("Enter")
    anywhere.wait_for_url("**/settings/roles/")
