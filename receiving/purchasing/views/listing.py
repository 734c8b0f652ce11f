"""The list of purchase orders, a new one, and what should be ordered."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from microbiz.errors import DomainError
from receiving.models import PurchaseOrder
from receiving.purchasing.finding import orders_found_by, with_sums
from receiving.purchasing.forms import HeadForm, OrderFilter, SuggestionsForm
from receiving.purchasing.operations import order_suggested, start_order
from receiving.purchasing.supply import suggestions
from receiving.purchasing.views.access import SEE
from settings_app.middleware import StaffRequest

PAGE = 25
AWAITED = [PurchaseOrder.Status.SENT, PurchaseOrder.Status.PARTLY_RECEIVED]


@require_safe
@permission_required(SEE, raise_exception=True)
def order_list(request: StaffRequest) -> HttpResponse:
    """Purchase orders of the person's stores, newest first, by search, status, vendor and store."""
    form = OrderFilter(request.GET, stores=request.stores)
    mine = PurchaseOrder.objects.for_staff(request.user)
    found = _filtered(mine, form).select_related("vendor", "store", "staff")
    page = Paginator(with_sums(found).order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    query = form.chosen("q") or ""
    rows = page.object_list
    if len(rows) == 1 and rows[0].number == query.strip().upper():
        return redirect(rows[0])
    context = {
        "page": page,
        "form": form,
        "query": query,
        "status": form.chosen("status") or "",
        "awaited": mine.filter(status__in=AWAITED).count(),
        "drafts": mine.filter(status=PurchaseOrder.Status.DRAFT).count(),
        "is_filtered": any(form.chosen(name) for name in form.fields),
    }
    return render(request, "purchasing/orders.html", context)


def _filtered(orders, form: OrderFilter):
    status = form.chosen("status")
    if status:
        orders = orders.filter(status__in=AWAITED) if status == "open" else orders.filter(status=status)
    for name in ("vendor", "store"):
        if form.chosen(name):
            orders = orders.filter(**{name: form.chosen(name)})
    return orders_found_by(orders, form.chosen("q")) if form.chosen("q") else orders


@permission_required("receiving.add_purchaseorder", raise_exception=True)
def new(request: StaffRequest) -> HttpResponse:
    """Asks for the vendor, then opens the draft."""
    initial = {"store": request.store, "vendor": request.GET.get("vendor")}
    form = HeadForm(request.POST if request.method == "POST" else None, initial=initial, stores=request.stores)
    if request.method == "POST" and form.is_valid():
        return redirect(start_order(staff=request.user, **form.cleaned_data))
    return render(request, "purchasing/new.html", {"form": form}, status=422 if form.errors else 200)


@permission_required(SEE, raise_exception=True)
def suggested(request: StaffRequest) -> HttpResponse:
    """What the person's stores are short of; ticked rows become draft orders in one step."""
    chosen = [store for store in request.stores if str(store.pk) == request.GET.get("store")] or list(request.stores)
    wanted = suggestions(chosen)
    form = SuggestionsForm(request.POST if request.method == "POST" else None, suggestions=wanted)
    status = 200
    if request.method == "POST":
        if not request.user.has_perm("receiving.add_purchaseorder"):
            raise PermissionDenied
        if form.is_valid():
            try:
                orders = order_suggested(form.picks, staff=request.user)
            except DomainError as refusal:
                messages.error(request, str(refusal))
                return redirect(request.get_full_path())
            return _made(request, orders)
        status = 422
    context = {"form": form, "stores": request.stores, "chosen": chosen[0] if len(chosen) == 1 else None}
    return render(request, "purchasing/suggested.html", context, status=status)


def _made(request: StaffRequest, orders: list[PurchaseOrder]) -> HttpResponse:
    if len(orders) == 1:
        return redirect(orders[0])
    text = ngettext("%(count)d draft order is made.", "%(count)d draft orders are made.", len(orders))
    messages.success(request, text % {"count": len(orders)} + " " + _("Look them over and send them."))
    return redirect(reverse("receiving:purchase_orders", query={"status": "draft"}))
