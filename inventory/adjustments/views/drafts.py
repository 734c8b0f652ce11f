"""What is done to a draft on its page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inventory.adjustments import operations
from inventory.adjustments.forms import DetailsForm
from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.views.access import on_adjustment
from inventory.adjustments.views.documents import to_page
from inventory.adjustments.views.pages import draw, lines_of, offer_of
from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import id_in
from serials.models import Serial
from serials.operations import attach
from serials.pages import Say, ask, choose, refused, say_of
from serials.scan_operations import ScanKind
from settings_app.middleware import StaffRequest

CHANGE = "adjustments.change_adjustment"


def _line(request: StaffRequest, document: Adjustment) -> AdjustmentLine:
    """The line that the request names, else 404."""
    values = request.POST or request.GET
    line = get_object_or_404(document.lines.with_serials(), pk=id_in(values, "line"))
    line.adjustment = document
    return line


@require_safe
@on_adjustment(CHANGE)
def side(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """The side panel for the line that was selected: which of its units leave."""
    chosen = next((line for line in lines_of(document) if line.pk == id_in(request.GET, "line")), None)
    context = {"adjustment": document, "selected": chosen, "offer": offer_of(request, chosen)}
    return render(request, "adjustments/_side.html", context)


@require_POST
@on_adjustment(CHANGE)
def scan(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """One code: a unit that leaves or was found, or a product."""
    selected = document.lines.filter(pk=id_in(request.POST, "line")).first()
    product = Product.objects.filter(pk=id_in(request.POST, "product")).first()
    code = request.POST.get("code", "")[:400] or (product.sku if product else "")
    is_minus = request.POST.get("direction", "minus") == "minus"
    try:
        result = operations.scan_adjustment(
            document, code, is_minus=is_minus, staff=request.user, selected=selected, product=product
        )
    except DomainError as refusal:
        return refused(request, Say(str(refusal), ok=False), document)
    if result.kind == ScanKind.CHOOSE:
        return choose(request, result, request.path)
    return draw(request, document, say_of(request, result), selected=result.line.pk if result.line else None)


@require_POST
@on_adjustment(CHANGE)
def quantity(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """By how many units a line changes stock, negative when they leave. Zero is stepped over."""
    line = _line(request, document)
    text = request.POST.get("quantity", "").replace("−", "-")
    if not text.removeprefix("-").isdecimal() or len(text) > 9:
        return refused(request, Say(_("Type how many units come, or with a minus, leave."), ok=False), document)
    change = int(text) or (1 if line.is_minus else -1)
    try:
        line = operations.set_quantity(line, change)
    except DomainError as refusal:
        return refused(
            request, Say(str(refusal), False, _("Add/Edit Serial No."), line.serials_url, "#popup"), document
        )
    say = Say(_("%(product)s: %(change)+d.") % {"product": line.product, "change": change})
    return draw(request, document, say, selected=line.pk)


@require_POST
@on_adjustment(CHANGE)
def remove(request: StaffRequest, document: Adjustment) -> HttpResponse:
    line = _line(request, document)
    try:
        operations.remove_line(line, staff=request.user)
    except DomainError as refusal:
        return refused(request, Say(str(refusal), ok=False), document)
    return draw(request, document, Say(_("%(product)s is off the adjustment.") % {"product": line.product}))


@require_POST
@on_adjustment(CHANGE)
def leaves(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """Tick a unit that leaves by a line, or take the tick back."""
    line = _line(request, document)
    unit = get_object_or_404(Serial, pk=id_in(request.POST, "serial"), product=line.product_id)
    numbers = [serial.number for serial in line.serials if serial.pk != unit.pk]
    if len(numbers) == line.attached:
        numbers.append(unit.number)
    try:
        attach(line, numbers, staff=request.user, place=document.store.name)
    except DomainError as refusal:
        return draw(request, document, Say(str(refusal), ok=False), selected=line.pk, status=422)
    return draw(request, document, selected=line.pk)


@require_POST
@on_adjustment(CHANGE)
def details(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """Reason and note, kept as soon as they change."""
    form = DetailsForm(request.POST, adjustment=document)
    if not form.is_valid():
        return refused(request, Say(_("Choose a reason that is in use."), ok=False), document)
    chosen = form.cleaned_data
    try:
        operations.change_adjustment(document, reason=chosen["reason"].code, note=chosen["note"])
    except DomainError as refusal:
        return refused(request, Say(str(refusal), ok=False), document)
    document.reason = chosen["reason"]
    return draw(request, document, Say(_("Saved. Reason: %(reason)s.") % {"reason": chosen["reason"]}))


@on_adjustment(CHANGE)
def discard(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """Asks, or gives the draft up."""
    if request.method != "POST":
        return ask(request, "adjustments/_discard.html", {"adjustment": document})
    try:
        operations.discard_adjustment(document, staff=request.user)
    except DomainError as refusal:
        context = {"adjustment": document, "error": str(refusal)}
        return ask(request, "adjustments/_discard.html", context, status=422)
    return to_page(request, document, _("Discarded. Nothing was changed."))
