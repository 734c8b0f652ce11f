"""The review: how each product differs, what was found, and posting it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from inventory.counts.errors import ProductUnknown
from inventory.counts.models import StockCount
from inventory.counts.operations import (
    accept,
    cancel_count,
    confirm_new,
    count_none,
    post_count,
    recount,
    set_aside,
)
from inventory.counts.results import not_counted, result_of
from inventory.counts.views.access import count_of
from inventory.documents import document_url
from inventory.models import Product
from inventory.scans import barcode_key
from microbiz.errors import DomainError
from microbiz.incoming import id_in, id_of
from serials.pages import Say, answer, ask
from settings_app.middleware import StaffRequest

PAGE = 25  # products that were not counted


def may_review(view):
    """For those who may post a count of one of their stores; others are refused with 403."""

    def on_count(request: StaffRequest, pk: int) -> HttpResponse:
        return view(request, count_of(request, pk))

    return permission_required("counts.post_stockcount", raise_exception=True)(on_count)


def decides(view):
    """A POST that decides something about the count; refusals stand on the review."""

    def asked(request: StaffRequest, count: StockCount) -> HttpResponse:
        try:
            return draw(request, count, say=Say(view(request, count)))
        except DomainError as refusal:
            return draw(request, count, say=Say(str(refusal), False), status=422)

    return require_POST(may_review(asked))


@require_safe
@may_review
def review(request: StaffRequest, count: StockCount) -> HttpResponse:
    """Everything that differs, each with its next step."""
    if not count.is_open:
        return redirect(count)
    return draw(request, count)


def draw(request: StaffRequest, count: StockCount, say: Say | None = None, status: int = 200) -> HttpResponse:
    result = result_of(count)
    for one in result.products:
        for scan in one.foreign:
            scan.url = document_url(scan.last.document_type, scan.last.document_id) if scan.last else None
        for serial in one.missing:
            serial.last.url = document_url(serial.last.document_type, serial.last.document_id)
    differing = result.differing
    undecided = [one for one in differing if not one.is_accepted]
    left = not_counted(count)
    context = {
        "count": count,
        "differing": sorted(differing, key=lambda one: (one.is_accepted, one.product.name)),
        "same": [one for one in result.products if one.is_counted and not one.differs],
        "foreign": [scan for one in result.products for scan in one.foreign],
        "strays": result.strays,
        "undecided": undecided,
        "acceptable": [one for one in undecided if not one.pending and not one.is_unsure],
        "decided": len(differing) - len(undecided),
        "left": Paginator(left, PAGE).get_page(request.GET.get("page")),
    }
    return answer(request, "counts/review.html", "counts/_review.html", context, say, status=status)


@decides
def accept_differences(request: StaffRequest, count: StockCount) -> str:
    """Take for true how one product differs, or all that are sure: `seen` is pk:signature."""
    pairs = [text.partition(":") for text in request.POST.getlist("seen")]
    seen = {id_of(pk): signature for pk, _colon, signature in pairs if id_of(pk)}
    accept(count, seen, staff=request.user)
    return _("Accepted.")


@decides
def recount_product(request: StaffRequest, count: StockCount) -> str:
    product = get_object_or_404(Product, pk=id_in(request.POST, "product"))
    recount(count, product, staff=request.user)
    return _("%(product)s is to be counted once more: scan all of it.") % {"product": product}


@decides
def none_there(request: StaffRequest, count: StockCount) -> str:
    product = get_object_or_404(Product, pk=id_in(request.POST, "product"))
    count_none(count, product, staff=request.user)
    return _("None of %(product)s is there.") % {"product": product}


@decides
def add_new(request: StaffRequest, count: StockCount) -> str:
    """Add New for a number that was scanned; an unknown code needs its product."""
    scan = get_object_or_404(count.scans, pk=id_in(request.POST, "scan"))
    product = None
    if code := request.POST.get("product_code", "").strip():
        product = Product.objects.with_sku(code).first()
        product = product or Product.objects.with_barcode([barcode_key(code)]).first()
        if product is None:
            raise ProductUnknown(_("%(code)s is no SKU and no barcode. Scan the product.") % {"code": code})
    kept = confirm_new(scan, staff=request.user, product=product)
    return _("%(number)s is counted as new.") % {"number": kept.shown}


@decides
def aside(request: StaffRequest, count: StockCount) -> str:
    scan = get_object_or_404(count.scans.select_related("count", "serial"), pk=id_in(request.POST, "scan"))
    set_aside(scan, staff=request.user)
    return _("%(number)s is left out of the count.") % {"number": scan.shown}


@require_POST
@may_review
def post(request: StaffRequest, count: StockCount) -> HttpResponse:
    """Post the count and show what it came to."""
    try:
        posted = post_count(count, staff=request.user)
    except DomainError as refusal:
        return draw(request, count, say=Say(str(refusal), False), status=422)
    number = posted.adjustment.number if posted.adjustment_id else None
    text = _("Posted. Adjustment %(number)s.") % {"number": number} if number else _("Posted. Nothing had to move.")
    return _to_page(request, posted, text)


@may_review
def cancel(request: StaffRequest, count: StockCount) -> HttpResponse:
    """Ask whether to give the count up, and do it by POST."""
    if request.method != "POST":
        return ask(request, "counts/_cancel.html", {"count": count})
    try:
        cancelled = cancel_count(count, staff=request.user)
    except DomainError as refusal:
        return draw(request, count, say=Say(str(refusal), False), status=422)
    return _to_page(request, cancelled, _("Cancelled. Nothing was adjusted."))


def _to_page(request: StaffRequest, count: StockCount, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseClientRedirect(count.get_absolute_url()) if request.htmx else redirect(count)
