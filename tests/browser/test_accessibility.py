"""axe finds nothing serious where no link leads: refusals, the first day, signing in. For the others: test_every_page.py."""

import pytest

from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory, TaxClassFactory, TaxRateFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def admin():
    ShopSettingsFactory()
    harbor, northgate = StoreFactory(name="Harbor", city="Duluth"), StoreFactory(name="Northgate")
    TaxRateFactory(tax_class=TaxClassFactory(name="Standard", is_default=True), store=harbor)
    StaffFactory(first_name="Cora", role="Senior Cashier", stores=[harbor], pin="2222")
    return StaffFactory(username="admin", first_name="Ada", role="Admin", stores=[harbor, northgate], pin="5555")


def test_a_page_that_is_not_there_has_nothing_serious(new_page, admin, assert_accessible):
    page = new_page(admin)
    page.goto("/nothing/")
    assert_accessible(page)


def test_signing_in_and_its_refusal_have_nothing_serious(page, admin, assert_accessible):
    page.goto("/login/")
    assert_accessible(page)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert_accessible(page)


def test_the_first_day_has_nothing_serious(page, assert_accessible):
    page.goto("/setup/")
    page.get_by_role("button", name="Open the shop").wait_for()
    assert_accessible(page)


def test_a_refused_form_and_the_list_of_keys_have_nothing_serious(new_page, admin, assert_accessible):
    page = new_page(admin)
    page.goto("/settings/people/new/")
    page.get_by_label("First name").fill("Jo")
    page.get_by_label("User name").fill("admin")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("dialog").wait_for()
    assert_accessible(page)
