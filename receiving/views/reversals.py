"""Taking a received shipment back: begun from its page, checked line by line, posted once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import id_in
from receiving import operations
from receiving.forms import QuantityForm, ReasonForm
from receiving.models import ShipmentReversal, VendorShipment
from receiving.operations.reversal import remaining
from receiving.views.access import go, on_reversal, on_shipment
from serials.pages import Say, answer, ask, choose, refused, say_of
from serials.scan_operations import ScanKind
from settings_app.middleware import StaffRequest


@on_shipment("receiving.add_shipmentreversal")
def start(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks why, and whether all of it goes; POST makes the draft."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    left = remaining(found) if found.is_received else []
    gone = [unit for one in left for unit in one.gone]
    context = {"shipment": found, "form": form, "units": sum(one.most for one in left), "gone": gone}
    if not form.is_bound or not form.is_valid():
        return ask(request, "receiving/_take_back.html", context, status=422 if form.is_bound else 200)
    try:
        everything = request.POST.get("what") != "some"
        made = operations.start_reversal(
            found, staff=request.user, reason=form.cleaned_data["reason"], everything=everything
        )
    except DomainError as reason:
        return ask(request, "receiving/_take_back.html", context | {"error": str(reason)}, status=422)
    return go(request, made)


@require_safe
@on_reversal("receiving.view_shipmentreversal")
def reversal(request: StaffRequest, found: ShipmentReversal) -> HttpResponse:
    return draw(request, found)


def draw(
    request: StaffRequest, found: ShipmentReversal, say: Say | None = None, *, selected: int | None = None
) -> HttpResponse:
    """The page as it is now, or for htmx its fragment."""
    left = {one.line.pk: one for one in remaining(found.shipment)} if found.is_open else {}
    lines = list(found.lines.with_serials().select_related("product", "shipment_line"))
    for number, line in enumerate(lines, 1):
        line.no, line.reversal, line.left = number, found, left.get(line.shipment_line_id)
    values = request.POST if request.method == "POST" else request.GET
    wanted = selected or id_in(values, "line")
    chosen = next((line for line in lines if line.pk == wanted), lines[0] if lines else None)
    own = {unit.pk for line in lines for unit in line.serials}
    context = {
        "reversal": found,
        "shipment": found.shipment,
        "lines": lines,
        "selected": chosen,
        "units": sum(line.quantity for line in lines),
        "gone": [
            (line, unit, where) for line in lines if line.left for unit, where in line.left.gone if unit.pk not in own
        ],
        "may_change": found.is_open and request.user.has_perm("receiving.change_shipmentreversal"),
    }
    return answer(request, "receiving/reversal.html", "receiving/_reversal.html", context, say)


@require_POST
@on_reversal("receiving.change_shipmentreversal")
def scan(request: StaffRequest, found: ShipmentReversal) -> HttpResponse:
    """One code: a unit that came with the shipment, or a product."""
    product = Product.objects.filter(pk=id_in(request.POST, "product")).first()
    code = request.POST.get("code", "")[:400] or (product.sku if product else "")
    selected = found.lines.filter(pk=id_in(request.POST, "line")).first()
    try:
        result = operations.scan_back(found, code, staff=request.user, selected=selected, product=product)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    if result.kind == ScanKind.CHOOSE:
        return choose(request, result, request.path)
    return draw(request, found, say_of(request, result), selected=result.line.pk if result.line else None)


@require_POST
@on_reversal("receiving.change_shipmentreversal")
def quantity(request: StaffRequest, found: ShipmentReversal) -> HttpResponse:
    """One more or one less of a line."""
    line = get_object_or_404(found.lines.all(), pk=id_in(request.POST, "line"))
    form = QuantityForm(request.POST)
    if not form.is_valid():
        return refused(request, Say(_("Units are a whole number of 0 or more."), ok=False), found)
    try:
        operations.change_back(line, form.cleaned_data["quantity"])
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, selected=line.pk)


@require_POST
@on_reversal("receiving.change_shipmentreversal")
def post(request: StaffRequest, found: ShipmentReversal) -> HttpResponse:
    try:
        done = operations.post_reversal(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    units = sum(line.quantity for line in done.lines.all())
    text = ngettext("%(count)d unit is taken back.", "%(count)d units are taken back.", units)
    messages.success(request, text % {"count": units})
    return go(request, done)


@require_POST
@on_reversal("receiving.change_shipmentreversal")
def cancel(request: StaffRequest, found: ShipmentReversal) -> HttpResponse:
    try:
        operations.cancel_reversal(found)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    messages.success(request, _("%(number)s is cancelled.") % {"number": found.number})
    return go(request, found.shipment)
