"""What may come back of a receipt, or of an order's hand-over: units, discounts, taxes, and where each unit went.

Reads only. A return counts against its receipt from the moment it is on an open sale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Sum
from django.utils.translation import gettext as _

from microbiz.money import scaled
from orders.models import HandOver, HandOverLine, HandOverLineSerial, HandOverTax
from register.models import Sale, SaleLine, SaleLineSerial, SaleTax
from serials.models import Serial, SerialEvent
from serials.verdicts import away_text


@dataclass(frozen=True)
class ReturnableUnit:
    """One serial of a sold line. `text` says where it went when it cannot come back on this receipt."""

    serial: Serial
    is_returnable: bool
    text: str = ""


@dataclass(frozen=True)
class Rest:
    """What is not yet back of a sold line: `left` units, the discount and the taxes.

    `loose` units came back without the receipt or were traded in: they can come back no more, but their share was
    never refunded from it. The taxes are unsaved and positive.
    """

    line: SaleLine | HandOverLine
    left: int
    loose: int
    discount: int
    taxes: list[SaleTax] | list[HandOverTax]

    def share(self, quantity: int) -> tuple[int, list[SaleTax]]:
        """The discount and the (negative) taxes of so many units. Shares taken one after another sum to the rest."""
        whole = self.left + self.loose
        taxes = [
            SaleTax(
                name=tax.name,
                rate=tax.rate,
                is_inclusive=tax.is_inclusive,
                base=-scaled(tax.base, quantity, whole),
                amount=-scaled(tax.amount, quantity, whole),
            )
            for tax in self.taxes
        ]
        return scaled(self.discount, quantity, whole), taxes

    def refund(self, quantity: int) -> int:
        """What so many units come to, with tax."""
        discount, taxes = self.share(quantity)
        return self.line.unit_price * quantity - discount - sum(tax.amount for tax in taxes if not tax.is_inclusive)


@dataclass(frozen=True)
class ReturnableLine:
    """A line that was sold or handed over, with what is not yet back of it."""

    line: SaleLine | HandOverLine
    rest: Rest
    units: list[ReturnableUnit] = field(default_factory=list)
    returned_on: list[str] = field(default_factory=list)  # numbers of the sales that took units back

    @property
    def left(self) -> int:
        """How many units may come back."""
        return self.rest.left

    @property
    def refund(self) -> int:
        """What they come to, with tax."""
        return self.refund_of(self.left)

    def refund_of(self, quantity: int) -> int:
        """What so many of them come to, with tax, to the cent."""
        return self.rest.refund(quantity)

    @property
    def without_serial(self) -> int:
        """How many units may come back whose serials are not known."""
        return max(self.left - sum(unit.is_returnable for unit in self.units), 0)


def origin_of(line: SaleLine | HandOverLine) -> str:
    """The field by which a return says that it takes back from this line."""
    return "handed_line" if isinstance(line, HandOverLine) else "returned_line"


def _goods_of(receipt: Sale | HandOver) -> Sequence[SaleLine | HandOverLine]:
    """The lines of a receipt, or of a hand-over that no sale made, with their units."""
    if isinstance(receipt, HandOver):
        found = receipt.lines.select_related("product").prefetch_related("serial_links__serial__store")
        return list(found if not receipt.document else found.none())
    return list(
        receipt.lines.filter(kind=SaleLine.Kind.SALE)
        .select_related("product")
        .prefetch_related("serial_links__serial__store", "serial_links__returned_by__line__sale")
    )


def returnable(receipt: Sale | HandOver) -> list[ReturnableLine]:
    """What was sold on a receipt, or handed over, with what is not yet back of it. A fixed number of queries."""
    lines = _goods_of(receipt)
    rests = rests_of(lines)
    if not lines:
        return []
    origin = origin_of(lines[0])
    under_way = _on_the_way_back(lines, origin)
    sales: dict[int, list[str]] = {line.pk: [] for line in lines}
    for sold, number in (
        SaleLine.objects.filter(**{f"{origin}__in": lines})
        .exclude(sale__status=Sale.Status.VOIDED)
        .order_by("pk")
        .values_list(origin, "sale__number")
    ):
        if number not in sales[sold]:
            sales[sold].append(number)
    last = _last_events(link.serial_id for line in lines for link in line.serial_links.all())
    found = []
    for line in lines:
        setattr(line, "sale" if origin == "returned_line" else "hand_over", receipt)
        units = [
            _returnable_unit(link, receipt, last.get(link.serial_id), under_way) for link in line.serial_links.all()
        ]
        found.append(ReturnableLine(line, rests[line.pk], units, sales[line.pk]))
    return found


def _on_the_way_back(lines: Sequence, origin: str) -> dict[int, str]:
    """The units of these lines that are on an open sale as a return already, with that sale's number."""
    links = SaleLineSerial.objects.filter(**{f"line__{origin}__in": lines})
    unpaid = links.filter(line__sale__status__in=[Sale.Status.OPEN, Sale.Status.ON_HOLD])
    return dict(unpaid.values_list("serial", "line__sale__number"))


def _returnable_unit(link, receipt, event: SerialEvent | None, under_way: dict[int, str]) -> ReturnableUnit:
    if link.serial_id in under_way:
        text = _("On sale %(number)s, not yet paid.")
        return ReturnableUnit(link.serial, False, text % {"number": under_way[link.serial_id]})
    back = getattr(link, "returned_by", None)
    if back is not None:
        number = back.line.sale.number
        text = _("On sale %(number)s, not yet paid.")
        if back.line.sale.is_completed:
            text = _("Traded in on %(number)s.") if back.line.is_trade_in else _("Returned on %(number)s.")
        return ReturnableUnit(link.serial, False, text % {"number": number})
    if not _left_by(event, receipt):
        return ReturnableUnit(link.serial, False, away_text(link.serial, event))
    return ReturnableUnit(link.serial, True)


def _left_by(event: SerialEvent | None, receipt: Sale | HandOver) -> bool:
    """Whether a unit's last event is that it was sold or handed over by this: not since back and sold again."""
    return event is not None and (event.document_type, event.document_id) == (receipt._meta.label_lower, receipt.pk)


def _last_events(serials: Iterable[int]) -> dict[int, SerialEvent]:
    found = SerialEvent.objects.filter(serial__in=list(serials), sequence=F("serial__sequence"))
    return {event.serial_id: event for event in found}


def rests_of(lines: Sequence[SaleLine | HandOverLine], but: SaleLine | None = None) -> dict[int, Rest]:
    """What is not yet back of each sold line, by its pk; what is on the return line `but` does not count as back."""
    if not lines:
        return {}
    origin = origin_of(lines[0])
    taxed = HandOverTax if origin == "handed_line" else SaleTax
    back = SaleLine.objects.filter(**{f"{origin}__in": lines}).exclude(sale__status=Sale.Status.VOIDED)
    loose = SaleLineSerial.objects.none()
    if origin == "returned_line":
        loose = SaleLineSerial.objects.filter(line__returned_line__isnull=True, returned_link__line__in=lines)
        loose = loose.exclude(line__sale__status=Sale.Status.VOIDED)
    if but is not None:
        back = back.exclude(pk=but.pk)
    sums = {
        line: (units, discount)
        for line, units, discount in back.order_by().values_list(origin).annotate(Sum("quantity"), Sum("discount"))
    }
    singles = dict(loose.order_by().values_list("returned_link__line").annotate(Count("pk")))
    given = {
        tuple(key): (base, amount)
        for *key, base, amount in SaleTax.objects.filter(line__in=back)
        .order_by()
        .values_list(f"line__{origin}", "name", "rate", "is_inclusive")
        .annotate(Sum("base"), Sum("amount"))
    }
    taxes: dict[int, list] = {line.pk: [] for line in lines}
    for tax in taxed.objects.filter(line__in=lines):
        base, amount = given.get((tax.line_id, tax.name, tax.rate, tax.is_inclusive), (0, 0))
        tax.base, tax.amount = tax.base + base, tax.amount + amount
        taxes[tax.line_id].append(tax)
    rests = {}
    for line in lines:
        units, discount = sums.get(line.pk, (0, 0))
        alone = singles.get(line.pk, 0)
        rests[line.pk] = Rest(
            line, max(line.quantity - units - alone, 0), alone, line.discount - discount, taxes[line.pk]
        )
    return rests


def where_sold(serial: Serial) -> str:
    """Where a unit is, in a sentence, with the document that left it there."""
    return away_text(serial, _last_events([serial.pk]).get(serial.pk))


def link_out(serial: Serial) -> SaleLineSerial | HandOverLineSerial | None:
    """The link by which a unit was last sold, or handed over by an order, if that is where it still is."""
    return sold_link(serial) or handed_link(serial)


def handed_link(serial: Serial) -> HandOverLineSerial | None:
    """The link by which an order handed a unit over, if the customer still has it by that."""
    links = HandOverLineSerial.objects.filter(serial=serial).select_related(
        "line__hand_over__order__customer", "line__hand_over__store", "line__product"
    )
    link = links.last()
    return link if link and link.line.still_out().filter(pk=serial.pk).exists() else None


def sold_link(serial: Serial) -> SaleLineSerial | None:
    """The link by which a unit was last sold here, if that is where it still is: its receipt."""
    return (
        SaleLineSerial.objects.still_sold()
        .filter(serial=serial)
        .select_related("line__sale__store", "line__product")
        .last()
    )
