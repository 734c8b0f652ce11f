"""What a store's tax rates make of an amount: one rule for the register and for orders. Minor units, no writing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from microbiz.money import half_up
from settings_app.models import TaxRate

WHOLE = Decimal(100_000)  # a rate is in thousandths of a percent


@dataclass(frozen=True)
class Tax:
    """One tax of one amount: `base` is what is taxed, `amount` the tax. An inclusive one is part of the price."""

    name: str
    rate: int
    is_inclusive: bool
    base: int
    amount: int


def rates_at(store_id: int, tax_classes: Iterable[int | None]) -> dict[int | None, list[TaxRate]]:
    """The rates of a store by tax class, in one query. What has no class has no rates."""
    rates: dict[int | None, list[TaxRate]] = defaultdict(list)
    for rate in TaxRate.objects.filter(store=store_id, tax_class__in=set(tax_classes) - {None}).order_by("name"):
        rates[rate.tax_class_id].append(rate)
    return rates


def taxes_on(amount: int, rates: Sequence[TaxRate]) -> list[Tax]:
    """The taxes of an amount that is not negative: half up, once per rate.

    Inclusive rates are taken out of the price first, all from the same amount; exclusive rates are added to what
    is left, each on the same base.
    """
    contained = sum(rate.rate for rate in rates if rate.is_inclusive)
    inside = {
        rate.pk: half_up(Decimal(amount) * rate.rate / (WHOLE + contained)) for rate in rates if rate.is_inclusive
    }
    base = amount - sum(inside.values())
    return [
        Tax(
            rate.name,
            rate.rate,
            rate.is_inclusive,
            base,
            inside[rate.pk] if rate.is_inclusive else half_up(Decimal(base) * rate.rate / WHOLE),
        )
        for rate in rates
    ]
