"""Where units and serial numbers disagree, in every store: the probable cause and the fix."""

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inventory.documents import document_url
from inventory.models import Product, StockLevel, StockMovement
from serials.models import Serial
from serials.policy import State
from serials.views.access import may

ROWS = 25


@require_safe
@may("inventory.view_product")
def differences(request):
    """One row per product and store of one's own; `?show=lack` or `surplus`, `?store=`, `?q=`."""
    stores = list(request.stores)
    chosen = next((store for store in stores if str(store.pk) == request.GET.get("store")), None)
    show, query = request.GET.get("show", ""), request.GET.get("q", "").strip()
    found = _differing([chosen] if chosen else stores)
    if query:
        found = found.filter(product__in=Product.objects.found_by(query))
    lacking, surplus = found.filter(on_hand__gt=F("serials")), found.filter(on_hand__lt=F("serials"))
    shown = {"lack": lacking, "surplus": surplus}.get(show, found)
    page = Paginator(shown.order_by("product__name", "store__name", "pk"), ROWS).get_page(request.GET.get("page"))
    last = _last_movements(page.object_list)
    for level in page:
        level.difference = abs(level.on_hand - level.serials)
        level.last = last.get((level.product_id, level.store_id))
        level.last_url = document_url(level.last.document_type, level.last.document_id) if level.last else None
    context = {
        "page": page,
        "show": show,
        "query": query,
        "stores": stores,
        "chosen": chosen,
        "lacking": lacking.count(),
        "surplus": surplus.count(),
    }
    return render(request, "serials/differences.html", context)


def _differing(stores):
    """Stock levels of tracked products whose units and serials differ, with the count of `serials`."""
    here = Serial.objects.filter(state=State.IN_STOCK, product=OuterRef("product"), store=OuterRef("store"))
    count = here.order_by().values("product").annotate(n=Count("pk")).values("n")
    levels = StockLevel.objects.filter(store__in=stores, product__in=Product.objects.tracked())
    return (
        levels.annotate(serials=Coalesce(Subquery(count), 0))
        .exclude(on_hand=F("serials"))
        .select_related("product", "store")
    )


def _last_movements(levels) -> dict[tuple[int, int], StockMovement]:
    """The last movement of each level, in one query: where to look first."""
    pairs = Q()
    for level in levels:
        pairs |= Q(product=level.product_id, store=level.store_id)
    if not pairs:
        return {}
    latest = StockMovement.objects.filter(product=OuterRef("product"), store=OuterRef("store")).order_by("-pk")
    found = StockMovement.objects.filter(pairs, pk=Subquery(latest.values("pk")[:1]))
    return {(movement.product_id, movement.store_id): movement for movement in found}
