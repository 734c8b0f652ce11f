"""Paying for the sale in hand, and the receipt."""

import re
from dataclasses import replace
from uuid import UUID, uuid4, uuid5

from babel.numbers import get_currency_precision
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from microbiz.errors import DomainError
from microbiz.incoming import typed
from microbiz.money import format_money, parse_money
from register.cash import piece_label, pieces, quick_amounts
from register.errors import CustomerMissing, WrongPayment
from register.models import PaymentMethod, Sale, SaleLine
from register.operations import Tender, complete_sale, count_print
from register.receipts import Receipt, ReceiptPayment, ReceiptTax, build_receipt, receipt_pdf
from register.views.access import at_till, id_in, may
from register.views.screen import Say, back, blocking, lines_of, open_sale, page, refused, taxes_of, why_not_payable
from settings_app.models import ShopSettings

KEYS = ["F2", "F3", "F4", "F6", "F7", "F8"]


def taken(request: HttpRequest, sale: Sale) -> list[Tender]:
    """The tenders taken so far for a sale: kept in the session, so that going back to the lines loses none."""
    kept = request.session.get("tenders", {})
    if kept.get("sale") != sale.pk:
        return []
    methods = PaymentMethod.objects.in_bulk([row["method"] for row in kept["rows"]])
    return [
        Tender(methods[row["method"]], row["amount"], row["tendered"], row["reference"])
        for row in kept["rows"]
        if row["method"] in methods
    ]


def keep(request: HttpRequest, sale: Sale, tenders: list[Tender]) -> None:
    rows = [
        {"method": one.method.pk, "amount": one.amount, "tendered": one.tendered, "reference": one.reference}
        for one in tenders
    ]
    request.session["tenders"] = {"sale": sale.pk, "rows": rows}


def override_reason(request: HttpRequest, sale: Sale) -> str:
    kept = request.session.get("override", {})
    return kept["reason"] if kept.get("sale") == sale.pk else ""


def show_payment(request: HttpRequest, sale: Sale | None, *, error=None, key=None, entered=None) -> HttpResponse:
    """The payment screen for a sale, or the reason why it cannot be paid yet."""
    lines = lines_of(sale)
    why = why_not_payable(blocking(lines)) if not (sale and override_reason(request, sale)) else ""
    if sale is None or sale.is_empty or why:
        return refused(request, Say(why or _("There is nothing to pay. Scan something first."), ok=False))
    tenders = taken(request, sale)
    due = sale.total - sum(tender.amount for tender in tenders)
    currency = ShopSettings.load().currency
    methods = list(PaymentMethod.objects.filter(is_active=True))
    for method, shortcut in zip(methods, KEYS, strict=False):
        method.shortcut = shortcut
        method.is_store_credit = method.kind == PaymentMethod.Kind.STORE_CREDIT
        method.is_cash = method.kind == PaymentMethod.Kind.CASH
        method.most = abs(due)
        if method.is_store_credit:
            credit = sale.customer.store_credit if sale.customer else 0
            method.most = min(credit, due) if due > 0 else abs(due)
            method.is_off = not sale.customer or method.most <= 0
    context = {
        "stage": "register/_pay.html",
        "side": "register/_paper_side.html",
        "register": request.register,
        "shift": request.shift,
        "sale": sale,
        "tenders": tenders,
        "due": due,
        "to_pay": abs(sale.total),
        "is_refund": sale.total < 0,
        "is_bought": any(line.is_trade_in for line in lines),
        "left": abs(due),
        "methods": methods,
        "method": entered or _usual_method(sale, [one for one in methods if not getattr(one, "is_off", False)]),
        "quick": quick_amounts(due, currency) if due > 0 else [],
        "pieces": [[face, piece_label(face, currency)] for face in pieces(currency)],
        "currency": currency,
        "decimals": get_currency_precision(currency),
        "key": key or uuid4(),
        "error": error,
        "receipt": _preview(sale, lines, tenders),
    }
    return page(request, context, status=422 if error else 200)


def _preview(sale: Sale, lines: list, tenders: list[Tender]) -> Receipt:
    """The receipt as it will be, with the taxes of now and the tenders so far."""
    taxes = [
        ReceiptTax(f"{tax.name} {tax.rate / 1000:g}%", tax.amount, tax.is_inclusive) for tax in taxes_of(sale, lines)
    ]
    payments = [ReceiptPayment(one.method.name, one.tendered or one.amount, one.reference) for one in tenders]
    return replace(build_receipt(sale), taxes=taxes, payments=payments)


def _usual_method(sale: Sale, methods: list[PaymentMethod]) -> PaymentMethod | None:
    """The tender that is chosen first: a refund goes back the way the money came, a trade-in becomes store credit.

    Everything else is cash.
    """
    if sale.total < 0:
        if sale.lines.filter(kind=SaleLine.Kind.TRADE_IN).exists():
            credit = next((method for method in methods if method.is_store_credit), None)
            if credit is not None:
                return credit
        receipt = Sale.objects.filter(lines__returns__sale=sale).order_by("-pk").first()
        paid = receipt.payments.order_by("-amount").first() if receipt else None
        if paid is not None and paid.method in methods:
            return next(method for method in methods if method == paid.method)
    return next((method for method in methods if method.is_cash), methods[0] if methods else None)


@at_till()
@require_GET
def pay(request):
    """The payment screen."""
    return show_payment(request, open_sale(request))


@at_till()
@require_POST
def complete(request, pk):
    """One tender for the sale; with the last of it the sale is completed, once, however often this is sent."""
    sales = Sale.objects.select_related("store", "register", "customer").filter(register=request.register)
    sale = get_object_or_404(sales, pk=pk)
    key = _key(request)
    own_key = uuid5(key, str(sale.pk))  # a key counts for its sale alone, whatever else is sent with it
    if sale.is_completed:
        return done(request, sale) if sale.completion_key == own_key else _settled(request, sale)
    tenders = taken(request, sale)
    if request.POST.get("undo", "").isdigit():
        keep(request, sale, [one for at, one in enumerate(tenders) if str(at) != request.POST["undo"]])
        return show_payment(request, sale)
    try:
        tenders += _tender(request, sale, sale.total - sum(one.amount for one in tenders))
        if sum(one.amount for one in tenders) != sale.total:
            keep(request, sale, tenders)
            return show_payment(request, sale)
        sale = complete_sale(
            sale,
            tenders=tenders,
            key=own_key,
            staff=request.user,
            override_reason=override_reason(request, sale),
            expected_total=_whole_number(request.POST.get("expected")),
        )
    except DomainError as error:
        return show_payment(request, sale, error=error, key=key, entered=_method(request))
    request.session.pop("tenders", None)
    request.session.pop("override", None)
    return done(request, sale)


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _settled(request: HttpRequest, sale: Sale) -> HttpResponse:
    text = _("Sale %(number)s is %(status)s already.") % {
        "number": sale.number,
        "status": sale.get_status_display().lower(),
    }
    return refused(request, Say(text, ok=False)) if request.htmx else back(request, Say(text, ok=False))


def _method(request: HttpRequest) -> PaymentMethod | None:
    return PaymentMethod.objects.filter(is_active=True, pk=id_in(request, "method")).first()


def _tender(request: HttpRequest, sale: Sale, due: int) -> list[Tender]:
    """What was typed as one tender of `due`; nothing when nothing is due. More than is due is change, in cash."""
    if due == 0:
        return []
    method = _method(request)
    if method is None:
        raise WrongPayment(_("Choose how it is paid."))
    currency = ShopSettings.load().currency
    text = request.POST.get("amount", "").strip()
    entered = parse_money(text, currency) if text else abs(due)
    reference = typed(request, "reference")
    if entered <= 0:
        raise WrongPayment(_("Type how much is paid."))
    if method.kind == PaymentMethod.Kind.STORE_CREDIT:
        _require_credit(sale, entered if due > 0 else 0, currency)
    if due < 0:
        return [Tender(method, -min(entered, -due), reference=reference)]
    if method.kind == PaymentMethod.Kind.CASH:
        _require_plausible(entered, due, currency)
        return [Tender(method, min(entered, due), entered, reference)]
    if entered > due:
        text = _("%(method)s: %(entered)s is more than the %(due)s that are due. Only cash gives change.")
        amounts = {"entered": format_money(entered, currency), "due": format_money(due, currency)}
        raise WrongPayment(text % {"method": method, **amounts})
    return [Tender(method, entered, reference=reference)]


def _require_credit(sale: Sale, wanted: int, currency: str) -> None:
    """Asked before the rest is charged to a card. What holds is asked again, under lock, at completion."""
    if sale.customer is None:
        raise CustomerMissing(_("Store credit belongs to a customer. Choose the customer first."))
    if wanted > sale.customer.store_credit:
        text = _("%(customer)s has %(credit)s of store credit.")
        credit = format_money(sale.customer.store_credit, currency)
        raise WrongPayment(text % {"customer": sale.customer, "credit": credit})


def _require_plausible(handed: int, due: int, currency: str) -> None:
    """A barcode scanned into the amount is no heap of notes: change of ten of the largest ones is refused."""
    if handed - due >= 10 * pieces(currency)[0]:
        raise WrongPayment(
            _("%(handed)s in cash cannot be right for %(due)s. Type what was handed over.")
            % {"handed": format_money(handed, currency), "due": format_money(due, currency)}
        )


def done(request: HttpRequest, sale: Sale) -> HttpResponse:
    """The sale is complete: change, receipt, and a scan box that begins the next one."""
    context = {
        "stage": "register/_done.html",
        "side": "register/_paper_side.html",
        "register": request.register,
        "sale": sale,
        "paid_out": -sale.total if sale.total < 0 else 0,
        "receipt": build_receipt(sale, is_copy=sale.print_count > 0, now=sale.now),
        "is_done": True,
    }
    return page(request, context, Say(_("Sale %(number)s is complete.") % {"number": sale.number}))


def receipt_or_404(request: HttpRequest, pk: int) -> Sale:
    sales = Sale.objects.for_staff(request.user).completed()
    return get_object_or_404(sales.select_related("store", "register", "customer", "staff"), pk=pk)


@may("register.view_sale")
@require_http_methods(["GET", "POST"])
def print_receipt(request, pk):
    """The receipt on 80 mm paper, or 58 with ?width=58. Printing it is a POST, counted: the second one says COPY."""
    sale = receipt_or_404(request, pk)
    if request.method == "GET":
        narrow = request.GET.get("width") == "58"
        context = {"sale": sale, "receipt": build_receipt(sale, is_copy=sale.print_count > 0), "narrow": narrow}
        return render(request, "register/print.html", context)
    is_copy = count_print(sale)
    receipt = build_receipt(sale, is_copy=is_copy)
    context = {"sale": sale, "receipt": receipt, "narrow": request.POST.get("width") == "58"}
    if request.htmx:
        return trigger_client_event(render(request, "register/_paper.html", context), "register:print", after="settle")
    return render(request, "register/print.html", context)


@may("register.view_sale")
@require_GET
def receipt_file(request, pk):
    """The receipt as a PDF."""
    sale = receipt_or_404(request, pk)
    answer = HttpResponse(
        receipt_pdf(build_receipt(sale, is_copy=sale.print_count > 0)), content_type="application/pdf"
    )
    answer["Content-Disposition"] = f'inline; filename="{sale.number}.pdf"'
    return answer
