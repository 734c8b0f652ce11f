"""What pages and papers tell of an order: its lines with what left of them, its taxes, what was paid. Reads only."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from inventory.documents import document_url
from orders.models import CustomerOrder, HandOverLine, HandOverTax, OrderLine, OrderTax


@dataclass(frozen=True)
class TaxTotal:
    """One tax of a whole order; an inclusive one is in the prices."""

    name: str
    rate: int
    is_inclusive: bool
    amount: int


def lines_of(order: CustomerOrder) -> list[OrderLine]:
    """The lines of an order, numbered from 1, with what left of each. A fixed number of queries."""
    gone: dict[int, list[HandOverLine]] = {}
    handed = HandOverLine.objects.filter(hand_over__order=order).select_related("hand_over")
    for one in handed.prefetch_related("serial_links__serial"):
        gone.setdefault(one.order_line_id, []).append(one)
    lines = list(order.lines.with_serials())
    for number, line in enumerate(lines, 1):
        line.no, line.order = number, order
        line.gone = gone.get(line.pk, [])
        line.net_in_all = line.net + sum(one.net for one in line.gone)
        for one in line.gone:
            one.url = document_url(one.hand_over.document_type, one.hand_over.document_id)
    return lines


def taxes_of(order: CustomerOrder) -> list[TaxTotal]:
    """The taxes of what is to come and of what the order itself handed over, summed by name; the rest by receipt."""
    sums: dict[tuple[str, int, bool], int] = {}
    own = HandOverTax.objects.filter(line__hand_over__order=order)
    to_come = OrderTax.objects.filter(line__order=order)
    for tax in [*own, *to_come] if order.status != order.Status.CANCELLED else own:
        key = (tax.name, tax.rate, tax.is_inclusive)
        sums[key] = sums.get(key, 0) + tax.amount
    taxes = [TaxTotal(*key, amount) for key, amount in sorted(sums.items()) if amount]
    sold = HandOverLine.objects.filter(hand_over__order=order).exclude(hand_over__document="")
    for number, amount in sold.order_by().values_list("hand_over__document").annotate(Sum("tax")):
        if amount:
            taxes.append(TaxTotal(_("Tax on %(sale)s") % {"sale": number}, 0, False, amount))
    return taxes


def payments_of(order: CustomerOrder) -> list:
    """What was paid for an order, each with its label and the page of its receipt."""
    entries: list[Any] = list(order.payment_entries.all())
    for at, entry in enumerate(entries):
        entry.url = document_url(entry.document_type, entry.document_id)
        entry.off = -entry.amount
        is_deposit = at == 0 and entry.amount < order.total
        entry.label = _("Refund") if entry.amount < 0 else _("Deposit") if is_deposit else _("Payment")
    return entries
