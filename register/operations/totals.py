"""What a sale comes to: prices, discounts and taxes, in minor units, each rounded once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from microbiz.many_rows import save_each
from microbiz.money import LARGEST
from register.errors import WrongAmount
from register.models import Payment, Sale, SaleLine, SaleOrderPayment, SaleTax
from register.operations.set_off import set_off_orders
from settings_app.models import TaxRate
from settings_app.taxes import rates_at, taxes_on

MOST_UNITS = 99_999  # on one line; more is a slip of the scanner


@dataclass(frozen=True)
class SaleNow:
    """All of a sale at one moment: its lines, the taxes of those priced here, and its payments, also for orders."""

    lines: Sequence[SaleLine]
    taxes: Sequence[SaleTax]
    order_payments: Sequence[SaleOrderPayment]
    payments: Sequence[Payment] = ()


def order_payments_of(sale: Sale, lines: Sequence[SaleLine]) -> Sequence[SaleOrderPayment]:
    """What a locked sale takes for orders, which come with it. Asked for only where its lines do not say: nothing."""
    if sale.is_just_begun or (lines and not any(line.is_beside_orders for line in lines)):
        return []
    return list(sale.order_payments.select_related("order"))


def retotal(
    sale: Sale,
    lines: Sequence[SaleLine] | None = None,
    *,
    raised: Collection[SaleLine] = (),
    changed: Collection[str] = (),
) -> SaleNow:
    """Bring the amounts of a locked sale and of its lines up to date, and save them; how the sale is then.

    Pass `lines` (with products and order lines) when they are at hand, and those `raised` by units not saved yet;
    `changed` are fields of the sale that are not saved yet. As `total_up`; a fixed number of statements.
    """
    if lines is None:
        lines = list(sale.lines.select_related("product", "order_line"))
    taxes, order_payments = total_up(sale, lines, order_payments_of(sale, lines), raised=raised)
    sale.save(update_fields=["subtotal", "tax_total", "total", *changed])
    return SaleNow(lines, taxes, order_payments)


def total_up(
    sale: Sale,
    lines: Sequence[SaleLine],
    order_payments: Iterable[SaleOrderPayment],
    *,
    raised: Collection[SaleLine] = (),
) -> tuple[list[SaleTax], list[SaleOrderPayment]]:
    """Set the amounts of a locked sale, unsaved, and of its lines and what it sets off of orders, saved where they differ.

    The units of lines that were `raised` are saved as well.

    Returns its taxes, unsaved, and its payments for orders. Lines that go back by receipt keep what the receipt says;
    their taxes are saved already and not among those returned. Raises WrongAmount beyond what can be paid.
    """
    priced = [line for line in lines if not line.has_origin]
    rates = rates_of(sale, priced)
    taxes, changed = [], []
    for line in priced:
        own = line_taxes(line, rates[line.product.tax_class_id])
        taxes += own
        before = line.tax, line.total
        set_line_amounts(line, own)
        if (line.tax, line.total) != before or line in raised:
            changed.append(line)
    save_each(changed, [*(["quantity"] if raised else []), "tax", "total"])
    if sum(abs(line.total) for line in lines) >= LARGEST:
        raise WrongAmount(_("Sale %(number)s comes to more than can be paid.") % {"number": sale.number})
    sale.subtotal = sum(line.net for line in lines)
    sale.tax_total = sum(line.sign * line.tax for line in lines)
    order_payments = set_off_orders(sale, lines, order_payments)
    sale.total = sum(line.total for line in lines) + sum(payment.amount for payment in order_payments)
    return taxes, order_payments


def require_quantity(quantity: int) -> None:
    """Raise WrongAmount for a number of units that no line can have."""
    if not 1 <= quantity <= MOST_UNITS:
        raise WrongAmount(
            _("A line holds 1 to %(most)d units, not %(quantity)d.") % {"most": MOST_UNITS, "quantity": quantity}
        )


def rates_of(sale: Sale, lines: Iterable[SaleLine]) -> dict[int | None, list[TaxRate]]:
    """The rates of the sale's store by tax class."""
    return rates_at(sale.store_id, [line.product.tax_class_id for line in lines])


def line_taxes(line: SaleLine, rates: Sequence[TaxRate]) -> list[SaleTax]:
    """The taxes of one line, unsaved: rounded once per line and rate; negative on a return, none on a trade-in."""
    if line.is_trade_in:
        return []
    return [
        SaleTax(
            line=line,
            name=tax.name,
            rate=tax.rate,
            is_inclusive=tax.is_inclusive,
            base=line.sign * tax.base,
            amount=line.sign * tax.amount,
        )
        for tax in taxes_on(abs(line.net), rates)
    ]


def set_line_amounts(line: SaleLine, taxes: Iterable[SaleTax]) -> None:
    """Set a line's tax and total from its taxes. Does not save."""
    taxes = list(taxes)
    line.tax = abs(sum(tax.amount for tax in taxes))
    line.total = line.net + sum(tax.amount for tax in taxes if not tax.is_inclusive)
