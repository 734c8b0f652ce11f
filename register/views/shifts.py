"""Choosing a register, opening it, cash in and out, counting and closing it, and the report about it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from microbiz.errors import DomainError
from microbiz.money import NotAnAmount, parse_money
from register.cash import piece_label, pieces
from register.errors import ShiftAlreadyOpen
from register.forms import CashForm, OpenForm
from register.models import PaymentMethod, Register, Sale, Shift
from register.operations import close_shift, expected_takings, move_cash, open_shift, shift_report
from register.reports import report_pdf
from register.views.access import at_till, go, id_in, may, register_of
from register.views.screen import Say, ask, open_sale, whole
from settings_app.models import ShopSettings


@may("register.sell")
@require_http_methods(["GET", "POST"])
def choose(request):
    """Which register does this browser stand at? Kept until another is chosen."""
    registers = Register.objects.for_staff(request.user).select_related("store")
    if request.method == "POST":
        register = get_object_or_404(registers, pk=id_in(request, "register"))
        request.session["register_id"] = register.pk
        request.session["store_id"] = register.store_id
        return redirect("register:till" if register.open_shift else "register:open")
    opened = {
        shift.register_id: shift for shift in Shift.objects.filter(closed_at__isnull=True).select_related("opened_by")
    }
    stores: dict = {}
    for register in registers:
        register.shift = opened.get(register.pk)
        stores.setdefault(register.store, []).append(register)
    here = register_of(request)
    ordered = sorted(stores.items(), key=lambda pair: (pair[0] != request.store, pair[0].name))
    return render(request, "register/choose.html", {"stores": ordered, "here": here})


@may("register.sell")
@require_http_methods(["GET", "POST"])
def open_register(request):
    """Open the register with the cash that is in its drawer."""
    register = register_of(request)
    if register is None:
        return redirect("register:choose")
    may_open = request.user.has_perm("register.open_shift")
    if register.open_shift is not None:
        return redirect("register:till")
    last = register.shifts.filter(closed_at__isnull=False).first()
    form = OpenForm(request.POST or None, initial={"opening_balance": last.left_in_drawer if last else 0})
    context = {"register": register, "form": form, "may_open": may_open, "last": last}
    if not form.is_bound:
        return render(request, "register/open.html", context)
    if not may_open:
        return render(request, "register/open.html", context, status=403)
    if not form.is_valid():
        return render(request, "register/open.html", context, status=422)
    try:
        open_shift(register, opening_balance=form.cleaned_data["opening_balance"], staff=request.user)
    except ShiftAlreadyOpen:
        return redirect("register:till")
    except DomainError as error:
        form.add_error("opening_balance", str(error))
        return render(request, "register/open.html", context, status=422)
    return redirect("register:till")


@at_till()
@require_GET
def drawer(request):
    """What else there is to do at the till: cash, the last receipt, closing."""
    sales = request.register.sales.filter(status=Sale.Status.COMPLETED)
    last = sales.order_by("-completed_at").first()
    movements = request.shift.cash_movements.select_related("staff")
    return ask(request, "register/_drawer.html", {"last": last, "movements": movements})


@at_till("register.move_cash")
@require_http_methods(["GET", "POST"])
def cash(request, way):
    """Cash into the drawer, or out of it, with what it is for."""
    form = CashForm(request.POST or None)
    context = {"form": form, "way": way}
    if not form.is_bound:
        return ask(request, "register/_cash.html", context)
    if not form.is_valid():
        return ask(request, "register/_cash.html", context, status=422)
    amount = form.cleaned_data["amount"] * (1 if way == "in" else -1)
    try:
        move_cash(request.shift, amount, reason=form.cleaned_data["reason"], staff=request.user)
    except DomainError as error:
        return ask(request, "register/_cash.html", context | {"error": error}, status=422)
    text = _("Written down. Put it into the drawer.") if way == "in" else _("Written down. Take it out of the drawer.")
    return whole(request, open_sale(request), Say(text))


class Count:
    """What was typed for one payment method at closing; amounts in minor units, None while nothing is counted."""

    def __init__(self, taking, counted: int | None, reason: str):
        self.method, self.expected, self.count = taking.method, taking.expected, taking.count
        self.counted, self.reason = counted, reason
        self.is_cash = taking.method.kind == PaymentMethod.Kind.CASH

    @property
    def variance(self) -> int | None:
        return None if self.counted is None else self.counted - self.expected

    @property
    def off(self) -> int:
        """By how much the count differs, without its sign."""
        return abs(self.variance or 0)

    @property
    def needs_reason(self) -> bool:
        return bool(self.variance)


class Piece:
    """How many of one note or coin were counted."""

    def __init__(self, face: int, currency: str, number: str):
        self.face, self.label, self.typed = face, piece_label(face, currency), number
        self.number = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 0

    @property
    def amount(self) -> int:
        return self.face * self.number


def counting(request: HttpRequest, shift: Shift) -> dict:
    """The form of the close, read: pieces, counts per tender, what is missing still."""
    values, currency = request.POST, ShopSettings.load().currency
    faces = [Piece(face, currency, values.get(f"piece-{face}", "").strip()) for face in pieces(currency)]
    in_pieces = sum(piece.amount for piece in faces)
    counts, wrong = [], ""
    for taking in expected_takings(shift):
        text = values.get(f"count-{taking.method.pk}", "").strip()
        counted = None
        if taking.method.kind == PaymentMethod.Kind.CASH and any(piece.typed for piece in faces):
            counted = in_pieces
        elif text:
            try:
                counted = parse_money(text, currency)
            except NotAnAmount as error:
                wrong = str(error)
        elif not taking.expected and not taking.count:
            counted = 0
        counts.append(Count(taking, counted, values.get(f"reason-{taking.method.pk}", "").strip()))
    cash_count = next((count for count in counts if count.is_cash), None)
    counted_cash = cash_count.counted if cash_count else None
    leave = shift.opening_balance
    try:
        leave = parse_money(values["leave"], currency) if values.get("leave") else leave
    except NotAnAmount as error:
        wrong = str(error)
    if counted_cash is not None and leave == shift.opening_balance:
        leave = min(leave, counted_cash)  # the float as usual, or what there is of it
    return {
        "pieces": faces,
        "in_pieces": in_pieces,
        "counts": counts,
        "cash": cash_count,
        "leave": leave,
        "deposit": max((counted_cash or 0) - leave, 0),
        "expected_total": sum(count.expected for count in counts),
        "counted_total": sum(count.counted or 0 for count in counts),
        "variance_total": sum(count.variance or 0 for count in counts),
        "why": wrong or _why_not_closed(counts),
    }


def _why_not_closed(counts: list[Count]) -> str:
    missing = [str(count.method) for count in counts if count.counted is None]
    if missing:
        return _("Not counted yet: %(methods)s") % {"methods": ", ".join(missing)}
    unexplained = [str(count.method) for count in counts if count.needs_reason and not count.reason]
    if unexplained:
        return ngettext(
            "%(methods)s differs: say why, then close", "%(methods)s differ: say why, then close", len(unexplained)
        ) % {"methods": ", ".join(unexplained)}
    return ""


@at_till("register.close_shift")
@require_http_methods(["GET", "POST"])
def close(request):
    """Count every tender, say why where it differs, and close. `recount` only brings the figures up to date."""
    shift = request.shift
    form = counting(request, shift)
    context = form | {
        "register": request.register,
        "shift": shift,
        "report": report_of(shift),
        "receipts": shift.sales.completed().count(),
    }
    if request.method == "GET":
        return render(request, "register/close.html", context)
    if request.POST.get("recount"):
        return render(request, "register/_close_sums.html", context)
    try:
        close_shift(
            shift,
            counts={count.method.pk: count.counted for count in form["counts"] if count.counted is not None},
            reasons={count.method.pk: count.reason for count in form["counts"]},
            denominations={str(piece.face): piece.number for piece in form["pieces"] if piece.number},
            leave=form["leave"] if form["cash"] else None,
            staff=request.user,
        )
    except DomainError as error:
        context["error"] = error
        name = "register/_close_sums.html" if request.htmx else "register/close.html"
        return render(request, name, context, status=422)
    return go(request, "register:report", shift.pk)


def report_of(shift: Shift) -> dict:
    """The close-out report for the templates, with the head of its paper."""
    return {"of": shift_report(shift), "store": shift.register.store}


def shift_or_404(request: HttpRequest, pk: int) -> Shift:
    shifts = Shift.objects.filter(register__store__in=request.user.stores_allowed())
    return get_object_or_404(shifts.select_related("register__store", "opened_by", "closed_by"), pk=pk)


@may("register.view_shift")
@require_GET
def report(request, pk):
    """The close-out report of a shift, on screen as on paper; ?print for the paper alone."""
    shift = shift_or_404(request, pk)
    context = {"shift": shift, "report": report_of(shift), "register": shift.register}
    return render(request, "register/print.html" if "print" in request.GET else "register/report.html", context)


@may("register.view_shift")
@require_GET
def report_file(request, pk):
    """The close-out report as a PDF."""
    shift = shift_or_404(request, pk)
    answer = HttpResponse(report_pdf(shift_report(shift)), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{shift.register.prefix}-shift-{shift.pk}.pdf"'
    return answer
