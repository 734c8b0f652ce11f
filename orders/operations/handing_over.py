"""Handing goods of an order over: the moment at which they leave, together with their units, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.operations import move_stock
from microbiz.money import scaled
from microbiz.transactions import operation
from orders.errors import NotAllowed, NothingToHandOver, NotPaid, WrongPick
from orders.models import CustomerOrder, HandOver, HandOverLine, HandOverTax, OrderEvent, OrderLine, OrderTax
from orders.operations.drafting import complete_if_done
from orders.operations.locks import lock_open, record_event, require_reason
from orders.operations.totals import handed_over, money, set_amounts, sum_up
from serials.models import Serial
from serials.operations import move_serials, pass_on
from serials.verdicts import red_lines
from settings_app.models import ShopSettings, Staff

Kind = OrderEvent.Kind


@dataclass(frozen=True)
class Pick:
    """So many units of one order line that leave now, and which of the reserved ones."""

    line: OrderLine
    quantity: int
    serials: Sequence[Serial] = ()


@operation
def hand_over(
    order: CustomerOrder,
    picks: Sequence[Pick] | None = None,
    *,
    staff: Staff,
    unpaid_reason: str = "",
    serials_reason: str = "",
) -> HandOver:
    """Hand over what was picked of an open order, or (None) everything that is still to come.

    `unpaid_reason` lets goods go that are not paid, `serials_reason` units without their required serials, for staff
    with the permission; both are recorded. Locks the order, stock levels, then serials. Raises NotPaid,
    SerialsMissing, SerialUnavailable, NotEnoughStock, WrongPick and then changes nothing. The order is complete
    when nothing more is to come. A fixed number of statements.
    """
    order = lock_open(order)
    lines = {line.pk: line for line in order.lines.with_serials().prefetch_related("taxes")}
    for line in lines.values():
        line.order = order
    picks = _checked(order, lines, picks)
    document = new_hand_over(order, staff=staff)
    leaving, taxes = split(document, picks)
    _require_paid(order, unpaid_reason, staff)
    move_stock([line.movement() for line in leaving], staff=staff)
    pass_on(
        [(pick.line, line, pick.serials) for pick, line in zip(picks, leaving, strict=True)],
        staff=staff,
        place=order.store.name,
    )
    moving = list(document.lines.with_serials())
    for line in moving:
        line.hand_over = document
    move_serials(document, moving, staff=staff, excused=_excused(order, moving, serials_reason, staff))
    HandOverTax.objects.bulk_create(taxes)
    finish(order, document, leaving, staff=staff)
    return document


def _checked(order: CustomerOrder, lines: dict[int, OrderLine], picks: Sequence[Pick] | None) -> list[Pick]:
    """The picks on the lines as they are now, or what is wrong with each of them at once."""
    if picks is None:
        picks = [Pick(line, line.quantity, line.serials) for line in lines.values() if line.quantity]
    picks = [pick for pick in picks if pick.quantity]
    if not picks:
        raise NothingToHandOver(_("Choose what is handed over of order %(number)s.") % {"number": order.number})
    wrong, checked = [], []
    for pick in picks:
        line = lines.get(pick.line.pk)
        if line is None or not 1 <= pick.quantity <= line.quantity:
            text = _("%(product)s: %(left)d still to come, not %(asked)d.")
            left = line.quantity if line else 0
            wrong.append(text % {"product": pick.line.name, "left": left, "asked": pick.quantity})
            continue
        reserved = {serial.pk: serial for serial in line.serials}
        leaving = [reserved[serial.pk] for serial in pick.serials if serial.pk in reserved]
        strangers = [serial.number for serial in pick.serials if serial.pk not in reserved]
        if strangers:
            text = _("%(product)s: %(numbers)s is not reserved for this order.")
            wrong.append(text % {"product": line.name, "numbers": ", ".join(strangers)})
        elif len(leaving) > pick.quantity or line.attached - len(leaving) > line.quantity - pick.quantity:
            wrong.append(
                ngettext(
                    "%(product)s: choose which serial number leaves with %(count)d unit.",
                    "%(product)s: choose which serial numbers leave with %(count)d units.",
                    pick.quantity,
                )
                % {"product": line.name, "count": pick.quantity}
            )
        checked.append(Pick(line, pick.quantity, leaving))
    if wrong:
        raise WrongPick(" ".join(wrong))
    return checked


def new_hand_over(order: CustomerOrder, *, staff: Staff) -> HandOver:
    """The next hand-over of a locked order, numbered within it."""
    number = f"{order.number}-{order.hand_overs.count() + 1}"
    return HandOver.objects.create(order=order, store=order.store, number=number, staff=staff)


def split(
    document: HandOver, picks: Sequence[Pick], charged: Sequence | None = None
) -> tuple[list[HandOverLine], list[HandOverTax]]:
    """Take what leaves off the order lines, with its share of discount and taxes, and put it on lines of its own.

    Shares taken one after another sum to what the line came to, to the cent. The taxes are unsaved. Where a sale
    `charged` for it, the new lines say what that was.
    """
    leaving, shares, left = [], [], []
    for at, pick in enumerate(picks):
        line = pick.line
        gone = HandOverLine(
            hand_over=document,
            order_line=line,
            product=line.product,
            name=line.name,
            sku=line.sku,
            quantity=pick.quantity,
            unit_price=line.unit_price,
            discount=scaled(line.discount, pick.quantity, line.quantity),
            cost=line.product.cost,
        )
        own = [_share(tax, gone, whole=line.quantity) for tax in line.taxes.all()]
        set_amounts(gone, own)
        for tax, share in zip(line.taxes.all(), own, strict=True):
            tax.base, tax.amount = tax.base - share.base, tax.amount - share.amount
            left.append(tax)
        line.quantity -= pick.quantity
        line.handed_over += pick.quantity
        line.discount -= gone.discount
        set_amounts(line, line.taxes.all())
        if charged is not None:
            for name in ("unit_price", "discount", "tax", "total", "cost"):
                setattr(gone, name, getattr(charged[at], name))
        leaving.append(gone)
        shares += own
    HandOverLine.objects.bulk_create(leaving)
    OrderLine.objects.bulk_update(
        [pick.line for pick in picks], ["quantity", "handed_over", "discount", "tax", "total"], batch_size=500
    )
    OrderTax.objects.bulk_update(left, ["base", "amount"], batch_size=500)
    return leaving, shares


def _share(tax: OrderTax, gone: HandOverLine, *, whole: int) -> HandOverTax:
    return HandOverTax(
        line=gone,
        name=tax.name,
        rate=tax.rate,
        is_inclusive=tax.is_inclusive,
        base=scaled(tax.base, gone.quantity, whole),
        amount=scaled(tax.amount, gone.quantity, whole),
    )


def _require_paid(order: CustomerOrder, reason: str, staff: Staff) -> None:
    """What was handed over, this time included, is paid; or somebody with the permission says why not."""
    _net, _tax, total = handed_over(order)
    missing = total - order.paid
    if missing <= 0:
        return
    if not reason.strip():
        raise NotPaid(
            _("%(missing)s is still to pay for what is handed over. Take the payment at the register first.")
            % {"missing": money(missing)},
            missing,
        )
    if not staff.has_perm("orders.hand_over_unpaid"):
        raise NotAllowed(_("You may not hand goods over that are not paid. Take the payment, or ask a manager."))
    text = _("%(missing)s is still to pay") % {"missing": money(missing)}
    record_event(order, Kind.UNPAID, text, staff=staff, reason=require_reason(reason))


def _excused(order: CustomerOrder, lines: Sequence[HandOverLine], reason: str, staff: Staff) -> set[int]:
    """The lines that may lack required serials, because somebody with the permission says why; recorded."""
    if not ShopSettings.load().serial_numbers_enabled or not reason.strip():
        return set()
    short = [line for line in red_lines(lines) if line.attached < line.quantity]
    if not short:
        return set()
    if not staff.has_perm("serials.override_required"):
        raise NotAllowed(_("You may not hand goods over without their serial numbers. Scan them, or ask a manager."))
    text = ", ".join(f"{line.attached}/{line.quantity} {line.name}" for line in short)
    record_event(order, Kind.SERIALS, text, staff=staff, reason=require_reason(reason))
    return {line.pk for line in short}


def finish(order: CustomerOrder, document: HandOver, leaving: Sequence[HandOverLine], *, staff: Staff) -> None:
    document.completed_at = timezone.now()
    document.save()
    sum_up(order, list(order.lines.all()))
    units = sum(line.quantity for line in leaving)
    text = ngettext("%(number)s, %(units)d unit", "%(number)s, %(units)d units", units)
    record_event(
        order, Kind.HANDED_OVER, text % {"number": document.document or document.number, "units": units}, staff=staff
    )
    complete_if_done(order, staff=staff)
