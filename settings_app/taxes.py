"""What a store's tax rates make of an amount: one rule for the register and for orders. Minor units, no writing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from microbiz.many_rows import rows_of
from microbiz.money import half_up
from microbiz.per_request import keep, kept
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
    """The rates of a store by tax class, in one query at most. What has no class has no rates."""
    classes = set(tax_classes) - {None}
    found = kept(_name(store_id))
    if found is None:
        found = TaxRate.objects.filter(store=store_id, tax_class__in=classes)
    rates: dict[int | None, list[TaxRate]] = defaultdict(list)
    for rate in sorted(found, key=lambda rate: rate.name):
        if rate.tax_class_id in classes:
            rates[rate.tax_class_id].append(rate)
    return rates


RATE = [field.attname for field in TaxRate._meta.concrete_fields]


def rates_of_store(store: str) -> Subquery:
    """For `annotate(rates=...)` of rows that `store` leads from to a store: its rates, for `keep_rates`."""
    return rows_of(TaxRate.objects.filter(store=OuterRef(store)), *RATE)


def keep_rates(store_id: int, rates: Sequence[Sequence] | None) -> None:
    """Have the rates that were read so at hand for the rest of this request."""
    keep(_name(store_id), [TaxRate.from_db(None, RATE, rate) for rate in rates or ()])


def _name(store_id: int) -> str:
    return f"tax rates at {store_id}"


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
