"""Taking goods back: by receipt, where the receipt says for how much, or without one, by permission.

A return counts against its receipt from the moment it is on an open sale. Whoever adds or changes one locks the
receipt, after the sale: two tills cannot take the same unit back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils.translation import gettext as _

from inventory.models import Product
from register.errors import NotReturnable, ReasonMissing, WrongAmount
from register.models import Override, Sale, SaleLine, SaleLineSerial, SaleTax
from register.operations.locks import lock_open_sale, lock_sale
from register.operations.totals import require_quantity, retotal, scaled, set_line_amounts
from serials.models import Serial, SerialEvent
from serials.operations import attach
from serials.verdicts import away_text
from settings_app.models import Staff


@dataclass(frozen=True)
class ReturnPick:
    """So many units of one sold line that come back, and which, where their serials are known."""

    line: SaleLine
    quantity: int = 1
    serials: Sequence[Serial] = ()


@dataclass(frozen=True)
class ReturnableUnit:
    """One serial of a sold line. `text` says where it went when it cannot come back on this receipt."""

    serial: Serial
    is_returnable: bool
    text: str = ""


@dataclass(frozen=True)
class Rest:
    """What is not yet back of a sold line: `left` units, the discount and the taxes.

    `loose` units came back without the receipt: they can come back no more, but their share was never refunded
    from it. The taxes are unsaved and positive.
    """

    line: SaleLine
    left: int
    loose: int
    discount: int
    taxes: list[SaleTax]

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
    """A sold line with what is not yet back of it."""

    line: SaleLine
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


def returnable(receipt: Sale) -> list[ReturnableLine]:
    """What was sold on a receipt, with what is not yet back of it. A fixed number of queries."""
    lines = list(
        receipt.lines.filter(is_return=False)
        .select_related("product")
        .prefetch_related("serial_links__serial__store", "serial_links__returned_by__line__sale")
    )
    rests = _rests(lines)
    sales: dict[int, list[str]] = {line.pk: [] for line in lines}
    for sold, number in (
        SaleLine.objects.filter(returned_line__in=lines)
        .exclude(sale__status=Sale.Status.VOIDED)
        .order_by("pk")
        .values_list("returned_line", "sale__number")
    ):
        if number not in sales[sold]:
            sales[sold].append(number)
    last = _last_events(link.serial_id for line in lines for link in line.serial_links.all())
    found = []
    for line in lines:
        line.sale = receipt
        units = [_returnable_unit(link, receipt, last.get(link.serial_id)) for link in line.serial_links.all()]
        found.append(ReturnableLine(line, rests[line.pk], units, sales[line.pk]))
    return found


def _returnable_unit(link: SaleLineSerial, receipt: Sale, event: SerialEvent | None) -> ReturnableUnit:
    back = getattr(link, "returned_by", None)
    if back is not None:
        number = back.line.sale.number
        text = _("Returned on %(number)s.") if back.line.sale.is_completed else _("On sale %(number)s, not yet paid.")
        return ReturnableUnit(link.serial, False, text % {"number": number})
    if not _left_by(event, receipt):
        return ReturnableUnit(link.serial, False, away_text(link.serial, event))
    return ReturnableUnit(link.serial, True)


def _left_by(event: SerialEvent | None, receipt: Sale) -> bool:
    """Whether a unit's last event is that it was sold on this receipt: not since back and sold again."""
    return event is not None and (event.document_type, event.document_id) == (receipt._meta.label_lower, receipt.pk)


def _last_events(serials: Iterable[int]) -> dict[int, SerialEvent]:
    found = SerialEvent.objects.filter(serial__in=list(serials), sequence=F("serial__sequence"))
    return {event.serial_id: event for event in found}


def _rests(lines: Sequence[SaleLine], but: SaleLine | None = None) -> dict[int, Rest]:
    """What is not yet back of each sold line, by its pk; what is on the return line `but` does not count as back."""
    back = SaleLine.objects.filter(returned_line__in=lines).exclude(sale__status=Sale.Status.VOIDED)
    loose = SaleLineSerial.objects.filter(line__returned_line__isnull=True, returned_link__line__in=lines)
    loose = loose.exclude(line__sale__status=Sale.Status.VOIDED)
    if but is not None:
        back = back.exclude(pk=but.pk)
    sums = {
        line: (units, discount)
        for line, units, discount in back.order_by()
        .values_list("returned_line")
        .annotate(Sum("quantity"), Sum("discount"))
    }
    singles = dict(loose.order_by().values_list("returned_link__line").annotate(Count("pk")))
    given = {
        tuple(key): (base, amount)
        for *key, base, amount in SaleTax.objects.filter(line__in=back)
        .order_by()
        .values_list("line__returned_line", "name", "rate", "is_inclusive")
        .annotate(Sum("base"), Sum("amount"))
    }
    taxes: dict[int, list[SaleTax]] = {line.pk: [] for line in lines}
    for tax in SaleTax.objects.filter(line__in=lines):
        base, amount = given.get((tax.line_id, tax.name, tax.rate, tax.is_inclusive), (0, 0))
        tax.base, tax.amount = tax.base + base, tax.amount + amount
        taxes[tax.line_id].append(tax)
    rests = {}
    for line in lines:
        units, discount = sums.get(line.pk, (0, 0))
        alone = singles.get(line.pk, 0)
        rests[line.pk] = Rest(line, line.quantity - units - alone, alone, line.discount - discount, taxes[line.pk])
    return rests


@transaction.atomic
def add_return(sale: Sale, receipt: Sale, picks: Sequence[ReturnPick], *, reason: str, staff: Staff) -> list[SaleLine]:
    """Take goods of a receipt back on an open sale, for what was paid for them, and return their lines.

    Units that join a return line already on the sale raise it. Locks the sale, then the receipt. Raises
    NotReturnable, naming every unit that was not sold on it, is back already or is on another return.
    """
    sale = lock_open_sale(sale)
    receipt = lock_sale(receipt)
    if not receipt.is_completed:
        raise NotReturnable(
            _("Sale %(number)s was never paid, so nothing of it can come back.") % {"number": receipt.number}
        )
    if not picks:
        raise NotReturnable(_("Choose what comes back: scan the units or tick them."))
    _require_reason(reason)
    _require_returnable(receipt, picks)
    lines = [_take_back(sale, pick, reason=reason, staff=staff) for pick in picks]
    retotal(sale)
    return lines


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Say why the goods come back."))


def _require_returnable(receipt: Sale, picks: Sequence[ReturnPick]) -> None:
    open_lines = {found.line.pk: found for found in returnable(receipt)}
    wrong = []
    for pick in picks:
        found = open_lines.get(pick.line.pk)
        if found is None:
            wrong.append(
                _("%(product)s was not sold on %(number)s.") % {"product": pick.line.name, "number": receipt.number}
            )
            continue
        units = {unit.serial.pk: unit for unit in found.units}
        for serial in pick.serials:
            unit = units.get(serial.pk)
            if unit is None:
                wrong.append(
                    _("%(serial)s was not sold on %(number)s. %(where)s")
                    % {"serial": serial, "number": receipt.number, "where": where_sold(serial)}
                )
            elif not unit.is_returnable:
                wrong.append(f"{serial}: {unit.text}")
        if pick.quantity < 1 or len(pick.serials) > pick.quantity:
            wrong.append(_("%(product)s: choose as many units as serial numbers.") % {"product": pick.line.name})
        elif pick.quantity > found.left:
            wrong.append(_too_many(found.line, found.left, found.returned_on))
    if wrong:
        raise NotReturnable(" ".join(wrong))


def _too_many(line: SaleLine, left: int, on: Sequence[str]) -> str:
    text = _("%(product)s: %(left)d of %(sold)d can come back.") % {
        "product": line.name,
        "left": left,
        "sold": line.quantity,
    }
    if on:
        text += " " + _("The rest is on %(numbers)s.") % {"numbers": ", ".join(on)}
    return text


def where_sold(serial: Serial) -> str:
    """Where a unit is, in a sentence, with the document that left it there."""
    return away_text(serial, _last_events([serial.pk]).get(serial.pk))


def _take_back(sale: Sale, pick: ReturnPick, *, reason: str, staff: Staff) -> SaleLine:
    sold = pick.line
    line = sale.lines.with_serials().filter(returned_line=sold).first()
    if line is None:
        line = SaleLine(
            sale=sale,
            product=sold.product,
            is_return=True,
            name=sold.name,
            sku=sold.sku,
            quantity=pick.quantity,
            unit_price=sold.unit_price,
            returned_line=sold,
            return_reason=reason.strip()[:200],
        )
        line.save()
    else:
        line.quantity += pick.quantity
    line.sale, line.returned_line = sale, sold
    price_return(line)
    line.save()
    if pick.serials:
        numbers = [serial.number for serial in (*line.serials, *pick.serials)]
        attach(line, numbers, staff=staff, place=sale.register.name)
    return SaleLine.objects.with_serials().select_related("sale", "returned_line__sale").get(pk=line.pk)


def require_left(line: SaleLine, quantity: int) -> None:
    """Raise NotReturnable unless the receipt of a return line has `quantity` units left for it. Locks the receipt."""
    sold = line.returned_line
    lock_sale(sold.sale)
    left = _rests([sold], but=line)[sold.pk].left
    if quantity > left:
        raise NotReturnable(_too_many(sold, left, []))


def price_return(line: SaleLine) -> None:
    """Give a saved return line its share of what other returns left of the sold line, and save its taxes.

    The receipt is locked. Sets the line's amounts without saving it.
    """
    sold = line.returned_line
    line.discount, taxes = _rests([sold], but=line)[sold.pk].share(line.quantity)
    for tax in taxes:
        tax.line = line
    line.taxes.all().delete()
    SaleTax.objects.bulk_create(taxes)
    set_line_amounts(line, taxes)


@transaction.atomic
def add_return_by_serial(sale: Sale, serial: Serial, *, reason: str, staff: Staff) -> SaleLine:
    """Take one unit back by its serial number, from the receipt that it was last sold on."""
    link = sold_link(serial)
    if link is None:
        raise NotReturnable(f"{serial}: {where_sold(serial)}")
    pick = ReturnPick(link.line, 1, [serial])
    return add_return(sale, link.line.sale, [pick], reason=reason, staff=staff)[0]


def sold_link(serial: Serial) -> SaleLineSerial | None:
    """The link by which a unit was last sold here, if that is where it still is: its receipt."""
    return (
        SaleLineSerial.objects.still_sold()
        .filter(serial=serial)
        .select_related("line__sale__store", "line__product")
        .last()
    )


@transaction.atomic
def return_without_receipt(
    sale: Sale,
    product: Product,
    *,
    quantity: int = 1,
    price: int,
    serials: Sequence[Serial] = (),
    reason: str,
    staff: Staff,
) -> SaleLine:
    """Take goods back that nobody has a receipt for, at a price per unit that the person decides, and record it.

    A unit whose receipt `staff` may open is refused with that receipt's number: its price is known. The permission
    is asked for by the view. Raises NotReturnable, WrongAmount or ReasonMissing.
    """
    sale = lock_open_sale(sale)
    _require_reason(reason)
    if price < 0 or quantity < 1 or len(serials) > quantity:
        raise WrongAmount(
            _("A return has at least one unit, at a price of 0 or more, and no more serial numbers than units.")
        )
    require_quantity(quantity)
    visible = set(staff.stores_allowed().values_list("pk", flat=True))
    links = [link for link in map(sold_link, serials) if link is not None and link.line.sale.store_id in visible]
    if links:
        raise NotReturnable(
            " ".join(
                _("%(serial)s was sold on %(number)s. Return it from that receipt.")
                % {"serial": link.serial, "number": link.line.sale.number}
                for link in links
            )
        )
    line = SaleLine.objects.create(
        sale=sale,
        product=product,
        is_return=True,
        name=product.name,
        sku=product.sku,
        quantity=quantity,
        unit_price=price,
        return_reason=reason.strip()[:200],
    )
    if serials:
        attach(line, [serial.number for serial in serials], staff=staff, place=sale.register.name)
    Override.objects.create(
        sale=sale,
        line=line,
        kind=Override.Kind.NO_RECEIPT,
        reason=reason.strip()[:200],
        detail=f"{quantity} × {product.name}"[:200],
        staff=staff,
    )
    retotal(sale)
    line.refresh_from_db()
    return line
