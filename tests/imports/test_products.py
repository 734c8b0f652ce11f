"""Catalogue import: what a row does to the product with its SKU."""

import io

import pytest
from openpyxl import Workbook

from inventory.imports.errors import ImportNotReady
from inventory.imports.models import ImportJob
from inventory.imports.operations import (
    apply_rows,
    queue_import,
)
from inventory.models import Category, Product
from settings_app.models import SerialTracking, TaxClass
from tests.factories import BarcodeFactory, ProductFactory, ShopSettingsFactory
from tests.imports.conftest import CAP, HEAD, LENS, dry_run, take, text_file, wrong

pytestmark = pytest.mark.usefixtures("shop")


def only(**fields):
    return Product.objects.get(**fields)


def problem(job, number=None):
    """Title and detail of the one problem of a row."""
    rows = job.rows.filter(verdict="wrong")
    [found] = (rows.get(number=number) if number else rows.get()).problems
    return found["title"], found["detail"]


# --- what a row writes ---


def test_a_dry_run_changes_nothing():
    job = dry_run(text_file(HEAD, LENS, CAP))
    assert job.counts == {"new": 2}
    assert not Product.objects.exists() and not Category.objects.exists()


def test_a_row_becomes_a_product_with_everything_in_it():
    take(text_file(HEAD, LENS))
    lens = only(sku="L-50")
    assert (lens.name, lens.price, lens.manufacturer) == ("Lens 50 mm", 129_900, "Canon")
    assert lens.category.path == "Cameras > Lenses" and lens.category.parent.path == "Cameras"
    assert [barcode.code for barcode in lens.barcodes.all()] == ["4006381333931"]


def test_a_new_product_copies_the_shops_defaults():
    ShopSettingsFactory(default_serial_tracking=SerialTracking.SALES)
    books = TaxClass.objects.create(name="Books", is_default=True)
    take(text_file(HEAD, LENS))
    assert only().serial_tracking == SerialTracking.SALES
    assert only().tax_class == books


def test_a_file_may_say_the_policy_and_the_tax_class():
    food = TaxClass.objects.create(name="Food")
    take(text_file("SKU,Name,Serial number policy,Tax class", "A,Drone,all transactions required,FOOD"))
    assert only().serial_tracking == SerialTracking.ALL
    assert only().tax_class == food


def test_a_product_without_a_price_is_asked_for_at_the_register():
    job = take(text_file(HEAD, "C-1,Cap,,,,"))
    assert only().price is None
    assert job.rows.get().notes == ["no price: it is asked for at the register"]


def test_a_price_of_zero_is_a_price():
    take(text_file(HEAD, "C-1,Cap,,0.00,,"))
    assert only().price == 0


def test_names_may_repeat():
    assert take(text_file(HEAD, "C-1,Cap,,5,,", "C-2,Cap,,6,,")).counts == {"new": 2}


def test_without_a_sku_the_barcode_says_which_product_it_is():
    take(text_file("UPC,Name", "783750002448,Keyboard"))
    assert only().sku == "783750002448"
    job = take(text_file("EAN,Name", "0783750002448,Keyboard black"))
    assert job.counts == {"changed": 1}
    assert only().name == "Keyboard black"


def test_changes_are_shown_as_before_and_after_and_kept_in_the_history(boss):
    take(text_file(HEAD, LENS))
    job = dry_run(text_file(HEAD, "L-50,Lens 50 mm f/1.8,4006381333931,1199.00,Cameras > Lenses,Canon"), "november.csv")
    assert job.rows.get().changes == [["Name", "Lens 50 mm", "Lens 50 mm f/1.8"], ["Price", "1,299.00", "1,199.00"]]
    ImportJob.objects.update(staff=boss)
    job.refresh_from_db()
    apply_rows(queue_import(job, takes_all=True, in_background=False))
    now, before = only().history.all()[:2]
    assert (now.price, before.price) == (119_900, 129_900)
    assert now.history_change_reason == "Imported from november.csv"
    assert now.history_user == boss


def test_an_empty_cell_changes_nothing():
    take(text_file(HEAD, LENS))
    assert dry_run(text_file(HEAD, "L-50,,,,,")).counts == {"same": 1}


def test_a_barcode_is_added_and_none_is_taken_away():
    take(text_file(HEAD, LENS))
    job = take(text_file(HEAD, "L-50,,783750002448,,,"))
    assert job.rows.get().changes == [["UPC/EAN", "", "783750002448"]]
    assert set(only().barcodes.values_list("code", flat=True)) == {"4006381333931", "783750002448"}
    assert only().history.first().history_change_reason == "Imported from list.csv + 783750002448"


def test_the_same_file_again_changes_nothing():
    content = text_file(HEAD, LENS, CAP)
    take(content)
    before = list(Product.objects.values()), Product.history.count()
    job = dry_run(content)
    assert job.counts == {"same": 2}
    with pytest.raises(ImportNotReady, match="nothing to import"):
        queue_import(job, takes_all=True, in_background=False)
    assert (list(Product.objects.values()), Product.history.count()) == before


def test_an_archived_product_stays_archived_and_says_so():
    ProductFactory(sku="C-1", is_archived=True)
    job = take(text_file(HEAD, CAP))
    assert "the product is archived and stays so" in job.rows.get().notes
    assert only().is_archived


# --- what a row may not do ---


def test_a_sku_twice_in_the_file_is_wrong_in_the_later_row():
    job = dry_run(text_file(HEAD, LENS, CAP, "L-50,Lens 50 mm,,1199,,"))
    assert problem(job, 4) == ("SKU twice in the file", "also in row 2, with another price, category, manufacturer")


def test_a_barcode_twice_in_the_file_is_wrong_in_the_later_row():
    job = dry_run(text_file(HEAD, LENS, "L-85,Lens 85 mm,04006381333931,,,"))
    assert problem(job) == ("UPC/EAN twice in the file", "“04006381333931” is also on row 2, L-50")


def test_a_barcode_of_another_product_is_wrong():
    BarcodeFactory(code="4006381333931", product=ProductFactory(sku="CBL-1M", name="Cable"))
    job = dry_run(text_file(HEAD, LENS))
    assert problem(job) == ("UPC/EAN belongs to another product", "“4006381333931” is already on CBL-1M, Cable")


def test_a_new_product_needs_a_name():
    assert problem(dry_run(text_file(HEAD, "L-50,,,1199,,")))[0] == "Name is missing"


def test_a_row_without_sku_and_barcode_is_wrong():
    assert problem(dry_run(text_file(HEAD, ",Lens,,1199,,")))[0] == "SKU and UPC/EAN are missing"


def test_a_policy_that_nobody_knows_gets_a_suggestion():
    job = dry_run(text_file("SKU,Name,S/N", "A,Drone,sale only"))
    assert problem(job) == ("Policy not known", "“sale only”: did you mean Sales Required?")


def test_an_import_changes_no_policy_of_a_product_on_record():
    ProductFactory(sku="A", serial_tracking=SerialTracking.ALL)
    job = dry_run(text_file("SKU,Name,S/N", "A,Drone,No Tracking"))
    assert problem(job)[0] == "Policy differs from the product’s"


def test_a_tax_class_that_nobody_knows_is_wrong():
    TaxClass.objects.create(name="Standard")
    assert problem(dry_run(text_file("SKU,Name,Tax class", "A,Drone,Luxury"))) == (
        "Tax class not known",
        "“Luxury”: one of: Standard",
    )


def test_a_price_in_another_currency_is_wrong():
    job = dry_run(text_file("SKU,Name,Price,Currency", "A,Drone,5.00,EUR", "B,Drone,5.00,usd", "C,Drone,,EUR"))
    assert wrong(job) == {2: ["Price is in another currency"]}


def test_every_problem_of_a_row_is_named_at_once():
    job = dry_run(text_file(HEAD, f"L-50,{'x' * 301},9.78E+12,free,,"))
    assert wrong(job) == {2: ["Name is too long", "Price is not a number", "UPC/EAN damaged by a spreadsheet"]}


@pytest.mark.parametrize(
    "row, title", [("L-50,Lens", "Row is cut off"), ('L-50,Lens,,44,99,"",Canon', "Row has too many cells")]
)
def test_a_row_with_other_cells_than_the_headings_is_wrong(row, title):
    assert problem(dry_run(text_file(HEAD, row, CAP)))[0] == title


def test_hostile_cells_are_kept_as_text_or_refused():
    job = take(
        b'SKU,Name,Price\r\n=1+1,"=HYPERLINK(""http://x"",""y"")",1\r\nB,<script>alert(1)</script>,2\r\n'
        b"C,nul\x00,3\r\nD," + b"x" * 10_240 + b",4\r\n",
        takes_all=False,
    )
    assert wrong(job).keys() == {4, 5}
    assert only(sku="=1+1").name == '=HYPERLINK("http://x","y")'
    assert only(sku="B").name == "<script>alert(1)</script>"


# --- shopify's variants ---


def test_a_variant_inherits_what_only_the_first_row_of_its_product_says():
    job = take(
        text_file(
            "Handle,Title,Vendor,Type,Option1 Value,Variant SKU,Variant Price",
            "cap,Cap,Adidas,Hats,S,CAP-S,5.00",
            "cap,,,,M,CAP-M,6.00",
            "cap,,,,,,",
        )
    )
    assert job.counts == {"new": 2, "nothing": 1}
    medium = only(sku="CAP-M")
    assert (medium.name, medium.manufacturer, medium.category.path, medium.price) == ("Cap, M", "Adidas", "Hats", 600)


# --- workbooks ---


def test_a_workbook_is_taken_like_a_text_file():
    book = Workbook()
    for row in (
        ["SKU", "Name", "EAN", "Price"],
        ["00042", "Lens", 4006381333931, 1299.5],
        [7, "Cap", 41250500735, None],
    ):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    job = take(file.getvalue(), "list.xlsx")
    assert job.counts == {"new": 2}
    assert (only(sku="00042").price, only(sku="7").price) == (129_950, None)
    assert job.rows.get(number=3).notes[0] == "read as 041250500735: leading zeros were lost"
