"""Every real file goes in right, or says clearly why it does not: one test per file, with its verdict."""

import pytest

from inventory.models import Barcode, Product
from tests.imports.conftest import FULL_SIZE, dry_run, messy, take, text_file, wrong

pytestmark = pytest.mark.usefixtures("shop")


def test_bestbuy_in_shopify_layout_gives_33_products_and_leaves_their_pictures_alone():
    job = take(messy("bestbuy_in_shopify_layout.csv"), "bestbuy_in_shopify_layout.csv")
    assert job.counts == {"new": 33, "nothing": 33}
    keyboard = Product.objects.get(sku="9984203")
    assert keyboard.price == 4499
    assert keyboard.manufacturer == "Adesso"
    assert keyboard.category.path == "Wired & USB Keyboards"
    assert keyboard.barcodes.get().code == "783750002448"  # without the export's apostrophe
    assert "<" not in keyboard.description and "Model: Pck-208b" in keyboard.description


def test_bestbuy_semicolon_decimal_comma_is_read_with_its_commas():
    job = take(messy("bestbuy_semicolon_decimal_comma.csv"))
    assert (job.format["delimiter"], job.format["decimal"]) == (";", ",")
    assert job.counts == {"new": 33}
    assert Product.objects.get(sku="9984203").price == 4499


def test_datakick_excel_mangled_gtin_takes_314_and_names_86_damaged_ones():
    job = take(messy("datakick_excel_mangled_gtin.csv"), takes_all=False)
    assert job.counts == {"new": 314, "wrong": 86}
    assert {title for titles in wrong(job).values() for title in titles} == {"UPC/EAN damaged by a spreadsheet"}
    row = job.rows.get(number=4)
    assert "“9.78067E+12”" in row.problems[0]["detail"]
    assert row.problems[0]["column"] == "gtin"
    restored = job.rows.get(number=3)
    assert restored.notes[0] == "read as 041250500735: leading zeros were lost"
    assert Barcode.objects.filter(code="041250500735").exists()
    assert Product.objects.count() == 314


def test_datakick_latin1_keeps_every_accent():
    job = take(messy("datakick_latin1.csv"))
    assert job.format["encoding"] == "cp1252"
    assert "Jalapeño" in job.format["doubts"]["encoding"]
    assert job.counts == {"new": 416}
    assert Product.objects.filter(name="Spicy Jalapeño Chicken Sausage, 12 oz", sku="00000000282857").exists()


def test_oscar_books_without_headings_wait_for_their_columns():
    job = dry_run(messy("oscar_books_essential_crlf_noheader.csv"))
    assert job.status == "columns"
    assert not job.format["has_headings"]
    assert job.problem.startswith("No column for a product name was found.")
    assert not job.rows.exists()


def test_oscar_books_go_in_once_their_columns_are_named():
    content = messy("oscar_books_essential_crlf_noheader.csv")
    job = take(content, columns="-,category,sku,name,description,-,barcode,price,-")
    assert job.counts == {"new": 82}
    book = Product.objects.get(sku="9780131103627")
    assert (book.name, book.price) == ("The C Programming Language", 999)
    assert book.category.path == "Books > Non-Fiction > Essential programming"


@pytest.mark.parametrize(
    "name, columns",
    [("stores_quoted_newlines.csv", "id, name, address, hours"), ("stores_utf8bom_crlf.csv", "id, type, name")],
)
def test_stores_are_refused_as_no_catalogue(name, columns):
    job = dry_run(messy(name))
    assert job.status == "columns"
    assert "No column that says which product it is, a SKU or UPC/EAN, was found." in job.problem
    assert f"The columns are: {columns}" in job.problem


def test_a_list_of_companies_is_refused_as_no_catalogue():
    job = dry_run(
        text_file("ID,Company name,Website,Currency,Is supplier,Notes", "3,Arrow,https://example.com,AUD,True,")
    )
    assert job.status == "columns"
    assert job.problem.startswith("No column for a product name was found. The columns are: ID, Company name, Website")


def test_the_lines_of_a_purchase_order_are_refused_as_no_catalogue():
    heading = "ID,Supplier Part,Quantity,Reference,Purchase price,Currency,Total price,SKU,MPN,Internal Part Name"
    job = dry_run(text_file(heading, "27,1034,100.0,,2.5,USD,250.0,WE-10AWG-WT,,Silicon Wire 10AWG White"))
    assert job.status == "columns"
    assert job.problem.startswith("No column for a product name was found.")


def test_magentos_export_takes_simple_products_and_says_why_sets_stay_out():
    job = take(
        text_file(
            "sku,store_view_code,attribute_set_code,product_type,categories,product_websites,name,description,price,qty",
            '24-WG085,,Default,simple,"Default Category/Gear,Default Category/Gear/Fitness",base,Strap 6 foot,"<p>Great</p>",14,100',
            '24-WG085,fr,Default,simple,"Default Category/Gear",base,Sangle,,,',
            '24-WG085_Group,,Default,grouped,"Default Category/Gear",base,Set of straps,,,0',
            '24-WG085-fixed,,Default,bundle,"Default Category/Gear",base,Fixed bundle,,14,0',
        ),
        takes_all=False,
    )
    assert job.counts == {"new": 1, "nothing": 1, "wrong": 2}
    assert wrong(job) == {4: ["A set of other products"], 5: ["A set of other products"]}
    assert Product.objects.get().category.path == "Default Category > Gear > Fitness"


# --- the full files, where they are ---

there = pytest.mark.skipif(not FULL_SIZE.is_dir(), reason="the full sample files are not beside the project")
VERDICTS = {
    "bestbuy_in_shopify_layout.csv": {"new": 33, "nothing": 33},
    "bestbuy_semicolon_decimal_comma.csv": {"new": 33},
    "datakick_excel_mangled_gtin.csv": {"new": 314, "wrong": 86},
    "datakick_latin1.csv": {"new": 416},
    "inventree_companies.csv": "No column for a product name was found.",
    "inventree_po_lines.csv": "No column for a product name was found.",
    "magento2_default_catalog_product.csv": {"new": 3, "wrong": 3},
    "oscar_books_essential_crlf_noheader.csv": "No column for a product name was found.",
    "stores_quoted_newlines.csv": "No column that says which product it is",
    "stores_utf8bom_crlf.csv": "No column that says which product it is",
}


@there
@pytest.mark.parametrize("name", sorted(VERDICTS))
def test_the_full_file_has_its_verdict(name):
    job = dry_run((FULL_SIZE / "messy_import" / name).read_bytes(), name)
    expected = VERDICTS[name]
    if isinstance(expected, str):
        assert job.problem.startswith(expected)
    else:
        assert job.counts == expected


@there
def test_no_sample_file_is_without_a_verdict():
    assert {path.name for path in (FULL_SIZE / "messy_import").iterdir()} == set(VERDICTS)


@there
def test_the_full_catalogue_goes_in_but_for_five_rows():
    job = take((FULL_SIZE / "catalogue.csv").read_bytes(), "catalogue.csv", takes_all=False)
    assert job.counts == {"new": 10_229, "wrong": 5}
    assert wrong(job) == {
        203: ["SKU twice in the file"],
        215: ["SKU twice in the file"],
        224: ["SKU twice in the file"],
        7791: ["UPC/EAN holds a letter"],
        9629: ["UPC/EAN twice in the file"],
    }
    assert Product.objects.count() == 10_229
