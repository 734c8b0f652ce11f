"""What was sold: by product, category, staff, store and time, and what came back. Figures as figures.py defines them."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models.functions import ExtractHour, TruncDay, TruncMonth, TruncWeek
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from microbiz.reports import charts, figures
from microbiz.reports.figures import Figures, Part, grouped, in_all, summed
from microbiz.reports.filters import StaffFilter
from microbiz.reports.report import SALES, Reader, Report, address
from microbiz.reports.tables import BAR, SKU, STORE, Column, Kind, LazyRows, Row, Table, on_the_wall
from settings_app.models import Staff, Store

UNITS = Column("units", gettext_lazy("Units"), Kind.COUNT)
RECEIPTS = Column("receipts", gettext_lazy("Receipts"), Kind.COUNT, is_wide=True)
AMOUNTS = [
    Column("discount", gettext_lazy("Discounts"), Kind.MONEY, is_wide=True),
    Column("returned", gettext_lazy("Returns"), Kind.MONEY, is_wide=True),
    Column("net", gettext_lazy("Net sales"), Kind.MONEY, is_strong=True),
    Column("tax", gettext_lazy("Tax"), Kind.MONEY, is_wide=True),
    Column("total", gettext_lazy("With tax"), Kind.MONEY, is_wide=True),
]
MARGIN = [
    Column("cost", gettext_lazy("Cost"), Kind.MONEY, is_wide=True),
    Column("margin", gettext_lazy("Margin"), Kind.MONEY, is_wide=True),
    Column("margin_share", gettext_lazy("Margin %"), Kind.SHARE, is_wide=True),
]


def _row(sums: Figures, **more: Any) -> dict[str, Any]:
    names = ("units", "receipts", "returned", "net", "tax", "total", "cost", "margin", "margin_share")
    return {name: getattr(sums, name) for name in names} | {"discount": -sums.discount} | more


def _table(head: list[Column], rows: list[dict], reader: Reader, *, receipts: bool = False, **more: Any) -> Table:
    """The usual table of sales: `head`, the share of each row as a bar, and its amounts."""
    most = max((row["net"] for row in rows), default=0)
    for row in rows:
        row["bar"] = row["net"] / most if most > 0 else 0
    columns = [*head, BAR, UNITS, *([RECEIPTS] if receipts else []), *AMOUNTS, *(MARGIN if reader.sees_cost else [])]
    return Table(columns, rows, **more)


def by_product(found: StaffFilter, reader: Reader) -> Table:
    """One row for each product that was sold or came back, best sellers first."""
    by = ("product", "product__name", "product__sku", "product__category__path")
    sums = grouped(found.parts(figures.goods()), *by)
    rows = [_row(one, pk=pk, name=name, sku=sku, category=path or "") for (pk, name, sku, path), one in sums.items()]
    rows.sort(key=lambda row: (-row["net"], row["name"], row["pk"]))
    head = [
        Column(
            "name", gettext_lazy("Product"), url=lambda row: reverse("inventory:product", args=[row["pk"]]), sub=SKU
        ),
        Column("category", gettext_lazy("Category"), is_for_files=True),
    ]
    return _table(head, rows, reader, totals=_row(in_all(sums.values())))


def by_category(found: StaffFilter, reader: Reader) -> Table:
    """One row for each category; what stands below a category has its own row."""
    sums = grouped(found.parts(figures.goods()), "product__category", "product__category__path")
    rows = [_row(one, pk=pk, name=path or _("No category")) for (pk, path), one in sums.items()]
    rows.sort(key=lambda row: (-row["net"], row["name"]))
    head = [
        Column(
            "name",
            gettext_lazy("Category"),
            url=lambda row: address("sales-by-product", found, category=row["pk"]) if row["pk"] else None,
        )
    ]
    return _table(head, rows, reader, totals=_row(in_all(sums.values())))


def by_staff(found: StaffFilter, reader: Reader) -> Table:
    """One row for each person who completed sales."""
    sums = grouped(found.parts(figures.goods()), "by_staff")
    people = Staff.objects.in_bulk([pk for (pk,) in sums])
    return _people_or_stores(found, sums, people, "staff", gettext_lazy("Staff"), reader)


def by_store(found: StaffFilter, reader: Reader) -> Table:
    """One row for each store where goods passed."""
    sums = grouped(found.parts(figures.goods()), "at_store")
    stores = {store.pk: store for store in found.stores}
    return _people_or_stores(found, sums, stores, "store", gettext_lazy("Store"), reader)


def _people_or_stores(found, sums: dict, known: dict[int, Staff] | dict[int, Store], name: str, label, reader):
    rows = [_row(one, pk=pk, name=str(known[pk])) for (pk,), one in sums.items()]
    rows.sort(key=lambda row: (-row["net"], row["name"]))
    head = [Column("name", label, url=lambda row: address("sales-over-time", found, **{name: row["pk"]}))]
    return _table(head, rows, reader, receipts=True, totals=_row(in_all(sums.values())))


# --- Over time -------------------------------------------------------------------------------------------------------

STEPS: dict[str, tuple[Any, Any, Callable[[Any], str]]] = {
    "day": (gettext_lazy("Day"), TruncDay, lambda at: date_format(at, "D j M Y")),
    "week": (gettext_lazy("Week"), TruncWeek, lambda at: _("Week of %(day)s") % {"day": date_format(at, "j M Y")}),
    "month": (gettext_lazy("Month"), TruncMonth, lambda at: date_format(at, "F Y")),
    "hour": (gettext_lazy("Hour of the day"), ExtractHour, lambda hour: f"{hour:02}:00"),
}


class OverTimeFilter(StaffFilter):
    by = django_filters.ChoiceFilter(
        label=gettext_lazy("By"),
        choices=[(key, step[0]) for key, step in STEPS.items()],
        empty_label=None,
    )

    @property
    def usual_by(self) -> str:  # type: ignore[override]  # depends on the period
        return "day" if self.when.days > 1 else "hour"


def over_time(found: OverTimeFilter, reader: Reader) -> Table:
    """One row for each day, week or month in which goods passed, or for each hour of the day over all days."""
    chosen = found.grouping
    label, step, words = STEPS[chosen]
    sums: dict[Any, Figures] = {}
    for part in found.parts(figures.goods()):
        for (at,), one in grouped([part], "moment", moment=step("at", tzinfo=part.zone)).items():
            when = at if chosen == "hour" else at.date()
            sums[when] = sums.get(when, Figures()) + one
    rows = [_row(sums[when], when=when, name=words(when)) for when in sorted(sums)]

    def inside(row: Row) -> str | None:
        day = row["when"]
        if chosen != "day":
            return None
        return address("sales-by-product", found, period=None, since=day.isoformat(), until=day.isoformat())

    head = [Column("name", label, url=inside)]
    chart = charts.over_time({when: one.net for when, one in sums.items()}, chosen, found.when)
    return _table(head, rows, reader, receipts=True, totals=_row(in_all(sums.values())), chart=chart)


# --- What came back --------------------------------------------------------------------------------------------------

GROUPS = {
    "each": gettext_lazy("Each return"),
    "reason": gettext_lazy("Reason"),
    "product": gettext_lazy("Product"),
    "staff": gettext_lazy("Staff"),
}


class ReturnsFilter(StaffFilter):
    by = django_filters.ChoiceFilter(label=gettext_lazy("By"), choices=list(GROUPS.items()), empty_label=None)
    usual_by = "each"


def returns(found: ReturnsFilter, reader: Reader) -> Table:
    """What came back, who took it back and why: line by line, or summed up. Amounts are what went out of the till."""
    by = found.grouping
    parts = list(found.parts([figures.returns()]))
    totals = summed(parts)
    amounts = [
        Column("net", gettext_lazy("Without tax"), Kind.MONEY, is_strong=True),
        Column("total", gettext_lazy("With tax"), Kind.MONEY, is_wide=True),
    ]
    foot = {"units": -totals.units, "net": totals.net, "total": totals.total}
    if by != "each":
        rows = _returns_by(by, parts)
        return Table([Column("name", GROUPS[by]), BAR, UNITS, *amounts], rows, foot)
    lines = found.during(figures.returns()).select_related(
        "sale__store", "sale__staff", "sale__customer", "returned_line__sale", "handed_line__hand_over"
    )
    columns = [
        Column("at", gettext_lazy("When"), Kind.MOMENT),
        Column("receipt", gettext_lazy("Receipt"), Kind.CODE, url=lambda row: row["receipt_url"], sub=STORE),
        Column("sold_on", gettext_lazy("Sold on"), Kind.CODE, is_wide=True),
        Column("name", gettext_lazy("Product"), sub=SKU),
        Column("reason", gettext_lazy("Why")),
        Column("staff", gettext_lazy("Staff"), is_wide=True),
        Column("customer", gettext_lazy("Customer"), is_wide=True),
        UNITS,
        *amounts,
    ]
    return Table(columns, LazyRows(lines.order_by("-at", "-pk"), _return_rows), foot)


def _return_rows(lines) -> list[Row]:
    return [
        {
            "at": on_the_wall(line.sale.completed_at, line.sale.store),
            "receipt": line.sale.number,
            "receipt_url": line.sale.get_absolute_url(),
            "store": str(line.sale.store),
            "sold_on": line.origin_document.number if line.has_origin else "",
            "name": line.name,
            "sku": line.sku,
            "reason": line.return_reason,
            "staff": str(line.sale.staff),
            "customer": str(line.sale.customer or ""),
            "units": line.quantity,
            "net": line.total + line.tax,
            "total": line.total,
        }
        for line in lines
    ]


def _returns_by(by: str, parts: list[Part]) -> list[dict]:
    path = {"reason": "return_reason", "product": "product__name", "staff": "by_staff"}[by]
    sums = grouped(parts, path)
    people = Staff.objects.in_bulk([pk for (pk,) in sums]) if by == "staff" else {}
    rows: list[dict[str, Any]] = [
        {
            "name": str(people.get(value, value)) or _("No reason given"),
            "units": -one.units,
            "net": one.net,
            "total": one.total,
        }
        for (value,), one in sums.items()
    ]
    most = max((row["units"] for row in rows), default=1)
    for row in rows:
        row["bar"] = row["units"] / most
    return sorted(rows, key=lambda row: (row["net"], row["name"]))


REPORTS = [
    Report(
        "sales-over-time",
        gettext_lazy("Sales over time"),
        gettext_lazy("Net sales by day, week, month or hour of the day, on the clock of each store."),
        SALES,
        OverTimeFilter,
        over_time,
    ),
    Report(
        "sales-by-product",
        gettext_lazy("Sales by product"),
        gettext_lazy("What each product brought in, after discounts and returns."),
        SALES,
        StaffFilter,
        by_product,
    ),
    Report(
        "sales-by-category",
        gettext_lazy("Sales by category"),
        gettext_lazy("The same by category of the catalogue."),
        SALES,
        StaffFilter,
        by_category,
    ),
    Report(
        "sales-by-staff",
        gettext_lazy("Sales by staff"),
        gettext_lazy("Who completed the sales and took goods back."),
        SALES,
        StaffFilter,
        by_staff,
    ),
    Report(
        "sales-by-store",
        gettext_lazy("Sales by store"),
        gettext_lazy("Where goods passed the counter."),
        SALES,
        StaffFilter,
        by_store,
    ),
    Report(
        "returns",
        gettext_lazy("Returns"),
        gettext_lazy("What came back, who took it back, and why."),
        SALES,
        ReturnsFilter,
        returns,
    ),
]
