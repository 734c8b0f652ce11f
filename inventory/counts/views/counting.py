"""Counting: one thumb on a phone, or a scanner at a till. Several people at once."""

from django.contrib.auth.decorators import permission_required
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inventory.counts.forms import QuantityForm, ScanForm
from inventory.counts.models import CountScan, StockCount
from inventory.counts.operations import (
    CountResult,
    Kind,
    confirm_new,
    count_without,
    scan,
    set_quantity,
    undo_last,
)
from inventory.counts.results import counted_units, extra_scans, to_find, units_in_scope
from inventory.counts.views.access import count_of
from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import id_in
from serials.models import SerialEvent
from serials.pages import Say, answer, choose
from serials.scan_operations import ScanKind, ScanResult
from settings_app.middleware import StaffRequest
from settings_app.models import SerialTracking, ShopSettings

ROWS = 30  # of a list on the phone
SHOWN = ("find", "counted", "extra")


@permission_required("counts.count_stock", raise_exception=True)
@require_safe
def count(request: StaffRequest, pk: int) -> HttpResponse:
    """The page to count on; of a settled count, what became of it."""
    document = count_of(request, pk)
    if not document.is_open:
        return render(request, "counts/settled.html", settled(document))
    return _draw(request, document)


@require_POST
@permission_required("counts.count_stock", raise_exception=True)
def scan_code(request: StaffRequest, pk: int) -> HttpResponse:
    """One code, answered with its verdict."""
    document, form = count_of(request, pk), ScanForm(request.POST)
    if not form.is_valid():
        return _draw(request, document, say=Say(_("That is no code. Scan it again."), False), status=422)
    sent = form.cleaned_data
    product = sent["product"] or sent["waits"]
    raw = sent["code"] or (sent["product"].sku if sent["product"] else "")
    try:
        result = scan(document, raw, staff=request.user, product=product, scan_id=sent["scan_id"] or None)
    except DomainError as refusal:
        return _draw(request, document, say=Say(str(refusal), False), status=422)
    if result.kind == Kind.CHOOSE:
        said = ScanResult(False, ScanKind.CHOOSE, result.message, products=result.products, number=result.number)
        return choose(request, said, request.path)
    return _draw(request, document, result)


@require_POST
@permission_required("counts.count_stock", raise_exception=True)
def without(request: StaffRequest, pk: int) -> HttpResponse:
    """One unit of a product that may be without a number."""
    document = count_of(request, pk)
    product = get_object_or_404(Product, pk=id_in(request.POST, "product"), serial_tracking=SerialTracking.OPTIONAL)
    try:
        result = count_without(document, product, staff=request.user)
    except DomainError as refusal:
        return _draw(request, document, say=Say(str(refusal), False), status=422)
    return _draw(request, document, result)


@require_POST
@permission_required("counts.count_stock", raise_exception=True)
def quantity(request: StaffRequest, pk: int) -> HttpResponse:
    """How many units the last scan meant."""
    document = count_of(request, pk)
    form = QuantityForm(request.POST, count=document)
    if not form.is_valid():
        return _draw(request, document, say=Say(_("Type how many units there are."), False), status=422)
    try:
        kept = set_quantity(form.cleaned_data["scan"], form.cleaned_data["quantity"], staff=request.user)
    except DomainError as refusal:
        return _draw(request, document, say=Say(str(refusal), False), status=422)
    text = _("%(quantity)d counted. %(product)s") % {"quantity": kept.quantity, "product": kept.product.name}
    return _draw(request, document, CountResult(True, Kind.SCANNED, text, kept, kept.product))


@require_POST
@permission_required("counts.count_stock", raise_exception=True)
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take one's own last scan back."""
    document = count_of(request, pk)
    try:
        undone = undo_last(document, staff=request.user)
    except DomainError as refusal:
        return _draw(request, document, say=Say(str(refusal), False), status=422)
    return _draw(request, document, say=Say(_("Undone: %(number)s.") % {"number": undone.shown}))


@require_POST
@permission_required("serials.add_serial", raise_exception=True)
@permission_required("counts.count_stock", raise_exception=True)
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """Add New: the number was read right."""
    document = count_of(request, pk)
    found = get_object_or_404(document.scans, pk=id_in(request.POST, "scan"))
    try:
        kept = confirm_new(found, staff=request.user)
    except DomainError as refusal:
        return _draw(request, document, say=Say(str(refusal), False), status=422)
    return _draw(request, document, say=Say(_("%(number)s is counted as new.") % {"number": kept.shown}))


def _draw(
    request: StaffRequest,
    document: StockCount,
    result: CountResult | None = None,
    *,
    say: Say | None = None,
    status: int = 200,
) -> HttpResponse:
    if result is not None and say is None:
        say = Say(result.message, result.ok)
    context = {"count": document, "result": result} | _so_far(document, result) | _listed(request, document)
    return answer(request, "counts/count.html", "counts/_count.html", context, say, status=status)


def _so_far(document: StockCount, result: CountResult | None) -> dict:
    """How far the count is; what is expected only where it is not blind."""
    found = {"units": counted_units(document), "extra": extra_scans(document).count()}
    if not document.is_blind:
        found |= {"expected": units_in_scope(document)}
    if _lists_units(document):
        found |= {"to_find": to_find(document).count(), "has_find": True}
    product = result.product if result is not None else None
    if product is not None:
        of_product = document.scans.live().filter(product=product, finding=CountScan.Finding.COUNTED)
        found["of_product"] = of_product.aggregate(units=Sum("quantity"))["units"] or 0
        found["waits"] = product if result.kind == Kind.NUMBER else None
        found["may_be_without"] = product.serial_tracking == SerialTracking.OPTIONAL
        is_plain = result.scan is not None and not result.scan.is_numbered
        found["may_type"] = is_plain and result.scan.finding == CountScan.Finding.COUNTED
    return found


def _lists_units(document: StockCount) -> bool:
    """Whether the units that are still to find are named."""
    return not document.is_blind and ShopSettings.load().serial_numbers_enabled


def _listed(request: StaffRequest, document: StockCount) -> dict:
    """One of the lists below the verdict."""
    shown = request.GET.get("show") or request.POST.get("show") or ""
    allowed = SHOWN if _lists_units(document) else SHOWN[1:]
    shown = shown if shown in allowed else allowed[0]
    if shown == "find":
        missing = list(to_find(document)[:ROWS])
        for serial in missing:
            serial.happened = SerialEvent.Kind(serial.last_kind).label if serial.last_kind else ""
        return {"show": shown, "to_be_found": missing}
    scans = document.scans.live().filter(finding=CountScan.Finding.COUNTED).order_by("-pk")
    scans = extra_scans(document) if shown == "extra" else scans.select_related("product", "serial", "staff")
    return {"show": shown, "scans": list(scans[:ROWS])}


def settled(document: StockCount) -> dict:
    """What a posted or cancelled count came to, as it was written down."""
    scans = document.scans.select_related("product", "serial", "staff", "undone_by")
    context = {
        "count": document,
        "units": counted_units(document),
        "extra": list(extra_scans(document)[:200]),
        "scans": scans.count(),
    }
    if document.adjustment_id:
        context["lines"] = document.adjustment.lines.with_serials()
    return context
