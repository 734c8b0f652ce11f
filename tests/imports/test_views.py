"""The pages of an import: who may, what they show, what they refuse."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inventory.imports.models import ImportJob
from inventory.imports.operations import open_import
from inventory.models import Product
from serials.imports import SerialImport
from settings_app.models import ShopSettings, Store
from tests.factories import StaffFactory, StoreFactory
from tests.imports.conftest import dry_run, messy, text_file

pytestmark = pytest.mark.usefixtures("harbor")

HEAD = "SKU,Name,UPC/EAN,Price"
MIXED = text_file(HEAD, "A,Lens,4006381333931,12.50", "B,=1+1,,free")


@pytest.fixture
def clerk(harbor):
    return StaffFactory(stores=[harbor], permissions=["inventory.import_products", "serials.import_serials"])


@pytest.fixture
def web(client, clerk):
    client.force_login(clerk)
    return client


def upload(web, content, name="list.csv", code="products", **fields):
    return web.post(reverse("imports:new", args=[code]), {"file": SimpleUploadedFile(name, content), **fields})


def page(name, job):
    return reverse(f"imports:{name}", args=[job.pk])


def test_a_file_is_uploaded_checked_and_imported(web, clerk):
    answer = upload(web, MIXED)
    job = ImportJob.objects.get()
    assert answer.status_code == 302 and answer.url == job.get_absolute_url()
    shown = web.get(answer.url).content.decode()
    assert "Price is not a number" in shown and "“free”" in shown
    assert "1 of 2 fit" in shown and "Import 1 row" in shown
    assert not Product.objects.exists()
    web.post(page("start", job), {"take": "some"})
    job.refresh_from_db()
    assert (job.status, job.staff) == ("done", clerk)
    shown = web.get(page("import", job)).content.decode()
    assert "1 product imported" in shown and "The 1 row as CSV" in shown


def test_the_whole_file_is_refused_while_rows_are_wrong(web):
    upload(web, MIXED)
    answer = web.post(page("start", ImportJob.objects.get()), {"take": "all"})
    assert answer.status_code == 422
    assert "so the whole file cannot be taken" in answer.content.decode()
    assert not Product.objects.exists()


def test_what_is_no_list_is_refused_beside_the_field(web):
    answer = upload(web, b"%PDF-1.7")
    assert answer.status_code == 422
    assert "This is a PDF, not a list" in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_a_file_without_known_columns_asks_for_them_and_takes_the_answer(web):
    upload(web, messy("oscar_books_essential_crlf_noheader.csv"))
    job = ImportJob.objects.get()
    shown = web.get(page("import", job)).content.decode()
    assert "The columns are not all known" in shown and "9780131103627" in shown
    columns = {"column_2": "sku", "column_3": "name", "column_7": "price"}
    web.post(page("reading", job), {"encoding": "utf-8", "delimiter": ",", "has_headings": "no", **columns})
    job.refresh_from_db()
    assert (job.status, job.counts) == ("checked", {"new": 82})


def test_one_field_for_two_columns_is_refused(web):
    upload(web, text_file(HEAD, "A,Lens,,5"))
    job = ImportJob.objects.get()
    choice = {
        "encoding": "utf-8",
        "delimiter": ",",
        "has_headings": "yes",
        "column_0": "sku",
        "column_1": "name",
        "column_2": "name",
    }
    answer = web.post(page("reading", job), choice)
    assert answer.status_code == 422
    assert "Name is chosen for two columns" in answer.content.decode()


def test_another_delimiter_finds_the_columns_anew(web):
    upload(web, text_file("SKU|Name;x", "A|Lens;5"))
    job = ImportJob.objects.get()
    assert "delimiter" in job.format["doubts"]
    web.post(page("reading", job), {"encoding": "utf-8", "delimiter": ";", "has_headings": "yes"})
    job.refresh_from_db()
    assert job.headings == ["SKU|Name", "x"]
    assert job.format["delimiter"] == ";" and "delimiter" not in job.format["doubts"]


def test_each_verdict_has_an_address_of_its_own(web):
    upload(web, MIXED)
    job = ImportJob.objects.get()
    product = '<b class="b6">Lens</b>'
    assert product in web.get(page("import", job) + "?show=new").content.decode()
    assert product not in web.get(page("import", job) + "?show=wrong").content.decode()


def test_the_result_is_a_csv_that_runs_no_formula(web):
    upload(web, MIXED)
    answer = web.get(page("result", ImportJob.objects.get()) + "?show=wrong")
    assert answer["Content-Disposition"].startswith("attachment")
    [row] = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"), newline=""))
    assert (row["Row"], row["Imported"], row["Reason"]) == ("3", "no", "Price: Price is not a number")
    assert row["Name"] == "'=1+1"


@pytest.mark.parametrize("code", ["products", "serials"])
def test_an_example_file_has_headings_that_are_understood(web, code):
    content = b"".join(web.get(reverse("imports:template", args=[code])).streaming_content)
    assert all(dry_run(content, kind=code, store=Store.objects.get()).columns)


def test_markup_in_a_file_is_shown_as_text(web):
    upload(web, text_file(HEAD, "A,<script>alert(1)</script>,,5"), name="<img>.csv")
    shown = web.get(page("import", ImportJob.objects.get()) + "?show=new").content.decode()
    assert "&lt;script&gt;alert(1)" in shown and "<script>alert" not in shown and "<img>" not in shown


def test_progress_asks_for_the_page_once_the_work_has_ended(web):
    upload(web, MIXED)
    job = ImportJob.objects.get()
    assert web.get(page("progress", job)).headers["HX-Refresh"] == "true"
    ImportJob.objects.update(status="running", total=10, done=4, runner="x")
    shown = web.get(page("progress", job)).content.decode()
    assert 'hx-trigger="every 1s"' in shown and 'value="4" max="10"' in shown


def test_an_interrupted_import_says_so_and_offers_to_go_on(web):
    upload(web, MIXED)
    job = ImportJob.objects.get()
    ImportJob.objects.update(status="running", runner="dead", seen_at=None)
    shown = web.get(page("import", job)).content.decode()
    assert "Nothing is lost: it goes on where it was." in shown and page("resume", job) in shown


def test_a_stopped_import_can_be_taken_up_again(web):
    upload(web, MIXED)
    job = ImportJob.objects.get()
    ImportJob.objects.update(status="running", total=1, started_at=job.created_at)
    web.post(page("stop", job))
    job.refresh_from_db()
    assert job.status == "stopped"
    web.post(page("resume", job))
    job.refresh_from_db()
    assert job.status == "done"


def test_what_changes_something_is_never_a_get(web):
    upload(web, MIXED)
    job = ImportJob.objects.get()
    assert {web.get(page(name, job)).status_code for name in ("reading", "start", "stop", "resume")} == {405}


# --- who may ---


def test_nobody_without_the_right_gets_in(client, harbor):
    client.force_login(StaffFactory(stores=[harbor]))
    job = dry_run(MIXED)
    for address in (
        reverse("imports:imports"),
        reverse("imports:new", args=["products"]),
        page("import", job),
        page("result", job),
    ):
        assert client.get(address).status_code == 403
    assert client.post(page("start", job)).status_code == 403


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(reverse("imports:imports")).status_code == 302


def test_an_import_into_a_store_of_others_is_not_there(web):
    north = StoreFactory(name="Northgate")
    job = open_import(SerialImport, name="x.csv", content=text_file("Serial,SKU", "A,B"), staff=None, store=north)
    assert web.get(page("import", job)).status_code == 404
    assert web.post(page("stop", job)).status_code == 404
    assert "x.csv" not in web.get(reverse("imports:imports")).content.decode()


def test_serials_cannot_be_imported_into_a_store_of_others(web):
    north = StoreFactory(name="Northgate")
    answer = upload(web, text_file("Serial,SKU", "A,B"), code="serials", store=north.pk)
    assert answer.status_code == 422
    assert not ImportJob.objects.exists()


def test_with_the_add_on_off_serial_imports_are_nowhere(web, harbor):
    upload(web, text_file("Serial,SKU", "A,B"), code="serials", store=harbor.pk)
    job = ImportJob.objects.get()
    ShopSettings.objects.update(serial_numbers_enabled=False)
    assert web.get(reverse("imports:new", args=["serials"])).status_code == 404
    assert web.get(page("import", job)).status_code == 404
    assert "Import serial numbers" not in web.get(reverse("imports:imports")).content.decode()


def test_an_unknown_kind_is_not_there(web):
    assert web.get(reverse("imports:new", args=["customers"])).status_code == 404


# --- size ---


@pytest.mark.once
def test_pages_ask_a_fixed_number_of_questions(web, django_assert_max_num_queries):
    small, large = (
        dry_run(text_file(HEAD, "A,Lens,,5")),
        dry_run(text_file(HEAD, *(f"S{n},Lens,,5" for n in range(1000)))),
    )
    for job in (small, large):
        with django_assert_max_num_queries(16):
            assert web.get(page("import", job)).status_code == 200
