"""Receiving: the one moment at which a shipment becomes stock, units and cost, together or not at all."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from simple_history.utils import bulk_update_with_history

from inventory.models import Product, StockLevel
from inventory.operations import move_stock
from microbiz.transactions import operation
from receiving.costs import Lot, average_after, share_freight
from receiving.errors import CodesUnsettled, MoreThanExpected, NothingArrived, OverrideNotAllowed
from receiving.models import PurchaseOrderLine, ReversalLine, ShipmentLine, UnsettledCode, VendorShipment
from receiving.operations.locks import lock_open_shipment, lock_shipment
from receiving.operations.orders import follow_orders, lock_order_lines
from serials.operations import move_serials
from serials.verdicts import red_lines
from settings_app.models import ShopSettings, Staff


@operation
def receive_shipment(
    shipment: VendorShipment, *, staff: Staff, accepts_over: bool = False, override_reason: str = ""
) -> VendorShipment:
    """Make a draft's units stock of its store, put their serials on record, and let costs and orders follow.

    The same shipment again, even at the same time, is received once. `accepts_over` says that units beyond those
    announced are kept; `override_reason` excuses missing serials for staff with the permission, and is recorded.
    Locks the shipment, purchase orders, products, stock levels and serials, in this order. A fixed number of
    statements. Raises NothingArrived, CodesUnsettled, MoreThanExpected, SerialsMissing or SerialUnavailable, each
    naming all that is wrong, and then changes nothing.
    """
    shipment = lock_shipment(shipment)
    if shipment.is_received:
        return shipment
    shipment = lock_open_shipment(shipment)
    lines = list(shipment.lines.with_links())
    arrived = [line for line in lines if line.quantity]
    for line in lines:
        line.shipment = shipment
    if not arrived:
        raise NothingArrived(_("Nothing is on %(number)s. Scan what arrived first.") % {"number": shipment.number})
    _require_settled(shipment)
    order_lines = lock_order_lines(line.order_line_id for line in lines)
    if not accepts_over:
        _require_expected(arrived, order_lines)
    excused = _excuse(arrived, override_reason, staff)
    _share_freight(shipment, arrived)
    products = lock_products(arrived)
    on_hand = units_on_hand(products)
    move_stock([line.movement() for line in arrived], staff=staff)
    _update_costs(shipment, arrived, products, on_hand, staff)
    ShipmentLine.objects.bulk_update(lines, ["freight", "cost_before", "excused_by", "excuse"], batch_size=500)
    follow_orders(order_lines, came=lines)
    move_serials(shipment, arrived, staff=staff, excused=excused)
    shipment.status = VendorShipment.Status.RECEIVED
    shipment.received_by, shipment.received_at = staff, timezone.now()
    shipment._history_user = staff
    shipment.save()
    return shipment


def _require_settled(shipment: VendorShipment) -> None:
    if not ShopSettings.load().serial_numbers_enabled:
        return
    waiting = UnsettledCode.objects.filter(line__shipment=shipment)
    counts = waiting.order_by().values_list("line__product__name").annotate(Count("pk"))
    if counts:
        raise CodesUnsettled(
            " ".join(
                ngettext("%(product)s: %(count)d code to settle.", "%(product)s: %(count)d codes to settle.", count)
                % {"product": product, "count": count}
                for product, count in counts
            )
        )


def units_over(
    lines: Sequence[ShipmentLine], order_lines: dict[int, PurchaseOrderLine]
) -> list[tuple[ShipmentLine, int]]:
    """The lines with more units than are awaited of their order now, or than were announced, and how many more."""
    awaited = {pk: order_line.outstanding for pk, order_line in order_lines.items()}
    found = []
    for line in lines:
        over = line.over
        if line.order_line_id in awaited:
            over = max(line.quantity - awaited[line.order_line_id], 0)
            awaited[line.order_line_id] = max(awaited[line.order_line_id] - line.quantity, 0)
        if over:
            found.append((line, over))
    return found


def _require_expected(lines: Sequence[ShipmentLine], order_lines: dict[int, PurchaseOrderLine]) -> None:
    if over := units_over(lines, order_lines):
        raise MoreThanExpected(
            " ".join(
                _("%(product)s: %(count)d more than expected.") % {"product": line.product.name, "count": count}
                for line, count in over
            )
            + " "
            + _("Say that they are kept, or lower the units.")
        )


def _excuse(lines: Sequence[ShipmentLine], reason: str, staff: Staff) -> set[int]:
    """The lines that may lack required serials, because somebody with the permission says why; recorded on them."""
    if not reason.strip() or not ShopSettings.load().serial_numbers_enabled:
        return set()
    short = [line for line in red_lines(lines) if line.attached < line.quantity]
    if short and not staff.has_perm("serials.override_required"):
        raise OverrideNotAllowed(
            _("You may not receive goods without their serial numbers. Scan them, or ask a manager.")
        )
    for line in short:
        line.excused_by, line.excuse = staff, reason.strip()[:200]
    return {line.pk for line in short}


def _share_freight(shipment: VendorShipment, lines: Sequence[ShipmentLine]) -> None:
    shares = share_freight(shipment.freight, [(line.quantity, line.unit_cost) for line in lines])
    for line, freight in zip(lines, shares, strict=True):
        line.freight = freight


def lock_products(lines: Collection[ShipmentLine | ReversalLine]) -> dict[int, Product]:
    """The products of these lines, locked in the order of pk; others may go on referring to them."""
    # Before the stock levels, as an import of products does.
    found = Product.objects.select_for_update(no_key=True).filter(pk__in={line.product_id for line in lines})
    return {product.pk: product for product in found.order_by("pk")}


def units_on_hand(products: Collection[int]) -> dict[int, int]:
    """Units of each product in all stores together."""
    levels = StockLevel.objects.filter(product__in=products).order_by()
    return dict(levels.values_list("product").annotate(Sum("on_hand")))


def _update_costs(shipment, lines: Sequence[ShipmentLine], products, on_hand: dict[int, int], staff: Staff) -> None:
    """Last and average cost of what arrived, freight included. Units of unknown cost leave both alone."""
    lots: dict[int, list[ShipmentLine]] = defaultdict(list)
    for line in lines:
        line.cost_before = products[line.product_id].cost
        if line.unit_cost is not None:
            lots[line.product_id].append(line)
    for pk, priced in lots.items():
        product = products[pk]
        lot = Lot(sum(line.quantity for line in priced), sum(line.landed for line in priced))
        average = product.average_cost if product.average_cost is not None else _as_average(product.cost)
        product.average_cost = average_after(on_hand.get(pk, 0), average, lot)
        product.cost = lot.unit_cost
    save_costs([products[pk] for pk in lots], reason=str(shipment), staff=staff)


def _as_average(cost: int | None) -> Decimal | None:
    return None if cost is None else Decimal(cost)


def save_costs(products: Sequence[Product], *, reason: str, staff: Staff) -> None:
    """Keep the costs of locked products, with an entry in the history of each."""
    if not products:
        return
    for product in products:
        product.updated_at = timezone.now()  # whoever has the form open is told that the record changed
    bulk_update_with_history(
        products,
        Product,
        ["cost", "average_cost", "updated_at"],
        batch_size=500,
        default_user=staff,
        default_change_reason=reason,
    )
