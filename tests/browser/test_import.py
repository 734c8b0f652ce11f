"""Importing a file in a real browser: dry run, corrections beside their effect, progress, result."""

import pytest
from playwright.sync_api import expect

from inventory.imports.models import ImportJob
from inventory.models import Product
from serials.models import Serial
from tests.chromium import SIZES
from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory, TrackedFactory, stock
from tests.imports.conftest import MESSY, text_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    return StoreFactory(code="HBR", name="Harbor")


@pytest.fixture
def office(new_page, harbor):
    """A window of somebody in the back office."""
    return new_page(StaffFactory(first_name="Bea", role="Back Office", stores=[harbor]))


def upload(page, file, kind="Import catalogue", **ticks):
    page.goto("/imports/")
    page.get_by_role("link", name=kind).click()
    page.get_by_label("File", exact=True).set_input_files(file)
    for label in ticks.get("ticked", ()):
        page.get_by_label(label).check(force=True)
    page.get_by_role("button", name="Dry run").click()


def made(name, *lines):
    return {"name": name, "mimeType": "text/csv", "buffer": text_file(*lines)}


def tab(page, name):
    return page.get_by_role("navigation", name="Show").get_by_role("link", name=name)


def test_a_file_is_tried_and_then_imported_without_its_wrong_rows(office, assert_accessible):
    page = office
    upload(page, MESSY / "datakick_excel_mangled_gtin.csv")
    expect(page.get_by_text("314 of 400 fit")).to_be_visible()
    expect(page.get_by_text("UPC/EAN damaged by a spreadsheet").first).to_be_visible()
    expect(page.get_by_text("“9.78067E+12”").first).to_be_visible()
    assert not Product.objects.exists()
    tab(page, "New").click()
    expect(page.get_by_text("read as 041250500735: leading zeros were lost")).to_be_visible()
    assert "show=new" in page.url
    assert_accessible(page)
    page.get_by_role("button", name="Import 314 rows").click()
    expect(page.get_by_role("heading", name="314 products imported")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="The 86 rows as CSV").click()
    assert download.value.suggested_filename == "imp-000001-wrong.csv"
    assert Product.objects.count() == 314
    assert_accessible(page)


def test_the_whole_file_is_refused_in_place_while_a_row_is_wrong(office):
    page = office
    upload(page, made("list.csv", "SKU,Name,Price", "A,Lens,12.50", "B,Cap,free"))
    page.get_by_label("How to take the file").select_option("All rows or none")
    page.get_by_role("button", name="Import 1 row").click()
    expect(page.get_by_role("alert").filter(has_text="the whole file cannot be taken")).to_be_visible()
    assert not Product.objects.exists()


def test_columns_are_chosen_where_the_file_has_no_headings(office, assert_accessible):
    page = office
    upload(page, MESSY / "oscar_books_essential_crlf_noheader.csv")
    expect(page.get_by_text("The columns are not all known")).to_be_visible()
    assert_accessible(page)
    for at, field in {2: "Category", 3: "SKU", 4: "Name", 7: "UPC/EAN", 8: "Price"}.items():
        page.get_by_label(f"Column {at} becomes").select_option(field)
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("82 of 82 fit")).to_be_visible()
    page.get_by_role("button", name="Import 82 rows").click()
    expect(page.get_by_role("heading", name="82 products imported")).to_be_visible()
    assert Product.objects.get(sku="9780131103627").price == 999


def test_a_wrong_encoding_is_corrected_beside_its_effect(office):
    page = office
    upload(page, MESSY / "datakick_latin1.csv")
    expect(page.get_by_text("Check that these are right: Jalapeño")).to_be_visible()
    page.get_by_label("Encoding").select_option("cp1251")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("Spicy Jalapeсo Chicken Sausage").first).to_be_visible()
    page.get_by_label("Encoding").select_option("cp1252")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("Spicy Jalapeño Chicken Sausage").first).to_be_visible()


def test_units_are_imported_against_open_stock(office, harbor):
    page = office
    stock(TrackedFactory(sku="HDD"), harbor, 1)
    upload(page, made("units.csv", "Serial number,SKU", "W1F14H94,HDD", "W1F0X3ZX,HDD"), "Import serial numbers")
    expect(page.get_by_text("No open stock left")).to_be_visible()
    page.get_by_label("These units are new stock").check(force=True)
    page.get_by_role("button", name="Check again").click()
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("heading", name="2 serial numbers imported")).to_be_visible()
    assert Serial.objects.in_stock(harbor).count() == 2


def test_a_run_shows_how_far_it_is_and_ends_on_its_result_by_itself(office, assert_accessible):
    page = office
    upload(page, made("list.csv", "SKU,Name,Price", "A,Lens,12.50"))
    expect(page.get_by_role("button", name="Import 1 row")).to_be_visible()
    job = ImportJob.objects.get()
    running = {"status": "running", "runner": "other", "total": 1259, "done": 812, "last_row": 1044}
    ImportJob.objects.update(**running, started_at=job.created_at, seen_at=job.created_at)
    page.reload()
    bar = page.get_by_role("progressbar", name="Rows done")
    expect(bar).to_have_attribute("value", "812")
    assert_accessible(page)
    ImportJob.objects.update(done=1000)
    expect(bar).to_have_attribute("value", "1000")
    ImportJob.objects.update(status="done", runner="", finished_at=job.created_at)
    expect(page.get_by_role("region", name="Result")).to_be_visible()


def test_what_is_no_list_is_refused_beside_the_field(office, assert_accessible):
    page = office
    upload(page, {"name": "list.csv", "mimeType": "text/csv", "buffer": b"%PDF-1.7"})
    expect(page.get_by_text("This is a PDF, not a list.")).to_be_visible()
    assert_accessible(page)


@pytest.mark.once
def test_an_import_is_no_wider_than_the_window(office):
    page = office
    upload(page, MESSY / "bestbuy_in_shopify_layout.csv")
    expect(page.get_by_text("33 of 33 fit")).to_be_visible()
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
