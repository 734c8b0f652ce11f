"""What the register's screen shows of a sale, whole or only the parts that a step changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_htmx.http import reswap, retarget, trigger_client_event

from register.models import Sale, SaleLine, SaleTax, lines_to_show
from register.operations.totals import SaleNow, line_taxes, rates_of
from serials.pages import Say
from serials.verdicts import red_lines
from settings_app.models import ShopSettings


@dataclass(frozen=True)
class TaxTotal:
    """One tax on a sale by its name and rate; negative when more comes back than goes out."""

    name: str
    rate: int
    is_inclusive: bool
    amount: int


def open_sale(request: HttpRequest) -> Sale | None:
    """The sale on the register's screen, if one was begun. Looking at the screen begins none."""
    sales = request.register.sales.select_related("store", "register", "customer")
    return sales.filter(status=Sale.Status.OPEN).first()


def lines_of(sale: Sale | None) -> list[SaleLine]:
    """The lines of a sale, numbered from 1, in a fixed number of queries."""
    if sale is None:
        return []
    return _numbered(sale, lines_to_show(sale))


def _numbered(sale: Sale, lines: list[SaleLine]) -> list[SaleLine]:
    for number, line in enumerate(lines, 1):
        line.no = number
        line.sale = sale
    return lines


def taxes_of(sale: Sale, lines: list[SaleLine], own: Sequence[SaleTax] | None = None) -> list[TaxTotal]:
    """The taxes of a sale, summed by name: those on record, or for an open sale those it would have now.

    `own` are those of the lines that are priced here, where they are known.
    """
    on_record = lines if sale.is_completed else [line for line in lines if line.has_origin]
    taxes = list(SaleTax.objects.filter(line__in=on_record)) if on_record else []
    if own is not None:
        taxes += own
    elif not sale.is_completed:
        priced = [line for line in lines if not line.has_origin]
        rates = rates_of(sale, priced)
        taxes += [tax for line in priced for tax in line_taxes(line, rates[line.product.tax_class_id])]
    sums: dict[tuple[str, int, bool], int] = {}
    for tax in taxes:
        key = (tax.name, tax.rate, tax.is_inclusive)
        sums[key] = sums.get(key, 0) + tax.amount
    return [TaxTotal(*key, amount) for key, amount in sorted(sums.items())]


def blocking(lines: list[SaleLine]) -> list[SaleLine]:
    """The lines that cannot be paid for want of serials."""
    return red_lines(lines) if ShopSettings.load().serial_numbers_enabled else []


def why_not_payable(red: list[SaleLine]) -> str:
    """The reason above an inactive Pay, or nothing."""
    if not red:
        return ""
    if len(red) > 1:
        numbers = ", ".join(str(line.no) for line in red)
        return _("Lines %(numbers)s need serials to pay") % {"numbers": numbers}
    [line] = red
    if not line.missing:
        return _("Line %(line)d has more serials than units") % {"line": line.no}
    return ngettext(
        "Line %(line)d needs %(missing)d more serial to pay",
        "Line %(line)d needs %(missing)d more serials to pay",
        line.missing,
    ) % {"line": line.no, "missing": line.missing}


def screen(
    request: HttpRequest, sale: Sale | None, *, selected: int | str | None = None, now: SaleNow | None = None, **more
) -> dict:
    """Everything that the templates of the register's screen need about a sale; read anew, unless `now` has it."""
    lines = _numbered(sale, list(now.lines)) if sale and now else lines_of(sale)
    red = blocking(lines)
    if selected is None:
        selected = request.POST.get("line") or request.GET.get("line")
    chosen = next((line for line in lines if str(line.pk) == str(selected)), lines[-1] if lines else None)
    if sale:
        for_orders = list(now.order_payments if now else sale.order_payments.select_related("order"))
    else:
        for_orders = []
    handed_over = {line.order_line.order_id for line in lines if line.order_line_id}
    for payment in for_orders:
        payment.is_set_off = payment.amount < 0 and payment.order_id in handed_over
    traded_in = sum(line.net for line in lines if line.is_trade_in)
    discounts = sum(line.sign * line.discount for line in lines)
    return {
        "stage": "register/_stage.html",
        "side": "register/_side.html",
        "register": request.register,
        "shift": request.shift,
        "sale": sale,
        "lines": lines,
        "for_orders": for_orders,
        "is_empty": not lines and not for_orders,
        "selected": chosen,
        "blocked": red,
        "why": why_not_payable(red),
        "units_out": sum(line.quantity for line in lines if line.is_sale),
        "units_back": sum(line.quantity for line in lines if not line.is_sale),
        "gross": (sale.subtotal if sale else 0) + discounts - traded_in,
        "traded_in": traded_in,
        "discounts": discounts,
        "discounts_off": -discounts,
        "taxes": taxes_of(sale, lines, now.taxes if now else None) if sale else [],
        "total": sale.total if sale else 0,
        "to_pay": abs(sale.total) if sale else 0,
        "held": SimpleLazyObject(lambda: Sale.objects.on_hold().filter(store=request.register.store).count()),
    } | more


def page(request: HttpRequest, context: dict, say: Say | None = None, *, status=200) -> HttpResponse:
    """The screen with what `context` puts on its stage and at its side: the page, or these two in place."""
    context |= {"say": say}
    if not request.htmx:
        return render(request, "register/till.html", context, status=status)
    answer = render(request, "register/_staged.html", context, status=status)
    return _signalled(reswap(retarget(answer, "#stage"), "outerHTML"), say, closes=True)


def whole(request: HttpRequest, sale: Sale | None, say: Say | None = None, **more) -> HttpResponse:
    """The lines and the sale again: after hold, recall, void, a return, a new sale."""
    if not request.htmx:
        return back(request, say)
    return page(request, screen(request, sale, **more), say)


def changed(
    request: HttpRequest, say: Say, *, line: SaleLine, fresh: Collection[str] = (), now: SaleNow | None = None
) -> HttpResponse:
    """The answer to one step: the message, the line that changed, the totals and Pay. Nothing else is sent again.

    `fresh` are the serials just attached, `now` is the sale as the step left it, where it says so. The browser says which
    lines it shows (`known`); where that is not what this step builds on, as after a first line or a removed one, it gets
    all of them.
    """
    if not request.htmx:
        return back(request, say)
    context = screen(request, line.sale, selected=line.pk, now=now, fresh=set(fresh), lit=line)
    known = request.POST.get("known", "").split()
    shown = [str(one.pk) for one in context["lines"]]
    is_new = known == shown[:-1] and bool(known)
    if not (is_new or known == shown):
        return page(request, context, say)
    context |= {"say": say, "line": context["selected"], "is_new": is_new, "oob": True}
    answer = render(request, "register/_changed.html", context)
    return _signalled(reswap(retarget(answer, "#say"), "outerHTML"), say, closes=True)


def refused(request: HttpRequest, say: Say) -> HttpResponse:
    """Nothing was changed, and why: the message line alone."""
    if not request.htmx:
        return back(request, say)
    answer = render(request, "documents/_say.html", {"say": say}, status=422)
    return _signalled(reswap(retarget(answer, "#say"), "outerHTML"), say)


def ask(request: HttpRequest, fragment: str, context: dict | None = None, *, status=200) -> HttpResponse:
    """A question in a dialog over the register; a page of its own where no script runs."""
    context = {"register": request.register, "shift": request.shift} | (context or {})
    if not request.htmx:
        return render(request, "register/ask.html", context | {"fragment": fragment}, status=status)
    answer = render(request, fragment, context, status=status)
    return reswap(retarget(answer, "#ask"), "innerHTML")


def back(request: HttpRequest, say: Say | None = None) -> HttpResponse:
    """To the register's page, with the message, for browsers without scripts."""
    if say is not None:
        (messages.success if say.ok else messages.error)(request, say.text)
    return redirect("register:till")


def _signalled(answer: HttpResponse, say: Say | None, *, closes: bool = False) -> HttpResponse:
    if say is not None:
        trigger_client_event(answer, "shop:sound", {"value": "yes" if say.ok else "no"})
    if closes:
        trigger_client_event(answer, "register:answered", after="swap")
    return answer
