"""What stands in the stores and what changed it other than sales: stock on hand, differences, adjustments."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.adjustments.models import Adjustment, AdjustmentLine, ReasonCode
from inventory.models import StockLevel
from microbiz.reports.filters import ANY, ReportFilter, TimeFilter
from microbiz.reports.report import STOCK, Reader, Report, address
from microbiz.reports.tables import BAR, SKU, STORE, Column, Kind, LazyRows, Row, Table, on_the_wall
from serials.differences import differing

UNITS = Column("units", gettext_lazy("Units"), Kind.COUNT, is_strong=True)
COST = Column("cost", gettext_lazy("At cost"), Kind.MONEY)
SERIALS = Column("serials", gettext_lazy("Serials"), Kind.COUNT)


# --- On hand ---------------------------------------------------------------------------------------------------------

GROUPS = {"product": gettext_lazy("Product"), "category": gettext_lazy("Category"), "store": gettext_lazy("Store")}
PATHS = {
    "product": ("product", "product__name", "product__sku"),
    "category": ("product__category", "product__category__path"),
    "store": ("store", "store__name"),
}


class StockFilter(ReportFilter):
    by = django_filters.ChoiceFilter(label=gettext_lazy("By"), choices=list(GROUPS.items()), empty_label=None)
    usual_by = "product"


def on_hand(found: StockFilter, reader: Reader) -> Table:
    """Units on hand and serials in stock now; their value at the products' cost and price of today, before tax.

    A product without a cost or price counts nothing in that column.
    """
    by = found.grouping
    is_there = ~Q(on_hand=0) | ~Q(serials=0) if reader.has_serials else ~Q(on_hand=0)
    levels = found.filter_queryset(StockLevel.objects.filter(is_there)).order_by()
    cost, price = (Coalesce(Sum(F("on_hand") * F(f"product__{name}")), 0) for name in ("cost", "price"))
    sums = levels.values(*PATHS[by]).annotate(
        sum_units=Sum("on_hand"), sum_serials=Sum("serials"), sum_cost=cost, sum_price=price
    )
    rows: list[dict[str, Any]] = [
        {
            "pk": row[PATHS[by][0]],
            "name": row[PATHS[by][1]] or _("No category"),
            "sku": row["product__sku"] if by == "product" else "",
            **{name: row[f"sum_{name}"] for name in ("units", "serials", "cost", "price")},
        }
        for row in sums
    ]
    most = max((row["units"] for row in rows), default=0)
    for row in rows:
        row["bar"] = row["units"] / most if most > 0 else 0

    def inside(row: Row) -> str | None:
        if by == "product":
            return reverse("inventory:product", args=[row["pk"]])
        return address("stock", found, **{by: row["pk"]}) if row["pk"] else None

    columns = [
        Column("name", GROUPS[by], url=inside, sub=SKU if by == "product" else None),
        BAR,
        UNITS,
        *([SERIALS] if reader.has_serials else []),
        *([COST] if reader.sees_cost else []),
        Column("price", gettext_lazy("At price"), Kind.MONEY, is_wide=True),
    ]
    ordered = sorted(rows, key=lambda row: (str(row["name"]), row["pk"] or 0))
    return Table(
        columns, ordered, {name: sum(row[name] for row in ordered) for name in ("units", "serials", "cost", "price")}
    )


# --- Units against serials -------------------------------------------------------------------------------------------


class DifferencesFilter(ReportFilter):
    show = django_filters.ChoiceFilter(
        label=gettext_lazy("Show"),
        choices=[("lack", gettext_lazy("Units lack a serial")), ("surplus", gettext_lazy("Serials too many"))],
        method="of_kind",
        empty_label=ANY,
    )

    def of_kind(self, queryset, name, value):
        return (
            queryset.filter(on_hand__gt=F("serials")) if value == "lack" else queryset.filter(on_hand__lt=F("serials"))
        )


def differences(found: DifferencesFilter, reader: Reader) -> Table:
    """Where units and serial numbers of a tracked product disagree now. A minus lacks serials, a plus has too many."""
    rows: list[dict[str, Any]] = [
        {
            "pk": level.product_id,
            "name": level.product.name,
            "sku": level.product.sku,
            "store": str(level.store),
            "units": level.on_hand,
            "serials": level.serials,
            "difference": level.serials - level.on_hand,
        }
        for level in found.filter_queryset(differing(found.stores))
    ]
    rows.sort(key=lambda row: (row["name"], row["pk"], row["store"]))
    columns = [
        Column(
            "name",
            gettext_lazy("Product"),
            url=lambda row: reverse("serials:product", args=[row["pk"]]),
            sub=SKU,
        ),
        STORE,
        Column("units", gettext_lazy("Units"), Kind.COUNT),
        SERIALS,
        Column("difference", gettext_lazy("Difference"), Kind.COUNT, is_strong=True),
    ]
    return Table(columns, rows, {name: sum(row[name] for row in rows) for name in ("units", "serials", "difference")})


# --- Adjustments -----------------------------------------------------------------------------------------------------

ADJUSTED = {
    "reason": gettext_lazy("Reason"),
    "product": gettext_lazy("Product"),
    "store": gettext_lazy("Store"),
    "each": gettext_lazy("Each line"),
}


class AdjustmentsFilter(TimeFilter):
    reason = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Reason"), queryset=ReasonCode.objects.all(), method="of_reason", empty_label=ANY
    )
    by = django_filters.ChoiceFilter(label=gettext_lazy("By"), choices=list(ADJUSTED.items()), empty_label=None)
    usual_by = "reason"

    def of_reason(self, queryset, name, reason):
        return queryset.filter(adjustment__reason=reason)


def _adjusted() -> QuerySet:
    return AdjustmentLine.objects.filter(adjustment__status=Adjustment.Status.POSTED).annotate(
        at=F("adjustment__posted_at"), at_store=F("adjustment__store")
    )


def adjustments(found: AdjustmentsFilter, reader: Reader) -> Table:
    """What was found and what was lost by posted adjustments, with its value at the products' cost of today."""
    by = found.grouping
    lines = found.during(_adjusted()).order_by()
    minus = Q(is_minus=True)
    value = F("quantity") * F("product__cost")
    measures = {
        "sum_plus": Coalesce(Sum("quantity", filter=~minus), 0),
        "sum_minus": Coalesce(Sum("quantity", filter=minus), 0),
        "sum_cost": Coalesce(Sum(value, filter=~minus), 0) - Coalesce(Sum(value, filter=minus), 0),
    }
    sums = lines.aggregate(**measures)
    columns = [
        Column("plus", gettext_lazy("In"), Kind.COUNT),
        Column("minus", gettext_lazy("Out"), Kind.COUNT),
        Column("units", gettext_lazy("Net"), Kind.COUNT, is_strong=True),
        *([COST] if reader.sees_cost else []),
    ]
    totals = _adjusted_row(sums["sum_plus"], sums["sum_minus"], sums["sum_cost"])
    if by == "each":
        head = [
            Column("at", gettext_lazy("Posted"), Kind.MOMENT),
            Column("number", gettext_lazy("Adjustment"), Kind.CODE, url=lambda row: row["url"], sub=STORE),
            Column("reason", gettext_lazy("Reason")),
            Column("name", gettext_lazy("Product"), sub=SKU),
            Column("note", gettext_lazy("Note"), is_wide=True),
            Column("staff", gettext_lazy("Staff"), is_wide=True),
        ]
        asked = lines.select_related(
            "adjustment__store", "adjustment__staff", "adjustment__reason", "product"
        ).order_by("-at", "-pk")
        return Table([*head, *columns], LazyRows(asked, _adjusted_lines), totals)
    path = {
        "reason": ("adjustment__reason",),
        "product": ("product__name", "product__sku"),
        "store": ("adjustment__store__name",),
    }[by]
    reasons = {reason.code: str(reason) for reason in ReasonCode.objects.all()}
    rows = [
        _adjusted_row(*found_sums) | {"name": reasons.get(name[0], name[0]), "sku": name[1] if len(name) > 1 else ""}
        for *name, _plus, _minus, _cost in lines.values(*path).annotate(**measures).values_list(*path, *measures)
        if (found_sums := (_plus, _minus, _cost))
    ]
    rows.sort(key=lambda row: (row["units"], str(row["name"])))
    return Table([Column("name", ADJUSTED[by], sub=SKU if by == "product" else None), *columns], rows, totals)


def _adjusted_row(plus: int, minus: int, cost: int) -> dict[str, Any]:
    return {"plus": plus, "minus": -minus, "units": plus - minus, "cost": cost}


def _adjusted_lines(lines) -> list[Row]:
    return [
        {
            "at": on_the_wall(line.adjustment.posted_at, line.adjustment.store),
            "number": line.adjustment.number,
            "url": line.adjustment.get_absolute_url(),
            "store": str(line.adjustment.store),
            "reason": str(line.adjustment.reason),
            "name": line.product.name,
            "sku": line.product.sku,
            "note": line.adjustment.note,
            "staff": str(line.adjustment.staff or ""),
        }
        | _adjusted_row(
            0 if line.is_minus else line.quantity,
            line.quantity if line.is_minus else 0,
            (-1 if line.is_minus else 1) * line.quantity * (line.product.cost or 0),
        )
        for line in lines
    ]


REPORTS = [
    Report(
        "stock",
        gettext_lazy("Stock on hand"),
        gettext_lazy("Units and serial numbers in the stores now, and what they are worth."),
        STOCK,
        StockFilter,
        on_hand,
    ),
    Report(
        "differences",
        gettext_lazy("Differences"),
        gettext_lazy("Where units and serial numbers do not agree."),
        STOCK,
        DifferencesFilter,
        differences,
        needs_serials=True,
    ),
    Report(
        "adjustments",
        gettext_lazy("Adjustments and shrinkage"),
        gettext_lazy("What was found, lost, damaged or counted wrong, by reason."),
        STOCK,
        AdjustmentsFilter,
        adjustments,
    ),
]
