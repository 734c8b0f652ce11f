"""An import as a run: what is kept of it where rows are wrong, where it is stopped, dies or is read anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.imports import operations, run_operations
from inventory.imports.errors import ImportNotReady, RowsToSettle
from inventory.imports.kinds import kind_of
from inventory.imports.models import ImportFile, ImportJob, ImportRow
from inventory.imports.operations import change_reading, open_import, queue_import, resume, stop
from inventory.imports.run_operations import apply_rows, check_rows
from inventory.models import Barcode, Product
from tests.factories import BarcodeFactory, ProductFactory
from tests.imports.conftest import CAP, HEAD, LENS, dry_run, take, text_file, wrong

pytestmark = pytest.mark.usefixtures("shop")


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
    monkeypatch.setattr(run_operations, "CHUNK", 1)
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
    monkeypatch.setattr(run_operations, "CHUNK", 2)
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
    monkeypatch.setattr(run_operations, "CHUNK", 2)
    job = queue_import(
        dry_run(text_file(HEAD, *(f"S-{n},Cap,,5,," for n in range(6)))), takes_all=False, in_background=False
    )
    apply_rows(job, lambda done, total: stop(job) if done == 2 else None)
    assert job.status == "stopped"
    assert Product.objects.count() == 2


def test_stopping_before_the_end_undoes_all_or_nothing(monkeypatch):
    monkeypatch.setattr(run_operations, "CHUNK", 2)
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
    assert Product.objects.get(sku="A").price == 129_900


# --- size ---


@pytest.mark.once
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
