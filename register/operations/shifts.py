"""Opening a register, cash in and out, counting and closing, and the report about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from microbiz.money import format_money
from microbiz.transactions import operation
from register.cash import most_cash
from register.errors import (
    CountMissing,
    NotEnoughCash,
    ReasonMissing,
    SaleStillOpen,
    ShiftAlreadyOpen,
    ShiftNotOpen,
    WrongAmount,
)
from register.models import (
    CashMovement,
    Override,
    Payment,
    PaymentMethod,
    Register,
    Sale,
    SaleLine,
    SaleLineSerial,
    SaleTax,
    Shift,
    ShiftCount,
)
from settings_app.models import ShopSettings, Staff


@dataclass(frozen=True)
class ExpectedTaking:
    """What should be there of one payment method, in minor units, from `count` payments."""

    method: PaymentMethod
    expected: int
    count: int


@operation
def open_shift(register: Register, *, opening_balance: int, staff: Staff) -> Shift:
    """Open a register with so much cash in its drawer. Raises ShiftAlreadyOpen or WrongAmount."""
    register = Register.objects.select_for_update().get(pk=register.pk)
    shift = register.open_shift
    if shift is not None:
        raise ShiftAlreadyOpen(
            _("%(register)s is open already, since %(time)s by %(staff)s.")
            % {
                "register": register,
                "time": timezone.localtime(shift.opened_at).strftime("%H:%M"),
                "staff": shift.opened_by,
            }
        )
    if opening_balance < 0:
        raise WrongAmount(_("The drawer balance is 0 or more."))
    _require_plausible(opening_balance)
    return Shift.objects.create(register=register, opening_balance=opening_balance, opened_by=staff)


def _require_plausible(amount: int) -> None:
    if abs(amount) > most_cash(ShopSettings.load().currency):
        raise WrongAmount(
            _("%(amount)s is more than a drawer holds. Was a barcode scanned here? Type the amount again.")
            % {"amount": _money(abs(amount))}
        )


@operation
def move_cash(shift: Shift, amount: int, *, reason: str, staff: Staff) -> CashMovement:
    """Put cash into the drawer, or (negative) take it out. Raises ShiftNotOpen, ReasonMissing or NotEnoughCash."""
    shift = _locked(shift)
    if not amount:
        raise WrongAmount(_("Type how much goes in or out."))
    _require_plausible(amount)
    if not reason.strip():
        raise ReasonMissing(_("Say what the cash is for."))
    drawer = _cash_in_drawer(shift)
    if drawer + amount < 0:
        raise NotEnoughCash(
            _("%(amount)s cannot be taken out: the drawer should hold %(drawer)s.")
            % {"amount": _money(-amount), "drawer": _money(drawer)}
        )
    return CashMovement.objects.create(shift=shift, amount=amount, reason=reason.strip()[:200], staff=staff)


def expected_takings(shift: Shift) -> list[ExpectedTaking]:
    """What should be there of each payment method: everything taken less everything paid out.

    Cash begins with the opening balance. Methods in use are listed even without payments.
    """
    paid = {
        row["method"]: row
        for row in Payment.objects.filter(sale__shift=shift, sale__status=Sale.Status.COMPLETED)
        .order_by()
        .values("method")
        .annotate(taken=Sum("amount"), count=Count("pk"))
    }
    takings = []
    for method in PaymentMethod.objects.filter(Q(is_active=True) | Q(pk__in=list(paid))):
        row = paid.get(method.pk, {"taken": 0, "count": 0})
        expected = row["taken"]
        if method.kind == PaymentMethod.Kind.CASH:
            expected += shift.opening_balance + _moved(shift)
        takings.append(ExpectedTaking(method, expected, row["count"]))
    return takings


@operation
def close_shift(
    shift: Shift,
    *,
    counts: Mapping[int, int],
    reasons: Mapping[int, str] | None = None,
    denominations: Mapping[str, int] | None = None,
    leave: int | None = None,
    staff: Staff,
) -> Shift:
    """Close a register with what was counted of each payment method (by its pk, minor units).

    Held sales wait for another day; an open sale with lines is refused as SaleStillOpen. Where a method is short
    or over, `reasons` says why, or ReasonMissing. What nobody took needs no count, and store credit is not in the
    drawer: uncounted, it is as expected. `denominations` are the pieces of cash by face value. `leave` of the
    counted cash stays in the drawer for the next shift, by default all of it; WrongAmount where it is more.
    """
    shift = _locked(shift)
    waiting = Sale.objects.select_for_update().filter(register=shift.register_id, status=Sale.Status.OPEN).first()
    if waiting is not None and not waiting.is_empty:
        raise SaleStillOpen(
            _("Sale %(number)s is still open on this register. Complete it, hold it or void it, then close.")
            % {"number": waiting.number}
        )
    found, unexplained = [], []
    for taking in expected_takings(shift):
        counted = _counted(taking, counts)
        reason = (reasons or {}).get(taking.method.pk, "").strip()
        count = ShiftCount(
            shift=shift, method=taking.method, expected=taking.expected, counted=counted, reason=reason[:200]
        )
        if taking.method.kind == PaymentMethod.Kind.CASH:
            count.denominations = dict(denominations or {})
        found.append(count)
        if count.variance and not reason:
            unexplained.append(count)
    if unexplained:
        raise ReasonMissing(" ".join(_variance_text(count) for count in unexplained))
    cash = sum(count.counted for count in found if count.method.kind == PaymentMethod.Kind.CASH)
    leave = cash if leave is None else leave
    if not 0 <= leave <= max(cash, 0):
        raise WrongAmount(
            _("%(leave)s cannot stay in the drawer: %(cash)s was counted.")
            % {"leave": _money(leave), "cash": _money(cash)}
        )
    ShiftCount.objects.bulk_create(found)
    shift.closed_at = timezone.now()
    shift.closed_by = staff
    shift.left_in_drawer = leave
    shift.save(update_fields=["closed_at", "closed_by", "left_in_drawer"])
    return shift


def _counted(taking: ExpectedTaking, counts: Mapping[int, int]) -> int:
    counted = counts.get(taking.method.pk)
    if counted is not None:
        return counted
    if taking.method.kind == PaymentMethod.Kind.STORE_CREDIT or not (taking.expected or taking.count):
        return taking.expected
    raise CountMissing(_("%(method)s is not counted yet.") % {"method": taking.method})


def _variance_text(count: ShiftCount) -> str:
    text = (
        _("%(method)s is %(amount)s short: say why.")
        if count.variance < 0
        else _("%(method)s is %(amount)s over: say why.")
    )
    return text % {"method": count.method, "amount": _money(abs(count.variance))}


def _locked(shift: Shift) -> Shift:
    shift = Shift.objects.select_for_update(of=("self",)).select_related("register").get(pk=shift.pk)
    if not shift.is_open:
        raise ShiftNotOpen(_("%(register)s is closed already.") % {"register": shift.register})
    return shift


def _moved(shift: Shift) -> int:
    return shift.cash_movements.aggregate(Sum("amount"))["amount__sum"] or 0


def _cash_in_drawer(shift: Shift) -> int:
    paid = Payment.objects.filter(
        sale__shift=shift, sale__status=Sale.Status.COMPLETED, method__kind=PaymentMethod.Kind.CASH
    ).aggregate(Sum("amount"))["amount__sum"]
    return shift.opening_balance + _moved(shift) + (paid or 0)


@dataclass(frozen=True)
class MethodReport:
    """One payment method on the close-out report. `counted` is None until the register is closed."""

    method: PaymentMethod
    count: int  # payments
    taken: int  # came in
    refunded: int  # was paid out, negative
    expected: int
    counted: int | None = None
    reason: str = ""
    denominations: dict = field(default_factory=dict)

    @property
    def variance(self) -> int | None:
        return None if self.counted is None else self.counted - self.expected


@dataclass(frozen=True)
class TaxReport:
    """One tax by its name; `amount` and `base` less what went back."""

    name: str
    rate: int
    is_inclusive: bool
    base: int
    amount: int


@dataclass(frozen=True)
class ShiftReport:
    """What happened between opening and closing; amounts in minor units; returns, trade-ins and discounts negative."""

    shift: Shift
    sales_count: int  # completed sales, with those that only take back
    gross: int  # goods sold, at the line price before discounts
    discounts: int
    returns: int  # goods taken back, before exclusive tax
    returns_count: int  # units
    trade_ins: int  # what was given for goods bought from customers, negative
    trade_ins_count: int  # units
    taxes: list[TaxReport]
    tax_total: int
    net: int  # what the sales came to, with tax
    methods: list[MethodReport]
    cash_movements: list[CashMovement]
    opening_balance: int
    voids: list[Sale]
    overrides: list[Override]
    serials_sold: int
    serials_returned: int
    serials_traded_in: int
    sold_without_serial: int  # units of tracked products

    @property
    def cash(self) -> MethodReport | None:
        return next((row for row in self.methods if row.method.kind == PaymentMethod.Kind.CASH), None)

    @property
    def deposit(self) -> int:
        """The counted cash that does not stay in the drawer; 0 until the register is closed."""
        counted = self.cash.counted if self.cash else None
        return (counted or 0) - (self.shift.left_in_drawer or 0)


def shift_report(shift: Shift) -> ShiftReport:
    """The close-out report of a shift, closed or (as a preview) still open. A fixed number of queries."""
    Kind = SaleLine.Kind
    sales = Sale.objects.filter(shift=shift, status=Sale.Status.COMPLETED)
    lines = SaleLine.objects.filter(sale__in=sales).order_by()
    sold, back, bought = (Q(kind=kind) for kind in (Kind.SALE, Kind.RETURN, Kind.TRADE_IN))
    gross = F("unit_price") * F("quantity")
    sums = lines.aggregate(
        gross=Sum(gross, filter=sold),
        discounts=Sum("discount", filter=sold),
        returns=Sum(gross - F("discount"), filter=back),
        returns_count=Sum("quantity", filter=back),
        trade_ins=Sum(gross, filter=bought),
        trade_ins_count=Sum("quantity", filter=bought),
        tracked=Sum("quantity", filter=sold & ~Q(product__serial_tracking="none")),
    )
    links = SaleLineSerial.objects.filter(line__sale__in=sales).aggregate(
        sold=Count("pk", filter=Q(line__kind=Kind.SALE)),
        back=Count("pk", filter=Q(line__kind=Kind.RETURN)),
        bought=Count("pk", filter=Q(line__kind=Kind.TRADE_IN)),
        tracked=Count("pk", filter=Q(line__kind=Kind.SALE) & ~Q(line__product__serial_tracking="none")),
    )
    totals = sales.aggregate(Count("pk"), Sum("total"), Sum("tax_total"))
    taxes = (
        SaleTax.objects.filter(line__sale__in=sales)
        .order_by("name", "rate")
        .values_list("name", "rate", "is_inclusive")
        .annotate(Sum("base"), Sum("amount"))
    )
    return ShiftReport(
        shift=shift,
        sales_count=totals["pk__count"],
        gross=sums["gross"] or 0,
        discounts=-(sums["discounts"] or 0),
        returns=-(sums["returns"] or 0),
        returns_count=sums["returns_count"] or 0,
        trade_ins=-(sums["trade_ins"] or 0),
        trade_ins_count=sums["trade_ins_count"] or 0,
        taxes=[TaxReport(*row) for row in taxes],
        tax_total=totals["tax_total__sum"] or 0,
        net=totals["total__sum"] or 0,
        methods=_methods(shift),
        cash_movements=list(shift.cash_movements.select_related("staff")),
        opening_balance=shift.opening_balance,
        voids=list(
            Sale.objects.filter(shift=shift, status=Sale.Status.VOIDED, lines__isnull=False)
            .distinct()
            .select_related("staff")
        ),
        overrides=list(Override.objects.filter(sale__in=sales).select_related("sale", "staff")),
        serials_sold=links["sold"],
        serials_returned=links["back"],
        serials_traded_in=links["bought"],
        sold_without_serial=(sums["tracked"] or 0) - links["tracked"],
    )


def _methods(shift: Shift) -> list[MethodReport]:
    split = {
        row["method"]: row
        for row in Payment.objects.filter(sale__shift=shift, sale__status=Sale.Status.COMPLETED)
        .order_by()
        .values("method")
        .annotate(taken=Sum("amount", filter=Q(amount__gt=0)), refunded=Sum("amount", filter=Q(amount__lt=0)))
    }
    counts = {count.method_id: count for count in shift.counts.all()}
    rows = []
    for taking in expected_takings(shift):
        row = split.get(taking.method.pk, {})
        count = counts.get(taking.method.pk)
        rows.append(
            MethodReport(
                method=taking.method,
                count=taking.count,
                taken=row.get("taken") or 0,
                refunded=row.get("refunded") or 0,
                expected=count.expected if count else taking.expected,
                counted=count.counted if count else None,
                reason=count.reason if count else "",
                denominations=count.denominations if count else {},
            )
        )
    return rows


def _money(amount: int) -> str:
    return format_money(amount, ShopSettings.load().currency)
