"""Customer orders in a real browser, by scanner and keyboard: taken, opened, reserved, paid at the till, handed over."""

import re

import pytest
from playwright.sync_api import expect

from inventory.models import Product
from microbiz.laws import check_laws
from orders.models import CustomerOrder
from orders.operations import add_product, open_order
from register.operations import open_shift
from serials.models import SerialHold
from settings_app.models import SerialTracking
from tests import factories
from tests.browser.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store():
    factories.ShopSettingsFactory()
    factories.cash()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def goods(store):
    """One product of each policy, with units in stock."""
    for tracking in SerialTracking:
        product = factories.ProductFactory(
            name=f"Drive {tracking.value}", sku=f"DRV-{tracking.value}", serial_tracking=tracking
        )
        if tracking == SerialTracking.NONE:
            factories.stock(product, store, 9)
        else:
            factories.units(product, store, *(f"{tracking.value[:2].upper()}-70{at}" for at in range(1, 4)))


@pytest.fixture
def desk(new_page, login, store, goods):
    staff = factories.AdminFactory()
    register = factories.RegisterFactory(store=store, name="Till 1")
    open_shift(register, opening_balance=10_000, staff=staff)
    page = new_page()
    login(page, staff, store=store, register_id=register.pk)
    return Desk(page)


def state_of(desk):
    return desk.page.locator("h1 .state")


def test_an_order_of_every_policy_from_the_name_to_the_hand_over(desk, store, assert_accessible):
    """Ten keys beside the scans: choose the customer 3, open 1, pay 3, hand over 3."""
    factories.CustomerFactory(name="Lakeside Photo Club")
    page = desk.page
    page.goto("/orders/new/")
    page.keyboard.type("lakeside", delay=10)
    expect(page.get_by_role("button", name=re.compile("Lakeside"))).to_be_visible()
    desk.press("ArrowDown", "Enter")
    expect(state_of(desk)).to_contain_text("Draft")
    expect(page.locator("#scan-code")).to_be_focused()
    desk.scan(*(f"DRV-{tracking.value}" for tracking in SerialTracking))
    expect(page.locator("#lines-body tr")).to_have_count(4)
    key = page.get_by_role("button", name=re.compile("Add Serial Number"))
    expect(key).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#nosn")).to_have_text(re.compile("Draft order: open it to attach serials"))
    assert_accessible(page)
    desk.press("F10")
    expect(state_of(desk)).to_contain_text("Open")
    expect(page.locator(".msgs")).to_be_visible()
    # The message has a row of its own.
    assert page.locator(".track").evaluate("track => track.scrollHeight <= track.clientHeight")
    expect(key).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("#why")).to_contain_text("need serials, balance unpaid")
    desk.scan("SA-701", "AL-701")
    for line, colour in enumerate([*("gray" if one == "optional" else "green" for one in _tracked())]):
        desk.circle(_at(line), colour)
    assert SerialHold.objects.count() == 2
    assert_accessible(page)
    desk.press("F8")
    expect(page.get_by_label("Amount")).to_have_value("40.00")
    desk.press("Enter")
    expect(page.locator("#amount")).to_be_focused()
    desk.press("Enter")
    expect(page.get_by_role("heading", name="is complete")).to_be_visible()
    order = CustomerOrder.objects.get()
    page.goto(f"/orders/{order.pk}/")
    expect(page.locator("#nopay-why")).to_contain_text("Paid in full")
    desk.press("F10")
    expect(page.locator("dialog#ask")).to_contain_text("SA-701")
    assert_accessible(page)
    desk.press("Enter")
    expect(state_of(desk)).to_contain_text("Complete")
    assert desk.pressed <= 10
    order.refresh_from_db()
    assert (order.status, order.balance, SerialHold.objects.count()) == ("complete", 0, 0)
    check_laws()


def _tracked():
    return [tracking.value for tracking in SerialTracking if tracking != SerialTracking.NONE]


def _at(tracked_line):
    """Where the tracked line stands among the four."""
    return [at for at, tracking in enumerate(SerialTracking) if tracking != SerialTracking.NONE][tracked_line]


def test_serials_are_reserved_in_the_same_pop_up_and_a_part_is_handed_over(desk, store):
    order = factories.OrderFactory(store=store)
    staff = factories.AdminFactory()
    drive = add_product(order, _product("sales"), quantity=2, staff=staff)
    open_order(order, staff=staff)
    page = desk.page
    page.goto(f"/orders/{order.pk}/")
    desk.circle(0, "red")
    desk.press("F2")
    expect(page.get_by_role("textbox", name="Scan or type a serial number")).to_be_focused()
    desk.scan("SA-701")
    expect(page.locator("dialog#popup")).to_contain_text("SA-701")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#lines-body .sn.is-held")).to_have_count(1)
    expect(page.locator("#lines-body .is-slot")).to_have_text("1 to reserve")
    page.get_by_role("button", name=re.compile("Hand over a part")).click()
    expect(page.locator(f"[name=quantity-{drive.pk}]")).to_have_value("1")
    page.locator("[name=unpaid_reason]").fill("Pays on Friday")
    page.keyboard.press("Enter")
    expect(page.locator("#lines-body")).to_contain_text("1 of 2 handed over")
    order.refresh_from_db()
    assert order.status == "open"
    check_laws()


def _product(tracking):
    return Product.objects.get(sku=f"DRV-{tracking}")
