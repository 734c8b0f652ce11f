"""A request: begun, changed, sent or given up."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from inventory.models import Product
from microbiz.barcodes import barcode_svg
from microbiz.errors import DomainError
from microbiz.incoming import id_in
from serials.models import Serial
from serials.pages import Say, ask, choose, refused, say_of
from serials.scan_operations import ScanKind
from settings_app.middleware import StaffRequest
from settings_app.models import Store
from transfers import operations
from transfers.forms import DetailsForm, QuantityForm, RequestForm
from transfers.models import Transfer, TransferLine
from transfers.paper import packing_list_as_pdf, packing_list_of
from transfers.views.access import Rights, on_transfer
from transfers.views.pages import draw


def may_change(rights: Rights) -> bool:
    return rights.may_change


def may_send(rights: Rights) -> bool:
    return rights.may_send


@permission_required("transfers.add_transfer", raise_exception=True)
def new(request: StaffRequest) -> HttpResponse:
    """Choose the stores; `?unit=` or `?product=` is what it begins with. POST makes the draft."""
    asked = request.POST or request.GET
    product = Product.objects.filter(pk=id_in(asked, "product")).first()
    serial = Serial.objects.select_related("product", "store").filter(pk=id_in(asked, "unit")).first()
    sender = serial.store_id if serial else id_in(asked, "from_store") or None
    receiver = id_in(asked, "to_store") or (request.store.pk if request.store else None)
    if sender is None:
        others = Store.objects.filter(is_active=True).exclude(pk=receiver)
        sender = others.values_list("pk", flat=True).first()
    initial = {"from_store": sender, "to_store": receiver}
    form = RequestForm(request.POST if request.method == "POST" else None, own=request.stores, initial=initial)
    context = {"form": form, "product": product, "serial": serial}
    if request.method != "POST" or not form.is_valid():
        return render(request, "transfers/new.html", context, status=422 if request.method == "POST" else 200)
    chosen = form.cleaned_data
    try:
        found = operations.request_transfer(
            chosen["from_store"],
            chosen["to_store"],
            staff=request.user,
            note=chosen["note"],
            product=product,
            serial=serial,
        )
    except DomainError as reason:
        return render(request, "transfers/new.html", context | {"refusal": str(reason)}, status=422)
    return redirect(found)


def _line(request: StaffRequest, found: Transfer) -> TransferLine:
    """The line that the request names, else 404."""
    values = request.POST or request.GET
    line = get_object_or_404(found.lines.with_serials(), pk=id_in(values, "line"))
    line.transfer = found
    return line


def scan(request: StaffRequest, found: Transfer) -> HttpResponse:
    """One code on a request: a unit or a product."""
    selected = found.lines.filter(pk=id_in(request.POST, "line")).first()
    product = Product.objects.filter(pk=id_in(request.POST, "product")).first()
    code = request.POST.get("code", "")[:400] or (product.sku if product else "")
    try:
        result = operations.scan_request(found, code, staff=request.user, selected=selected, product=product)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    if result.kind == ScanKind.CHOOSE:
        return choose(request, result, request.path)
    say = say_of(request, result)
    return draw(request, found, say, selected=result.line.pk if result.line else None)


@on_transfer("transfers.change_transfer", may_change)
def quantity(request: StaffRequest, found: Transfer) -> HttpResponse:
    """Asks for the units of a line, or sets them; below its serials it asks which of those stay."""
    line = _line(request, found)
    if request.method != "POST":
        form = QuantityForm(initial={"quantity": line.quantity})
        return ask(request, "transfers/_quantity.html", {"transfer": found, "line": line, "form": form})
    form = QuantityForm(request.POST)
    context = {"transfer": found, "line": line, "form": form}
    if not form.is_valid():
        return ask(request, "transfers/_quantity.html", context, status=422)
    units = form.cleaned_data["quantity"]
    detach = [serial for serial in line.serials if str(serial.pk) in request.POST.getlist("detach")]
    if 0 < units < line.attached - len(detach):
        context |= {"detach": line.attached - units}
        return ask(request, "transfers/_quantity.html", context, status=422)
    try:
        operations.set_quantity(line, units, detach=detach, staff=request.user)
    except DomainError as reason:
        return ask(request, "transfers/_quantity.html", context | {"error": str(reason)}, status=422)
    text = _("%(product)s, now %(quantity)d.") if units else _("%(product)s removed.")
    say = Say(text % {"product": line.product.name, "quantity": units})
    return draw(request, found, say, selected=line.pk if units else None)


@require_POST
@on_transfer("transfers.change_transfer", may_change)
def remove(request: StaffRequest, found: Transfer) -> HttpResponse:
    line = _line(request, found)
    try:
        operations.remove_line(line, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, Say(_("%(product)s removed.") % {"product": line.product.name}))


@on_transfer("transfers.change_transfer", may_change)
def details(request: StaffRequest, found: Transfer) -> HttpResponse:
    """Asks for boxes and note, or writes them down."""
    initial = {"boxes": found.boxes, "note": found.note}
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"transfer": found, "form": form}
    if request.method != "POST" or not form.is_valid():
        return ask(request, "transfers/_details.html", context, status=422 if request.method == "POST" else 200)
    try:
        found = operations.change_transfer(found, **form.cleaned_data)
    except DomainError as reason:
        return ask(request, "transfers/_details.html", context | {"error": str(reason)}, status=422)
    return draw(request, found, Say(_("Saved.")))


@require_POST
@on_transfer("transfers.send_transfer", may_send)
def send(request: StaffRequest, found: Transfer) -> HttpResponse:
    """Hand the boxes over: from here on its units are in transit."""
    try:
        sent = operations.send_transfer(found, staff=request.user)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    units = sum(line.quantity for line in sent.lines.all())
    text = ngettext("%(count)d unit sent to %(store)s.", "%(count)d units sent to %(store)s.", units)
    messages.success(request, text % {"count": units, "store": sent.to_store})
    return go(request, sent)


@on_transfer("transfers.change_transfer", may_change)
def cancel(request: StaffRequest, found: Transfer) -> HttpResponse:
    """Asks, or gives the request up."""
    if request.method != "POST":
        return ask(request, "transfers/_cancel.html", {"transfer": found})
    try:
        operations.cancel_transfer(found, staff=request.user)
    except DomainError as reason:
        return ask(request, "transfers/_cancel.html", {"transfer": found, "error": str(reason)}, status=422)
    messages.success(request, _("Transfer %(number)s is cancelled.") % {"number": found.number})
    return go(request, found)


def go(request: StaffRequest, found: Transfer) -> HttpResponse:
    """To the transfer's page as a whole: its status changed, and with it what the page is for."""
    if not request.htmx:
        return redirect(found)
    return HttpResponse(headers={"HX-Redirect": found.get_absolute_url()})


@require_safe
@on_transfer("transfers.view_transfer")
def packing_list(request: StaffRequest, found: Transfer) -> HttpResponse:
    """What is in the boxes, with every serial number, to be printed and laid in."""
    pdf = reverse("transfers:packing_list_pdf", args=[found.pk])
    links = {"pdf_url": pdf, "back": found.get_absolute_url()}
    context = {"paper": packing_list_of(found), "bars": barcode_svg(found.number), **links}
    return render(request, "transfers/packing_list.html", context)


@require_safe
@on_transfer("transfers.view_transfer")
def packing_list_pdf(request: StaffRequest, found: Transfer) -> HttpResponse:
    answer = HttpResponse(packing_list_as_pdf(packing_list_of(found)), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer
