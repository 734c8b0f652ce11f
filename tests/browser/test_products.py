"""The product record in a real browser: the list, Save & Continue, serials that leave, the policy's preview."""

import re

import pytest
from playwright.sync_api import expect

from settings_app.models import SerialTracking
from tests.factories import (
    AdminFactory,
    ProductFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TrackedFactory,
    on_hand,
    stock,
    units,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    AdminFactory()
    return StoreFactory(name="Harbor")


@pytest.fixture
def manager(harbor):
    from microbiz.roles import sync_roles

    sync_roles()
    return StaffFactory(stores=[harbor], role="Manager")


@pytest.fixture
def shop(new_page, manager):
    return new_page(manager)


def open_stock(page, store):
    return page.get_by_label(f"Open stock at {store}")


def test_typing_narrows_the_list_and_the_address_can_be_shared(shop, harbor):
    ProductFactory(name="IronWolf Pro 16 TB")
    stock(ProductFactory(name="Exos X18 18 TB"), harbor, 2)
    shop.goto("/products/")
    expect(shop.get_by_role("link", name="IronWolf Pro 16 TB")).to_be_in_viewport()
    search = shop.get_by_label("Search products")
    search.press_sequentially("exos")
    expect(shop.get_by_role("link", name="IronWolf Pro 16 TB")).to_have_count(0)
    expect(search).to_be_focused()
    expect(shop).to_have_url(re.compile(r"/products/\?q=exos$"))
    shop.get_by_role("button", name="Add a filter").click()
    shop.get_by_label("In stock at").select_option("Harbor")
    shop.get_by_role("button", name="Show products").click()
    expect(shop).to_have_url(re.compile(r"q=exos"))
    expect(shop.locator(".chip")).to_contain_text("Harbor")
    shop.get_by_role("link", name="Exos X18 18 TB").click()
    shop.get_by_label("Price", exact=True).fill("329.00")
    shop.keyboard.press("Alt+s")
    expect(shop).to_have_url(re.compile(r"/products/\?.*q=exos"))
    expect(shop.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(shop.locator("tbody tr")).to_contain_text("329.00")


def test_a_field_suggests_once_it_has_the_focus(shop):
    ProductFactory(manufacturer="Seagate")
    shop.goto("/products/new/")
    expect(shop.get_by_label("Name", exact=True)).to_be_focused()
    expect(shop.locator("#manufacturers option")).to_have_count(0)
    shop.get_by_label("Manufacturer").focus()
    expect(shop.locator("#manufacturers option")).to_have_attribute("value", "Seagate")


def test_a_new_product_by_keyboard_with_scanned_barcodes(shop, scan):
    shop.goto("/products/")
    shop.keyboard.press("Alt+n")
    expect(shop.get_by_role("heading", name="New product")).to_be_visible()
    shop.get_by_label("Name", exact=True).fill("Highlighter")
    shop.get_by_label("SKU").fill("H-1")
    shop.get_by_label("Another barcode").focus()
    scan(shop, "4006381333931")
    scan(shop, "012345678905")
    scan(shop, "4006381333931")
    expect(shop.get_by_role("heading", name="New product")).to_be_visible()
    shop.keyboard.press("Alt+c")
    expect(shop.get_by_role("heading", name="Highlighter")).to_be_visible()
    codes = shop.locator("[name=barcodes]").evaluate_all("fields => fields.map(field => field.value)")
    assert codes == ["4006381333931", "012345678905", ""]


def test_save_and_continue_then_serials(shop, harbor):
    product = TrackedFactory(name="Drive")
    shop.goto(f"/products/{product.pk}/stock/")
    open_stock(shop, "Harbor").fill("3")
    shop.keyboard.press("Alt+s")
    expect(shop.get_by_text("Saved. Open stock: Harbor 3.")).to_be_visible()
    assert shop.url.endswith(f"/products/{product.pk}/stock/")
    shop.get_by_role("link", name="3 lack a serial").click()
    expect(shop.get_by_role("link", name="Serial Number", exact=True)).to_have_attribute("aria-current", "page")
    expect(shop.locator("[data-difference]")).to_contain_text("3")


def test_lowering_below_the_serials_asks_and_takes_scans(shop, harbor, scan):
    product = TrackedFactory(name="Drive")
    units(product, harbor, *(f"ZL2B7K{number:02d}" for number in range(8)))
    shop.goto(f"/products/{product.pk}/stock/")
    open_stock(shop, "Harbor").fill("5")
    shop.get_by_label("Reason").select_option("Missing")
    open_stock(shop, "Harbor").press("Enter")
    expect(shop.get_by_role("heading", name="Which 3 leave?")).to_be_visible()
    assert on_hand(product, harbor) == 8

    box = shop.get_by_label("Find or scan a serial at Harbor")
    expect(box).to_be_focused()
    scan(shop, "zl2b7k03")
    scan(shop, "ZL2B7K05")
    scan(shop, "ZL2B7K05")
    leaving = shop.locator("#open-stock").page.locator("[name=leaving]:checked")
    expect(leaving).to_have_count(2)
    expect(shop.get_by_text("ZL2B7K05 is ticked already.")).to_be_visible()
    expect(box).to_be_focused()
    shop.locator("label.pick", has_text="ZL2B7K07").click()
    expect(leaving).to_have_count(3)
    expect(shop.get_by_text("3 chosen")).to_be_visible()
    shop.keyboard.press("Alt+s")
    expect(shop.get_by_text("Saved. Open stock: Harbor 5.")).to_be_visible()
    left = {serial.number for serial in product.serials.in_stock(harbor)}
    assert left == {f"ZL2B7K{number:02d}" for number in (0, 1, 2, 4, 6)}
    expect(shop.locator("tbody").last).to_contain_text("Missing")


def test_a_policy_is_changed_after_a_look_at_what_it_means(shop, harbor):
    product = ProductFactory(name="Drive", serial_tracking=SerialTracking.OPTIONAL)
    stock(product, harbor, 2)
    line = SaleLineFactory(product=product, sale__register__store=harbor)
    shop.goto(f"/products/{product.pk}/settings/")
    shop.get_by_role("radio", name="Optional", exact=True).focus()
    shop.keyboard.press("ArrowDown")
    shop.keyboard.press("ArrowDown")
    preview = shop.locator("#tracking-preview")
    expect(preview).to_contain_text("Before you change to Sales Required")
    expect(preview).to_contain_text(line.sale.number)
    expect(preview).to_contain_text("2 units without a serial must get one before they are sold")
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.OPTIONAL
    shop.keyboard.press("Alt+s")
    expect(shop.get_by_text("Saved. Serial numbers: Sales Required.")).to_be_visible()
    expect(shop.get_by_text("Optional → Sales Required")).to_be_visible()
    shop.get_by_role("link", name="History").click()
    expect(shop.get_by_text("Tracking policy changed")).to_be_visible()


def test_with_the_add_on_off_the_record_knows_no_serials(shop, harbor):
    product = TrackedFactory(name="Drive")
    units(product, harbor, "A-1")
    ShopSettingsFactory(serial_numbers_enabled=False)
    shop.goto(f"/products/{product.pk}/")
    tabs = shop.get_by_role("navigation", name="Product record")
    expect(tabs.get_by_role("link")).to_have_text(["Details", "Stock", "Purchasing", "Settings", "History"])
    tabs.get_by_role("link", name="Settings").click()
    expect(shop.get_by_role("heading", name="Archive")).to_be_visible()
    expect(shop.get_by_role("radio")).to_have_count(0)
    ShopSettingsFactory(serial_numbers_enabled=True)
    shop.reload()
    expect(shop.get_by_role("radio")).to_have_count(4)


@pytest.mark.once
def test_axe_finds_nothing_where_no_product_is_found(shop, assert_accessible):
    shop.goto("/products/?q=nothing")
    assert_accessible(shop)
