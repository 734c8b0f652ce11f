"""Where units and serial numbers disagree, in every store: the probable cause, the fixes, and what was fixed."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Q, Sum, When
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inventory.documents import document_url
from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.incoming import page_to_go_to
from serials.causes import explain
from serials.differences import Gap, balances, differing, gap_of
from serials.fix_operations import move_record, undo_fix
from serials.fixes import fix_kind, fix_kinds, offers_for
from serials.forms import FixForm, MoveForm
from serials.models import Fix, Serial
from serials.views.access import may
from settings_app.models import Store

ROWS = 25
PAPERS = 50  # that the page of one difference names
JUST_NOW = timedelta(minutes=15)


@require_safe
@may("inventory.view_product")
def differences(request):
    """One row per product and store of one's own; `?show=lack` or `surplus`, `?store=`, `?q=`."""
    stores = list(request.stores)
    chosen = next((store for store in stores if str(store.pk) == request.GET.get("store")), None)
    show, query = request.GET.get("show", ""), request.GET.get("q", "").strip()
    found = differing([chosen] if chosen else stores)
    if query:
        found = found.filter(product__in=Product.objects.found_by(query))
    sums = found.order_by().aggregate(
        lacking=Count("pk", filter=Q(on_hand__gt=F("serials"))),
        surplus=Count("pk", filter=Q(on_hand__lt=F("serials"))),
        units=Sum(
            Case(When(on_hand__gt=F("serials"), then=F("on_hand") - F("serials")), default=F("serials") - F("on_hand"))
        ),
        stores=Count("store", distinct=True),
        products=Count("product", distinct=True),
    )
    kinds = {"lack": Q(on_hand__gt=F("serials")), "surplus": Q(on_hand__lt=F("serials"))}
    paginator = Paginator(found.filter(kinds.get(show, Q())), ROWS)
    counts = {"lack": sums["lacking"], "surplus": sums["surplus"]}
    paginator.count = counts.get(show, sum(counts.values()))  # counting them again takes as long as the sums did
    page = paginator.get_page(request.GET.get("page"))
    gaps = [gap_of(level) for level in page]
    causes = explain(gaps)
    rows = [
        {
            "gap": gap,
            "cause": causes[gap.pair],
            "offer": next(iter(offers_for(gap, causes[gap.pair], request.user)), None),
        }
        for gap in gaps
    ]
    context = {
        "page": page,
        "rows": rows,
        "show": show,
        "query": query,
        "stores": stores,
        "chosen": chosen,
        "sums": sums,
        "all": sums["lacking"] + sums["surplus"],
        "agree": Product.objects.active().tracked().count() - sums["products"],
        "latest": _latest(request),
    }
    return render(request, "serials/differences.html", context)


def _latest(request) -> Fix | None:
    """What this person fixed just now, so that a slip is undone where it was made."""
    own = Fix.objects.for_staff(request.user).standing().filter(staff=request.user, at__gte=timezone.now() - JUST_NOW)
    return next(iter(_in_words(own.exclude(kind="recorded")[:1])), None)


def _find(request, product_pk: int, store_pk: int) -> Gap:
    """The balance of a product at one of the person's stores, or 404."""
    store = next((store for store in request.stores if store.pk == store_pk), None)
    product = get_object_or_404(Product.objects.select_related("category"), pk=product_pk)
    if store is None or not product.is_tracked:
        raise Http404
    balance = balances([product], [store]).get((product.pk, store.pk))
    return Gap(balance.units if balance else 0, balance.serials if balance else 0, product, store)


@require_safe
@may("inventory.view_product")
def difference(request, product_pk, store_pk):
    """One product at one store: every document behind the difference, every fix, and what was fixed there before."""
    return _page(request, _find(request, product_pk, store_pk))


def _page(request, gap: Gap, *, error: str = "", form=None, status: int = 200):
    cause = explain([gap], most=PAPERS)[gap.pair] if gap.difference else None
    elsewhere = balances([gap.product], [store for store in request.stores if store != gap.store])
    stores = {store.pk: store for store in request.stores}
    opposite = [
        Gap(balance.units, balance.serials, gap.product, stores[store])
        for (_product, store), balance in sorted(elsewhere.items())
        if (balance.units - balance.serials) * gap.difference < 0
    ]
    kept = Fix.objects.filter(product=gap.product, store=gap.store)
    context = {
        "gap": gap,
        "cause": cause,
        "offers": offers_for(gap, cause, request.user) if cause else [],
        "opposite": opposite,
        "moves": "moved" in (request.GET.get("fix"), request.POST.get("fix")),
        "fixes": _in_words(kept[:ROWS]),
        "error": error,
        "form": form,
    }
    return render(request, "serials/difference.html", context, status=status)


def _in_words(fixes) -> list[Fix]:
    """Fixes with what they did, their units and the address of their document. A fixed number of queries."""
    found = list(fixes.select_related("product", "store", "staff", "undone_by").prefetch_related("units__serial"))
    for fix in found:
        fix.done, fix.permission = fix_kind(fix.kind).done, fix_kind(fix.kind).permission
        fix.url = document_url(fix.document_type, fix.document_id)
        fix.first = list(fix.units.all())[:3]
    return found


@require_POST
@may("inventory.view_product")
def apply_fix(request, product_pk, store_pk, kind):
    """Make a fix that needs no more than a reason."""
    gap = _find(request, product_pk, store_pk)
    known = {one.name: one for one in fix_kinds() if one.apply}
    if kind not in known:
        raise Http404
    if not request.user.has_perm(known[kind].permission):
        raise PermissionDenied
    form = FixForm(request.POST)
    if not form.is_valid():
        return _page(request, gap, error=_("Say why, in a few words."), status=422)
    try:
        fix = known[kind].apply(gap.product, gap.store, staff=request.user, reason=form.cleaned_data["reason"])
    except DomainError as reason:
        return _page(request, _find(request, product_pk, store_pk), error=str(reason), status=422)
    messages.success(request, f"{gap.product.name}, {gap.store}: {fix_kind(fix.kind).done}.")
    return redirect("serials:differences")


@require_POST
@may("serials.change_serial")
def move(request, product_pk, store_pk):
    """Put a unit on record at the store in which it stands: from another store to this one, or from this to another."""
    gap = _find(request, product_pk, store_pk)
    others = Store.objects.filter(pk__in=[store.pk for store in request.stores])
    form = MoveForm(request.POST, stores=others, product=gap.product)
    if not form.is_valid():
        error = " ".join(text for texts in form.errors.values() for text in texts)
        return _page(request, gap, error=error, form=form, status=422)
    to = gap.store if gap.lacking else form.cleaned_data["store"]
    unit: Serial = form.cleaned_data["number"]
    reason = form.cleaned_data["reason"]
    if unit.store_id not in {store.pk for store in request.stores}:
        error = _("%(number)s: %(where)s.") % {"number": unit.number, "where": unit.whereabouts}
        return _page(request, gap, error=error, form=form, status=422)
    try:
        move_record(gap.product, unit, to, staff=request.user, reason=reason)
    except DomainError as refusal:
        return _page(request, gap, error=str(refusal), form=form, status=422)
    messages.success(request, _("%(number)s is on record at %(store)s.") % {"number": unit.number, "store": to})
    return redirect("serials:differences")


@require_safe
@may("inventory.view_product")
def fixes(request):
    """What was fixed in one's own stores, newest first; `?store=`, `?kind=`, `?q=` (a number or product)."""
    stores = list(request.stores)
    chosen = next((store for store in stores if str(store.pk) == request.GET.get("store")), None)
    kind, query = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    found = Fix.objects.filter(store__in=[chosen] if chosen else stores)
    if kind:
        found = found.filter(kind=kind)
    if query:
        of_unit = Serial.objects.numbered(query).values("pk")
        found = found.filter(Q(units__serial__in=of_unit) | Q(product__in=Product.objects.found_by(query))).distinct()
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "fixes": _in_words(Fix.objects.filter(pk__in=[fix.pk for fix in page])),
        "stores": stores,
        "chosen": chosen,
        "kind": kind,
        "kinds": fix_kinds(),
        "query": query,
    }
    return render(request, "serials/fixes.html", context)


@require_POST
@may("inventory.view_product")
def undo(request, pk):
    """Put back what a fix did, and go back to where it was undone."""
    fix = get_object_or_404(Fix.objects.for_staff(request.user), pk=pk)
    kind = fix_kind(fix.kind)
    if not request.user.has_perm(kind.permission):
        raise PermissionDenied
    try:
        undo_fix(fix, staff=request.user)
    except DomainError as reason:
        gap = _find(request, fix.product_id, fix.store_id)
        return _page(request, gap, error=str(reason), status=422)
    messages.success(request, _("Undone: %(what)s.") % {"what": str(kind.done).lower()})
    return redirect(page_to_go_to(request) or "serials:differences")
