"""Two imports of one file, and one import by two workers, at the same instant."""

import pytest

from inventory.imports import products, run_operations
from inventory.imports.models import ImportJob
from inventory.imports.operations import queue_import
from inventory.imports.products import ProductImport
from inventory.imports.run_operations import apply_rows
from inventory.models import Product, StockLevel
from serials.imports import SerialImport
from serials.models import Serial, SerialEvent
from tests.factories import ShopSettingsFactory, StoreFactory, TrackedFactory, stock
from tests.imports.conftest import dry_run, text_file
from tests.races.threads import errors, locks_taken_out, meeting, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

LIST = text_file("SKU,Name,UPC/EAN,Category", *(f"S-{n},Cap {n},,Hats > Caps" for n in range(20)))


def queued(content, **how):
    return queue_import(dry_run(content, **how), takes_all=how.get("takes_all", False), in_background=False)


@pytest.mark.parametrize("tries", [3, pytest.param(1, marks=pytest.mark.xfail(strict=True, reason="proves the guard"))])
def test_one_list_imported_twice_at_once_makes_each_product_once(monkeypatch, tries):
    ShopSettingsFactory()
    jobs = [queued(LIST), queued(LIST)]
    monkeypatch.setattr(run_operations, "TRIES", tries)
    with meeting(monkeypatch, products, "add_categories"):
        outcomes = together(*(lambda job=job: apply_rows(job) for job in jobs))
    assert not errors(outcomes)
    assert Product.objects.count() == Product.history.count() == 20
    found = [ImportJob.objects.get(pk=job.pk) for job in jobs]
    assert {job.status for job in found} == {"done"}
    assert sorted(job.counts.get("same", 0) for job in found) == [0, 20]


@pytest.mark.parametrize("guard", [True, pytest.param(False, marks=pytest.mark.xfail(strict=True, reason="proves it"))])
def test_two_workers_at_one_import_do_its_work_once(monkeypatch, guard):
    ShopSettingsFactory()
    job = queued(LIST)
    written = []
    monkeypatch.setattr(ProductImport, "write", lambda self, readings: written.extend(readings))
    if not guard:
        monkeypatch.setattr(run_operations, "_lock_for", lambda job, runner: None)
    with (
        locks_taken_out(monkeypatch, not guard),
        meeting(monkeypatch, run_operations.secrets, "token_hex"),
        meeting(monkeypatch, ImportJob, "save"),
        meeting(monkeypatch, run_operations, "_write"),
    ):
        together(*2 * [lambda: apply_rows(ImportJob.objects.get(pk=job.pk))])
    assert len(written) == 20


@pytest.mark.parametrize("locks", [True, pytest.param(False, marks=pytest.mark.xfail(strict=True, reason="proves it"))])
def test_two_lists_of_units_at_once_never_exceed_the_open_stock(monkeypatch, locks):
    ShopSettingsFactory()
    harbor = StoreFactory()
    stock(TrackedFactory(sku="HDD"), harbor, 10)
    lists = [text_file("Serial,SKU", *(f"{letter}{n},HDD" for n in range(10))) for letter in "AB"]
    jobs = [queued(content, kind="serials", store=harbor) for content in lists]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, SerialImport, "_count_room", after=True),
        meeting(monkeypatch, SerialImport, "write"),
    ):
        outcomes = together(*(lambda job=job: apply_rows(job) for job in jobs))
    assert not errors(outcomes)
    assert Serial.objects.count() == SerialEvent.objects.count() == 10
    assert StockLevel.objects.get().on_hand == 10
    assert sorted(ImportJob.objects.get(pk=job.pk).counts.get("new", 0) for job in jobs) == [0, 10]
