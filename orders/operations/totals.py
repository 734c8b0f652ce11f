"""What an order comes to, in minor units: priced and taxed as the register does."""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from microbiz.money import LARGEST, format_money
from orders.errors import WrongAmount
from orders.models import CustomerOrder, HandOverLine, OrderLine, OrderTax
from orders.models.orders import LineTax
from settings_app.models import ShopSettings
from settings_app.taxes import rates_at, taxes_on

MOST_UNITS = 99_999  # on one line; more is a slip of the scanner


def retotal(order: CustomerOrder, *, touched: Collection[int] = ()) -> None:
    """Bring the amounts of a locked order and of its lines up to date with the store's rates of today.

    A line of which a part was handed over keeps its taxes, so that the parts sum to what was agreed, unless it is
    among those `touched`. Of a cancelled order only what was handed over counts. A fixed number of statements.
    """
    lines = list(order.lines.select_related("product"))
    priced = [line for line in lines if not line.handed_over or line.pk in touched]
    rates = rates_at(order.store_id, [line.product.tax_class_id for line in priced])
    taxes = []
    for line in priced:
        own = [OrderTax(line=line, **vars(tax)) for tax in taxes_on(line.net, rates[line.product.tax_class_id])]
        set_amounts(line, own)
        taxes += own
    OrderTax.objects.filter(line__in=priced).delete()
    OrderTax.objects.bulk_create(taxes)
    OrderLine.objects.bulk_update(priced, ["tax", "total"])
    sum_up(order, lines)


def sum_up(order: CustomerOrder, lines: Sequence[OrderLine]) -> None:
    """Set and save the totals of a locked order from `lines`, which are all of its own, and what was handed over."""
    counted = [] if order.status == order.Status.CANCELLED else lines
    net, tax, total = handed_over(order)
    order.subtotal = net + sum(line.net for line in counted)
    order.tax_total = tax + sum(line.tax for line in counted)
    order.total = total + sum(line.total for line in counted)
    if order.total >= LARGEST:
        raise WrongAmount(_("Order %(number)s comes to more than can be paid.") % {"number": order.number})
    order.save(update_fields=["subtotal", "tax_total", "total"])


def handed_over(order: CustomerOrder) -> tuple[int, int, int]:
    """What was handed over of an order so far: net, tax, total with exclusive tax."""
    net = F("unit_price") * F("quantity") - F("discount")
    sums = HandOverLine.objects.filter(hand_over__order=order).aggregate(
        net=Sum(net), taxes=Sum("tax"), totals=Sum("total")
    )
    return sums["net"] or 0, sums["taxes"] or 0, sums["totals"] or 0


def set_amounts(line: OrderLine | HandOverLine, taxes: Iterable[LineTax]) -> None:
    """Set a line's tax and total from its taxes. Does not save."""
    taxes = list(taxes)
    line.tax = sum(tax.amount for tax in taxes)
    line.total = line.net + sum(tax.amount for tax in taxes if not tax.is_inclusive)


def require_quantity(quantity: int) -> None:
    """Raise WrongAmount for a number of units that no line can have."""
    if not 1 <= quantity <= MOST_UNITS:
        raise WrongAmount(
            _("A line holds 1 to %(most)d units, not %(quantity)d.") % {"most": MOST_UNITS, "quantity": quantity}
        )


def money(amount: int) -> str:
    return format_money(amount, ShopSettings.load().currency)
