"""Back-fill: a guided page that gives numbers to the units on the shelf, one scan after another, n of m."""

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import id_in
from serials.back_fill import progress, read_shelf
from serials.fix_operations import move_record, record_shelf, undo_fix
from serials.forms import CodeForm, ListForm
from serials.models import Fix, FixUnit
from serials.views.access import may

RECENT = 20  # numbers that the page shows, newest first


def _find(request, pk, store_pk):
    """The product and the store, which is one of the person's, or 404."""
    product = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    store = next((store for store in request.stores if store.pk == store_pk), None)
    if store is None or not product.is_tracked:
        raise Http404
    return product, store


@require_safe
@may("serials.add_serial")
def page(request, pk, store_pk):
    """The page itself: every store's progress, the scan box of this one, and what was recorded last."""
    product, store = _find(request, pk, store_pk)
    return render(request, "serials/back_fill.html", _context(request, product, store))


@require_POST
@may("serials.add_serial")
def scan(request, pk, store_pk):
    """One code: recorded at once, or why not. `sure=1` says that it is new though it looks like another.

    `move=1` puts a unit that is on record at another store on record here.
    """
    product, store = _find(request, pk, store_pk)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _answer(request, product, store, problem=_("This code is too long to be a serial number."))
    [reading] = read_shelf(product, store, [form.cleaned_data["code"]], sure=request.POST.get("sure") == "1")
    if request.POST.get("move") == "1" and reading.may_move:
        return _move(request, product, store, reading)
    if reading.may_be_new and request.POST.get("sure") == "1" and not reading.near:
        return _record(request, product, store, [reading.number])
    if reading.is_here:
        said = _("%(number)s is on record here already.") % {"number": reading.number}
        return _answer(request, product, store, said=said)
    if not reading.is_new:
        return _answer(request, product, store, wrong=[reading])
    return _record(request, product, store, [reading.number])


@require_POST
@may("serials.add_serial")
def paste(request, pk, store_pk):
    """Many codes: those that are new are recorded, every other one is told why not."""
    product, store = _find(request, pk, store_pk)
    form = ListForm(request.POST)
    if not form.is_valid():
        return _answer(request, product, store, problem=" ".join(form.errors["codes"]))
    readings = read_shelf(product, store, form.cleaned_data["codes"])
    new = [reading.number for reading in readings if reading.is_new]
    wrong = [reading for reading in readings if reading.problem]
    here = sum(reading.is_here for reading in readings)
    if not new:
        said = _("%(here)d on record here already, none new.") % {"here": here}
        return _answer(request, product, store, wrong=wrong, said=said)
    return _record(request, product, store, new, wrong=wrong, here=here)


def _record(request, product, store, numbers, *, wrong=(), here=0):
    try:
        record_shelf(product, store, numbers, staff=request.user, reason=_("Back-fill"))
    except DomainError as refusal:
        return _answer(request, product, store, wrong=wrong, problem=str(refusal))
    if len(numbers) == 1:
        said = _("%(number)s is on record.") % {"number": numbers[0]}
    else:
        said = ngettext("%(n)d is on record.", "%(n)d are on record.", len(numbers)) % {"n": len(numbers)}
    if here:
        said += " " + _("%(here)d were already.") % {"here": here}
    return _answer(request, product, store, wrong=wrong, said=said)


def _move(request, product, store, reading):
    if not request.user.has_perm("serials.change_serial"):
        raise PermissionDenied
    try:
        move_record(product, reading.serial, store, staff=request.user, reason=_("Back-fill"))
    except DomainError as refusal:
        return _answer(request, product, store, problem=str(refusal))
    return _answer(request, product, store, said=_("%(number)s is on record here now.") % {"number": reading.number})


@require_POST
@may("serials.add_serial")
def undo(request, pk, store_pk):
    """Take the numbers of one scan or list off the record again."""
    product, store = _find(request, pk, store_pk)
    fixes = Fix.objects.filter(product=product, store=store, kind__in=["recorded", "moved"])
    fix = get_object_or_404(fixes, pk=id_in(request.POST, "fix"))
    if fix.kind == "moved" and not request.user.has_perm("serials.change_serial"):
        raise PermissionDenied
    try:
        undo_fix(fix, staff=request.user)
    except DomainError as refusal:
        return _answer(request, product, store, problem=str(refusal))
    return _answer(request, product, store, said=_("Off the record again."))


def _answer(request, product, store, *, said="", problem="", wrong=()):
    is_no = bool(problem or wrong)
    context = _context(request, product, store) | {"said": said, "problem": problem, "wrong": wrong}
    template = "serials/_back_fill.html" if request.htmx else "serials/back_fill.html"
    answer = render(request, template, context, status=422 if is_no else 200)
    return trigger_client_event(answer, "shop:sound", "no" if is_no else "yes")


def _context(request, product, store) -> dict:
    stores = progress(product, list(request.stores))
    here = next((one for one in stores if one.store == store), None)
    recent = Fix.objects.filter(product=product, store=store, kind__in=["recorded", "moved"]).standing()
    units = FixUnit.objects.select_related("serial")
    return {
        "product": product,
        "store": store,
        "stores": stores,
        "here": here,
        "next": next((one for one in stores if one.balance.lacking and one.store != store), None),
        "stores_done": sum(one.is_done for one in stores),
        "recent": recent.select_related("staff").prefetch_related(Prefetch("units", units))[:RECENT],
        "form": ListForm(),
        "more": here.of - here.done if here else 0,
    }
