"""A manager's morning: the day at a glance, down to a report by keyboard, a filter, and the file."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.chromium import SIZES
from tests.register.till import open_till

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager():
    factories.ShopSettingsFactory()
    harbor, northgate = factories.StoreFactory(name="Harbor"), factories.StoreFactory(name="Northgate")
    phone = factories.TrackedFactory(name="Pixel 9 Pro", sku="0042", price=799_00, cost=500_00)
    cable = factories.ProductFactory(name="=Cable", sku="CBL", price=9_00)
    for store in (harbor, northgate):
        factories.stock(cable, store, 5)
        factories.stock(phone, store, 1)  # without its serial
    factories.units(phone, harbor, "P1", "P2")
    open_till(harbor).sell("0042", "P1")
    open_till(northgate).sell("CBL")
    return factories.StaffFactory(role="Manager", stores=[harbor, northgate])


def test_from_the_day_to_a_report_and_its_file_by_keyboard(new_page, manager, assert_accessible, tmp_path):
    page = new_page(manager)
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/reports/$"))
    sales = page.get_by_role("region", name="Sales")
    expect(sales.locator(".big")).to_have_text("$808.00")
    expect(sales.get_by_role("row", name=re.compile("^Harbor"))).to_contain_text("799.00")
    expect(page.get_by_role("region", name="Differences")).to_contain_text("2 differences, 2 units")
    assert_accessible(page)
    page.keyboard.press("Alt+r")
    page.wait_for_url("**/reports/all/")
    page.get_by_role("link", name="Sales by product").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sales-by-product/")
    expect(page.get_by_role("row")).to_have_count(4)  # head, two products, sums
    page.get_by_label("Store").focus()
    page.keyboard.type("Har")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"store=\d"))
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row", name=re.compile("Pixel"))).to_contain_text("299.00")  # what was earned
    assert_accessible(page)
    with page.expect_download() as caught:
        page.keyboard.press("Alt+c")
    file = tmp_path / "report.csv"
    caught.value.save_as(file)
    [row] = csv.DictReader(Path(file).read_text(encoding="utf-8-sig").splitlines())
    assert (row["Product"], row["SKU"], row["Net sales"]) == ("Pixel 9 Pro", "0042", "799.00")


@pytest.mark.once
def test_two_days_take_the_place_of_a_period_and_the_other_way_round(new_page, manager):
    page = new_page(manager)
    page.goto("/reports/sales-over-time/?period=month")
    page.get_by_label("From").fill("2026-01-01")
    expect(page.get_by_label("Period")).to_have_value("")
    page.get_by_role("button", name="Show").last.click()
    page.wait_for_url(re.compile("since=2026-01-01"))
    page.get_by_label("Period").select_option("any")
    page.wait_for_url(re.compile("since=&|period=any"))
    expect(page.get_by_label("From")).to_have_value("")


@pytest.mark.once
def test_reports_hold_at_every_size(new_page, manager):
    page = new_page(manager)
    for path in ("/reports/", "/reports/sales-over-time/?by=hour", "/reports/serials/", "/reports/stock/paper/"):
        page.goto(path)
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (path, width)
