"""Scanning into an order, and changing its lines."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import id_in, id_of
from orders.forms import DiscountForm, PriceForm, QuantityForm
from orders.models import CustomerOrder
from orders.operations import add_product, change_price, discount_line, remove_line, set_quantity
from orders.operations.scanning import OrderScanKind, scan
from orders.views.access import line_of, may, order_of
from orders.views.screen import screen
from serials.errors import TooManySerials
from serials.pages import Say, answer, ask, choose, refused, say_of
from serials.scan_operations import ScanKind


def redrawn(
    request: HttpRequest, order: CustomerOrder, say: Say | None = None, *, line=None, fresh=(), status=200
) -> HttpResponse:
    """The order as it is now, with what was just done in one sentence."""
    order = order_of(request, order.pk)
    context = screen(request, order, selected=line.pk if line else None, fresh=fresh)
    return answer(request, "orders/order.html", "orders/_order.html", context, say, status=status)


@may("orders.change_customerorder")
@require_POST
def scan_code(request, pk):
    """One scanned or typed code. The same scan tried again (`scan_id`) is answered, not done twice."""
    order = order_of(request, pk)
    scan_id = request.POST.get("scan_id")
    if scan_id and request.session.get("last_scan") == scan_id:
        return redrawn(request, order)
    product = _product(request)
    selected = order.lines.filter(pk=id_in(request.POST, "line")).first()
    code = request.POST.get("code", "") or (product.sku if product else "")
    try:
        result = scan(order, code, staff=request.user, selected=selected, product=product)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False), order)
    if scan_id:
        request.session["last_scan"] = scan_id
    if result.kind == OrderScanKind.PRICE:
        context = {"order": order, "product": result.products[0], "form": PriceForm(needs_reason=False)}
        return ask(request, "orders/_price.html", context)
    if result.kind == ScanKind.CHOOSE:
        return choose(request, result, reverse("orders:scan", args=[pk]))
    say = say_of(request, result)
    if result.line is not None and (result.ok or result.kind == ScanKind.UNKNOWN_SERIAL):
        return redrawn(request, order, say, line=result.line, fresh=[result.number])
    return refused(request, say, order)


def _product(request: HttpRequest) -> Product | None:
    text = request.POST.get("product", "")
    if not text:
        return None
    return get_object_or_404(Product.objects.active(), pk=id_of(text))


@may("orders.change_customerorder")
@require_POST
def price_of(request, pk):
    """A product that has no price of its own, with the price that was asked for."""
    order = order_of(request, pk)
    product = _product(request) or get_object_or_404(Product.objects.none())
    form = PriceForm(request.POST, needs_reason=False)
    context = {"order": order, "product": product, "form": form}
    if not form.is_valid():
        return ask(request, "orders/_price.html", context, status=422)
    price = form.cleaned_data["price"] if product.price is None else None  # else it would be a change of price
    try:
        line = add_product(order, product, price=price, staff=request.user)
    except DomainError as error:
        return ask(request, "orders/_price.html", context | {"error": error}, status=422)
    return redrawn(request, order, Say(_("%(product)s added.") % {"product": line.name}), line=line)


@may("orders.change_customerorder")
@require_http_methods(["GET", "POST"])
def quantity(request, pk):
    """Units of the selected line; asks which serials leave when fewer units than serials remain."""
    order = order_of(request, pk)
    line = line_of(request, order)
    form = QuantityForm(request.POST or None, initial={"quantity": line.quantity})
    context = {"order": order, "line": line, "form": form}
    if not form.is_bound:
        return ask(request, "orders/_quantity.html", context)
    if not form.is_valid():
        return ask(request, "orders/_quantity.html", context, status=422)
    chosen = set(request.POST.getlist("detach"))
    leaving = [serial for serial in line.serials if str(serial.pk) in chosen]
    units = form.cleaned_data["quantity"]
    try:
        changed = set_quantity(line, units, staff=request.user, detach=leaving)
    except TooManySerials as error:
        more = {"error": error if leaving else None, "detach": line.attached - units}
        return ask(request, "orders/_quantity.html", context | more, status=422)
    except DomainError as error:
        return ask(request, "orders/_quantity.html", context | {"error": error}, status=422)
    text = _("%(product)s, now %(quantity)d.") % {"product": line.name, "quantity": units}
    return redrawn(request, order, Say(text if changed else _("Line removed.")), line=changed)


@may("orders.change_order_price")
@require_http_methods(["GET", "POST"])
def price(request, pk):
    """Another price for the selected line, with its reason."""
    order = order_of(request, pk)
    line = line_of(request, order)
    form = PriceForm(request.POST or None, initial={"price": line.unit_price})
    return _repriced(request, order, line, form, "orders/_price.html", change_price, _("%(product)s has a new price."))


@may("orders.change_order_price")
@require_http_methods(["GET", "POST"])
def discount(request, pk):
    """A discount for the selected line, with its reason."""
    order = order_of(request, pk)
    line = line_of(request, order)
    form = DiscountForm(request.POST or None)
    return _repriced(request, order, line, form, "orders/_discount.html", discount_line, _("Discount on %(product)s."))


def _repriced(request, order, line, form, fragment, operation, text) -> HttpResponse:
    context = {"order": order, "line": line, "form": form}
    if not form.is_bound:
        return ask(request, fragment, context)
    if not form.is_valid():
        return ask(request, fragment, context, status=422)
    try:
        line = operation(line, **form.arguments, reason=form.cleaned_data["reason"], staff=request.user)
    except DomainError as error:
        return ask(request, fragment, context | {"error": error}, status=422)
    return redrawn(request, order, Say(text % {"product": line.name}), line=line)


@may("orders.change_customerorder")
@require_POST
def remove(request, pk):
    """Take what is still to come of the selected line off the order."""
    order = order_of(request, pk)
    line = line_of(request, order)
    try:
        remove_line(line, staff=request.user)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False), order)
    following = order.lines.filter(pk__gte=line.pk).first()
    return redrawn(request, order, Say(_("%(product)s removed.") % {"product": line.name}), line=following)
