"""Taking goods back: by receipt, where the receipt says for how much, or without one, by permission.

A return counts against its receipt from the moment it is on an open sale. Whoever adds or changes one locks the
receipt, after the sale: two tills cannot take the same unit back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from inventory.models import Product
from microbiz.transactions import operation
from orders.models import HandOver, HandOverLine
from orders.operations.locks import lock_order
from register.errors import NotReturnable, ReasonMissing, WrongAmount
from register.models import Override, Sale, SaleLine, SaleTax
from register.operations.locks import lock_open_sale, lock_sale
from register.operations.totals import require_quantity, retotal, set_line_amounts
from register.returnable import link_out, origin_of, rests_of, returnable, where_sold
from serials.models import Serial
from serials.operations import attach
from settings_app.models import Staff


@dataclass(frozen=True)
class ReturnPick:
    """So many units of one line that was sold or handed over that come back, and which, where their serials are known."""

    line: SaleLine | HandOverLine
    quantity: int = 1
    serials: Sequence[Serial] = ()


@operation
def add_return(
    sale: Sale, receipt: Sale | HandOver, picks: Sequence[ReturnPick], *, reason: str, staff: Staff
) -> list[SaleLine]:
    """Take goods of a receipt, or of an order's hand-over, back on an open sale for what they cost.

    Units that join a return line already on the sale raise it. Locks the sale, then the receipt. Raises
    NotReturnable, naming every unit that was not sold on it, is back already or is on another return.
    """
    sale = lock_open_sale(sale)
    if isinstance(receipt, HandOver):
        lock_order(receipt.order)
    elif not lock_sale(receipt).is_completed:
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


def _require_returnable(receipt: Sale | HandOver, picks: Sequence[ReturnPick]) -> None:
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


def _too_many(line: SaleLine | HandOverLine, left: int, on: Sequence[str]) -> str:
    text = _("%(product)s: %(left)d of %(sold)d can come back.") % {
        "product": line.name,
        "left": left,
        "sold": line.quantity,
    }
    if on:
        text += " " + _("The rest is on %(numbers)s.") % {"numbers": ", ".join(on)}
    return text


def _take_back(sale: Sale, pick: ReturnPick, *, reason: str, staff: Staff) -> SaleLine:
    sold = pick.line
    origin = origin_of(sold)
    line = sale.lines.with_serials().filter(**{origin: sold}).first()
    if line is None:
        line = SaleLine(
            sale=sale,
            product=sold.product,
            kind=SaleLine.Kind.RETURN,
            name=sold.name,
            sku=sold.sku,
            quantity=pick.quantity,
            unit_price=sold.unit_price,
            **{origin: sold},
            return_reason=reason.strip()[:200],
        )
        line.save()
    else:
        line.quantity += pick.quantity
    line.sale = sale
    setattr(line, origin, sold)
    price_return(line)
    line.save()
    if pick.serials:
        numbers = [serial.number for serial in (*line.serials, *pick.serials)]
        attach(line, numbers, staff=staff, place=sale.register.name)
    found = SaleLine.objects.with_serials().select_related("sale", "returned_line__sale", "handed_line__hand_over")
    return found.get(pk=line.pk)


def require_left(line: SaleLine, quantity: int) -> None:
    """Raise NotReturnable unless the receipt of a return line has `quantity` units left for it. Locks the receipt."""
    sold = line.origin
    if line.handed_line_id:
        lock_order(sold.hand_over.order)
    else:
        lock_sale(sold.sale)
    left = rests_of([sold], but=line)[sold.pk].left
    if quantity > left:
        raise NotReturnable(_too_many(sold, left, []))


def price_return(line: SaleLine) -> None:
    """Give a saved return line its share of what other returns left of the sold line, and save its taxes.

    The receipt is locked. Sets the line's amounts without saving it.
    """
    sold = line.origin
    line.discount, taxes = rests_of([sold], but=line)[sold.pk].share(line.quantity)
    for tax in taxes:
        tax.line = line
    line.taxes.all().delete()
    SaleTax.objects.bulk_create(taxes)
    set_line_amounts(line, taxes)


@operation
def add_return_by_serial(sale: Sale, serial: Serial, *, reason: str, staff: Staff) -> SaleLine:
    """Take one unit back by its serial number, from the receipt or hand-over by which it last left."""
    link = link_out(serial)
    if link is None:
        raise NotReturnable(f"{serial}: {where_sold(serial)}")
    pick = ReturnPick(link.line, 1, [serial])
    return add_return(sale, link.line.document, [pick], reason=reason, staff=staff)[0]


@operation
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
    links = [link for link in map(link_out, serials) if link is not None and link.line.store.pk in visible]
    if links:
        raise NotReturnable(
            " ".join(
                _("%(serial)s was sold on %(number)s. Return it from that receipt.")
                % {"serial": link.serial, "number": link.line.document.number}
                for link in links
            )
        )
    line = SaleLine.objects.create(
        sale=sale,
        product=product,
        kind=SaleLine.Kind.RETURN,
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
