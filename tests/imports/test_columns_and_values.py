"""Headings are recognised and cells are read, or say why not."""

import pytest

from inventory.imports.categories import read_deepest_path, read_path
from inventory.imports.columns import match_headings, read_columns_option
from inventory.imports.errors import FileRefused
from inventory.imports.products import FIELDS
from inventory.imports.values import CellProblem, read_barcodes, read_code, read_description, read_price, read_text


def test_headings_are_known_whatever_their_case_and_signs():
    headings = ["source_id", "Product Name", "GTIN-14", "PREIS", "Bin"]
    assert match_headings(headings, FIELDS) == ["sku", "name", "barcode", "price", ""]


def test_no_field_is_taken_from_two_columns():
    assert match_headings(["Name", "Title", "EAN", "UPC"], FIELDS) == ["name", "", "barcode", ""]


def test_a_company_name_is_no_product_name():
    assert match_headings(["Company name", "Internal Part Name", "id"], FIELDS) == ["", "", ""]


def test_vendor_and_type_mean_something_in_shopifys_export_alone():
    shopify = ["Handle", "Title", "Vendor", "Type", "Variant SKU", "Variant Price"]
    assert match_headings(shopify, FIELDS) == ["group", "name", "manufacturer", "category", "sku", "price"]
    assert match_headings(["SKU", "Vendor", "Type"], FIELDS) == ["sku", "", ""]


def test_columns_can_be_named_by_position():
    named = read_columns_option("-,category,sku,name", ["1", "2", "3", "4", "5"], FIELDS)
    assert named == ["", "category", "sku", "name", ""]


def test_columns_can_be_named_by_heading_and_the_others_keep_their_meaning():
    named = read_columns_option("Item=sku,Sell it for=price,Name=-", ["Item", "Name", "Sell it for", "EAN"], FIELDS)
    assert named == ["sku", "", "price", "barcode"]


@pytest.mark.parametrize("option", ["sku,nmae", "Nowhere=sku", "sku,name,price,cost"])
def test_columns_that_mean_nothing_are_refused(option):
    with pytest.raises(FileRefused):
        read_columns_option(option, ["SKU", "Name", "Price"], FIELDS)


# --- prices ---


@pytest.mark.parametrize(
    "cell, decimal, minor",
    [
        ("44.99", ".", 4499), ("44,99", ",", 4499), ("1,299.00", ".", 129900), ("1.299,00", ",", 129900),
        ("1 299,5", ",", 129950), ("1'299.50", ".", 129950), ("12", ".", 1200), ("$12.50", ".", 1250),
        ("12.50 USD", ".", 1250), ("10.0000", ".", 1000), (".5", ".", 50), ("'9.95", ".", 995), ("0", ".", 0),
    ],
)  # fmt: skip
def test_a_price_is_read_without_rounding(cell, decimal, minor):
    assert read_price(cell, decimal=decimal, currency="USD") == minor


def test_an_empty_price_is_no_price_and_not_zero():
    assert read_price(" ", decimal=".", currency="USD") is None


@pytest.mark.parametrize(
    "cell, decimal, title",
    [
        ("199,oo", ",", "not a number"), ("free", ".", "not a number"), ("-5", ".", "below zero"),
        ("44.99", ",", "does not fit the decimal sign"), ("44,99", ".", "does not fit the decimal sign"),
        ("1.999", ".", "too many decimals"), ("€ 5", ".", "another currency"), ("5 EUR", ".", "another currency"),
        ("1.23E+5", ".", "spreadsheet"), ("4006381333931", ".", "too large"), ("1,299", "", "two ways"), ("#N/A", ".", "not a number"),
    ],
)  # fmt: skip
def test_a_price_that_cannot_be_relied_on_says_why(cell, decimal, title):
    with pytest.raises(CellProblem, match=title) as problem:
        read_price(cell, decimal=decimal, currency="USD")
    assert cell.strip("'") in problem.value.detail


def test_a_letter_in_a_price_is_guessed_at_only_in_words():
    with pytest.raises(CellProblem) as problem:
        read_price("199,oo", decimal=",", currency="USD")
    assert problem.value.detail == "“199,oo”: letter o for zero?"


def test_yen_have_no_decimals():
    assert read_price("1,200", decimal=".", currency="JPY") == 1200
    with pytest.raises(CellProblem, match="too many decimals"):
        read_price("12.5", decimal=".", currency="JPY")


# --- barcodes ---


@pytest.mark.parametrize(
    "cell, codes",
    [
        ("783750002448", ["783750002448"]), ("'783750002448", ["783750002448"]), ('="0783750002448"', ["0783750002448"]),
        ("7 83750 00244 8", ["783750002448"]), ("4006381333931|783750002448", ["4006381333931", "783750002448"]),
        ("783750002448.0", ["783750002448"]), ("", []), ("BIN-7", ["BIN-7"]), ("4011", ["4011"]),
    ],
)  # fmt: skip
def test_barcodes_are_read(cell, codes):
    assert [barcode.code for barcode in read_barcodes(cell)] == codes


@pytest.mark.parametrize(
    "cell, whole", [("41250500735", "041250500735"), ("8080025111", "008080025111"), ("959742", "00959742")]
)
def test_lost_zeros_are_put_back_and_said_to_be(cell, whole):
    [barcode] = read_barcodes(cell)
    assert barcode.code == whole
    assert "zeros were lost" in barcode.note


def test_a_code_of_the_shops_own_is_kept_with_a_word():
    [barcode] = read_barcodes("BIN-7")
    assert "code of your own" in barcode.note


@pytest.mark.parametrize(
    "cell, title",
    [
        ("9.78067E+12", "spreadsheet"), ("9,78067E+12", "spreadsheet"), ("783750002449", "check digit"),
        ("00o27000382493", "letter"), ("41250500736", "incomplete"), ("x" * 65, "too long"), ("４００６３８１３３３９３１", "no barcode"),
    ],
)  # fmt: skip
def test_a_barcode_that_cannot_be_right_says_why(cell, title):
    with pytest.raises(CellProblem, match=title):
        read_barcodes(cell)


# --- texts ---


def test_a_name_keeps_its_apostrophe_and_loses_its_line_breaks():
    assert read_text("'47 Brand\n Cap ") == "'47 Brand Cap"


def test_a_code_loses_the_spreadsheets_apostrophe_and_keeps_its_zeros():
    assert read_code("'00042") == "00042"
    with pytest.raises(CellProblem, match="spreadsheet"):
        read_code("1.23457E+12")


def test_a_text_that_does_not_fit_is_refused_not_cut():
    with pytest.raises(CellProblem, match="too long"):
        read_text("x" * 10_240, longest=300)


def test_a_web_shops_tags_are_taken_out_of_a_description():
    assert read_description("<p>Tom &amp; Jerry</p>\n<ul><li>Model: 7</li></ul>") == "Tom & Jerry\nModel: 7"
    assert read_description("for 3 < 4 and 5 > 4") == "for 3 < 4 and 5 > 4"


def test_a_category_is_its_whole_path():
    assert read_path("Cameras>  Lenses >") == "Cameras > Lenses"
    assert read_deepest_path("Gear,Gear/Bags/Large,Gear/Bags") == "Gear > Bags > Large"
    with pytest.raises(CellProblem, match="too long"):
        read_path("x" * 121)
