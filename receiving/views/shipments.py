"""One shipment's page, in whatever status, and what is scanned and said on it as a whole."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import id_in, typed
from receiving import operations
from receiving.errors import MoreThanExpected
from receiving.forms import NewShipmentForm, OrdersForm, PapersForm, ReasonForm, awaited_orders
from receiving.history import history_of
from receiving.models import VendorShipment
from receiving.operations.entering import Entered
from receiving.screen import screen_of, side_of
from receiving.views.access import go, on_shipment
from serials.pages import Say, answer, ask, choose, refused, say_of
from serials.scan_operations import ScanKind
from settings_app.middleware import StaffRequest


@permission_required("receiving.add_vendorshipment", raise_exception=True)
def new(request: StaffRequest) -> HttpResponse:
    """Says from whom; `?vendor=` or `?order=` is what it begins with. POST makes the draft."""
    begins = awaited_orders(request.user).filter(pk=id_in(request.GET, "order")).first()
    initial = {
        "vendor": begins.vendor_id if begins else id_in(request.GET, "vendor") or None,
        "store": begins.store_id if begins else request.store,
        "orders": [begins.pk] if begins else [],
    }
    form = NewShipmentForm(
        request.POST or None,
        staff=request.user,
        shows_cost=request.user.has_perm("inventory.view_cost"),
        initial=initial,
    )
    status, error = 200, ""
    if form.is_bound:
        status = 422
        if form.is_valid():
            fields = form.cleaned_data | {"freight": form.cleaned_data.get("freight") or 0}
            try:
                return redirect(
                    operations.start_shipment(fields.pop("vendor"), fields.pop("store"), staff=request.user, **fields)
                )
            except DomainError as reason:
                error = str(reason)
    context = {
        "form": form,
        "refusal": error,
        "orders": awaited_orders(request.user),
        "chosen": form["orders"].value() or [],
    }
    return render(request, "receiving/new.html", context, status=status)


@require_safe
@on_shipment("receiving.view_vendorshipment")
def shipment(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """The page of the address; `?line=` is the selected line."""
    return draw(request, found)


@require_safe
@on_shipment("receiving.view_vendorshipment")
def side(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """The panel of the line that is now selected."""
    return render(request, "receiving/_side.html", _context(request, found))


def draw(
    request: StaffRequest,
    found: VendorShipment,
    say: Say | None = None,
    *,
    selected: int | None = None,
    entered: Entered | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page as it is now, or for htmx its fragment."""
    context = _context(request, found, selected=selected, entered=entered)
    return answer(request, "receiving/shipment.html", "receiving/_shipment.html", context, say, status=status)


def _context(request: StaffRequest, found: VendorShipment, *, selected: int | None = None, entered=None) -> dict:
    screen = screen_of(found)
    values = request.POST if request.method == "POST" else request.GET
    wanted = selected or id_in(values, "line")
    chosen = next((line for line in screen.lines if line.pk == wanted), None)
    chosen = chosen or next((line for line in screen.red), None) or next(iter(screen.lines), None)
    return {
        "shipment": found,
        "screen": screen,
        "history": history_of(found),
        "selected": chosen,
        "side": side_of(chosen, entered) if chosen and screen.tracks and chosen.product.is_tracked else None,
        "may_change": found.is_open and request.user.has_perm("receiving.change_vendorshipment"),
        "labels_url": _labels_url(found),
        "reversals": found.reversals.select_related("staff") if found.is_received else [],
    }


def _labels_url(found: VendorShipment) -> str:
    """Where labels of the received units are made, once there is such a page."""
    try:
        return (
            f"{reverse('labels:labels')}?document={found._meta.label_lower}&pk={found.pk}" if found.is_received else ""
        )
    except NoReverseMatch:
        return ""


@require_POST
@on_shipment("receiving.change_vendorshipment")
def scan(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """One code: a product, or the number of a unit."""
    selected = found.lines.filter(pk=id_in(request.POST, "line")).first()
    product = Product.objects.filter(pk=id_in(request.POST, "product")).first()
    code = request.POST.get("code", "")[:400] or (product.sku if product else "")
    try:
        result = operations.scan(found, code, staff=request.user, selected=selected, product=product)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    if result.kind == ScanKind.CHOOSE:
        return choose(request, result, request.path)
    return draw(request, found, say_of(request, result), selected=result.line.pk if result.line else None)


@on_shipment("receiving.change_vendorshipment")
def papers(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks for the numbers and the freight of the papers, or writes them down."""
    names = ("invoice_number", "packing_slip_number", "freight", "note")
    form = PapersForm(
        request.POST or None,
        shows_cost=request.user.has_perm("inventory.view_cost"),
        initial={name: getattr(found, name) for name in names},
    )
    context = {"shipment": found, "form": form}
    if not form.is_bound or not form.is_valid():
        return ask(request, "receiving/_papers.html", context, status=422 if form.is_bound else 200)
    try:
        found = operations.save_shipment(found, **form.cleaned_data)
    except DomainError as reason:
        return ask(request, "receiving/_papers.html", context | {"error": str(reason)}, status=422)
    return draw(request, found, Say(_("Saved.")))


@on_shipment("receiving.change_vendorshipment")
def orders(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks which other orders of the vendor are in this shipment, or adds what is still to come of them."""
    form = OrdersForm(request.POST if request.method == "POST" else None, shipment=found, staff=request.user)
    context = {"shipment": found, "orders": form.fields["orders"].queryset.distinct()}
    if not form.is_bound or not form.is_valid():
        return ask(request, "receiving/_orders.html", context, status=422 if form.is_bound else 200)
    try:
        lines = operations.add_orders(found, form.cleaned_data["orders"])
    except DomainError as reason:
        return ask(request, "receiving/_orders.html", context | {"error": str(reason)}, status=422)
    text = ngettext("%(count)d line added.", "%(count)d lines added.", len(lines)) % {"count": len(lines)}
    return draw(request, found, Say(text))


@on_shipment("receiving.change_vendorshipment")
def cancel(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks, or gives the draft up."""
    if request.method != "POST":
        return ask(request, "receiving/_cancel.html", {"shipment": found})
    try:
        operations.cancel_shipment(found)
    except DomainError as reason:
        return ask(request, "receiving/_cancel.html", {"shipment": found, "error": str(reason)}, status=422)
    messages.success(request, _("%(number)s is cancelled.") % {"number": found.number})
    return go(request, found)


@on_shipment("receiving.receive_shipment")
def receive(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Receives; asks first where more came than was expected. GET asks for the reason of missing serials."""
    if request.method != "POST":
        return ask(
            request, "receiving/_override.html", {"shipment": found, "form": ReasonForm(), "screen": screen_of(found)}
        )
    reason = typed(request, "reason")
    accepts = request.POST.get("accepts_over") == "1"
    try:
        done = operations.receive_shipment(found, staff=request.user, accepts_over=accepts, override_reason=reason)
    except MoreThanExpected as refusal:
        context = {"shipment": found, "screen": screen_of(found), "refusal": str(refusal), "reason": reason}
        return ask(request, "receiving/_over.html", context, status=422)
    except DomainError as refusal:
        if request.htmx.target == "ask":
            context = {
                "shipment": found,
                "form": ReasonForm(request.POST),
                "screen": screen_of(found),
                "error": str(refusal),
            }
            return ask(request, "receiving/_override.html", context, status=422)
        return refused(request, Say(str(refusal), ok=False), found)
    units = sum(line.quantity for line in done.lines.all())
    text = ngettext(
        "%(count)d unit is now in stock at %(store)s.", "%(count)d units are now in stock at %(store)s.", units
    )
    messages.success(request, text % {"count": units, "store": done.store})
    return go(request, done)
