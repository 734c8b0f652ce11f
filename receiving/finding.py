"""Finding shipments by what people have in hand: a number, a paper, a product, a unit."""

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from inventory.models import Product
from inventory.scans import read_scan
from microbiz.lookups import Found
from receiving.models import ShipmentLine, ShipmentReversal, VendorShipment
from serials.numbers import number_key


def shipments_found_by(shipments: QuerySet, text: str) -> QuerySet:
    """The shipments that somebody means by `text`: number, papers, order, a serial number or a product on them."""
    scan = read_scan(text)
    keys = {number_key(part) for part in (scan.text, scan.serial) if part} - {""}
    lines = ShipmentLine.objects.filter(
        Q(serial_links__serial__number_key__in=keys)
        | Q(expected_serials__number_key__in=keys)
        | Q(order_line__order__number__iexact=scan.text)
        | Q(product__in=Product.objects.found_by(scan.text))
    )
    return shipments.filter(
        Q(number__icontains=scan.text)
        | Q(invoice_number__icontains=scan.text)
        | Q(packing_slip_number__icontains=scan.text)
        | Q(pk__in=lines.values("shipment"))
    )


def open_first(shipments: QuerySet) -> QuerySet:
    """Drafts, then the rest, newest first."""
    is_done = When(status=VendorShipment.Status.DRAFT, then=Value(0))
    return shipments.annotate(turn=Case(is_done, default=Value(1), output_field=IntegerField())).order_by("turn", "-pk")


def with_units(shipments: QuerySet) -> QuerySet:
    """Adds how many `units` are on each shipment."""
    lines = ShipmentLine.objects.filter(shipment=OuterRef("pk")).order_by().values("shipment")
    return shipments.annotate(units=Coalesce(Subquery(lines.annotate(units=Sum("quantity")).values("units")), 0))


def find_shipments(code: str, staff) -> list[Found]:
    """For the look-up in the header: the shipment or the reversal with this number."""
    number = read_scan(code).text.upper()
    if not number or not staff.has_perm("receiving.view_vendorshipment"):
        return []
    shipments = VendorShipment.objects.for_staff(staff).filter(number=number).select_related("vendor", "store")
    reversals = (
        ShipmentReversal.objects.for_staff(staff).filter(number=number).select_related("shipment__vendor", "store")
    )
    return [
        *(_found(_("Vendor shipment"), one, one.vendor, "package-import") for one in shipments),
        *(_found(_("Shipment taken back"), one, one.shipment.vendor, "arrow-back-up") for one in reversals),
    ]


def _found(kind: str, document, vendor, icon: str) -> Found:
    detail = _("%(vendor)s, %(store)s, %(status)s") % {
        "vendor": vendor,
        "store": document.store,
        "status": document.get_status_display().lower(),
    }
    return Found(kind, document.number, detail, document.get_absolute_url(), icon)
