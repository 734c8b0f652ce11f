"""Add/Edit Serial No. in a real browser: as fast as a scanner, and never a dead end."""

import pytest
from playwright.sync_api import expect

from serials.operations import attach
from settings_app.models import SerialTracking
from tests.factories import (
    AdminFactory,
    BarcodeFactory,
    ProductFactory,
    SaleFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StoreFactory,
    TrackedFactory,
    stock,
    units,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    return StoreFactory(name="Harbor")


@pytest.fixture
def staff(harbor):
    return AdminFactory()


@pytest.fixture
def drive():
    return TrackedFactory(name="IronWolf Pro 16 TB", sku="ST16000NT001")


@pytest.fixture
def open_popup(new_page, staff):
    """The pop-up of a line, open, on a page of its own."""

    def opened(line, **kwargs):
        page = new_page(staff, **kwargs)
        page.goto(line.serials_url)
        expect(page.locator("#popup")).to_be_visible()
        return page

    return opened


def line_of(product, store, quantity=1, **kwargs):
    return SaleLineFactory(sale__register__store=store, product=product, quantity=quantity, **kwargs)


def rows(page):
    return page.locator("#pop-rows [data-row]")


def numbers(line):
    return [link.serial.number for link in line.serial_links.select_related("serial")]


def slow_down(page, milliseconds):
    """Every answer takes this long, as over a bad line."""
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


@pytest.mark.once
def test_the_scan_box_has_the_focus_when_the_popup_opens(open_popup, drive, harbor):
    page = open_popup(line_of(drive, harbor))
    expect(page.locator("#pop-scan")).to_be_focused()


@pytest.mark.once
@pytest.mark.parametrize("end", ["Enter", "Tab"])
def test_fifty_codes_at_10_ms_a_key_are_each_taken_once_in_order_while_the_server_is_slow(
    open_popup, drive, harbor, scan, end
):
    codes = [f"ZL2B{at:04d}" for at in range(50)]
    units(drive, harbor, *codes)
    line = line_of(drive, harbor, quantity=60)
    page = open_popup(line)
    slow_down(page, 120)
    for at, code in enumerate(codes):
        scan(page, code, end)
        if at % 10 == 0:
            page.keyboard.press("Enter")  # a blank
            scan(page, codes[0], end)  # a repeat
    expect(page.locator("#pop-scan")).to_be_focused()
    expect(rows(page)).to_have_count(50, timeout=60_000)
    assert [row.get_attribute("data-row") for row in rows(page).all()] == [code.lower() for code in codes]
    expect(page.locator(".compare")).to_contain_text("50/60")
    page.keyboard.press("Alt+s")
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == codes


def test_a_repeat_is_flagged_and_counted_once(open_popup, drive, harbor, scan):
    units(drive, harbor, "ZL2B7K4M", "ZL2B7KQ9")
    page = open_popup(line_of(drive, harbor, quantity=3))
    scan(page, "ZL2B7K4M")
    scan(page, "zl2b7k4m")
    expect(page.locator("#pop-say")).to_contain_text("ZL2B7K4M is already here: counted once.")
    expect(rows(page)).to_have_count(1)


def test_the_last_missing_scan_saves_at_the_counter(open_popup, drive, harbor, scan):
    units(drive, harbor, "ZL2B7K4M", "ZL2B7KQ9")
    line = line_of(drive, harbor, quantity=2)
    page = open_popup(line)
    slow_down(page, 80)
    scan(page, "ZL2B7K4M")
    scan(page, "ZL2B7KQ9")
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == ["ZL2B7K4M", "ZL2B7KQ9"]


def test_save_waits_for_the_codes_before_it(open_popup, drive, harbor, scan):
    units(drive, harbor, "A1", "A2", "A3")
    line = line_of(drive, harbor, quantity=3)
    page = open_popup(line)
    slow_down(page, 300)
    scan(page, "A1")
    scan(page, "A2")
    page.keyboard.press("Alt+s")
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == ["A1", "A2"]


def test_one_scan_too_many_does_not_save_and_says_what_to_do(open_popup, drive, harbor, scan):
    units(drive, harbor, "A1", "A2", "A3")
    line = line_of(drive, harbor, quantity=2)
    page = open_popup(line)
    slow_down(page, 200)
    for code in ("A1", "A2", "A3"):
        scan(page, code)
    expect(page.locator("#pop-why")).to_contain_text("3 serial numbers for 2 units")
    save = page.get_by_role("button", name="Save")
    expect(save).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Make it 3 units").click()
    expect(page.locator(".compare")).to_contain_text("3/3")
    save.click()
    expect(page.locator("#popup")).to_be_hidden()
    line.refresh_from_db()
    assert (line.quantity, numbers(line)) == (3, ["A1", "A2", "A3"])


@pytest.mark.once
def test_codes_stay_in_the_queue_while_the_server_is_away(new_context, login, staff, drive, harbor, scan):
    units(drive, harbor, "A1", "A2")
    page = login(new_context().new_page(), staff)  # the console may complain of the connection here
    page.goto(line_of(drive, harbor, quantity=5).serials_url)
    expect(page.locator("#popup")).to_be_visible()
    page.context.set_offline(True)
    scan(page, "A1")
    scan(page, "A2")
    expect(page.locator("#pop-scan-state [data-failed]")).to_contain_text("The server did not take A1.")
    expect(page.locator("#pop-scan")).to_be_focused()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(rows(page)).to_have_count(2)
    assert [row.get_attribute("data-row") for row in rows(page).all()] == ["a1", "a2"]
    expect(page.locator("#pop-scan-state")).to_be_hidden()


@pytest.mark.once
def test_a_gs1_code_typed_with_its_separator_gives_the_serial(open_popup, drive, harbor):
    BarcodeFactory(product=drive, code="9521234543213")
    units(drive, harbor, "ABC123")
    page = open_popup(line_of(drive, harbor, quantity=2))
    page.keyboard.type("]C1010952123454321321ABC123", delay=10)
    page.keyboard.press("Control+]")
    page.keyboard.type("10LOT7", delay=10)
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_attribute("data-row", "abc123")


def test_a_unit_of_another_store_keeps_save_waiting_by_name_until_it_is_removed(open_popup, drive, harbor, scan):
    units(drive, StoreFactory(name="Northgate"), "ZL2C09TD")
    page = open_popup(line_of(drive, harbor, quantity=2))
    scan(page, "ZL2C09TD")
    expect(rows(page)).to_contain_text("In stock at Northgate, so it cannot be used at Harbor.")
    expect(page.locator("#pop-why")).to_contain_text("ZL2C09TD is not at Harbor. Remove it to save.")
    page.get_by_role("button", name="Remove ZL2C09TD").click()
    expect(page.get_by_role("button", name="Save")).not_to_have_attribute("aria-disabled", "true")
    expect(rows(page)).to_have_count(0)
    expect(page.locator("#pop-scan")).to_be_focused()


def test_a_near_miss_is_shown_with_the_character_that_differs_and_used_at_a_press(open_popup, drive, harbor, scan):
    units(drive, harbor, "ZL2B7K03")
    line = line_of(drive, harbor, quantity=2)
    page = open_popup(line)
    scan(page, "ZL2B7KO3")
    expect(page.locator(".hint mark")).to_have_text("0")
    page.get_by_role("button", name="Use ZL2B7K03").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_have_attribute("data-finding", "ready")
    page.keyboard.press("Alt+s")
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == ["ZL2B7K03"]


def test_add_new_attaches_a_number_that_was_never_seen(open_popup, drive, harbor):
    stock(drive, harbor, 2)
    line = line_of(drive, harbor, quantity=2)
    page = open_popup(line)
    page.keyboard.press("Alt+n")
    expect(page.locator("#pop-newsn")).to_be_focused()
    page.keyboard.type("ZR5A22M4")
    expect(page.locator("#pop-draft")).to_have_text("Attach or discard ZR5A22M4 to save")
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(rows(page)).to_contain_text("New: goes on record at Harbor when you save")
    expect(page.locator("#pop-scan")).to_be_focused()
    page.keyboard.press("Alt+s")
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == ["ZR5A22M4"]


def test_save_is_inactive_while_there_would_be_more_serials_than_open_stock(open_popup, drive, harbor):
    units(drive, harbor, "A1", "A2")
    page = open_popup(line_of(drive, harbor, quantity=3))
    page.keyboard.press("Alt+n")
    page.keyboard.type("A3")
    page.keyboard.press("Enter")
    expect(page.locator("#pop-why")).to_contain_text(
        "2 in stock, 3 serial numbers: receive or adjust 1 more, or choose from the S/N List."
    )
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")


def test_the_list_is_searched_moved_through_and_ticked_by_keys_alone(open_popup, drive, harbor):
    units(drive, harbor, *[f"ZR5A{at:03d}" for at in range(35)], "QX900001")
    line = line_of(drive, harbor, quantity=6)
    attach(line, ["ZR5A000"], staff=AdminFactory())
    page = open_popup(line)
    page.keyboard.press("Alt+l")
    expect(page.locator("[data-pick]")).to_have_count(11)
    expect(page.locator("[data-pick='ZR5A000']")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#pop-scan")).to_be_focused()
    page.keyboard.type("QX9")
    expect(page.locator("[data-pick]")).to_have_count(1)
    expect(page.locator("[data-pick] mark")).to_have_text("QX9")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("[data-pick='QX900001']")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".compare")).to_contain_text("2/6")
    page.keyboard.press("Space")
    expect(page.locator(".compare")).to_contain_text("1/6")
    page.keyboard.press("Space")
    expect(page.locator(".compare")).to_contain_text("2/6")
    page.keyboard.press("Alt+s")
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == ["ZR5A000", "QX900001"]


def test_the_list_says_where_those_are_that_it_does_not_show(open_popup, drive, harbor, staff):
    units(drive, harbor, "A1", "A2")
    units(drive, StoreFactory(name="Northgate"), "B1", "B2")
    other = line_of(drive, harbor)
    attach(other, ["A2"], staff=staff)
    page = open_popup(line_of(drive, harbor))
    page.get_by_role("button", name="S/N List").click()
    expect(page.locator(".pick-foot")).to_contain_text(f"1 held by sale {other.sale.number}")
    expect(page.locator(".pick-foot")).to_contain_text("2 at Northgate")
    expect(page.locator("[data-pick]")).to_have_count(1)


def test_a_list_is_pasted_and_every_code_has_its_verdict(open_popup, drive, harbor):
    units(drive, harbor, "A1", "A2", "A3")
    page = open_popup(line_of(drive, harbor, quantity=9))
    page.get_by_role("button", name="Paste a list").click()
    page.locator("#pop-paste textarea").fill("A1\nA2\tA1, ZZTOP9")
    page.get_by_role("button", name="Put on this line").click()
    expect(rows(page)).to_have_count(3)
    expect(page.locator("#pop-say")).to_contain_text("2 taken. 1 to settle. 1 already here, counted once.")
    expect(page.locator("#pop-paste")).to_be_hidden()


def test_a_range_shows_what_it_holds_before_it_is_put_on_the_line(open_popup, drive, harbor):
    units(drive, harbor, *[f"S{at:03d}" for at in range(8, 13)])
    page = open_popup(line_of(drive, harbor, quantity=9))
    page.get_by_role("button", name="Enter a range").click()
    page.keyboard.type("S008")
    page.keyboard.press("Tab")
    page.keyboard.type("S012")
    page.keyboard.press("Enter")
    expect(page.locator("#pop-preview")).to_contain_text("5 numbers: S008, S009 … S012")
    page.get_by_role("button", name="Put all 5 on this line").click()
    expect(rows(page)).to_have_count(5)


def test_an_abandoned_hold_is_taken_over(open_popup, drive, harbor, staff, scan):
    units(drive, harbor, "A1")
    other = line_of(drive, harbor)
    attach(other, ["A1"], staff=staff, place="Till 2")
    line = line_of(drive, harbor, quantity=2)
    page = open_popup(line)
    scan(page, "A1")
    expect(rows(page)).to_contain_text(f"Held by sale {other.sale.number}, Till 2")
    page.get_by_role("button", name="Take over").click()
    expect(rows(page)).to_contain_text("Taken over from")
    page.keyboard.press("Alt+s")
    expect(page.locator("#popup")).to_be_hidden()
    assert (numbers(line), numbers(other)) == (["A1"], [])


def test_what_somebody_else_took_meanwhile_is_told_on_save_and_nothing_is_lost(open_popup, drive, harbor, staff, scan):
    units(drive, harbor, "A1", "A2")
    line = line_of(drive, harbor, quantity=3)
    page = open_popup(line)
    scan(page, "A1")
    scan(page, "A2")
    expect(rows(page)).to_have_count(2)
    attach(line_of(drive, harbor), ["A2"], staff=staff)
    page.keyboard.press("Alt+s")
    expect(page.locator("#pop-say")).to_contain_text("A2: Held by sale")
    expect(rows(page)).to_have_count(2)
    assert numbers(line) == []


@pytest.mark.once
def test_a_completed_document_shows_its_serials_and_says_why_they_stay(open_popup, harbor):
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    sale = SaleFactory(register__store=harbor, status="on_hold")
    page = open_popup(SaleLineFactory(sale=sale, product=product))
    expect(page.locator("#pop-why")).to_contain_text("on hold")
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")


@pytest.mark.once
@pytest.mark.parametrize("number", ["<img src=x onerror=alert(1)>", "A&B'\"<b>", "0" * 64])
def test_markup_in_a_number_is_text(open_popup, drive, harbor, scan, number):
    units(drive, harbor, number)
    line = line_of(drive, harbor, quantity=1)
    page = open_popup(line)
    scan(page, number)
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == [number]


@pytest.mark.once
def test_escape_cancels_and_changes_nothing(open_popup, drive, harbor, scan):
    units(drive, harbor, "A1")
    line = line_of(drive, harbor, quantity=2)
    page = open_popup(line)
    scan(page, "A1")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#popup")).to_be_hidden()
    assert numbers(line) == []
