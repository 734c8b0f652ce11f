"""What a sale comes to: prices, discounts and taxes, in minor units, each rounded once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from microbiz.money import LARGEST, half_up
from register.errors import WrongAmount
from register.models import Sale, SaleLine, SaleTax
from settings_app.models import TaxRate

MOST_UNITS = 99_999  # on one line; more is a slip of the scanner
WHOLE = Decimal(100_000)  # a rate is in thousandths of a percent


def retotal(sale: Sale, lines: Sequence[SaleLine] | None = None) -> list[SaleTax]:
    """Bring the amounts of a locked sale and of its lines up to date, and return its taxes, unsaved.

    Lines that go back by receipt keep what the receipt says; their taxes are saved already and not among those
    returned. Raises WrongAmount beyond what can be paid. Pass `lines` (with their products) when they are at hand. A fixed number of statements.
    """
    if lines is None:
        lines = list(sale.lines.select_related("product"))
    priced = [line for line in lines if line.returned_line_id is None]
    rates = rates_of(sale, priced)
    taxes, changed = [], []
    for line in priced:
        own = line_taxes(line, rates[line.product.tax_class_id])
        taxes += own
        before = line.tax, line.total
        set_line_amounts(line, own)
        if (line.tax, line.total) != before:
            changed.append(line)
    if changed:
        SaleLine.objects.bulk_update(changed, ["tax", "total"])
    if sum(abs(line.total) for line in lines) >= LARGEST:
        raise WrongAmount(_("Sale %(number)s comes to more than can be paid.") % {"number": sale.number})
    sale.subtotal = sum(line.net for line in lines)
    sale.tax_total = sum(-line.tax if line.is_return else line.tax for line in lines)
    sale.total = sum(line.total for line in lines)
    sale.save(update_fields=["subtotal", "tax_total", "total"])
    return taxes


def require_quantity(quantity: int) -> None:
    """Raise WrongAmount for a number of units that no line can have."""
    if not 1 <= quantity <= MOST_UNITS:
        raise WrongAmount(
            _("A line holds 1 to %(most)d units, not %(quantity)d.") % {"most": MOST_UNITS, "quantity": quantity}
        )


def rates_of(sale: Sale, lines: Iterable[SaleLine]) -> dict[int | None, list[TaxRate]]:
    """The rates of the sale's store by tax class."""
    rates: dict[int | None, list[TaxRate]] = defaultdict(list)
    classes = {line.product.tax_class_id for line in lines} - {None}
    for rate in TaxRate.objects.filter(store=sale.store_id, tax_class__in=classes).order_by("name"):
        rates[rate.tax_class_id].append(rate)
    return rates


def line_taxes(line: SaleLine, rates: Sequence[TaxRate]) -> list[SaleTax]:
    """The taxes of one line, unsaved: half up, once per line and rate; negative on a return.

    Inclusive rates are taken out of the price first, all from the same amount; exclusive rates are added to what
    is left, each on the same base.
    """
    sign = -1 if line.is_return else 1
    amount = abs(line.net)
    contained = sum(rate.rate for rate in rates if rate.is_inclusive)
    inside = {
        rate.pk: half_up(Decimal(amount) * rate.rate / (WHOLE + contained)) for rate in rates if rate.is_inclusive
    }
    base = amount - sum(inside.values())
    taxes = []
    for rate in rates:
        tax = inside[rate.pk] if rate.is_inclusive else half_up(Decimal(base) * rate.rate / WHOLE)
        taxes.append(
            SaleTax(
                line=line,
                name=rate.name,
                rate=rate.rate,
                is_inclusive=rate.is_inclusive,
                base=sign * base,
                amount=sign * tax,
            )
        )
    return taxes


def set_line_amounts(line: SaleLine, taxes: Iterable[SaleTax]) -> None:
    """Set a line's tax and total from its taxes. Does not save."""
    taxes = list(taxes)
    line.tax = abs(sum(tax.amount for tax in taxes))
    line.total = line.net + sum(tax.amount for tax in taxes if not tax.is_inclusive)


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to `weights`, in minor units that sum to it exactly: largest remainder first."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in by_remainder[: amount - sum(shares)]:
        shares[at] += 1
    return shares


def scaled(amount: int, part: int, whole: int) -> int:
    """`part` of `whole` of an amount, half up."""
    return half_up(Decimal(amount) * part / whole) if whole else 0
