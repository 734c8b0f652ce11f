"""The list of counts, and beginning one."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from inventory.counts.errors import NothingToCount
from inventory.counts.forms import CountsFilter, NewCountForm
from inventory.counts.models import CountScan, StockCount
from inventory.counts.operations import start_count
from settings_app.middleware import StaffRequest
from settings_app.models import ShopSettings, Store

PAGE = 25


@permission_required("counts.count_stock", raise_exception=True)
@require_safe
def counts(request: StaffRequest) -> HttpResponse:
    """All counts of one's stores, newest first, with how far each is."""
    form = CountsFilter(request.GET, stores=request.user.stores_allowed())
    found = StockCount.objects.for_staff(request.user).select_related("store", "category", "started_by", "adjustment")
    for name in ("store", "status"):
        if form.chosen(name):
            found = found.filter(**{name: form.chosen(name)})
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.object_list = _with_progress(page.object_list)
    return render(request, "counts/counts.html", {"form": form, "page": page, "is_filtered": bool(request.GET)})


def _with_progress(counts):
    """The counts of a page with units, products and people so far, in two queries."""
    counts = list(counts)
    live = Q(undone_at__isnull=True) & ~Q(finding=CountScan.Finding.REPEATED)
    is_counted = Q(finding=CountScan.Finding.COUNTED)
    sums = (
        CountScan.objects.filter(live, count__in=counts)
        .order_by()
        .values(of=F("count"))
        .annotate(
            units=Sum("quantity", filter=is_counted, default=0),
            products=Count("product", distinct=True),
            people=Count("staff", distinct=True),
            extra=Count("pk", filter=~is_counted),
        )
    )
    by_count = {row["of"]: row for row in sums}
    for count in counts:
        count.progress = by_count.get(count.pk)
    return counts


@permission_required("counts.add_stockcount", raise_exception=True)
def new(request: StaffRequest) -> HttpResponse:
    """Choose store and scope, and begin."""
    serials_enabled = ShopSettings.load().serial_numbers_enabled
    stores = Store.objects.for_staff(request.user)
    data = request.POST if request.method == "POST" else None
    form = NewCountForm(data, initial={"store": request.store}, stores=stores, serials_enabled=serials_enabled)
    if data is not None and form.is_valid():
        try:
            count = start_count(form.cleaned_data["store"], staff=request.user, **form.what)
        except NothingToCount as refusal:
            form.add_error("scope", str(refusal))
        else:
            return redirect(count)
    return render(request, "counts/new.html", {"form": form}, status=422 if form.errors else 200)
