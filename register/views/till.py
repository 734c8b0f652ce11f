"""The register's screen: scanning, the lines and the Action Panel."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import replace_url

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.limits import limited
from orders.forms import QuickCustomerForm
from orders.models import Customer
from register.errors import PriceMissing
from register.forms import DiscountForm, PriceForm, QuantityForm, ReasonForm
from register.models import Sale, SaleLine
from register.operations import (
    TillScan,
    TillScanKind,
    add_product,
    change_price,
    claim_serial,
    current_sale,
    discount_line,
    discount_sale,
    hold_sale,
    recall_sale,
    remove_line,
    scan_at_register,
    set_customer,
    set_new_customer,
    set_quantity,
    void_sale,
)
from register.views.access import at_till, id_in
from register.views.orders import open_order
from register.views.payment import show_payment
from register.views.returns import open_return
from register.views.screen import ask, blocking, changed, lines_of, open_sale, page, refused, screen, whole
from register.views.trade_ins import begin_trade_in
from serials.errors import TooManySerials
from serials.models import Serial
from serials.pages import Say, offer_elsewhere
from serials.scan_operations import ScanKind, ScanResult
from serials.verdicts import Finding


def line_of(request: HttpRequest, sale: Sale | None) -> SaleLine:
    """The line of the open sale that a request is about, or 404."""
    values = request.POST if request.method == "POST" else request.GET
    pk = values.get("line", "")
    line = next((line for line in lines_of(sale) if str(line.pk) == pk), None)
    return line or get_object_or_404(SaleLine.objects.none())


@at_till()
@require_GET
def till(request):
    """The register: the sale in hand, or an empty screen that waits for a scan."""
    answer = page(request, screen(request, open_sale(request)))
    return replace_url(answer, reverse("register:till")) if request.htmx else answer


@at_till()
@require_POST
def scan_code(request):
    """One scanned or typed code. The same scan tried again (`scan_id`) is answered, not done twice."""
    scan_id = request.POST.get("scan_id", "")[:40]
    try:
        result = scan_at_register(
            request.shift,
            request.POST.get("code", ""),
            staff=request.user,
            scan_id=scan_id,
            selected=id_in(request, "line"),
        )
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    return _answer(request, result)


def _answer(request: HttpRequest, result: ScanResult) -> HttpResponse:
    say = Say(result.message, ok=result.ok)
    match result.kind:
        case TillScanKind.REPEATED:
            return whole(request, result.document)
        case TillScanKind.RECEIPT:
            return open_return(request, result.document)
        case TillScanKind.SOLD:
            return open_return(request, result.document, number=result.number)
        case TillScanKind.HELD:
            return _recall(request, result.document)
        case TillScanKind.ORDER:
            return open_order(request, result.document)
        case TillScanKind.PRICE:
            return _ask_price(request, result.products[0])
        case ScanKind.CHOOSE:
            return _choose(request, result, say)
    if result.kind == ScanKind.UNKNOWN_SERIAL and request.user.has_perm("serials.add_serial"):
        say = Say(result.message, False, _("Add New"), result.line.serials_url, "#popup")
    elif result.verdict is not None:
        say = _next_step(request, result, say)
    if result.line is not None and (result.ok or result.kind == ScanKind.UNKNOWN_SERIAL):
        now = result.now if isinstance(result, TillScan) else None
        return changed(request, say, line=result.line, fresh=[result.number], now=now)
    return refused(request, say)


def _next_step(request: HttpRequest, result: ScanResult, say: Say) -> Say:
    """A refused unit with what can be done about it."""
    verdict = result.verdict
    if verdict.finding == Finding.HELD and request.user.has_perm("serials.take_over_hold"):
        return Say(say.text, False, _("Take it over"), reverse("register:claim"), values={"serial": verdict.serial.pk})
    if offer := offer_elsewhere(request, verdict):
        return Say(say.text, False, offer.label, offer.url)
    if verdict.serial is not None and verdict.finding != Finding.HERE and request.user.has_perm("serials.view_serial"):
        return Say(say.text, False, _("See the unit"), verdict.serial.get_absolute_url())
    return say


def _choose(request: HttpRequest, result: ScanResult, say: Say) -> HttpResponse:
    found = Product.objects.filter(pk__in=[product.pk for product in result.products])
    found = found.with_stock_at(request.register.store)
    context = {"products": found, "code": result.number, "say": say, "query": result.number}
    if not request.htmx:
        return ask(request, "register/_choose.html", context)
    return render(request, "register/_found.html", context)


@at_till()
@require_POST
def add(request):
    """A product chosen from the list, or one whose price was just asked for."""
    product = get_object_or_404(Product.objects.active(), pk=id_in(request, "product"))
    price = None
    if "price" in request.POST and product.price is None:  # another price than its own is a change of price
        form = PriceForm(request.POST, needs_reason=False)
        if not form.is_valid():
            return _ask_price(request, product, form)
        price = form.cleaned_data["price"]
    try:
        if request.POST.get("code") and price is None:
            return _answer(
                request, scan_at_register(request.shift, request.POST["code"], staff=request.user, product=product)
            )
        line = add_product(current_sale(request.register, staff=request.user), product, price=price, staff=request.user)
    except PriceMissing:
        return _ask_price(request, product)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    return changed(request, Say(_("%(product)s added.") % {"product": line.name}), line=line)


def _ask_price(request: HttpRequest, product: Product, form: PriceForm | None = None) -> HttpResponse:
    status = 422 if form else 200
    context = {"product": product, "form": form or PriceForm(needs_reason=False)}
    return ask(request, "register/_price.html", context, status=status)


@at_till("serials.take_over_hold")
@require_POST
def claim(request):
    """Take a unit over from an abandoned cart."""
    sale = current_sale(request.register, staff=request.user)
    serial = get_object_or_404(Serial, pk=id_in(request, "serial"))
    try:
        line = claim_serial(sale, serial, staff=request.user)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    say = Say(_("%(number)s is on this sale now.") % {"number": serial.number})
    return changed(request, say, line=line, fresh=[serial.number])


@at_till()
@require_http_methods(["GET", "POST"])
def quantity(request):
    """Units of the selected line; asks which serials leave when fewer units than serials remain."""
    sale = open_sale(request)
    line = line_of(request, sale)
    form = QuantityForm(request.POST or None, initial={"quantity": line.quantity})
    context = {"line": line, "form": form}
    if not form.is_bound:
        return ask(request, "register/_quantity.html", context)
    if not form.is_valid():
        return ask(request, "register/_quantity.html", context, status=422)
    units = form.cleaned_data["quantity"]
    chosen = set(request.POST.getlist("detach"))
    leaving = [serial for serial in line.serials if str(serial.pk) in chosen]
    try:
        line = set_quantity(line, units, staff=request.user, detach=leaving)
    except TooManySerials as error:
        more = {"error": error if leaving else None, "detach": line.attached - units}
        return ask(request, "register/_quantity.html", context | more, status=422)
    except DomainError as error:
        return ask(request, "register/_quantity.html", context | {"error": error}, status=422)
    if line is None:
        return whole(request, open_sale(request), Say(_("Line removed.")))
    say = Say(_("%(product)s, now %(quantity)d.") % {"product": line.name, "quantity": line.quantity})
    return changed(request, say, line=line)


@at_till("register.change_price")
@require_http_methods(["GET", "POST"])
def price(request):
    """Another price for the selected line, with its reason."""
    line = line_of(request, open_sale(request))
    form = PriceForm(request.POST or None, initial={"price": line.unit_price})
    context = {"line": line, "form": form}
    if not form.is_bound:
        return ask(request, "register/_price.html", context)
    if not form.is_valid():
        return ask(request, "register/_price.html", context, status=422)
    try:
        line = change_price(line, form.cleaned_data["price"], reason=form.cleaned_data["reason"], staff=request.user)
    except DomainError as error:
        return ask(request, "register/_price.html", context | {"error": error}, status=422)
    say = Say(_("%(product)s has a new price.") % {"product": line.name})
    return changed(request, say, line=line)


@at_till("register.apply_discount")
@require_http_methods(["GET", "POST"])
def discount(request):
    """A discount for the selected line or for the whole sale, with its reason."""
    sale = open_sale(request)
    line = line_of(request, sale)
    form = DiscountForm(request.POST or None, initial={"whole": ""})
    context = {"line": line, "form": form}
    if not form.is_bound:
        return ask(request, "register/_discount.html", context)
    if not form.is_valid():
        return ask(request, "register/_discount.html", context, status=422)
    reason, share = form.cleaned_data["reason"], form.cleaned_data["share"]
    try:
        if form.cleaned_data["whole"]:
            discount_sale(sale, **share, reason=reason, staff=request.user)
            return whole(request, open_sale(request), Say(_("Discount on the whole sale.")), selected=line.pk)
        line = discount_line(line, **share, reason=reason, staff=request.user)
    except DomainError as error:
        return ask(request, "register/_discount.html", context | {"error": error}, status=422)
    say = Say(_("Discount on %(product)s.") % {"product": line.name})
    return changed(request, say, line=line)


@at_till()
@require_POST
def remove(request):
    """Take the selected line off the sale."""
    line = line_of(request, open_sale(request))
    try:
        remove_line(line, staff=request.user)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    say = Say(_("%(product)s removed.") % {"product": line.name})
    return whole(request, open_sale(request), say, selected=_neighbour(request, line))


def _neighbour(request: HttpRequest, line: SaleLine) -> int | None:
    """The line that is selected when this one is gone: the next, else the last."""
    return open_sale(request).lines.filter(pk__gt=line.pk).values_list("pk", flat=True).first()


@at_till()
@require_http_methods(["GET", "POST"])
@limited("customer")
def customer(request):
    """Choose the sale's customer by typing, or take the name off again. `then=trade_in` goes on with a trade-in."""
    query = request.GET.get("q", "").strip()
    if request.method == "GET":
        found = Customer.objects.active().found_by(query)[:8] if query else []
        context = {"customers": found, "query": query, "sale": open_sale(request), "then": request.GET.get("then")}
        name = "register/_customers_found.html" if "q" in request.GET and request.htmx else "register/_customers.html"
        return render(request, name, context) if "q" in request.GET and request.htmx else ask(request, name, context)
    chosen = None
    if request.POST.get("customer"):
        chosen = get_object_or_404(Customer.objects.active(), pk=id_in(request, "customer"))
    sale = current_sale(request.register, staff=request.user)
    try:
        set_customer(sale, chosen, staff=request.user)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    if chosen and request.POST.get("then") == "trade_in":
        return begin_trade_in(request, is_new_name=True)
    text = _("Sale for %(customer)s.") % {"customer": chosen} if chosen else _("Sale without a name.")
    return whole(request, open_sale(request), Say(text))


@at_till("register.sell", "orders.add_customer")
@require_http_methods(["GET", "POST"])
def new_customer(request):
    """A customer who is not known yet, added and chosen without leaving the sale."""
    form = QuickCustomerForm(request.POST or None, initial={"name": request.GET.get("q", "")})
    then = request.POST.get("then") or request.GET.get("then")
    if not (form.is_bound and form.is_valid()):
        context = {"form": form, "then": then}
        return ask(request, "register/_new_customer.html", context, status=422 if form.is_bound else 200)
    sale = current_sale(request.register, staff=request.user)
    try:
        sale = set_new_customer(sale, staff=request.user, **form.cleaned_data)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    if then == "trade_in":
        return begin_trade_in(request, is_new_name=True)
    return whole(request, open_sale(request), Say(_("Sale for %(customer)s.") % {"customer": sale.customer}))


@at_till()
@require_POST
def hold(request):
    """Put the sale aside with its serials and be free for the next one."""
    sale = current_sale(request.register, staff=request.user)
    try:
        hold_sale(sale, staff=request.user)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    say = Say(_("Sale %(number)s is on hold. Shift+F9 brings it back.") % {"number": sale.number})
    return whole(request, None, say)


def held_sales(request: HttpRequest):
    """The sales on hold at the register's store, with how much is on them."""
    held = Sale.objects.on_hold().filter(store=request.register.store)
    return held.select_related("staff", "customer", "register").annotate(
        line_count=Count("lines", distinct=True), serial_count=Count("lines__serial_links", distinct=True)
    )


@at_till()
@require_GET
def held(request):
    """The sales on hold: who, when, how much."""
    return ask(request, "register/_held.html", {"sales": held_sales(request)})


@at_till()
@require_POST
def recall(request, pk):
    """Go on with a sale that was put aside."""
    return _recall(request, get_object_or_404(Sale.objects.filter(store=request.register.store), pk=pk))


def _recall(request: HttpRequest, sale: Sale) -> HttpResponse:
    try:
        recall_sale(sale, register=request.register, staff=request.user)
    except DomainError as error:
        if request.POST.get("code"):
            return refused(request, Say(str(error), ok=False))
        return ask(request, "register/_held.html", {"sales": held_sales(request), "error": error}, status=422)
    return whole(request, open_sale(request), Say(_("Sale %(number)s is back.") % {"number": sale.number}))


@at_till("register.void_sale")
@require_http_methods(["GET", "POST"])
def void(request):
    """Give the sale up, with a reason."""
    sale = open_sale(request) or get_object_or_404(Sale.objects.none())
    form = ReasonForm(request.POST or None)
    context = {"sale": sale, "form": form}
    if not form.is_bound:
        return ask(request, "register/_void.html", context)
    if not form.is_valid():
        return ask(request, "register/_void.html", context, status=422)
    try:
        void_sale(sale, reason=form.cleaned_data["reason"], staff=request.user)
    except DomainError as error:
        return ask(request, "register/_void.html", context | {"error": error}, status=422)
    return whole(request, None, Say(_("Sale %(number)s is voided.") % {"number": sale.number}))


@at_till("serials.override_required")
@require_http_methods(["GET", "POST"])
def override(request):
    """Let missing serials pass for this sale: the reason goes with the payment and is recorded there."""
    sale = open_sale(request)
    red = blocking(lines_of(sale))
    form = ReasonForm(request.POST or None)
    context = {"sale": sale, "blocked": red, "lacking": sum(line.missing for line in red), "form": form}
    if not form.is_bound:
        return ask(request, "register/_override.html", context)
    if not form.is_valid():
        return ask(request, "register/_override.html", context, status=422)
    request.session["override"] = {"sale": sale.pk, "reason": form.cleaned_data["reason"]}
    return show_payment(request, sale)
