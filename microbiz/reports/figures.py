"""What was sold, for how much, and what of it was earned: the one definition behind every report of sales.

Counted is what passed for money and is settled: the lines of completed sales at the moment of completion, and goods of
customer orders when they are handed over. Open, held and voided sales and orders not yet handed over count nowhere. A return counts on the day and in the store where the goods came back, negative;
the sale that it undoes stays as it was. An exchange is both. All amounts are in minor units:

    gross      price times units as marked, before discounts; with the taxes that the price contains
    discount   what was taken off; gross less discount is what the receipt prints on the line
    net        net sales: after discounts, without any tax, contained or added
    tax        every tax of the line, contained or added
    total      net and tax: what the customer pays
    returned   the part of `net` that came back, as a negative amount
    cost       what the goods cost us when they were sold, of those whose cost was known then
    margin     net sales of the goods whose cost was known, less that cost

Deposits and what is bought from customers are money that passed, but no sales: they are in no figure here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable

from orders.models import HandOverLine, HandOverTax
from register.models import Sale, SaleLine, SaleTax

SOLD, BACK = SaleLine.Kind.SALE, SaleLine.Kind.RETURN


def goods() -> list[QuerySet]:
    """Every kind of line by which goods pass for money, each with the same names for the same things.

    `at`, `at_store`, `by_staff`, `for_customer`, `paper` and `way` (1 out, -1 back) can be asked of each.
    """
    return [_sale_lines(), _handed_over()]


def _sale_lines() -> QuerySet:
    return SaleLine.objects.filter(sale__status=Sale.Status.COMPLETED, kind__in=[SOLD, BACK]).annotate(
        at=F("sale__completed_at"),
        at_store=F("sale__store"),
        by_staff=F("sale__staff"),
        for_customer=F("sale__customer"),
        paper=F("sale"),
        way=Case(When(kind=BACK, then=Value(-1)), default=Value(1)),
    )


def _handed_over() -> QuerySet:
    """What orders handed over by themselves. Where a sale did, the goods are on that sale."""
    lines = HandOverLine.objects.filter(hand_over__completed_at__isnull=False, hand_over__document_type="")
    return lines.annotate(
        at=F("hand_over__completed_at"),
        at_store=F("hand_over__store"),
        by_staff=F("hand_over__staff"),
        for_customer=F("hand_over__order__customer"),
        paper=F("hand_over"),
        way=Value(1),
    )


def returns() -> QuerySet:
    """The lines of `goods` that came back."""
    return _sale_lines().filter(kind=BACK)


def taxes() -> list[QuerySet]:
    """Every tax of every line of `goods`, with `at`, `at_store` and `is_back`; base and amount are negative on a return."""
    return [
        SaleTax.objects.filter(line__sale__status=Sale.Status.COMPLETED, line__kind__in=[SOLD, BACK]).annotate(
            at=F("line__sale__completed_at"), at_store=F("line__sale__store"), is_back=Q(line__kind=BACK)
        ),
        HandOverTax.objects.filter(
            line__hand_over__completed_at__isnull=False, line__hand_over__document_type=""
        ).annotate(at=F("line__hand_over__completed_at"), at_store=F("line__hand_over__store"), is_back=Value(False)),
    ]


@dataclass(frozen=True)
class Figures:
    """The sums of some lines, as defined above. `receipts` counts the papers on which they stand."""

    units: int = 0
    gross: int = 0
    discount: int = 0
    tax: int = 0
    total: int = 0
    returned: int = 0
    cost: int = 0
    costed: int = 0  # net sales of the goods whose cost is known
    receipts: int = 0

    @property
    def net(self) -> int:
        return self.total - self.tax

    @property
    def margin(self) -> int:
        return self.costed - self.cost

    @property
    def margin_share(self) -> float | None:
        """Of the net sales whose cost is known, the part that was earned."""
        return self.margin / self.costed if self.costed else None

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Figures)))


_WAY = F("way")
_NET = F("total") - _WAY * F("tax")
MEASURES = {
    "sum_units": Sum(_WAY * F("quantity")),
    "sum_gross": Sum(_WAY * F("unit_price") * F("quantity")),
    "sum_discount": Sum(_WAY * F("discount")),
    "sum_tax": Sum(_WAY * F("tax")),
    "sum_total": Sum(F("total")),
    "sum_returned": Sum(_NET, filter=Q(way=-1)),
    "sum_cost": Sum(_WAY * F("cost") * F("quantity")),
    "sum_costed": Sum(_NET, filter=Q(cost__isnull=False)),
    "sum_receipts": Count("paper", distinct=True),
}


@dataclass(frozen=True)
class Part:
    """Lines of stores with one clock on their walls."""

    lines: QuerySet
    zone: ZoneInfo


def grouped(parts: Iterable[Part], *by: str, **made: Combinable) -> dict[tuple, Figures]:
    """The figures of the lines by the values of `by`, in one statement for each part.

    `made` names values that are computed first. A line counts in exactly one group; so does a receipt, as long as
    its lines do, which holds for store, staff and time but not for products.
    """
    found: dict[tuple, Figures] = {}
    for part in parts:
        lines = part.lines.annotate(**made).order_by()
        for row in lines.values(*by).annotate(**MEASURES).values_list(*by, *MEASURES):
            key, sums = row[: len(by)], Figures(*(value or 0 for value in row[len(by) :]))
            found[key] = found[key] + sums if key in found else sums
    return found


def summed(parts: Iterable[Part]) -> Figures:
    """The figures of all the lines, in one statement for each part."""
    rows = (part.lines.order_by().aggregate(**MEASURES) for part in parts)
    return in_all(Figures(*(row[name] or 0 for name in MEASURES)) for row in rows)


def in_all(sums: Iterable[Figures]) -> Figures:
    return sum(sums, start=Figures())
