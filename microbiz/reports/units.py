"""Units by their serial number: who bought which, and how long those in stock have been waiting."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import django_filters
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy

from inventory.documents import document_url
from microbiz.reports.filters import ANY, ReportFilter, StaffFilter
from microbiz.reports.periods import by_zone, midnight
from microbiz.reports.report import SALES, STOCK, Reader, Report
from microbiz.reports.tables import SKU, STORE, Column, Kind, LazyRows, Row, Table, on_the_wall
from orders.models import Customer, HandOver, HandOverLineSerial
from register.models import Sale, SaleLineSerial
from serials.models import SerialEvent
from serials.numbers import number_key
from serials.policy import State
from settings_app.models import Staff, Store

# Events that leave a unit in stock and make it no younger: it was ours before.
NOT_ARRIVALS = (SerialEvent.Kind.TRANSFER_IN, SerialEvent.Kind.MOVE, SerialEvent.Kind.CORRECTED)
PRODUCT = Column("name", gettext_lazy("Product"), sub=SKU)


# --- Who bought what -------------------------------------------------------------------------------------------------

PASSED = {
    "sale": gettext_lazy("Sold"),
    "order": gettext_lazy("Handed over"),
    "return": gettext_lazy("Came back"),
    "trade_in": gettext_lazy("Traded in"),
}
# What is read of each link, under the same names whatever the document.
VALUES = (
    *("at", "how", "serial", "serial__number", "line__product__name", "line__product__sku"),
    *("for_customer", "by_staff", "at_store", "paper", "paper_id", "paper_number", "pk"),
)


class SerialsFilter(StaffFilter):
    """Found by serial number, customer or product, whenever it was; a period narrows it."""

    q = django_filters.CharFilter(label=gettext_lazy("Serial number"), method="of_number", max_length=100)
    customer = django_filters.CharFilter(label=gettext_lazy("Customer"), method="of_customer", max_length=100)
    how = django_filters.ChoiceFilter(
        label=gettext_lazy("What"), choices=list(PASSED.items()), method="of_value", empty_label=ANY
    )

    product_path = "line__product"
    usual = "any"

    def of_number(self, queryset, name, text):
        return queryset.filter(serial__number_key__contains=number_key(text))

    def of_customer(self, queryset, name, text):
        return queryset.filter(for_customer__in=Customer.objects.found_by(text).values("pk"))

    def of_value(self, queryset, name, value):
        return queryset.filter(**{name: value})


def passed() -> list[QuerySet]:
    """Every kind of link by which a unit came into a customer's hands or out of them, with the same names."""
    return [
        SaleLineSerial.objects.filter(line__sale__status=Sale.Status.COMPLETED).annotate(
            at=F("line__sale__completed_at"),
            how=F("line__kind"),
            at_store=F("line__sale__store"),
            by_staff=F("line__sale__staff"),
            for_customer=F("line__sale__customer"),
            paper=Value(Sale._meta.label_lower),
            paper_id=F("line__sale"),
            paper_number=F("line__sale__number"),
        ),
        HandOverLineSerial.objects.filter(
            line__hand_over__completed_at__isnull=False, line__hand_over__document_type=""
        ).annotate(
            at=F("line__hand_over__completed_at"),
            how=Value("order"),
            at_store=F("line__hand_over__store"),
            by_staff=F("line__hand_over__staff"),
            for_customer=F("line__hand_over__order__customer"),
            paper=Value(HandOver._meta.label_lower),
            paper_id=F("line__hand_over"),
            paper_number=F("line__hand_over__number"),
        ),
    ]


def serials(found: SerialsFilter, reader: Reader) -> Table:
    """One row for each unit that a customer took or brought back: which, what, who, when, where and on which paper."""
    first, *others = [found.during(links).order_by().values_list(*VALUES) for links in passed()]
    links = first.union(*others, all=True) if others else first
    columns = [
        Column("at", gettext_lazy("When"), Kind.MOMENT),
        Column("how", gettext_lazy("What"), is_wide=True),
        Column(
            "number", gettext_lazy("Serial"), Kind.CODE, url=lambda row: reverse("serials:unit", args=[row["serial"]])
        ),
        PRODUCT,
        Column("customer", gettext_lazy("Customer")),
        Column("receipt", gettext_lazy("Receipt"), Kind.CODE, url=lambda row: row["receipt_url"]),
        Column("staff", gettext_lazy("Staff"), is_wide=True),
        STORE,
    ]
    stores = {store.pk: store for store in found.stores}
    return Table(columns, LazyRows(links.order_by("-at", "-pk"), lambda links: _passed_rows(links, stores)))


def _passed_rows(links: Sequence[tuple], stores: dict[int, Store]) -> list[Row]:
    customers = Customer.objects.in_bulk({link[6] for link in links} - {None})
    people = Staff.objects.in_bulk({link[7] for link in links})
    return [
        {
            "at": on_the_wall(at, stores[store]),
            "how": PASSED.get(how, how),
            "serial": serial,
            "number": number,
            "name": name,
            "sku": sku,
            "customer": str(customers.get(customer, "")),
            "receipt": paper_number,
            "receipt_url": document_url(paper, paper_id),
            "staff": str(people[staff]),
            "store": str(stores[store]),
        }
        for at, how, serial, number, name, sku, customer, staff, store, paper, paper_id, paper_number, _pk in links
    ]


# --- How long they have been waiting ---------------------------------------------------------------------------------

AGES = {
    "30": gettext_lazy("30 days"),
    "60": gettext_lazy("60 days"),
    "90": gettext_lazy("90 days"),
    "180": gettext_lazy("180 days"),
    "365": gettext_lazy("a year"),
}
GROUPS = {"each": gettext_lazy("Each unit"), "product": gettext_lazy("Product"), "store": gettext_lazy("Store")}


class AgeingFilter(ReportFilter):
    older = django_filters.ChoiceFilter(
        label=gettext_lazy("In stock for more than"),
        choices=list(AGES.items()),
        method="older_than",
        empty_label=ANY,
    )
    by = django_filters.ChoiceFilter(label=gettext_lazy("By"), choices=list(GROUPS.items()), empty_label=None)

    usual_by = "each"
    store_path, product_path = "serial__store", "serial__product"

    def older_than(self, queryset, name, value):
        then = Q()
        for zone, stores in by_zone(self.stores).items():
            then |= Q(at__lt=midnight(self.today - timedelta(days=int(value)), zone)) & self.at_stores(stores)
        return queryset.filter(then)


def arrivals() -> QuerySet:
    """For each unit in stock the event by which it last came in from outside.

    Bought, returned, traded in, found or recorded; a transfer between our own stores, or a correction, makes nothing younger.
    """
    came = SerialEvent.objects.filter(state=State.IN_STOCK).exclude(kind__in=NOT_ARRIVALS)
    later = came.filter(serial=OuterRef("serial"), sequence__gt=OuterRef("sequence"))
    is_last = Q(
        sequence=F("serial__sequence")
    )  # as it is of most units; whether a later one exists is asked of the others
    return came.filter(is_last | ~Exists(later), serial__state=State.IN_STOCK).order_by()


def ageing(found: AgeingFilter, reader: Reader) -> Table:
    """Units in stock with the days since they came in, oldest first; value at the product's cost of today."""
    by = found.grouping
    units = found.filter_queryset(arrivals())
    sums = units.aggregate(units=Count("pk"), cost=Sum("serial__product__cost"))
    cost = [Column("cost", gettext_lazy("At cost"), Kind.MONEY)] if reader.sees_cost else []
    days = Column("days", gettext_lazy("Days"), Kind.COUNT, is_strong=True)
    if by == "each":
        columns = [
            Column(
                "number",
                gettext_lazy("Serial"),
                Kind.CODE,
                url=lambda row: reverse("serials:unit", args=[row["serial"]]),
            ),
            PRODUCT,
            STORE,
            Column("at", gettext_lazy("In stock since"), Kind.MOMENT, is_wide=True),
            days,
            *cost,
        ]
        asked = units.select_related("serial__product", "serial__store").order_by("at", "pk")
        return Table(columns, LazyRows(asked, lambda events: _unit_rows(events, found)), {"cost": sums["cost"] or 0})
    path = {"product": ("serial__product__name", "serial__product__sku"), "store": ("serial__store__name",)}[by]
    rows: list[Row] = [
        {
            "name": row[path[0]],
            "sku": row[path[-1]] if by == "product" else "",
            "units": row["units"],
            "days": _days(row["oldest"], found),
            "cost": row["cost"] or 0,
        }
        for row in units.values(*path).annotate(units=Count("pk"), oldest=Min("at"), cost=Sum("serial__product__cost"))
    ]
    rows.sort(key=lambda row: (-row["days"], row["name"]))
    columns = [
        Column("name", GROUPS[by], sub=SKU if by == "product" else None),
        Column("units", gettext_lazy("Units"), Kind.COUNT),
        Column("days", gettext_lazy("Days of the oldest"), Kind.COUNT, is_strong=True),
        *cost,
    ]
    return Table(columns, rows, {"units": sums["units"], "cost": sums["cost"] or 0})


def _days(at: datetime, found: AgeingFilter, store: Store | None = None) -> int:
    """Days since then, by the calendar of the store, or of the first one where many are meant."""
    return max((found.today - on_the_wall(at, store or found.stores[0]).date()).days, 0)


def _unit_rows(events: Sequence[SerialEvent], found: AgeingFilter) -> list[Row]:
    return [
        {
            "serial": event.serial_id,
            "number": event.serial.number,
            "name": event.serial.product.name,
            "sku": event.serial.product.sku,
            "store": str(event.serial.store),
            "at": on_the_wall(event.at, event.serial.store),
            "days": _days(event.at, found, event.serial.store),
            "cost": event.serial.product.cost,
        }
        for event in events
    ]


REPORTS = [
    Report(
        "serials",
        gettext_lazy("Who bought what"),
        gettext_lazy("Every unit with a serial number that a customer took, brought back or traded in."),
        SALES,
        SerialsFilter,
        serials,
        needs_serials=True,
    ),
    Report(
        "ageing",
        gettext_lazy("Ageing units"),
        gettext_lazy("Units in stock and the days since they last came in from outside, oldest first."),
        STOCK,
        AgeingFilter,
        ageing,
        needs_serials=True,
    ),
]
