"""What is done with purchase orders. Every change locks the order; receiving goods counts on its lines elsewhere."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Product, Vendor, VendorProduct
from microbiz.transactions import operation
from receiving.models import PurchaseOrder, PurchaseOrderLine, ShipmentLine, VendorShipment
from receiving.operations import start_shipment
from receiving.purchasing.errors import (
    NothingToOrder,
    OrderEmpty,
    OrderLineGone,
    OrderNotAwaited,
    OrderNotCancellable,
    OrderNotDraft,
    ProductNotOrdered,
    ReasonMissing,
    WrongQuantity,
)
from receiving.purchasing.supply import supplies, usual_cost
from serials.scan_operations import DocumentScan, ScanResult, scan_operation
from settings_app.models import Staff, Store
from settings_app.operations import next_number

MOST_UNITS = 1_000_000  # on one line
LONGEST_REASON = 100  # characters

Status = PurchaseOrder.Status


# --- Locks ------------------------------------------------------------------------------------------------------------


def _lock(order: PurchaseOrder) -> PurchaseOrder:
    """The order as it is now, locked, in whatever status."""
    # Two queries: a locking query that waited and joins finds no row when the waited-for change moved a foreign key.
    PurchaseOrder.objects.select_for_update().only("pk").get(pk=order.pk)
    return PurchaseOrder.objects.select_related("store", "vendor").get(pk=order.pk)


def _lock_draft(order: PurchaseOrder) -> PurchaseOrder:
    """The draft as it is now, locked, or OrderNotDraft saying what became of it."""
    order = _lock(order)
    if order.is_open:
        return order
    texts: dict[str, str] = {
        Status.SENT: _("%(number)s is already sent. Close what will not come, or order it anew."),
        Status.PARTLY_RECEIVED: _("%(number)s is partly received. Close what will not come, or order it anew."),
        Status.CLOSED: _("%(number)s is closed. Start a new order."),
        Status.CANCELLED: _("%(number)s was cancelled. Start a new order."),
    }
    raise OrderNotDraft(texts[order.status] % {"number": order.number})


def _lock_line(line: PurchaseOrderLine) -> PurchaseOrderLine:
    """The line as it is now, its draft locked. Raises OrderLineGone when it was removed."""
    order = _lock_draft(line.order)
    found = order.lines.select_related("product").filter(pk=line.pk).first()
    if found is None:
        raise OrderLineGone(_("This line was removed from %(number)s in the meantime.") % {"number": order.number})
    found.order = order
    return found


# --- Preparing --------------------------------------------------------------------------------------------------------


@operation
def start_order(
    vendor: Vendor, store: Store, *, staff: Staff, expected_on: date | None = None, note: str = ""
) -> PurchaseOrder:
    """A new draft without lines."""
    order = PurchaseOrder(
        number=next_number("PO"), vendor=vendor, store=store, staff=staff, expected_on=expected_on, note=note
    )
    return _saved(order, staff)


@operation
def save_order(
    order: PurchaseOrder, *, vendor: Vendor, expected_on: date | None, note: str, staff: Staff
) -> PurchaseOrder:
    """Change the head of a draft. Costs stay as they are, also where another vendor asks less."""
    order = _lock_draft(order)
    order.vendor, order.expected_on, order.note = vendor, expected_on, note
    return _saved(order, staff)


def _saved(order: PurchaseOrder, staff: Staff, *, reason: str = "") -> PurchaseOrder:
    """Keep the order with an entry in its history."""
    order._history_user = staff
    order._change_reason = reason or None
    order.save()
    return order


@operation
def add_to_order(order: PurchaseOrder, product: Product, *, quantity: int = 1) -> PurchaseOrderLine:
    """Put units of a product on a draft: on its line, or on a new one at the usual cost."""
    order = _lock_draft(order)
    line = order.lines.select_related("product").filter(product=product).first()
    if line is None:
        if product.is_archived:
            raise ProductNotOrdered(
                _("%(product)s is archived. Take it out of the archive to order it.") % {"product": product.name}
            )
        line = PurchaseOrderLine(order=order, product=product, quantity=0, unit_cost=usual_cost(order.vendor, product))
    line.quantity = _sound_quantity(line.quantity + quantity)
    line.order = order
    line.save()
    return line


@operation
def change_order_line(line: PurchaseOrderLine, *, quantity: int | None = None, unit_cost: int | None = None):
    """Set units, cost (minor units) or both of a line of a draft; what is None stays. Returns the line."""
    line = _lock_line(line)
    if quantity is not None:
        line.quantity = _sound_quantity(quantity)
    if unit_cost is not None:
        line.unit_cost = unit_cost
    line.save(update_fields=["quantity", "unit_cost"])
    return line


@operation
def remove_order_line(line: PurchaseOrderLine) -> None:
    """Take a line off a draft."""
    _lock_line(line).delete()


def _sound_quantity(quantity: int) -> int:
    if not 1 <= quantity <= MOST_UNITS:
        raise WrongQuantity(_("Order between 1 and %(most)d units on a line.") % {"most": MOST_UNITS})
    return quantity


class OrderScan(DocumentScan):
    """A scan into a draft: products only, since units that are still at the vendor's have no serial here."""

    def __init__(self, order: PurchaseOrder, *, staff: Staff):
        super().__init__(order, staff=staff)
        self.tracks = False

    def lines(self) -> list:
        return list(self.document.lines.select_related("product"))

    def new_line(self, product: Product) -> PurchaseOrderLine:
        return add_to_order(self.document, product)


@scan_operation
def scan_into_order(order: PurchaseOrder, code: str, *, product: Product | None = None, staff: Staff) -> ScanResult:
    """Order one more unit of what was scanned. Raises OrderNotDraft; everything else is told in the result."""
    return OrderScan(_lock_draft(order), staff=staff).scan(code, product=product)


# --- From draft to closed ---------------------------------------------------------------------------------------------


@operation
def send_order(order: PurchaseOrder, *, staff: Staff) -> PurchaseOrder:
    """Say that the vendor has the order: its lines are settled and its goods are awaited. Raises OrderEmpty."""
    order = _lock_draft(order)
    if not order.lines.exists():
        raise OrderEmpty(_("Nothing is on %(number)s. Scan what is to be ordered first.") % {"number": order.number})
    order.status, order.sent_at = Status.SENT, timezone.now()
    return _saved(order, staff)


@operation
def begin_receiving(order: PurchaseOrder, *, staff: Staff) -> VendorShipment:
    """The draft shipment on which goods of an order are unpacked: the one that somebody has begun, else a new one.

    A new one has everything on it that is still to come. Raises OrderNotAwaited.
    """
    order = _lock(order)
    _require_awaited(order)
    begun = VendorShipment.objects.filter(lines__order_line__order=order, status=VendorShipment.Status.DRAFT).first()
    return begun or start_shipment(order.vendor, order.store, orders=[order], staff=staff)


@operation
def cancel_order(order: PurchaseOrder, *, reason: str, staff: Staff) -> PurchaseOrder:
    """Give an order up of which nothing has come. It keeps its number and lines. Raises OrderNotCancellable."""
    order = _lock(order)
    if order.status in (Status.CLOSED, Status.CANCELLED):
        text = _("%(number)s is %(status)s already.")
        raise OrderNotCancellable(text % {"number": order.number, "status": order.get_status_display().lower()})
    if order.lines.filter(received__gt=0).exists():
        raise OrderNotCancellable(
            _("Goods of %(number)s have come. Close it instead: what is missing is no longer awaited.")
            % {"number": order.number}
        )
    _require_no_arrival(order)
    order.status, order.closed_at = Status.CANCELLED, timezone.now()
    return _saved(order, staff, reason=_required(reason, _("Say why %(number)s is cancelled."), order))


@operation
def close_short(order: PurchaseOrder, *, reason: str, staff: Staff) -> PurchaseOrder:
    """Stop waiting for what has not come. Raises OrderNotAwaited, OrderNotCancellable while goods are being unpacked."""
    order = _lock(order)
    _require_awaited(order)
    _require_no_arrival(order)
    reason = _required(reason, _("Say why the rest of %(number)s will not come."), order)
    outstanding = order.lines.filter(quantity__gt=F("received") + F("given_up"))
    outstanding.update(given_up=F("quantity") - F("received"))
    order.status, order.closed_at = Status.CLOSED, timezone.now()
    return _saved(order, staff, reason=reason)


def _require_awaited(order: PurchaseOrder) -> None:
    if not order.is_awaited:
        raise OrderNotAwaited(
            _("%(number)s: %(status)s, so nothing of it is awaited.")
            % {"number": order.number, "status": order.get_status_display().lower()}
        )


def _require_no_arrival(order: PurchaseOrder) -> None:
    """A shipment that somebody is unpacking would count on lines that are given up."""
    lines = ShipmentLine.objects.filter(order_line__order=order, shipment__status=VendorShipment.Status.DRAFT)
    numbers = sorted(set(lines.values_list("shipment__number", flat=True)))
    if numbers:
        raise OrderNotCancellable(
            _("Goods of %(number)s are being unpacked on %(shipments)s. Receive or cancel that first.")
            % {"number": order.number, "shipments": ", ".join(numbers)}
        )


def _required(reason: str, text: str, order: PurchaseOrder) -> str:
    if not reason.strip():
        raise ReasonMissing(text % {"number": order.number})
    return reason.strip()[:LONGEST_REASON]


# --- Suggested orders -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pick:
    """So many units of a product that a store shall order from a vendor."""

    store: Store
    vendor: Vendor
    product: Product
    quantity: int


@operation
def order_suggested(picks: Collection[Pick], *, staff: Staff) -> list[PurchaseOrder]:
    """A draft for each store and vendor. What somebody else has ordered meanwhile is left out.

    Holds the counter of purchase orders, so that of two people who accept one suggestion only the first orders. Raises
    NothingToOrder when nothing is left. A fixed number of statements for each order.
    """
    if not picks:
        raise NothingToOrder(_("Tick what is to be ordered."))
    first_number = next_number("PO")
    products = {pick.product.pk: pick.product for pick in picks}
    stores = {pick.store.pk: pick.store for pick in picks}
    now = supplies(list(products.values()), list(stores.values()))
    needed = [pick for pick in picks if pick.quantity > 0 and now[pick.product.pk, pick.store.pk].to_order]
    if not needed:
        raise NothingToOrder(_("Nothing of this is needed any more: somebody else has ordered it."))
    parcels: dict[tuple[int, int], list[Pick]] = defaultdict(list)
    for pick in needed:
        parcels[pick.store.pk, pick.vendor.pk].append(pick)
    orders = []
    for parcel in parcels.values():
        number = next_number("PO") if orders else first_number
        orders.append(_order(number, parcel, staff))
    return orders


def _order(number: str, parcel: list[Pick], staff: Staff) -> PurchaseOrder:
    order = PurchaseOrder(number=number, vendor=parcel[0].vendor, store=parcel[0].store, staff=staff)
    _saved(order, staff, reason=_("Suggested from reorder points"))
    units: Counter[int] = Counter()
    for pick in parcel:
        units[pick.product.pk] += _sound_quantity(pick.quantity)
    products = {pick.product.pk: pick.product for pick in parcel}
    offers = VendorProduct.objects.filter(vendor=order.vendor, product__in=products).exclude(cost=None)
    asked = dict(offers.values_list("product", "cost"))
    PurchaseOrderLine.objects.bulk_create(
        PurchaseOrderLine(order=order, product_id=pk, quantity=count, unit_cost=asked.get(pk, products[pk].cost))
        for pk, count in units.items()
    )
    return order
