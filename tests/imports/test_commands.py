"""manage.py import_products and import_serials: what they say and the exit status that they leave."""

import csv

import pytest
from django.core.management import CommandError, call_command

from inventory.imports.models import ImportJob
from inventory.models import Product
from serials.models import Serial
from settings_app.models import ShopSettings
from tests.factories import TrackedFactory, stock
from tests.imports.conftest import MESSY, text_file

pytestmark = pytest.mark.usefixtures("shop")

GOOD = ("SKU,Name,Price", "A,Lens,12.50", "B,Cap,5.00")
MIXED = (*GOOD, "C,Bag,free")


@pytest.fixture
def run(tmp_path, capsys):
    """Run a command on a file with these lines; its exit status and what it said."""

    def command(name, lines, *options):
        file = tmp_path / "list.csv"
        file.write_bytes(text_file(*lines) if lines else b"")
        try:
            call_command(name, str(file), *options)
        except CommandError as refused:
            return refused.returncode, capsys.readouterr().out + str(refused)
        return 0, capsys.readouterr().out

    return command


def test_products_are_imported_with_a_bar_and_the_columns_said(run):
    status, said = run("import_products", GOOD)
    assert status == 0
    assert "Encoding UTF-8" in said and "SKU → SKU" in said and "Decimal sign: Point" in said
    assert "2/2" in said and "2 products imported" in said
    assert Product.objects.count() == 2


def test_a_dry_run_changes_nothing(run):
    status, said = run("import_products", GOOD, "--dry-run")
    assert status == 0 and "nothing was changed" in said
    assert not Product.objects.exists()


def test_one_bad_row_keeps_the_whole_file_out(run, capsys):
    status, said = run("import_products", MIXED)
    assert status == 1 and "--skip-bad-rows" in said
    assert not Product.objects.exists()


def test_a_dry_run_of_a_file_that_would_be_refused_fails(run):
    assert run("import_products", MIXED, "--dry-run")[0] == 1
    assert run("import_products", MIXED, "--dry-run", "--skip-bad-rows")[0] == 0


def test_bad_rows_are_skipped_by_choice_and_written_down(run, tmp_path):
    errors = tmp_path / "errors.csv"
    status, said = run("import_products", MIXED, "--skip-bad-rows", "--errors", str(errors))
    assert status == 0 and "2 products imported" in said
    rows = list(csv.DictReader(errors.open(encoding="utf-8-sig", newline="")))
    assert [(row["Row"], row["Reason"], row["SKU"]) for row in rows] == [("4", "Price: Price is not a number", "C")]


def test_a_file_of_bad_rows_alone_applies_nothing(run):
    assert run("import_products", ("SKU,Name,Price", "C,Bag,free"), "--skip-bad-rows")[0] == 1


def test_the_same_file_again_has_nothing_to_apply_and_says_so(run):
    run("import_products", GOOD)
    status, said = run("import_products", GOOD)
    assert status != 0 and "same as on record" in said


@pytest.mark.parametrize(
    "lines, words", [((), "empty"), (("id,name", "1,Harbor"), "The columns are: id, name"), (("%PDF-1.7",), "PDF")]
)
def test_what_is_no_catalogue_is_refused(run, lines, words):
    status, said = run("import_products", lines)
    assert status == 1 and words in said


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_products", "/nowhere/list.csv")


def test_columns_encoding_and_decimals_can_be_said():
    file = MESSY / "oscar_books_essential_crlf_noheader.csv"
    call_command(
        "import_products", str(file), "--columns=-,category,sku,name,description,-,barcode,price,-", "--no-headings"
    )
    assert Product.objects.count() == 82


def test_a_wrong_word_for_a_column_names_the_right_ones(run):
    status, said = run("import_products", GOOD, "--columns=sku,nmae")
    assert status == 1 and "nmae" in said and "manufacturer" in said


def test_the_import_is_in_the_name_of_somebody(run, boss):
    run("import_products", GOOD, "--staff", boss.username)
    assert ImportJob.objects.get().staff == boss
    assert Product.history.first().history_user == boss
    assert run("import_products", GOOD, "--staff", "nobody")[0] == 1


# --- serials ---


def test_serials_are_imported_at_the_store(run, harbor):
    stock(TrackedFactory(sku="HDD"), harbor, 1)
    status, said = run("import_serials", ("Serial,SKU", "W1,HDD"), "--store", "hbr")
    assert status == 0 and "1 serial number imported" in said
    assert Serial.objects.in_stock(harbor).count() == 1


def test_serials_need_open_stock_unless_they_are_new_stock(run, harbor):
    lines = ("Serial,Model", "W1,ST3", "W2,ST3")
    assert run("import_serials", lines, "--store", "HBR")[0] == 1
    assert not Product.objects.exists()
    assert run("import_serials", lines, "--store", "HBR", "--add-stock", "--create-products")[0] == 0
    assert Serial.objects.in_stock(harbor).count() == 2


def test_an_unknown_store_is_refused_with_the_known_ones(run, harbor):
    status, said = run("import_serials", ("Serial,SKU", "W1,HDD"), "--store", "XX")
    assert status == 1 and "HBR" in said


def test_serials_are_not_imported_while_the_add_on_is_off(run, harbor):
    ShopSettings.objects.update(serial_numbers_enabled=False)
    status, said = run("import_serials", ("Serial,SKU", "W1,HDD"), "--store", "HBR")
    assert status == 1 and "Add On Features" in said
