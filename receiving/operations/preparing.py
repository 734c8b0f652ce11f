"""Preparing a shipment: what is said to come, from scratch or from purchase orders. Moves nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inventory.models import Product, Vendor
from microbiz.transactions import operation
from receiving.errors import FewerThanSerials, OrderNotAwaited
from receiving.models import (
    ExpectedSerial,
    PurchaseOrder,
    PurchaseOrderLine,
    ShipmentLine,
    ShipmentLineSerial,
    VendorShipment,
)
from receiving.operations.locks import lock_line, lock_open_shipment
from receiving.purchasing.supply import usual_cost
from serials.numbers import number_key, valid_number
from serials.operations import detach, release
from settings_app.models import Staff, Store
from settings_app.operations import next_number


@operation
def start_shipment(
    vendor: Vendor, store: Store, *, staff: Staff, orders: Collection[PurchaseOrder] = (), **header: Any
) -> VendorShipment:
    """A new draft, with a line for everything that is still to come of `orders`. Header: see `save_shipment`."""
    shipment = VendorShipment.objects.create(
        number=next_number("VS"), vendor=vendor, store=store, staff=staff, **header
    )
    if orders:
        add_orders(shipment, orders)
    return shipment


@operation
def save_shipment(
    shipment: VendorShipment,
    *,
    invoice_number: str,
    packing_slip_number: str,
    freight: int | None = None,
    note: str = "",
    vendor: Vendor | None = None,
) -> VendorShipment:
    """Change what the papers say about a draft; freight in minor units. None leaves freight and vendor alone.

    Raises OrderNotAwaited where lines wait for another vendor's order.
    """
    shipment = lock_open_shipment(shipment)
    if vendor is not None and vendor != shipment.vendor:
        if shipment.lines.filter(order_line__isnull=False).exists():
            raise OrderNotAwaited(
                _("Lines of this shipment belong to orders at %(vendor)s. Remove them to change the vendor.")
                % {"vendor": shipment.vendor}
            )
        shipment.vendor = vendor
    if freight is not None:
        shipment.freight = freight
    shipment.invoice_number, shipment.packing_slip_number, shipment.note = invoice_number, packing_slip_number, note
    shipment.save()
    return shipment


@operation
def add_orders(shipment: VendorShipment, orders: Collection[PurchaseOrder]) -> list[ShipmentLine]:
    """A line for everything that is still to come of these orders and is not on the draft yet, as if all had arrived.

    Raises OrderNotAwaited, naming each order that is another vendor's or store's, or of which nothing is awaited.
    """
    shipment = lock_open_shipment(shipment)
    orders = PurchaseOrder.objects.filter(pk__in=[order.pk for order in orders]).select_related("vendor", "store")
    wrong = []
    for order in orders:
        if (order.vendor_id, order.store_id) != (shipment.vendor_id, shipment.store_id):
            text = _("%(number)s is an order of %(store)s at %(vendor)s.")
            wrong.append(text % {"number": order.number, "store": order.store, "vendor": order.vendor})
        elif not order.is_awaited:
            text = _("%(number)s: %(status)s, so nothing of it is awaited.")
            wrong.append(text % {"number": order.number, "status": order.get_status_display().lower()})
    if wrong:
        raise OrderNotAwaited(" ".join(wrong))
    lines = PurchaseOrderLine.objects.outstanding().filter(order__in=orders).exclude(shipment_lines__shipment=shipment)
    return ShipmentLine.objects.bulk_create(
        ShipmentLine(
            shipment=shipment,
            product_id=line.product_id,
            order_line=line,
            quantity=line.outstanding,
            expected=line.outstanding,
            unit_cost=line.unit_cost,
        )
        for line in lines.order_by("order_id", "pk")
    )


def asked_last(vendor: Vendor, product: Product) -> int | None:
    """What the vendor asked for a unit in the last shipment, else what a purchase order would say. Minor units."""
    received = ShipmentLine.objects.filter(
        shipment__vendor=vendor, shipment__status=VendorShipment.Status.RECEIVED, product=product
    )
    last = received.exclude(unit_cost=None).order_by("-pk").first()
    return last.unit_cost if last else usual_cost(vendor, product)


@operation
def add_line(
    shipment: VendorShipment,
    product: Product,
    *,
    quantity: int = 1,
    expected: int | None = None,
    unit_cost: int | None = None,
) -> ShipmentLine:
    """A line of a draft for units of a product. Without `unit_cost` (minor units) it is the usual one."""
    shipment = lock_open_shipment(shipment)
    if unit_cost is None:
        unit_cost = asked_last(shipment.vendor, product)
    return ShipmentLine.objects.create(
        shipment=shipment, product=product, quantity=quantity, expected=expected, unit_cost=unit_cost
    )


@dataclass(frozen=True)
class LineChange:
    """What is to be different on a line; what is None stays. Units, and minor units."""

    quantity: int | None = None
    unit_cost: int | None = None
    closes_short: bool | None = None


@operation
def change_line(line: ShipmentLine, change: LineChange) -> ShipmentLine:
    """Change units, cost, or what becomes of missing units. Raises FewerThanSerials below the serials on the line."""
    line = lock_line(line)
    if change.quantity is not None and change.quantity < (attached := line.serial_links.count()):
        raise FewerThanSerials(
            _("%(product)s has %(count)d serial numbers on it. Remove those that did not arrive first.")
            % {"product": line.product.name, "count": attached}
        )
    for name in ("quantity", "unit_cost", "closes_short"):
        if (value := getattr(change, name)) is not None:
            setattr(line, name, value)
    line.save(update_fields=["quantity", "unit_cost", "closes_short"])
    return line


@operation
def remove_line(line: ShipmentLine) -> None:
    """Take a line off a draft; its units are free again, and numbers that were only typed are forgotten."""
    line = lock_line(line)
    detach(line, list(line.serial_links.values_list("serial__number", flat=True)))
    line.delete()


@operation
def cancel_shipment(shipment: VendorShipment) -> VendorShipment:
    """Give a draft up. It keeps its number and lines, lets go of its units, and forgets numbers that were only typed."""
    shipment = lock_open_shipment(shipment)
    ShipmentLineSerial.objects.filter(line__shipment=shipment).delete()
    release(shipment)
    shipment.status = VendorShipment.Status.CANCELLED
    shipment.save()
    return shipment


@operation
def expect_serials(line: ShipmentLine, numbers: Sequence[str]) -> int:
    """Write down which numbers the vendor says are in the shipment, beside those already written down.

    They are compared with what is scanned and put nothing on record. At least as many units are expected. Returns how
    many numbers are new. Raises InvalidNumber.
    """
    line = lock_line(line)
    known = set(line.expected_serials.values_list("number_key", flat=True))
    fresh = {number_key(number): valid_number(number) for number in numbers}
    created = ExpectedSerial.objects.bulk_create(
        ExpectedSerial(line=line, number=number, number_key=key) for key, number in fresh.items() if key not in known
    )
    total = len(known) + len(created)
    if total > (line.expected or 0):
        line.expected = total
        line.save(update_fields=["expected"])
    return len(created)


@operation
def forget_expected(line: ShipmentLine) -> None:
    """Throw the vendor's list of a line away: it was the wrong one. What was scanned stays."""
    lock_line(line).expected_serials.all().delete()
