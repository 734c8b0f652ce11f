"""Returns and exchanges at a register in a real browser."""

import pytest
from playwright.sync_api import expect

from serials.models import Serial
from serials.policy import State
from tests.browser.till import at_till as at_till  # fixtures
from tests.browser.till import harbor as harbor
from tests.browser.till import sold_elsewhere
from tests.browser.till import staff as staff
from tests.factories import (
    TrackedFactory,
    units,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_sell_three_return_one_then_the_second_return_offers_two(at_till, harbor, staff):
    drive = TrackedFactory(name="IronWolf", price=10_000)
    units(drive, harbor, "A-1", "A-2", "A-3", "B-1")
    receipt = sold_elsewhere(harbor, staff, "A-1", "A-2", "A-3")
    other = sold_elsewhere(harbor, staff, "B-1")
    till = at_till()
    till.scan("A-1")
    take = till.page.get_by_role("button", name="Take")
    expect(take).to_contain_text("Take 1 unit back")
    till.scan("B-1")  # the panel's box has the focus: a stranger gets its own receipt as the next step
    expect(till.page.get_by_text("Not from this receipt.")).to_be_visible()
    expect(till.page.get_by_role("button", name=f"Return it from {other.number}")).to_be_visible()
    expect(take).to_contain_text("Take 1 unit back")
    till.press("F10")
    expect(till.page.locator("#amount")).to_be_focused()
    till.press("Enter")
    till.completed()
    till.scan(receipt.number)
    expect(till.page.get_by_role("heading", name=f"Return from {receipt.number}")).to_be_visible()
    expect(till.page.locator("#return-rows input[name=serial]")).to_have_count(2)
    expect(till.page.get_by_text("Returned on")).to_be_visible()
    till.page.locator(".pick", has_text="A-2").click()
    till.scan("A-3")
    expect(take).to_contain_text("Take 2 units back")
    till.press("F10")
    expect(till.page.locator("#amount")).to_be_focused()
    expect(till.page.locator("#amount")).to_have_value("200.00")
    till.press("Enter")
    expect(till.page.locator("#stage h1")).to_contain_text("is complete")
    assert Serial.objects.in_stock(harbor).count() == 3


def test_an_exchange_keeps_each_direction(at_till, harbor, staff):
    drive = TrackedFactory(name="IronWolf", price=10_000)
    units(drive, harbor, "A-1", "A-2")
    sold_elsewhere(harbor, staff, "A-1")
    till = at_till()
    till.scan("A-1")
    expect(till.page.locator("#return-code")).to_be_focused()
    till.press("F8")  # exchange: back to selling
    expect(till.box).to_be_focused()
    till.scan("A-2")
    expect(till.lines).to_have_count(2)
    expect(till.lines.nth(0)).to_contain_text("Return")
    expect(till.page.locator("#totals output")).to_have_text("$0.00")
    till.press("F10")
    expect(till.page.get_by_role("button", name="Complete sale")).to_be_visible()
    till.press("Enter")
    sale = till.completed()
    back, out = sale.lines.order_by("pk")
    assert (back.is_return, back.serials[0].number) == (True, "A-1")
    assert (out.is_return, out.serials[0].number) == (False, "A-2")
    assert Serial.objects.get(number="A-1").state == State.IN_STOCK
    assert Serial.objects.get(number="A-2").state == State.SOLD
