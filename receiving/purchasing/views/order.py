"""One purchase order: its page, its lines, and its way from draft to closed."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inventory.models import Product, VendorProduct
from microbiz.errors import DomainError
from microbiz.incoming import id_in
from receiving.models import PurchaseOrder, PurchaseOrderLine, VendorShipment
from receiving.purchasing import operations
from receiving.purchasing.forms import CostForm, HeadForm, QuantityForm, ReasonForm
from receiving.purchasing.history import history_of
from receiving.purchasing.views.access import CHANGE, SEE, asked_line, go, on_order
from serials.pages import Say, answer, ask, choose, refused, say_of
from serials.scan_operations import ScanKind
from settings_app.middleware import StaffRequest


@require_safe
@on_order(SEE)
def order(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """The page of the address."""
    return draw(request, found)


def draw(
    request: StaffRequest, found: PurchaseOrder, say: Say | None = None, *, selected: int | None = None
) -> HttpResponse:
    """The page as it is now, or for htmx its fragment."""
    lines = _lines(found)
    asked = request.POST.get("line") or request.GET.get("line")
    last = lines[-1].pk if lines else None
    named = next((line.pk for line in lines if str(line.pk) == asked), last)
    shipments = VendorShipment.objects.filter(lines__order_line__order=found).distinct()
    context = {
        "order": found,
        "lines": lines,
        "selected": selected or named,
        "units": sum(line.quantity for line in lines),
        "came": sum(line.received for line in lines),
        "to_come": sum(line.outstanding for line in lines) if found.is_awaited else 0,
        "total": sum(line.total for line in lines),
        "without_cost": sum(line.unit_cost is None for line in lines),
        "is_sent": found.sent_at is not None,
        "may_change": request.user.has_perm(CHANGE),
        "shipments": shipments if request.user.has_perm("receiving.view_vendorshipment") else [],
        "history": history_of(found),
    }
    return answer(request, "purchasing/order.html", "purchasing/_order.html", context, say)


def _lines(found: PurchaseOrder) -> list[PurchaseOrderLine]:
    """The lines numbered from 1, each with the vendor's item number and its cost in all."""
    lines = list(found.lines.select_related("product"))
    offers = VendorProduct.objects.filter(vendor=found.vendor, product__in=[line.product_id for line in lines])
    numbers = dict(offers.values_list("product", "item_number"))
    for at, line in enumerate(lines, 1):
        line.no, line.item_number = at, numbers.get(line.product_id, "")
        line.total = line.quantity * (line.unit_cost or 0)
    return lines


@require_POST
@on_order(CHANGE)
def scan(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """One code, or a product that was chosen from the list."""
    chosen = id_in(request.POST, "product")
    product = Product.objects.filter(pk=chosen).first() if chosen else None
    try:
        result = operations.scan_into_order(found, request.POST.get("code", ""), product=product, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    if result.ok:
        return draw(request, found, say_of(request, result), selected=result.line.pk)
    if result.kind == ScanKind.CHOOSE and request.htmx:
        return choose(request, result, request.path)
    return refused(request, say_of(request, result), found)


@on_order(CHANGE)
def quantity(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """Asks for the units of the selected line, or sets them; 0 removes it."""
    line = asked_line(request, found)
    form = QuantityForm(request.POST if "quantity" in request.POST else None, initial={"quantity": line.quantity})
    context = {"order": found, "line": line, "form": form}
    if not form.is_valid():
        return ask(request, "purchasing/_quantity.html", context, status=422 if form.is_bound else 200)
    units = form.cleaned_data["quantity"]
    try:
        if units:
            operations.change_order_line(line, quantity=units)
        else:
            operations.remove_order_line(line)
    except DomainError as reason:
        return ask(request, "purchasing/_quantity.html", context | {"error": str(reason)}, status=422)
    text = _("%(product)s, now %(quantity)d.") if units else _("%(product)s removed.")
    say = Say(text % {"product": line.product.name, "quantity": units})
    return draw(request, found, say, selected=line.pk if units else None)


@on_order(CHANGE)
def cost(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """Asks for the cost of a unit of the selected line, or sets it. For those who see costs."""
    if not request.user.has_perm("inventory.view_cost"):
        return HttpResponse(status=403)
    line = asked_line(request, found)
    form = CostForm(request.POST if "unit_cost" in request.POST else None, initial={"unit_cost": line.unit_cost})
    context = {"order": found, "line": line, "form": form}
    if not form.is_valid():
        return ask(request, "purchasing/_cost.html", context, status=422 if form.is_bound else 200)
    try:
        operations.change_order_line(line, unit_cost=form.cleaned_data["unit_cost"])
    except DomainError as reason:
        return ask(request, "purchasing/_cost.html", context | {"error": str(reason)}, status=422)
    return draw(request, found, Say(_("%(product)s: cost changed.") % {"product": line.product.name}), selected=line.pk)


@require_POST
@on_order(CHANGE)
def remove(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    line = asked_line(request, found)
    try:
        operations.remove_order_line(line)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, Say(_("%(product)s removed.") % {"product": line.product.name}))


@on_order(CHANGE)
def head(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """Asks for vendor, day and note, or writes them down."""
    initial = {"vendor": found.vendor_id, "expected_on": found.expected_on, "note": found.note}
    form = HeadForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"order": found, "form": form}
    if not form.is_valid():
        return ask(request, "purchasing/_head_form.html", context, status=422 if form.is_bound else 200)
    try:
        operations.save_order(found, **form.cleaned_data, staff=request.user)
    except DomainError as reason:
        return ask(request, "purchasing/_head_form.html", context | {"error": str(reason)}, status=422)
    messages.success(request, _("Saved."))
    return go(request, found)


@require_POST
@on_order(CHANGE)
def send(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """The vendor has it: its lines are settled."""
    try:
        operations.send_order(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    messages.success(request, _("%(number)s is sent. Its goods are awaited.") % {"number": found.number})
    return go(request, found)


@require_POST
@on_order("receiving.add_vendorshipment")
def receive(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """Goods of the order have come: to the vendor shipment on which they are unpacked."""
    try:
        shipment = operations.begin_receiving(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return go(request, shipment)


@on_order(CHANGE)
def cancel(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """Asks why, or gives the order up."""
    return _give_up(request, found, "purchasing/_cancel.html", operations.cancel_order, _("%(number)s is cancelled."))


@on_order(CHANGE)
def close(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """Asks why, or stops waiting for what has not come."""
    return _give_up(request, found, "purchasing/_close.html", operations.close_short, _("%(number)s is closed."))


def _give_up(request: StaffRequest, found: PurchaseOrder, fragment: str, operation, text: str) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    context = {"order": found, "form": form}
    if not form.is_valid():
        return ask(request, fragment, context, status=422 if form.is_bound else 200)
    try:
        operation(found, reason=form.cleaned_data["reason"], staff=request.user)
    except DomainError as reason:
        return ask(request, fragment, context | {"error": str(reason)}, status=422)
    messages.success(request, text % {"number": found.number})
    return go(request, found)
