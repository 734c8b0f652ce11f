"""Paying: the one moment at which a sale moves stock, units and money, together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.operations import move_stock
from microbiz.money import format_money
from microbiz.transactions import operation
from orders.operations import move_store_credit
from register.errors import (
    CustomerMissing,
    NothingToSell,
    OverrideNotAllowed,
    PriceChanged,
    SaleNotOpen,
    ShiftNotOpen,
    WrongPayment,
)
from register.models import Override, Payment, PaymentMethod, Sale, SaleLine, SaleTax, lines_to_show
from register.operations.locks import lock_sale, lock_sale_in_shift, require_open
from register.operations.orders import settle_orders
from register.operations.totals import SaleNow, order_payments_of, total_up
from serials.operations import move_serials
from serials.verdicts import red_lines
from settings_app.models import ShopSettings, Staff

WRITTEN_AT_COMPLETION = [
    *("status", "completed_at", "completion_key", "shift", "staff"),
    *("subtotal", "tax_total", "total", "change"),
]


@dataclass(frozen=True)
class Tender:
    """Money towards a sale, in minor units; negative is paid out.

    `amount` counts towards the total. `tendered` is the cash handed over for it, the rest is change.
    """

    method: PaymentMethod
    amount: int
    tendered: int | None = None
    reference: str = ""


@operation
def complete_sale(
    sale: Sale,
    *,
    tenders: Sequence[Tender],
    key: UUID,
    staff: Staff,
    override_reason: str = "",
    expected_total: int | None = None,
) -> Sale:
    """Take the money for an open sale, move its goods and freeze it.

    `key` names this submit of this sale: the same one again, even at the same time, returns it as completed. What
    the sale comes to is computed here; with `expected_total`, PriceChanged is raised where the person saw another.
    The sale comes back with all that was read and written of it as `now`, for its receipt.
    `override_reason` excuses missing serials for staff with the permission, and is recorded. Locks the shift, the
    sale, its customer orders, stock levels, serials and the customer, in this order. On any refusal nothing has changed.
    """
    sale, shift = lock_sale_in_shift(sale)
    if sale.completion_key == key:
        return sale
    require_open(sale)
    if shift is None or shift.register_id != sale.register_id:
        raise ShiftNotOpen(
            _("%(register)s is closed. Open it with a drawer balance first.") % {"register": sale.register}
        )
    lines = lines_to_show(sale)
    order_payments = order_payments_of(sale, lines)
    if not lines and not order_payments:
        raise NothingToSell(_("There is nothing on this sale. Scan something first."))
    if sale.customer is None and any(line.is_trade_in for line in lines):
        raise CustomerMissing(_("A trade-in is bought from somebody. Choose the customer first."))
    taxes, order_payments = total_up(sale, lines, order_payments)
    if expected_total is not None and expected_total != sale.total:
        raise PriceChanged(
            _("The total is now %(now)s, not %(before)s: a price or tax was changed meanwhile. Tell the customer.")
            % {"now": _money(sale.total), "before": _money(expected_total)}
        )
    tenders = _checked(tenders, sale)
    excused = _excused(sale, lines, override_reason, staff)
    settle_orders(sale, lines, order_payments, staff=staff)
    move_stock([line.movement() for line in lines], staff=staff)
    move_serials(sale, lines, staff=staff, excused=excused)
    SaleTax.objects.bulk_create(taxes)
    _keep_costs(lines)
    payments = _take_money(sale, tenders, staff)
    sale.status = Sale.Status.COMPLETED
    sale.completed_at = timezone.now()
    sale.completion_key = key
    sale.shift, sale.staff = shift, staff
    sale.change = sum((tender.tendered or tender.amount) - tender.amount for tender in tenders)
    sale.save(update_fields=WRITTEN_AT_COMPLETION)
    sale.now = SaleNow(lines, taxes, order_payments, payments)
    return sale


def _checked(tenders: Sequence[Tender], sale: Sale) -> list[Tender]:
    """The tenders in order, if they pay the sale exactly."""
    checked = []
    for tender in tenders:
        if tender.amount == 0 or (tender.amount > 0) != (sale.total > 0):
            raise WrongPayment(
                _("%(method)s: %(amount)s does not go towards a total of %(total)s.")
                % {"method": tender.method, "amount": _money(tender.amount), "total": _money(sale.total)}
            )
        if not tender.method.is_active:
            raise WrongPayment(
                _("%(method)s is no longer taken. Choose another way to pay.") % {"method": tender.method}
            )
        is_cash_in = tender.method.kind == PaymentMethod.Kind.CASH and tender.amount > 0
        handed = tender.tendered if is_cash_in and tender.tendered is not None else tender.amount
        if is_cash_in and handed < tender.amount:
            raise WrongPayment(
                _("%(handed)s in cash does not cover %(amount)s.")
                % {"handed": _money(handed), "amount": _money(tender.amount)}
            )
        checked.append(replace(tender, tendered=handed if is_cash_in else None))
    paid = sum(tender.amount for tender in checked)
    if paid != sale.total:
        text = _("%(missing)s is still to pay.") if paid < sale.total else _("%(over)s more than the total is paid.")
        if sale.total < 0:
            text = (
                _("%(over)s is still to pay out.")
                if paid > sale.total
                else _("%(missing)s more than is due is paid out.")
            )
        raise WrongPayment(text % {"missing": _money(sale.total - paid), "over": _money(paid - sale.total)})
    return checked


def _excused(sale: Sale, lines: Sequence[SaleLine], reason: str, staff: Staff) -> set[int]:
    """The lines that may lack required serials, because somebody with the permission says why; recorded."""
    red = {line.pk for line in red_lines(lines) if line.attached < line.quantity}
    short = [line for line in lines if line.pk in red]
    if not short or not reason.strip() or not ShopSettings.load().serial_numbers_enabled:
        return set()
    if not staff.has_perm("serials.override_required"):
        raise OverrideNotAllowed(
            _("You may not complete a sale without its serial numbers. Scan them, or ask a manager.")
        )
    Override.objects.bulk_create(
        Override(
            sale=sale,
            line=line,
            kind=Override.Kind.SERIALS,
            reason=reason.strip()[:200],
            detail=f"{line.attached}/{line.quantity} {line.name}"[:200],
            staff=staff,
        )
        for line in short
    )
    return red


def _keep_costs(lines: Sequence[SaleLine]) -> None:
    """Note on each line what a unit costs today, as margins are told by it later."""
    changed = [line for line in lines if line.cost != line.cost_today]
    for line in changed:
        line.cost = line.cost_today
    if changed:
        SaleLine.objects.bulk_update(changed, ["cost"])


def _take_money(sale: Sale, tenders: Sequence[Tender], staff: Staff) -> list[Payment]:
    credit = sum(tender.amount for tender in tenders if tender.method.kind == PaymentMethod.Kind.STORE_CREDIT)
    if credit:
        if sale.customer is None:
            raise CustomerMissing(_("Store credit belongs to a customer. Choose the customer first."))
        move_store_credit(sale.customer, -credit, document=sale, staff=staff)
    return Payment.objects.bulk_create(
        Payment(
            sale=sale,
            method=tender.method,
            amount=tender.amount,
            tendered=tender.tendered,
            reference=tender.reference.strip()[:40],
            staff=staff,
        )
        for tender in tenders
    )


@operation
def count_print(sale: Sale) -> bool:
    """Note that a receipt goes to paper, and say whether it is a copy: printed before. Raises SaleNotOpen if unpaid."""
    sale = lock_sale(sale)
    if not sale.is_completed:
        raise SaleNotOpen(_("Sale %(number)s is not paid, so it has no receipt.") % {"number": sale.number}, sale)
    is_copy = sale.print_count > 0
    sale.print_count += 1
    sale.save(update_fields=["print_count"])
    return is_copy


def _money(amount: int) -> str:
    return format_money(amount, ShopSettings.load().currency)
