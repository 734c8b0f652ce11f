"""Somebody quick at a register in a real browser: no scan is lost where the server or the browser is slow."""

import pytest
from playwright.sync_api import expect

from register.models import Sale
from settings_app.models import SerialTracking
from tests.browser.till import at_till as at_till  # fixtures
from tests.browser.till import harbor as harbor
from tests.browser.till import staff as staff
from tests.factories import ProductFactory, TrackedFactory, stock, units

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cap(harbor):
    return stock(ProductFactory(name="Lens cap", sku="CAP", price=1_000), harbor, 5)


@pytest.fixture
def at_drive(at_till, harbor, cap):
    """A till with a drive on its sale, of which D-1 stands in the store."""
    units(ProductFactory(name="Drive", sku="DRV", serial_tracking=SerialTracking.ALL), harbor, "D-1")
    till = at_till()
    till.scan("DRV")
    expect(till.lines).to_have_count(1)
    return till


def slow_down(page, milliseconds):
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


@pytest.mark.once
def test_an_answer_that_comes_too_late_chooses_nothing(at_till, harbor):
    stock(ProductFactory(name="Blue cable"), harbor, 5)
    units(TrackedFactory(name="Drive"), harbor, "SN-1")
    till = at_till()
    slow_down(till.page, 400)
    with till.page.expect_request("**/products/found/**"):
        till.page.keyboard.type("Blue")
    till.page.keyboard.press("Escape")
    till.page.keyboard.type("SN-1", delay=150)  # the list for “Blue” arrives meanwhile
    till.page.keyboard.press("Enter")
    expect(till.page.locator("#lines-body")).to_contain_text("SN-1")
    expect(till.page.locator("#lines-body")).not_to_contain_text("Blue cable")


@pytest.mark.parametrize("end", ["Enter", "Tab"])
def test_fast_scans_on_a_slow_server_each_count_once_in_order(at_till, harbor, end):
    drive = TrackedFactory()
    other = stock(ProductFactory(name="Cable"), harbor, 50)
    numbers = [f"SN-{n:03d}" for n in range(12)]
    units(drive, harbor, *numbers)
    till = at_till()
    slow_down(till.page, 250)
    for number in numbers[:6]:
        till.page.keyboard.type(number, delay=10)
        till.page.keyboard.press(end)
    for code in [other.sku, *numbers[6:], "  ", numbers[0]]:
        till.page.keyboard.type(code, delay=10)
        till.page.keyboard.press(end if code.strip() else "Enter")
    till.press("F10")  # before the answers are there: it waits for them
    expect(till.page.locator("#amount")).to_be_focused(timeout=20_000)
    sale = Sale.objects.get(status="open")
    tracked, cable = sale.lines.order_by("pk")
    assert [serial.number for serial in tracked.serials] == numbers
    assert (tracked.quantity, cable.quantity) == (12, 1)
    assert till.page.url.endswith("/register/")


def do_later_later(page):
    """The browser is slow to do what it was told to do later."""
    page.evaluate("() => { const later = setTimeout; window.setTimeout = (act, wait = 0) => later(act, wait + 1500) }")


@pytest.mark.once
def test_a_code_scanned_as_soon_as_a_dialog_has_put_its_line_there_is_taken(at_till, harbor, cap):
    stock(ProductFactory(name="Lens hood", sku="HOOD", price=None), harbor, 5)
    till = at_till()
    do_later_later(till.page)
    till.scan("HOOD")
    till.gives_price("25.00")
    expect(till.lines).to_have_count(1)
    till.scan("CAP")
    expect(till.lines).to_have_count(2)


@pytest.mark.once
def test_a_code_scanned_as_soon_as_the_pop_up_is_gone_is_taken(at_drive):
    till = at_drive
    till.opens_pop_up()
    do_later_later(till.page)
    till.scan("D-1")
    expect(till.page.locator("dialog[open]")).to_have_count(0)
    till.scan("CAP")
    expect(till.lines).to_have_count(2)


@pytest.mark.once
def test_lines_drawn_before_a_scan_are_not_shown_after_it(at_drive):
    """After the pop-up the lines are drawn anew; what the server drew before the next scan may come late."""
    till = at_drive

    def come_late(route):
        answer = route.fetch()
        till.page.wait_for_timeout(1_000)
        route.fulfill(response=answer)

    till.page.route("**/register/?line=*", come_late)
    till.opens_pop_up()
    till.scan("D-1")
    expect(till.page.locator("dialog[open]")).to_have_count(0)
    till.scan("CAP")
    till.circle(0, "green", "Serial number attached")
    expect(till.lines).to_have_count(2)
    till.pays()  # the key waits for both
