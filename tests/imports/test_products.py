"""Catalogue import: what a row does to the product with its SKU."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import Workbook

from inventory.imports import operations
from inventory.imports.errors import ImportNotReady, RowsToSettle
from inventory.imports.kinds import kind_of
from inventory.imports.models import ImportFile, ImportJob, ImportRow
from inventory.imports.operations import (
    apply_rows,
    change_reading,
    check_rows,
    open_import,
    queue_import,
    resume,
    stop,
)
from inventory.models import Barcode, Category, Product
from settings_app.models import SerialTracking, TaxClass
from tests.factories import BarcodeFactory, ProductFactory, ShopSettingsFactory
from tests.imports.conftest import dry_run, take, text_file, wrong

pytestmark = pytest.mark.usefixtures("shop")

HEAD = "SKU,Name,UPC/EAN,Price,Category,Manufacturer"
LENS = "L-50,Lens 50 mm,4006381333931,1299.00,Cameras > Lenses,Canon"
CAP = "C-1,Cap,,5,,"


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


# --- all or nothing, or without the wrong rows ---


def test_the_whole_file_is_refused_while_a_row_is_wrong():
    job = dry_run(text_file(HEAD, LENS, "C-1,Cap,,free,,"))
    with pytest.raises(RowsToSettle):
        queue_import(job, takes_all=True, in_background=False)
    assert not Product.objects.exists()


def test_a_huge_file_is_not_taken_in_one_go_that_would_hold_up_the_tills(monkeypatch):
    monkeypatch.setattr(operations, "MOST_AT_ONCE", 1)
    job = dry_run(text_file(HEAD, LENS, CAP))
    with pytest.raises(ImportNotReady, match="make the tills wait"):
        queue_import(job, takes_all=True, in_background=False)
    apply_rows(queue_import(job, takes_all=False, in_background=False))
    assert Product.objects.count() == 2


def test_wrong_rows_are_left_out_by_choice():
    job = take(text_file(HEAD, LENS, "C-1,Cap,,free,,"), takes_all=False)
    assert job.status == "done"
    assert [product.sku for product in Product.objects.all()] == ["L-50"]
    assert job.rows.get(verdict="wrong").is_applied is False


def test_all_or_nothing_keeps_nothing_when_a_later_row_no_longer_fits(monkeypatch):
    monkeypatch.setattr(operations, "CHUNK", 1)
    monkeypatch.setattr(kind_of("products"), "at_once", 1)
    job = queue_import(dry_run(text_file(HEAD, LENS, "C-1,Cap,783750002448,5,,")), takes_all=True, in_background=False)
    BarcodeFactory(code="783750002448", product=ProductFactory(sku="OTHER"))
    apply_rows(job)
    assert job.status == "failed"
    assert "row 3 no longer fits (UPC/EAN belongs to another product)" in job.problem
    assert list(Product.objects.values_list("sku", flat=True)) == ["OTHER"]
    assert not job.rows.filter(is_applied=True).exists()


def test_a_row_that_no_longer_fits_is_left_out_and_the_others_go_in():
    job = queue_import(dry_run(text_file(HEAD, LENS, "C-1,Cap,783750002448,5,,")), takes_all=False, in_background=False)
    BarcodeFactory(code="783750002448", product=ProductFactory(sku="OTHER"))
    apply_rows(job)
    assert (job.status, job.counts) == ("done", {"new": 1, "wrong": 1})
    assert set(Product.objects.values_list("sku", flat=True)) == {"OTHER", "L-50"}


# --- stopping, dying, going on ---


def test_a_run_that_died_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(operations, "CHUNK", 2)
    job = queue_import(
        dry_run(text_file(HEAD, *(f"S-{n},Cap,,5,," for n in range(7)))), takes_all=False, in_background=False
    )

    def die(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_rows(job, die)
    job.refresh_from_db()
    assert job.is_interrupted
    assert Product.objects.count() == 4
    resume(job)  # runs at once in tests
    job.refresh_from_db()
    assert (job.status, job.done, Product.objects.count()) == ("done", 7, 7)
    assert Product.history.count() == 7


def test_a_silent_run_counts_as_interrupted():
    job = dry_run(text_file(HEAD, LENS))
    ImportJob.objects.update(status="running", runner="dead", seen_at=timezone.now() - timedelta(minutes=5))
    job.refresh_from_db()
    assert job.is_interrupted


def test_stopping_keeps_what_was_written_and_ends_the_run(monkeypatch):
    monkeypatch.setattr(operations, "CHUNK", 2)
    job = queue_import(
        dry_run(text_file(HEAD, *(f"S-{n},Cap,,5,," for n in range(6)))), takes_all=False, in_background=False
    )
    apply_rows(job, lambda done, total: stop(job) if done == 2 else None)
    assert job.status == "stopped"
    assert Product.objects.count() == 2


def test_stopping_before_the_end_undoes_all_or_nothing(monkeypatch):
    monkeypatch.setattr(operations, "CHUNK", 2)
    job = queue_import(
        dry_run(text_file(HEAD, *(f"S-{n},Cap,,5,," for n in range(4)))), takes_all=True, in_background=False
    )
    apply_rows(job, lambda done, total: stop(job) if done == 4 else None)
    assert job.status == "stopped"
    assert not Product.objects.exists()


def test_a_second_worker_leaves_a_run_alone():
    job = queue_import(dry_run(text_file(HEAD, LENS)), takes_all=True, in_background=False)
    ImportJob.objects.update(runner="another", seen_at=timezone.now())
    apply_rows(ImportJob.objects.get())
    assert not Product.objects.exists()
    assert ImportJob.objects.get(pk=job.pk).runner == "another"


def test_the_file_is_let_go_once_its_rows_are_in():
    job = dry_run(text_file(HEAD, LENS))
    assert ImportFile.objects.exists()
    apply_rows(queue_import(job, takes_all=True, in_background=False))
    assert not ImportFile.objects.exists() and job.rows.count() == 1


def test_an_import_is_not_run_twice():
    job = take(text_file(HEAD, LENS))
    with pytest.raises(ImportNotReady):
        queue_import(job, takes_all=True, in_background=False)
    apply_rows(job)
    assert Product.history.count() == 1


# --- reading it another way ---


def test_another_encoding_or_other_columns_are_checked_again():
    job = open_import(kind_of("products"), name="x.csv", content="SKU,Ding\r\n1,Crème\r\n".encode("cp1252"), staff=None)
    assert job.status == "columns"
    change_reading(job, chosen={"encoding": "cp1250"}, columns=["sku", "name"])
    job.refresh_from_db()
    assert (job.status, job.counts) == ("checked", {"new": 1})
    assert job.rows.get().title == "Crčme"
    change_reading(job, chosen={"encoding": "cp1252"}, columns=["sku", "name"])
    assert ImportRow.objects.get().title == "Crème"


def test_ambiguous_prices_wait_for_the_decimal_sign():
    content = text_file("SKU;Name;Price", "A;Drone;1,299", "B;Cap;2,500")
    job = dry_run(content)
    assert wrong(job) == {2: ["Price can be read in two ways"], 3: ["Price can be read in two ways"]}
    assert "1,299" in job.format["doubts"]["decimal"]
    take(content, chosen={"decimal": "."})
    assert only(sku="A").price == 129_900


# --- size ---


def test_statements_do_not_grow_with_the_rows(django_assert_max_num_queries):
    small = queue_import(
        dry_run(text_file(HEAD, *(f"A-{n},Cap,,5,Hats," for n in range(5)))), takes_all=True, in_background=False
    )
    large = dry_run(text_file(HEAD, *(f"B-{n},Cap,,5,Hats > Caps," for n in range(400))))
    large = queue_import(large, takes_all=True, in_background=False)
    with django_assert_max_num_queries(60):
        apply_rows(small)
    with django_assert_max_num_queries(60):
        apply_rows(large)
    assert Barcode.objects.count() == 0 and Product.objects.count() == 405


def test_checking_again_forgets_the_rows_before():
    job = dry_run(text_file(HEAD, LENS, CAP))
    change_reading(job, chosen={}, columns=job.columns)
    assert ImportRow.objects.filter(job=job).count() == 2
    check_rows(job)
    assert ImportRow.objects.filter(job=job).count() == 2
