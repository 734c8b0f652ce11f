"""What was paid for a customer order ahead, set off on the sale that hands its goods over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from orders.operations.payments import credits_of
from register.models import Sale, SaleLine, SaleOrderPayment


def set_off_orders(
    sale: Sale, lines: Sequence[SaleLine], order_payments: Iterable[SaleOrderPayment]
) -> list[SaleOrderPayment]:
    """Set off what was paid ahead for the orders of these lines of a locked sale; all its payments for orders, as saved.

    Never more than an order has left of its payments, nor than its lines here come to: the rest stays the order's.
    What went out unpaid before is asked for as a whole. `lines` are all of the sale, with their order lines and
    totals. The orders are in the sale's hands, so that their money stands still. No statement where no line is of
    an order, else a fixed number.
    """
    payments = {payment.order_id: payment for payment in order_payments}
    worth: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.order_line_id:
            worth[line.order_line.order_id] += line.total
    if not worth:
        return list(payments.values())
    amounts = {order: -min(credit, worth[order]) for order, credit in credits_of(worth).items()}
    before = {order: payments[order].amount if order in payments else 0 for order in worth}
    changed = [order for order in worth if amounts[order] != before[order]]
    if changed:
        SaleOrderPayment.objects.filter(sale=sale, order__in=changed).delete()
        SaleOrderPayment.objects.bulk_create(
            SaleOrderPayment(sale=sale, order_id=order, amount=amounts[order]) for order in changed if amounts[order]
        )
    return list(sale.order_payments.select_related("order"))
