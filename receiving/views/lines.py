"""The lines of a draft: units, costs, and serial numbers by paste, range, file and the vendor's list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from inventory.imports.errors import FileRefused
from microbiz.errors import DomainError
from microbiz.incoming import id_in
from receiving import operations
from receiving.files import read_entries
from receiving.forms import FileForm, LineForm, NumbersForm, QuantityForm
from receiving.models import VendorShipment
from receiving.operations.entering import is_sound
from receiving.views.access import line_in, on_shipment
from receiving.views.shipments import draw
from serials.forms import ListForm, RangeForm
from serials.numbers import expand_range
from serials.pages import Say, ask, refused
from settings_app.middleware import StaffRequest

change = on_shipment("receiving.change_vendorshipment")


@change
def line(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks for units, cost and back order of a line, or sets them."""
    own = line_in(request, found)
    initial = {"quantity": own.quantity, "unit_cost": own.unit_cost, "closes_short": "1" if own.closes_short else ""}
    form = LineForm(
        request.POST if request.method == "POST" else None,
        line=own,
        shows_cost=request.user.has_perm("inventory.view_cost"),
        initial=initial,
    )
    context = {"shipment": found, "line": own, "form": form}
    if not form.is_bound or not form.is_valid():
        return ask(request, "receiving/_line_form.html", context, status=422 if form.is_bound else 200)
    try:
        operations.change_line(own, operations.LineChange(**form.cleaned_data))
    except DomainError as reason:
        return ask(request, "receiving/_line_form.html", context | {"error": str(reason)}, status=422)
    return draw(request, found, Say(_("%(product)s changed.") % {"product": own.product.name}), selected=own.pk)


@require_POST
@change
def quantity(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """One more or one less."""
    own, form = line_in(request, found), QuantityForm(request.POST)
    if not form.is_valid():
        return refused(request, Say(_("Units are a whole number of 0 or more."), ok=False), found)
    try:
        operations.change_line(own, operations.LineChange(quantity=form.cleaned_data["quantity"]))
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, selected=own.pk)


@require_POST
@change
def remove(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    own = line_in(request, found)
    try:
        operations.remove_line(own)
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, Say(_("%(product)s removed.") % {"product": own.product.name}))


@require_POST
@change
def paste(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """A list of codes for the selected line: what can go on it goes, the rest is told."""
    own, form = line_in(request, found), ListForm(request.POST)
    if not form.is_valid():
        return refused(request, Say(" ".join(form.errors["codes"]), ok=False), found)
    try:
        entered = operations.enter_codes(own, form.cleaned_data["codes"], staff=request.user, place=str(found.store))
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, Say(*_told(entered)), selected=own.pk, entered=entered)


def _told(entered: operations.Entered) -> tuple[str, bool]:
    """What became of a list in one sentence, and whether nothing is left to settle."""
    read, fine, wrong = entered.read, len(entered.attached), len(entered.unsettled)
    parts = [
        ngettext("%(count)d code read:", "%(count)d codes read:", read) % {"count": read},
        ngettext("%(count)d attached.", "%(count)d attached.", fine) % {"count": fine},
    ]
    if entered.duplicates:
        repeats = len(entered.duplicates)
        parts.append(ngettext("%(count)d duplicate.", "%(count)d duplicates.", repeats) % {"count": repeats})
    if wrong:
        parts.append(ngettext("%(count)d to settle.", "%(count)d to settle.", wrong) % {"count": wrong})
    return " ".join(parts), not wrong


@require_POST
@change
def save(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Save & Continue: what is still in the paste box goes on its line; all else was kept as it was entered."""
    if request.POST.get("codes", "").strip():
        return paste(request, found.pk)
    return draw(request, found, Say(_("%(number)s is saved. Go on now, or another day.") % {"number": found.number}))


@change
def number_range(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks for the first and the last number, and shows which they are before they are put on the line."""
    own = line_in(request, found)
    context = {"shipment": found, "line": own, "form": RangeForm()}
    if request.method != "POST":
        return ask(request, "receiving/_range.html", context)
    form, numbers, problem = RangeForm(request.POST), [], ""
    if not form.is_valid():
        problem = _("Fill in the first and the last number.")
    else:
        try:
            numbers = expand_range(form.cleaned_data["first"], form.cleaned_data["last"])
        except DomainError as reason:
            problem = str(reason)
    context |= {"numbers": numbers, "problem": problem}
    return render(request, "receiving/_range_preview.html", context, status=422 if problem else 200)


@require_POST
@change
def settle(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """A waiting code goes on its line after all, or is taken over from the document that holds it."""
    own = line_in(request, found)
    taking = request.POST.get("taking") == "1"
    if taking and not request.user.has_perm("serials.take_over_hold"):
        return refused(request, Say(_("Your role does not take units over from other documents."), ok=False), found)
    code = request.POST.get("code", "")[:400]
    try:
        problem = operations.settle_code(own, code, staff=request.user, taking=taking, place=str(found.store))
    except DomainError as reason:
        problem = str(reason)
    if problem:
        return refused(request, Say(f"{code}: {problem}", ok=False), found)
    return draw(request, found, Say(_("%(code)s is on its line.") % {"code": code}), selected=own.pk)


@require_POST
@change
def drop(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Takes a code off a line, whether it waits there or is attached."""
    own, code = line_in(request, found), request.POST.get("code", "")[:400]
    try:
        operations.drop_codes(own, [code])
    except DomainError as reason:
        return refused(request, Say(str(reason), ok=False), found)
    return draw(request, found, Say(_("%(code)s is off the line.") % {"code": code}), selected=own.pk)


@change
def expected(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks for the vendor's list of serial numbers, and keeps it to be compared with what is scanned."""
    own = line_in(request, found)
    form = NumbersForm(request.POST if request.method == "POST" else None)
    context = {"shipment": found, "line": own, "form": form}
    if "forget" in request.POST:
        try:
            operations.forget_expected(own)
        except DomainError as reason:
            return ask(request, "receiving/_expected.html", context | {"error": str(reason)}, status=422)
        return draw(request, found, Say(_("The vendor’s list is gone.")), selected=own.pk)
    if not form.is_bound or not form.is_valid():
        return ask(request, "receiving/_expected.html", context, status=422 if form.is_bound else 200)
    codes = form.cleaned_data["codes"]
    wrong = [code for code in codes if not is_sound(code)]
    try:
        fresh = operations.expect_serials(own, [code for code in codes if is_sound(code)])
    except DomainError as reason:
        return ask(request, "receiving/_expected.html", context | {"error": str(reason)}, status=422)
    text = ngettext("%(count)d number to expect.", "%(count)d numbers to expect.", fresh) % {"count": fresh}
    if wrong:
        text += " " + _("Left out, since they can be no serial number: %(codes)s.") % {"codes": ", ".join(wrong[:5])}
    return draw(request, found, Say(text, ok=not wrong), selected=own.pk)


@change
def file(request: StaffRequest, found: VendorShipment) -> HttpResponse:
    """Asks for a file, and puts its numbers on the lines of their products."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    context = {"shipment": found, "form": form}
    if not form.is_bound or not form.is_valid():
        return ask(request, "receiving/_file.html", context, status=422 if form.is_bound else 200)
    selected = found.lines.with_serials().filter(pk=id_in(request.POST, "line")).first()
    upload = form.cleaned_data["file"]
    try:
        entries = read_entries(upload.read(), upload.name)
        done = operations.enter_file(
            found,
            entries,
            selected=selected,
            announced=form.cleaned_data["announced"],
            staff=request.user,
            place=str(found.store),
        )
    except FileRefused as reason:
        form.add_error("file", str(reason))
        return ask(request, "receiving/_file.html", context, status=422)
    except DomainError as reason:
        return ask(request, "receiving/_file.html", context | {"error": str(reason)}, status=422)
    return draw(request, found, Say(*_told_file(done)), selected=done.lines[0][0].pk if done.lines else None)


def _told_file(done: operations.EnteredFile) -> tuple[str, bool]:
    told, fine = [], not done.strangers
    for own, entered in done.lines:
        text, is_fine = _told(entered)
        told.append(f"{own.product.name}: {text}")
        fine = fine and is_fine
    if done.strangers:
        names = ", ".join(dict.fromkeys(entry.product for entry in done.strangers[:50]))
        count = len(done.strangers)
        text = ngettext(
            "%(count)d row left out, its product is not known here or not tracked: %(names)s.",
            "%(count)d rows left out, their products are not known here or not tracked: %(names)s.",
            count,
        )
        told.append(text % {"count": count, "names": names[:200]})
    return " ".join(told) or _("There is no serial number in this file."), fine and bool(done.lines)
