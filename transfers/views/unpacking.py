"""Unpacking at the receiving store: scan, count, decide, receive."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import id_in, id_of
from serials.models import Serial
from serials.pages import Say, ask, choose, refused
from serials.scan_operations import ScanKind, ScanResult
from settings_app.middleware import StaffRequest
from transfers import operations
from transfers.comparison import compare
from transfers.forms import CountForm, DecisionForm
from transfers.models import Discrepancy, Transfer
from transfers.operations import Seen
from transfers.views import requests
from transfers.views.access import Rights, on_transfer, rights_on
from transfers.views.pages import draw

Decision = Discrepancy.Decision


def may_receive(rights: Rights) -> bool:
    return rights.may_receive


def may_decide(rights: Rights) -> bool:
    return rights.may_decide


@require_POST
@on_transfer("transfers.view_transfer")
def scan(request: StaffRequest, found: Transfer) -> HttpResponse:
    """One code: on a request what is wanted, on a transfer in transit what came out of the box.

    The same scan tried again (`scan_id`) is answered, not done twice.
    """
    rights = rights_on(request, found)
    if not (rights.may_change if found.is_open else rights.may_receive):
        raise PermissionDenied
    scan_id = request.POST.get("scan_id")
    if scan_id and request.session.get("last_scan") == scan_id:
        return draw(request, found)
    answer = requests.scan(request, found) if found.is_open else _unpack(request, found)
    if scan_id:
        request.session["last_scan"] = scan_id
    return answer


def _unpack(request: StaffRequest, found: Transfer) -> HttpResponse:
    product = Product.objects.filter(pk=id_in(request.POST, "product")).first()
    code = request.POST.get("code", "")[:400] or (product.sku if product else "")
    try:
        result = operations.scan_arrival(found, code, staff=request.user, product=product)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    if result.seen is Seen.CHOOSE:
        asked = ScanResult(False, ScanKind.CHOOSE, result.message, products=result.products, number=result.number)
        return choose(request, asked, request.path)
    return draw(request, found, Say(result.message, result.ok), selected=result.serial.pk if result.serial else None)


@require_POST
@on_transfer("transfers.receive_transfer", may_receive)
def count(request: StaffRequest, found: Transfer) -> HttpResponse:
    """How many units without serial numbers came: Save & Continue, or one figure as it is typed."""
    figures = {}
    for name, value in request.POST.items():
        if name.startswith("count-"):
            form = CountForm({"counted": value})
            product = get_object_or_404(Product, pk=id_of(name.removeprefix("count-")))
            if not form.is_valid():
                text = _("%(product)s: type how many came, in digits.") % {"product": product.name}
                return draw(request, found, Say(text, ok=False), status=422)
            figures[product] = form.cleaned_data["counted"]
    try:
        operations.set_counts(found, figures, staff=request.user)
    except DomainError as reason:
        return draw(request, found, Say(str(reason), ok=False), status=422)
    return draw(request, found, Say(_("Saved. Anybody at %(store)s can go on from here.") % {"store": found.to_store}))


@require_POST
@on_transfer("transfers.receive_transfer", may_receive)
def mark_all(request: StaffRequest, found: Transfer) -> HttpResponse:
    try:
        marked = operations.mark_all_arrived(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    text = ngettext("%(count)d unit marked as arrived.", "%(count)d units marked as arrived.", marked)
    return draw(request, found, Say(text % {"count": marked}))


@require_POST
@on_transfer("transfers.receive_transfer", may_receive)
def take_off(request: StaffRequest, found: Transfer) -> HttpResponse:
    """Undo the scan of a unit; the selected one, where none is named."""
    named = id_in(request.POST, "unit") or id_in(request.POST, "line")
    serial = get_object_or_404(Serial, pk=named)
    try:
        operations.take_off(found, serial, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    text = _("%(number)s is taken off again.") % {"number": serial.number}
    return draw(request, found, Say(text), selected=serial.pk)


@on_transfer("transfers.decide_discrepancy", may_decide)
def decide(request: StaffRequest, found: Transfer, decision: str) -> HttpResponse:
    """Decide on a unit or a count; GET asks for what the decision needs to be told."""
    if decision not in Decision.values:
        raise Http404
    if decision == Decision.LOST and not rights_on(request, found).may_write_off:
        raise PermissionDenied
    values = request.POST or request.GET
    serial = Serial.objects.select_related("product").filter(pk=id_in(values, "unit")).first()
    product = serial.product if serial else get_object_or_404(Product, pk=id_in(values, "product"))
    form = DecisionForm(request.POST if request.method == "POST" else None)
    context = {"transfer": found, "decision": Decision(decision), "serial": serial, "product": product, "form": form}
    if request.method != "POST":
        own = compare(found).of(product)
        open_units = sum(row.quantity for row in own.rows if row.is_undecided and row.serial is None)
        return ask(request, "transfers/_decide.html", context | {"open_units": open_units})
    if not form.is_valid():
        return ask(request, "transfers/_decide.html", context, status=422)
    try:
        told = operations.decide(
            found,
            decision,
            serial=serial,
            product=product,
            quantity=form.cleaned_data["quantity"],
            reason=form.cleaned_data["reason"],
            staff=request.user,
        )
    except DomainError as reason:
        if "asked" in request.POST:
            return ask(request, "transfers/_decide.html", context | {"error": str(reason)}, status=422)
        return refused(request, Say(str(reason), ok=False), found)
    text = _("%(unit)s: %(decision)s.") % {"unit": told.name, "decision": told.get_decision_display().lower()}
    return draw(request, found, Say(text))


@require_POST
@on_transfer("transfers.decide_discrepancy", may_decide)
def rest_stays(request: StaffRequest, found: Transfer) -> HttpResponse:
    """All that is missing is still in transit, as when the second van comes tomorrow."""
    try:
        told = operations.rest_stays(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    text = ngettext("%(count)d unit: still in transit.", "%(count)d units: still in transit.", told)
    return draw(request, found, Say(text % {"count": told}))


@require_POST
@on_transfer("transfers.decide_discrepancy", may_decide)
def undo(request: StaffRequest, found: Transfer, discrepancy_pk: int) -> HttpResponse:
    told = get_object_or_404(found.discrepancies.select_related("serial", "product"), pk=discrepancy_pk)
    try:
        operations.undo_decision(told, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, Say(_("%(unit)s is to be decided on again.") % {"unit": told.name}))


@require_POST
@on_transfer("transfers.receive_transfer", may_receive)
def receive(request: StaffRequest, found: Transfer) -> HttpResponse:
    """Post what arrived and what was decided."""
    units = compare(found).to_post
    try:
        received = operations.receive_transfer(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    text = ngettext("%(count)d unit received at %(store)s.", "%(count)d units received at %(store)s.", units)
    parts = [text % {"count": units, "store": received.to_store}]
    if received.is_sent:
        parts.append(_("The rest stays in transit."))
    messages.success(request, " ".join(parts))
    return requests.go(request, received)


@require_POST
@on_transfer("transfers.decide_discrepancy", lambda rights: rights.may_decide and rights.works_at_sender)
def take_back(request: StaffRequest, found: Transfer) -> HttpResponse:
    """Post what was found back at the sender."""
    try:
        ended = operations.take_back(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    messages.success(request, _("Back in stock at %(store)s.") % {"store": ended.from_store})
    return requests.go(request, ended)
