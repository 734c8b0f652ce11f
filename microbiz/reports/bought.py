"""What came from vendors and what was taken back to them."""

from typing import Any

import django_filters
from django.db.models import F, QuerySet, Sum, Value
from django.utils.translation import gettext_lazy

from inventory.models import Vendor
from microbiz.reports.filters import TimeFilter
from microbiz.reports.report import STOCK, Reader, Report, address
from microbiz.reports.tables import BAR, SKU, Column, Kind, Row, Table
from receiving.models import ReversalLine, ShipmentLine, ShipmentReversal, VendorShipment

GROUPS = {"vendor": gettext_lazy("Vendor"), "product": gettext_lazy("Product"), "store": gettext_lazy("Store")}
PATHS = {"vendor": ("by_vendor",), "product": ("product", "product__name", "product__sku"), "store": ("at_store",)}


class BoughtFilter(TimeFilter):
    by = django_filters.ChoiceFilter(label=gettext_lazy("By"), choices=list(GROUPS.items()), empty_label=None)
    usual_by = "vendor"

    def of_vendor(self, queryset, name, vendor):
        return queryset.filter(by_vendor=vendor.pk)


def _received() -> list[QuerySet]:
    """Lines of received shipments, and of those taken back, as `units`, their price and their share of the freight."""
    came = ShipmentLine.objects.filter(shipment__status=VendorShipment.Status.RECEIVED)
    went = ReversalLine.objects.filter(reversal__status=ShipmentReversal.Status.POSTED)
    return [
        came.annotate(
            at=F("shipment__received_at"),
            at_store=F("shipment__store"),
            by_vendor=F("shipment__vendor"),
            units=F("quantity"),
            price=F("quantity") * F("unit_cost"),
            carriage=F("freight"),
        ),
        went.annotate(
            at=F("reversal__posted_at"),
            at_store=F("reversal__store"),
            by_vendor=F("reversal__shipment__vendor"),
            units=-F("quantity"),
            price=-F("quantity") * F("shipment_line__unit_cost"),
            carriage=Value(0),
        ),
    ]


def bought(found: BoughtFilter, reader: Reader) -> Table:
    """Units received less those taken back, at the vendors' prices without tax.

    What is taken back counts on its own day. Freight was paid whether or not the goods stayed.
    """
    by = found.grouping
    sums: dict[tuple, list[int]] = {}
    for part in found.parts(_received()):
        rows = part.lines.order_by().values(*PATHS[by])
        rows = rows.annotate(sum_units=Sum("units"), sum_price=Sum("price"), sum_freight=Sum("carriage"))
        for *key, units, price, freight in rows.values_list(*PATHS[by], "sum_units", "sum_price", "sum_freight"):
            known = sums.get(tuple(key), [0, 0, 0])
            new = (units, price, freight)
            sums[tuple(key)] = [before + (more or 0) for before, more in zip(known, new, strict=True)]
    names = {store.pk: str(store) for store in found.stores}
    if by == "vendor":
        names = {vendor.pk: str(vendor) for vendor in Vendor.objects.filter(pk__in=[key[0] for key in sums])}
    most = max((units for units, _price, _freight in sums.values()), default=0)
    rows_: list[dict[str, Any]] = [
        {
            "pk": key[0],
            "name": key[1] if by == "product" else names[key[0]],
            "sku": key[2] if by == "product" else "",
            "bar": units / most if most > 0 else 0,
            "units": units,
            "price": price,
            "freight": freight,
            "cost": price + freight,
        }
        for key, (units, price, freight) in sums.items()
    ]
    rows_.sort(key=lambda row: (-row["cost"], -row["units"], row["name"]))

    def inside(row: Row) -> str | None:
        return None if by == "product" else address("received", found, by="product", **{by: row["pk"]})

    amounts = [
        Column("price", gettext_lazy("Goods"), Kind.MONEY),
        Column("freight", gettext_lazy("Freight"), Kind.MONEY, is_wide=True),
        Column("cost", gettext_lazy("Total"), Kind.MONEY, is_strong=True),
    ]
    columns = [
        Column("name", GROUPS[by], url=inside, sub=SKU if by == "product" else None),
        BAR,
        Column("units", gettext_lazy("Units"), Kind.COUNT),
        *(amounts if reader.sees_cost else []),
    ]
    totals = {name: sum(row[name] for row in rows_) for name in ("units", "price", "freight", "cost")}
    return Table(columns, rows_, totals)


REPORTS = [
    Report(
        "received",
        gettext_lazy("Received from vendors"),
        gettext_lazy("What came in from vendors, less what was taken back, at their prices and with freight."),
        STOCK,
        BoughtFilter,
        bought,
    )
]
