"""Who sees which page of which stores, what nonsense is answered with, and what it costs the database."""

import csv
import io
import re
from datetime import datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from microbiz.reports.catalogue import REPORTS
from register.models import Sale, SaleLine
from settings_app.models import AuditEntry, ShopSettings, Staff
from tests import factories
from tests.reports.conftest import CHICAGO
from transfers.models import Transfer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

AGES = "/reports/today/ageing/"  # the panel that comes after the dashboard
DAYS = {"since": "2026-11-10", "until": "2026-11-11"}
ROLES = {
    "Junior Cashier": set(),
    "Senior Cashier": {"dashboard"},
    "Back Office": {"dashboard", "settings_app.view_stock_reports"},
    "Manager": {"dashboard", "settings_app.view_stock_reports", "settings_app.view_sales_reports"},
}


@pytest.fixture
def store(db):
    factories.ShopSettingsFactory()
    return factories.StoreFactory(time_zone="America/Chicago")


@pytest.fixture
def newcomer(client, store):
    """The manager of a shop in which nothing happened yet."""
    client.force_login(factories.StaffFactory(role="Manager", stores=[store]))


@pytest.fixture
def manager(client, shops):
    person = factories.StaffFactory(role="Manager", stores=[shops.harbor.store])
    client.force_login(person)
    return person


def get(client, slug, name="report", *args, **asked):
    return client.get(reverse(f"reports:{name}", args=[slug, *args]), asked)


def read_csv(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def read_xlsx(response):
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    head, *rows = sheet.iter_rows()
    names = [cell.value for cell in head]
    return [dict(zip(names, row, strict=True)) for row in rows]


# --- Who -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_own_reports(client, store, role):
    client.force_login(factories.StaffFactory(role=role, stores=[store]))
    allowed = ROLES[role]
    assert client.get("/reports/").status_code == (200 if "dashboard" in allowed else 403)
    for slug, report in REPORTS.items():
        for name, args in (("report", ()), ("paper", ()), ("export", ("csv",))):
            status = get(client, slug, name, *args).status_code
            assert status == (200 if report.permission in allowed else 403), (slug, name)


def test_files_are_a_right_of_their_own(client, store):
    person = factories.StaffFactory(permissions=["settings_app.view_stock_reports"], stores=[store])
    client.force_login(person)
    page = get(client, "stock")
    assert page.status_code == 200
    assert "export.csv" not in page.text
    assert get(client, "stock", "export", "csv").status_code == 403


def test_other_stores_are_never_in_any_report(client, shops, manager):
    foreign = "Sticker", str(shops.dublin.staff), "Dublin"
    for slug in REPORTS:
        page = get(client, slug, **DAYS).text
        assert "Dublin" not in page, slug
        assert str(shops.dublin.staff) not in page, slug
        refused = get(client, slug, store=shops.dublin.store.pk)
        assert refused.status_code == 422, slug
    dashboard = client.get("/reports/", {"day": "2026-11-11"}).text + client.get(AGES).text
    assert not [word for word in foreign[1:] if word in dashboard]
    [row] = [row for row in read_csv(get(client, "sales-by-product", "export", "csv", **DAYS)) if row["SKU"] == "STK"]
    assert row["Units"] == "3"  # the fourth was sold in Dublin


def test_without_the_add_on_there_are_no_reports_about_serials(client, newcomer):
    ShopSettings.objects.update(serial_numbers_enabled=False)
    for slug, report in REPORTS.items():
        assert get(client, slug).status_code == (404 if report.needs_serials else 200), slug
    assert "Serials" not in get(client, "stock").text
    assert not re.search("Ageing|Differences|agree", client.get("/reports/").text)
    assert client.get(AGES).status_code == 404
    assert client.get("/reports/nothing/").status_code == 404


# --- Nonsense --------------------------------------------------------------------------------------------------------


NONSENSE = [
    {"store": "abc"},
    {"store": "9" * 30},
    {"category": "99999"},
    {"staff": "x"},
    {"period": "never"},
    {"since": "2026-02-30"},
    {"since": "0001-01-01"},
    {"until": "9999-12-31"},
    {"since": "2026-11-11", "until": "2026-11-10"},
    {"by": "nonsense"},
    {"older": "-1"},
    {"reason": "none"},
    {"page": "9" * 30},
]


def test_what_makes_no_sense_is_refused_in_words(client, newcomer):
    for slug, report in REPORTS.items():
        for asked in NONSENSE:
            name = next(iter(asked))
            is_known = name in report.filter.base_filters and name not in report.filter.without
            status = get(client, slug, **asked).status_code
            assert status == (422 if is_known else 200), (slug, asked)
    for name, args in (("paper", ()), ("export", ("csv",)), ("export", ("xlsx",))):
        assert get(client, "taxes", name, *args, period="never").status_code == 422
    assert "The last day is before the first." in get(client, "taxes", since="2026-11-11", until="2026-11-10").text


def test_a_page_beyond_the_last_is_the_last_and_paging_keeps_the_filter(client, newcomer, store):
    for number in range(60):
        factories.stock(factories.ProductFactory(name=f"Pick {number:02}"), store, 1)
    page = get(client, "stock", by="product", product="Pick", page="99").text
    assert "51 to 60 of 60" in page
    assert "by=product&amp;product=Pick&amp;page=1" in page
    assert "All 60 rows" in page


def test_a_day_that_is_none_is_refused(client, newcomer):
    for day in ("abc", "2026-02-30", "0001-01-01", "9999-12-31", "2026-11-13"):
        assert client.get("/reports/", {"day": day}).status_code == 422, day


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_csv_has_the_rows_of_the_page_and_reads_back(client, manager):
    rows = read_csv(get(client, "sales-by-product", "export", "csv", **DAYS))
    assert [(row["Product"], row["SKU"], row["Units"], row["Net sales"]) for row in rows] == [
        ("Guitar", "GTR", "1", "90.00"),
        ("Book", "0012", "2", "80.00"),
        ("Sticker", "STK", "3", "15.00"),
    ]
    assert len(read_csv(get(client, "sales-by-product", "export", "csv", product="0012", **DAYS))) == 1


def test_an_xlsx_keeps_skus_as_text_and_amounts_as_figures(client, manager):
    rows = read_xlsx(get(client, "sales-by-product", "export", "xlsx", product="0012", **DAYS))
    assert [(row["SKU"].value, row["SKU"].data_type, row["SKU"].number_format) for row in rows] == [("0012", "s", "@")]
    assert (rows[0]["Net sales"].value, rows[0]["Units"].value) == (80, 2)
    [row] = read_xlsx(get(client, "returns", "export", "xlsx", **DAYS))
    assert row["When"].value == datetime(2026, 11, 11, 15, 0)  # noqa: DTZ001  the clock on the store's wall
    assert row["Without tax"].value == -90


def test_a_text_never_becomes_a_formula(client, newcomer, store):
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
    for number, name in enumerate(names):
        factories.stock(factories.ProductFactory(name=name, sku=f"={number}"), store, 1)
    rows = read_csv(get(client, "stock", "export", "csv"))
    assert {row["Product"] for row in rows} == {f"'{name}" for name in names}
    assert not [value for row in rows for value in row.values() if value and value[0] in "=+-@\t"]
    cells = [row["Product"] for row in read_xlsx(get(client, "stock", "export", "xlsx"))]
    assert {cell.value for cell in cells} == set(names)
    assert {(cell.data_type, cell.quotePrefix) for cell in cells} == {("s", True)}


def test_an_export_is_recorded(client, newcomer):
    get(client, "taxes", "export", "csv", **DAYS)
    [entry] = AuditEntry.objects.all()
    assert (entry.kind, entry.staff) == (AuditEntry.Kind.EXPORT, Staff.objects.get())
    assert entry.about.startswith("Taxes (csv)") and "10 Nov" in entry.about


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_report_can_be_taken_out(client, manager, kind):
    for slug in REPORTS:
        response = get(client, slug, "export", kind, **DAYS)
        assert response.status_code == 200
        rows = read_csv(response) if kind == "csv" else read_xlsx(response)
        shown = get(client, slug, **DAYS).context["page"]
        assert len(rows) == shown.paginator.count, slug


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_the_dashboard_adds_up_each_store_and_compares_the_same_weekday(client, manager, shops):
    Sale.objects.filter(pk=shops.first.pk).update(completed_at=datetime(2026, 11, 4, 23, 30, tzinfo=CHICAGO))
    page = client.get("/reports/", {"day": "2026-11-11"})
    sales = page.context["sales"]
    assert (sales.total.net, sales.total.receipts, sales.total.returned) == (5_00, 2, -90_00)
    [row] = sales.rows
    assert (str(row.store), row.now.net, row.before.net) == ("Harbor", 5_00, 180_00)
    assert [(bar.words, bar.value) for bar in row.chart.bars] == [("10:00, 55.00", 55_00), ("15:00, −50.00", -50_00)]
    assert sales.hours == (9, 23)
    assert "highest 55.00 at 10:00" in page.text


def test_today_is_compared_up_to_the_same_time(client, manager, shops):
    for hour, sale in ((11, shops.first), (13, shops.exchange)):
        Sale.objects.filter(pk=sale.pk).update(completed_at=datetime(2026, 11, 5, hour, 0, tzinfo=CHICAGO))
    page = client.get("/reports/")
    [row] = page.context["sales"].rows
    assert (row.now.net, row.before.net) == (0, 180_00)  # it is noon; the exchange of 13:00 is still to be matched
    assert [bar.is_open for bar in row.chart.bars] == [True]
    assert "So far today, as of" in page.text


def test_the_dashboard_shows_what_stands_in_the_stores_and_in_the_drawers(client, manager, shops):
    factories.stock(shops.guitar, shops.harbor.store, 3)
    page = client.get("/reports/")
    assert re.findall('aria-label="([^"]*)" aria-busy', page.text) == ["Ageing units"]
    [stock] = page.context["stock"]
    assert (stock.units, stock.tracked, stock.serials) == (20, 5, 2)
    assert (page.context["differences"].count, page.context["differences"].units) == (1, 3)
    ages = client.get(AGES).context["ages"]
    assert [(row.units, row.cost) for row in ages.rows] == [(2, 150_00), (0, 0), (0, 0), (0, 0)]
    assert ages.oldest.serial.number == "G3"
    [till] = page.context["tills"]
    assert (till.cash, till.since.isoformat()) == (100_00 + 198_00 + 65_00 - 49_00, "2026-11-01T09:00:00")


def test_a_cashier_sees_today_and_no_other_day_and_no_stock(client, shops):
    client.force_login(factories.StaffFactory(role="Senior Cashier", stores=[shops.harbor.store]))
    page = client.get("/reports/", {"day": "2026-11-11"})
    assert page.context["day"].isoformat() == "2026-11-12"
    assert page.context["sales"].total.net == 0
    assert "aria-busy" not in page.text
    assert client.get(AGES).status_code == 403
    assert client.get("/reports/all/").status_code == 403


def test_a_shop_on_its_first_day_has_empty_reports(client, newcomer):
    for slug in REPORTS:
        assert "Nothing fits what is set above" in get(client, slug).text, slug
        assert get(client, slug, "paper").status_code == 200
    assert "none yet" in client.get("/reports/").text


# --- What it costs the database --------------------------------------------------------------------------------------


def many(shops, count):
    """So many more receipts with one line each, all of other products."""
    moment = datetime(2026, 11, 11, 12, 0, tzinfo=CHICAGO)
    products = [factories.TrackedFactory(price=1_00, cost=50) for _one in range(count)]
    for number, product in enumerate(products):
        factories.units(product, shops.harbor.store, f"N{product.pk}")
        sale = factories.SaleFactory(
            register=shops.harbor.register,
            shift=shops.harbor.shift,
            staff=shops.harbor.staff,
            status=Sale.Status.COMPLETED,
            completed_at=moment,
            completion_key=uuid4(),
            customer=factories.CustomerFactory(),
        )
        kind = SaleLine.Kind.RETURN if number % 2 else SaleLine.Kind.SALE
        line = factories.SaleLineFactory(sale=sale, product=product, kind=kind, cost=50)
        line.serial_links.create(serial=product.serials.get())
        line.taxes.create(name=f"Tax {number}", rate=number, is_inclusive=False, base=100, amount=1)
        order = factories.PurchaseOrderFactory(status="sent", store=shops.harbor.store)
        factories.PurchaseOrderLineFactory(order=order, product=product)
        factories.OrderFactory(store=shops.harbor.store, status="open")
        transfer = Transfer.objects.create(
            number=f"T-{product.pk}",
            from_store=shops.harbor.store,
            to_store=shops.dublin.store,
            status=Transfer.Status.SENT,
            sent_at=moment,
        )
        transfer.arrivals.create(product=product, quantity=1)


def queries(client, path):
    with CaptureQueriesContext(connection) as found:
        assert client.get(path, DAYS).status_code == 200
    return len(found)


@pytest.mark.by_hand
@pytest.mark.once
def test_every_page_asks_as_much_with_ten_times_the_rows(client, shops):
    client.force_login(factories.StaffFactory(role="Admin", stores=shops.stores))
    paths = [report.get_absolute_url() for report in REPORTS.values()]
    paths += [
        "/reports/sales-over-time/?by=hour",
        "/reports/returns/?by=product",
        "/reports/",
        "/reports/all/",
        AGES,
    ]
    many(shops, 2)
    for path in paths:
        client.get(path)
    few = {path: queries(client, path) for path in paths}
    many(shops, 20)
    assert {path: queries(client, path) for path in paths} == few
    assert max(few.values()) <= 32
