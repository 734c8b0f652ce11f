"""What is on its way: between our stores, and from vendors."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy

from microbiz.reports.filters import ANY, ReportFilter
from microbiz.reports.report import STOCK, Reader, Report
from microbiz.reports.tables import SKU, STORE, Column, Kind, LazyRows, Row, Table, on_the_wall
from receiving.models import PurchaseOrderLine
from settings_app.models import Store
from transfers.models import ArrivalLine, Outcome, Transfer

PRODUCT = Column("name", gettext_lazy("Product"), sub=SKU)
COST = Column("cost", gettext_lazy("At cost"), Kind.MONEY)


# --- Between our stores ----------------------------------------------------------------------------------------------


class InTransitFilter(ReportFilter):
    """A transfer belongs to both of its stores."""

    def at_stores(self, stores: Sequence[Store]) -> Q:
        own = [store.pk for store in stores]
        return Q(transfer__from_store__in=own) | Q(transfer__to_store__in=own)


def travelling() -> QuerySet:
    """What was sent and has neither arrived nor been decided on: `quantity` units of each product and transfer."""
    waiting = ArrivalLine.objects.unposted().filter(outcome=Outcome.ARRIVED, quantity__gt=0)
    return waiting.filter(transfer__status=Transfer.Status.SENT)


def in_transit(found: InTransitFilter, reader: Reader) -> Table:
    """Units that are in no store's stock now, the longest on their way first; value at the cost of today."""
    lines = found.filter_queryset(travelling()).order_by()
    sums = lines.aggregate(units=Sum("quantity"), cost=Sum(F("quantity") * F("product__cost")))
    columns = [
        Column("number", gettext_lazy("Transfer"), Kind.CODE, url=lambda row: row["url"]),
        Column("sender", gettext_lazy("From")),
        Column("receiver", gettext_lazy("To")),
        Column("at", gettext_lazy("Sent"), Kind.MOMENT, is_wide=True),
        Column("days", gettext_lazy("Days"), Kind.COUNT),
        PRODUCT,
        Column("units", gettext_lazy("Units"), Kind.COUNT, is_strong=True),
        *([COST] if reader.sees_cost else []),
    ]
    asked = lines.select_related("transfer__from_store", "transfer__to_store", "product")
    rows = LazyRows(asked.order_by("transfer__sent_at", "pk"), _travelling_rows)
    return Table(columns, rows, {"units": sums["units"] or 0, "cost": sums["cost"] or 0})


def _travelling_rows(lines: Sequence[ArrivalLine]) -> list[Row]:
    return [
        {
            "number": line.transfer.number,
            "url": line.transfer.get_absolute_url(),
            "sender": str(line.transfer.from_store),
            "receiver": str(line.transfer.to_store),
            "at": on_the_wall(line.transfer.sent_at, line.transfer.from_store),
            "days": line.transfer.days_in_transit,
            "name": line.product.name,
            "sku": line.product.sku,
            "units": line.quantity,
            "cost": line.quantity * line.product.cost if line.product.cost is not None else None,
        }
        for line in lines
    ]


# --- From vendors ----------------------------------------------------------------------------------------------------


class ExpectedFilter(ReportFilter):
    due = django_filters.ChoiceFilter(
        label=gettext_lazy("Due"),
        choices=[("late", gettext_lazy("Late")), ("undated", gettext_lazy("Without a date"))],
        method="that_is",
        empty_label=ANY,
    )

    store_path = "order__store"

    def of_vendor(self, queryset, name, vendor):
        return queryset.filter(order__vendor=vendor)

    def that_is(self, queryset, name, value):
        is_late = value == "late"
        return queryset.filter(Q(order__expected_on__lt=self.today) if is_late else Q(order__expected_on__isnull=True))


def expected(found: ExpectedFilter, reader: Reader) -> Table:
    """What was ordered from vendors and is still to come, the first due first; value as ordered, without tax."""
    lines = found.filter_queryset(PurchaseOrderLine.objects.outstanding()).order_by()
    left = F("quantity") - F("received") - F("given_up")
    sums = lines.aggregate(units=Sum(left), cost=Sum(left * F("unit_cost")))
    columns = [
        Column("due", gettext_lazy("Expected"), Kind.DAY),
        Column("late", gettext_lazy("Days late"), Kind.COUNT),
        Column("number", gettext_lazy("Purchase order"), Kind.CODE, url=lambda row: row["url"], sub=STORE),
        Column("vendor", gettext_lazy("Vendor")),
        PRODUCT,
        Column("ordered", gettext_lazy("Ordered"), Kind.COUNT, is_wide=True),
        Column("received", gettext_lazy("Received"), Kind.COUNT, is_wide=True),
        Column("units", gettext_lazy("To come"), Kind.COUNT, is_strong=True),
        *([COST] if reader.sees_cost else []),
    ]
    asked = lines.select_related("order__vendor", "order__store", "product")
    asked = asked.order_by(F("order__expected_on").asc(nulls_last=True), "order", "pk")
    rows = LazyRows(asked, lambda part: [_expected_row(line, found.today) for line in part])
    return Table(columns, rows, {"units": sums["units"] or 0, "cost": sums["cost"] or 0})


def _expected_row(line: PurchaseOrderLine, today: date) -> dict[str, Any]:
    due = line.order.expected_on
    return {
        "due": due,
        "late": (today - due).days if due and due < today else None,
        "number": line.order.number,
        "url": line.order.get_absolute_url(),
        "store": str(line.order.store),
        "vendor": str(line.order.vendor),
        "name": line.product.name,
        "sku": line.product.sku,
        "ordered": line.quantity,
        "received": line.received,
        "units": line.outstanding,
        "cost": line.outstanding * line.unit_cost if line.unit_cost is not None else None,
    }


REPORTS = [
    Report(
        "in-transit",
        gettext_lazy("In transit"),
        gettext_lazy("Units that were sent to another store and have not arrived, the longest on their way first."),
        STOCK,
        InTransitFilter,
        in_transit,
    ),
    Report(
        "expected",
        gettext_lazy("Expected from vendors"),
        gettext_lazy("What was ordered and is still to come, with what is late."),
        STOCK,
        ExpectedFilter,
        expected,
    ),
]
