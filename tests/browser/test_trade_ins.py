"""Trade-ins in a real browser: a customer's old unit lowers what is to pay, by scanner and keyboard alone."""

import pytest
from playwright.sync_api import expect

from register.models import Sale
from serials.models import Serial
from serials.policy import State
from settings_app.models import SerialTracking
from tests.browser.till import at_till as at_till  # fixtures
from tests.browser.till import harbor as harbor
from tests.browser.till import staff as staff
from tests.factories import CustomerFactory, ProductFactory, TrackedFactory, on_hand, units

pytestmark = pytest.mark.django_db(transaction=True)


def asks(till, text):
    dialog = till.page.locator("dialog#ask")
    expect(dialog.get_by_text(text)).to_be_visible()
    return dialog


def test_an_old_unit_pays_for_a_part_of_a_new_one_by_keyboard(at_till, harbor, assert_accessible):
    """Beside the scans and the words: one key for the dialog, one to choose the customer, one to agree, two to pay."""
    CustomerFactory(name="Ada Lovelace")
    product = TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)
    units(product, harbor, "NEW-1")
    till = at_till()
    till.scan("NEW-1")
    expect(till.lines).to_have_count(1)
    till.press("Shift+F8")
    asks(till, "whose is it?")
    till.page.keyboard.type("ada")
    expect(till.page.locator("#customers-found button")).to_have_count(1)
    till.press("ArrowDown", "Enter")
    asks(till, "Bought from Ada Lovelace")
    till.scan("OLD-1")
    asks(till, "is not on record")
    assert_accessible(till.page)
    till.scan("IW-16")
    dialog = asks(till, "We pay for one unit")
    expect(dialog.get_by_label("Serial number")).to_have_value("OLD-1")
    expect(dialog.get_by_label("We pay for one unit")).to_be_focused()
    assert_accessible(till.page)
    till.page.keyboard.type("40.00")
    till.press("Enter")
    till.said("IronWolf comes in.")
    expect(till.lines).to_have_count(2)
    till.circle(1, "green", "Serial number attached")
    expect(till.page.locator("#customer")).to_contain_text("Ada Lovelace")
    expect(till.page.locator("#totals")).to_contain_text("60.00")
    till.pays()
    till.press("Enter")
    sale = till.completed()
    assert till.pressed == 6
    assert [(line.kind, line.serials[0].number) for line in sale.lines.all()] == [
        ("sale", "NEW-1"),
        ("trade_in", "OLD-1"),
    ]
    expect(till.page.locator("#paper")).to_contain_text("TRADE-IN IronWolf")
    expect(till.page.locator("#paper")).to_contain_text("S/N OLD-1")
    assert Serial.objects.get(number="OLD-1").state == State.IN_STOCK
    assert on_hand(product, harbor) == 1


def test_goods_of_every_policy_come_in_through_the_same_pop_up(at_till, harbor, staff):
    customer = CustomerFactory(name="Ada Lovelace")
    products = {
        tracking: ProductFactory(name=f"Drive {tracking}", sku=f"D-{tracking}".upper(), serial_tracking=tracking)
        for tracking in SerialTracking
    }
    till = at_till()
    till.press("F3")
    expect(till.page.get_by_label("Find a customer")).to_be_focused()
    till.page.keyboard.type("ada")
    expect(till.page.locator("#customers-found button")).to_have_count(1)
    till.press("ArrowDown", "Enter")
    till.said("Sale for Ada Lovelace.")
    for at, (tracking, product) in enumerate(products.items(), 1):
        till.press("Shift+F8")
        asks(till, "What comes in?")
        till.scan(product.sku)
        dialog = asks(till, "We pay for one unit")
        expect(dialog.get_by_label("Serial number")).to_have_count(0 if tracking == SerialTracking.NONE else 1)
        dialog.get_by_label("We pay for one unit").fill("5.00")
        till.press("Enter")
        expect(till.lines).to_have_count(at)
    till.circle(0, "gray", "Serial number optional")
    expect(till.lines.nth(1).locator("[data-serial-status]")).to_have_count(0)
    till.circle(2, "red", "Serial number required")
    till.circle(3, "red", "Serial number required")
    expect(till.page.get_by_role("button", name="Pay out")).to_have_attribute("aria-disabled", "true")
    till.scan("OLD-3")  # the first line that waits is the last one: it is selected
    till.circle(3, "green", "Serial number attached")
    till.press("ArrowUp", "F2")
    popup = till.page.locator("dialog#popup")
    expect(popup).to_contain_text("Drive sales")
    expect(popup.get_by_label("Scan or type a serial number")).to_be_focused()
    till.scan("OLD-2")
    till.circle(2, "green", "Serial number attached")
    till.pays()
    till.press("Enter")
    sale = till.completed()
    customer.refresh_from_db()
    assert (sale.total, customer.store_credit) == (-2000, 2000)
    assert Serial.objects.in_stock(harbor).count() == 2
    assert Sale.objects.filter(status="completed").count() == 1
