"""Money for an order, and goods that a sale hands over. The register calls this; the sale is locked before the order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from microbiz.transactions import operation
from orders.errors import OrderAtRegister, OrderNotOpen, WrongPayment
from orders.models import CustomerOrder, HandOverLine, OrderEvent, OrderLine, OrderPaymentEntry
from orders.operations.handing_over import Pick, finish, new_hand_over, split
from orders.operations.locks import lock_open, lock_order, record_event, require_away_from_register
from orders.operations.totals import handed_over, money
from serials.operations import leave_no_surplus
from settings_app.models import Staff

Kind = OrderEvent.Kind


@dataclass(frozen=True)
class SoldLine:
    """So many units of an order line that a sale handed over, for what the sale charged."""

    line: OrderLine
    quantity: int
    unit_price: int
    discount: int
    tax: int
    total: int
    cost: int | None = None


def credit_of(order: CustomerOrder) -> int:
    """What was paid for an order beyond what was handed over; negative where goods went out unpaid."""
    return order.paid - handed_over(order)[2]


def credits_of(orders: Collection[int]) -> dict[int, int]:
    """As `credit_of`, in one statement: by the key of each order."""
    lines = HandOverLine.objects.filter(hand_over__order=OuterRef("pk")).order_by().values("hand_over__order")
    handed = Subquery(lines.annotate(totals=Sum("total")).values("totals"))
    left = F("paid") - Coalesce(handed, 0)
    return dict(CustomerOrder.objects.filter(pk__in=orders).values_list("pk", left))


@operation
def take_to_register(order: CustomerOrder, sale, *, staff: Staff) -> tuple[CustomerOrder, list[OrderLine]]:
    """Give an open order into the hands of a sale, which hands over what is still to come.

    Until the sale completes or lets go, nothing else may change, pay or hand over the order. Locks it. Raises
    OrderNotOpen or OrderAtRegister.
    """
    order = lock_open(order)
    lines = list(order.lines.with_serials().filter(quantity__gt=0))
    if not lines:
        raise OrderNotOpen(_("Nothing of order %(number)s is still to come.") % {"number": order.number})
    for line in lines:
        line.order = order
    order.at_register = sale.number
    order.save(update_fields=["at_register"])
    record_event(order, Kind.AT_REGISTER, sale.number, staff=staff)
    return order, lines


@operation
def take_from_register(order: CustomerOrder, sale, *, staff: Staff) -> CustomerOrder:
    """Take an order back out of the hands of a sale that did not hand it over. Where another has it, nothing happens."""
    order = lock_order(order)
    if order.at_register == sale.number:
        order.at_register = ""
        order.save(update_fields=["at_register"])
        record_event(order, Kind.GIVEN_BACK, sale.number, staff=staff)
    return order


def require_payable(order: CustomerOrder, amount: int) -> None:
    """Raise WrongPayment unless `amount` is still to pay for an order, or (negative) due back."""
    if amount > max(order.balance, 0):
        text = _("Order %(number)s: %(left)s is left to pay, so %(amount)s cannot be taken.")
        parts = {"left": money(max(order.balance, 0)), "amount": money(amount)}
        raise WrongPayment(text % {"number": order.number, **parts})
    if amount < min(order.balance, 0):
        text = _("Order %(number)s: %(due)s is due back, so %(amount)s cannot be paid out.")
        parts = {"due": money(max(-order.balance, 0)), "amount": money(-amount)}
        raise WrongPayment(text % {"number": order.number, **parts})
    if amount == 0:
        raise WrongPayment(_("Order %(number)s: nothing is to pay.") % {"number": order.number})


@operation
def record_payment(
    order: CustomerOrder, amount: int, *, sale, staff: Staff, sold: Sequence[SoldLine] = ()
) -> CustomerOrder:
    """Write down what a sale took for an order, or (negative) paid back, in minor units.

    `sold` are the lines that the sale hands over: they are paid with it, and `amount` is then what of earlier
    payments it set off. Locks the order. Raises WrongPayment, so that no more is taken than the order comes to and
    no more paid back than is due, or OrderAtRegister. A fixed number of statements.
    """
    order = lock_order(order)
    if sold:
        _require_at(order, sale)
    else:
        require_away_from_register(order)
        require_payable(order, amount)
    change = amount + sum(line.total for line in sold)
    if order.paid + change < 0:
        raise WrongPayment(_("Order %(number)s: more is set off than was paid.") % {"number": order.number})
    order.paid += change
    order.at_register = ""
    order.save(update_fields=["paid", "at_register"])
    if change:
        OrderPaymentEntry.objects.create(
            order=order,
            amount=change,
            document_type=sale._meta.label_lower,
            document_id=sale.pk,
            document=sale.number,
            staff=staff,
        )
        text = _("%(amount)s on %(sale)s") % {"amount": money(abs(change)), "sale": sale.number}
        record_event(order, Kind.PAYMENT if change > 0 else Kind.REFUND, text, staff=staff)
    if sold:
        _count_sold(order, sold, sale=sale, staff=staff)
        if credit_of(order) < 0:
            raise WrongPayment(_("Order %(number)s: more is set off than was paid.") % {"number": order.number})
    return order


def _require_at(order: CustomerOrder, sale) -> None:
    if order.at_register != sale.number:
        raise OrderAtRegister(
            _("Order %(number)s is no longer on sale %(sale)s. Take its lines off the sale.")
            % {"number": order.number, "sale": sale.number}
        )


def _count_sold(order: CustomerOrder, sold: Sequence[SoldLine], *, sale, staff: Staff) -> None:
    lines = {line.pk: line for line in order.lines.select_related("product").prefetch_related("taxes")}
    document = new_hand_over(order, staff=staff)
    document.document_type, document.document_id = sale._meta.label_lower, sale.pk
    document.document = sale.number
    picks = [Pick(lines[one.line.pk], one.quantity) for one in sold]
    leaving, _taxes = split(document, picks, charged=sold)
    leave_no_surplus({line: line.quantity for line in lines.values()})
    finish(order, document, leaving, staff=staff)
