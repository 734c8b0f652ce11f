"""How purchase orders follow what arrives and what is taken back."""

from collections.abc import Collection, Iterable

from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from microbiz.transactions import operation
from receiving.models import PurchaseOrder, PurchaseOrderLine, ReversalLine, ShipmentLine


@operation
def lock_order_lines(pks: Iterable[int | None]) -> dict[int, PurchaseOrderLine]:
    """These lines as they are now, their orders locked in the order of pk."""
    wanted = {pk for pk in pks if pk is not None}
    if not wanted:
        return {}
    orders = PurchaseOrder.objects.select_for_update().filter(
        pk__in=PurchaseOrderLine.objects.filter(pk__in=wanted).values("order")
    )
    locked = {order.pk: order for order in orders.order_by("pk")}
    lines = {line.pk: line for line in PurchaseOrderLine.objects.filter(pk__in=wanted)}
    for line in lines.values():
        line.order = locked[line.order_id]
    return lines


def follow_orders(
    order_lines: dict[int, PurchaseOrderLine],
    *,
    came: Collection[ShipmentLine] = (),
    went: Collection[ReversalLine] = (),
) -> None:
    """Count what came, or went back to the vendor, on locked order lines, and let their orders' status follow.

    What is missing stays a back order, unless its line closes short. What went back is awaited again.
    """
    if not order_lines:
        return
    for line in came:
        if line.order_line_id:
            order_lines[line.order_line_id].received += line.quantity
    for line in came:
        if line.order_line_id and line.closes_short:
            order_lines[line.order_line_id].given_up += order_lines[line.order_line_id].outstanding
    for back in went:
        if pk := back.shipment_line.order_line_id:
            order_lines[pk].received -= back.quantity
    PurchaseOrderLine.objects.bulk_update(order_lines.values(), ["received", "given_up"], batch_size=500)
    orders = {line.order_id: line.order for line in order_lines.values()}
    settle_orders(list(orders.values()))


def settle_orders(orders: Collection[PurchaseOrder]) -> None:
    """Let the status of locked, sent orders follow their lines: closed once nothing is awaited any more.

    An order that was cancelled stays so.
    """
    status = PurchaseOrder.Status
    lines: dict[int, list[PurchaseOrderLine]] = {order.pk: [] for order in orders}
    for line in PurchaseOrderLine.objects.filter(order__in=orders):
        lines[line.order_id].append(line)
    changed = []
    for order in orders:
        own = lines[order.pk]
        before = order.status
        if not any(line.outstanding for line in own):
            after = status.CLOSED
        else:
            after = status.PARTLY_RECEIVED if any(line.received or line.given_up for line in own) else status.SENT
        if before != after and before != status.CANCELLED:
            order.status = after
            order.closed_at = timezone.now() if after == status.CLOSED else None
            changed.append(order)
    if changed:
        bulk_update_with_history(changed, PurchaseOrder, ["status", "closed_at"], batch_size=500)
