"""The Stock tab of the product record: open stock per store, and every movement that made it."""

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import F, Sum, Window
from django.http import Http404, HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inventory.adjustments.errors import Leaving, SerialsLeave
from inventory.adjustments.forms import LeavingForm, OpenStockForm
from inventory.adjustments.leaving import offer
from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import OpenStock, enter_open_stock
from inventory.documents import document_url
from inventory.models import Product, StockLevel, StockMovement
from microbiz.errors import DomainError
from microbiz.incoming import id_of
from microbiz.offers import offers_on
from microbiz.remarks import remarks_on
from serials.differences import Balance
from serials.models import Serial
from settings_app.middleware import StaffRequest
from settings_app.models import ShopSettings, Store

PAGE = 25  # movements


@permission_required("inventory.view_product", raise_exception=True)
def stock(request: StaffRequest, pk: int) -> HttpResponse:
    """What is on hand in every store, to be corrected in one's own, and the ledger below."""
    product = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    on_hand = dict(product.stock_levels.values_list("store", "on_hand"))
    form = None
    if request.user.has_perm("adjustments.add_adjustment") and not product.is_archived:
        first = Adjustment.Reason.MISCOUNT if product.movements.exists() else Adjustment.Reason.OPENING
        form = OpenStockForm(request.POST or None, stores=request.stores, on_hand=on_hand, reason=first)
    if request.method == "POST":
        return _enter(request, product, form, on_hand) if form else HttpResponseForbidden()
    return render(request, "adjustments/stock.html", _context(request, product, form, on_hand))


def _enter(request: StaffRequest, product: Product, form: OpenStockForm, on_hand: dict[int, int]) -> HttpResponse:
    ticked = Serial.objects.in_stock().filter(product=product, pk__in=LeavingForm(request.POST).ticked)
    asks, refusal = [], None
    if form.is_valid():
        entries = [
            OpenStock(store, count, seen, leaving=[serial for serial in ticked if serial.store_id == store.pk])
            for store, count, seen in form.changed_figures()
        ]
        reason = {"reason": form.cleaned_data["reason"].code, "note": form.cleaned_data["note"]}
        try:
            posted = enter_open_stock(product, entries, staff=request.user, **reason)
        except SerialsLeave as leaving:
            asks = [_ask(product, one, ticked) for one in leaving.stores]
        except DomainError as reason_not:
            refusal = str(reason_not)
        else:
            messages.success(request, _in_words(product, posted))
            return redirect("adjustments:stock", product.pk)
    context = _context(request, product, form, on_hand) | {"asks": asks, "refusal": refusal}
    return render(request, "adjustments/stock.html", context, status=422)


def _ask(product: Product, leaving: Leaving, ticked) -> dict:
    here = [serial.pk for serial in ticked if serial.store_id == leaving.store.pk]
    return {"store": leaving.store, "leaving": leaving, "offer": offer(product, leaving.store, here)}


def _in_words(product: Product, posted: list[Adjustment]) -> str:
    if not posted:
        return _("Nothing to save: the stock is as it was.")
    levels = dict(product.stock_levels.values_list("store", "on_hand"))
    stores = ", ".join(f"{one.store.name} {levels[one.store_id]}" for one in posted)
    return _("Saved. Open stock: %(stores)s.") % {"stores": stores}


def _context(request: StaffRequest, product: Product, form: OpenStockForm | None, on_hand: dict[int, int]) -> dict:
    has_serials = product.is_tracked and ShopSettings.load().serial_numbers_enabled
    on_record = {}
    if has_serials:
        on_record = dict(product.stock_levels.values_list("store", "serials"))
    stores = list(Store.objects.filter(is_active=True))
    remarks = remarks_on("inventory.stock", [product], stores)
    rows = [
        {
            "store": store,
            "on_hand": on_hand.get(store.pk, 0),
            "serials": on_record.get(store.pk, 0),
            "notes": remarks.get((product.pk, store.pk), ()),
            "remark": str(Balance(on_hand.get(store.pk, 0), on_record.get(store.pk, 0))) if has_serials else "",
            "field": form[f"on_hand_{store.pk}"] if form and f"on_hand_{store.pk}" in form.fields else None,
            "offers": offers_on(
                "stock.elsewhere",
                StockLevel(product=product, store=store, on_hand=on_hand.get(store.pk, 0)),
                store=request.store,
                staff=request.user,
            ),
            "seen": form[f"seen_{store.pk}"] if form and f"on_hand_{store.pk}" in form.fields else None,
        }
        for store in stores
    ]
    return {
        "product": product,
        "form": form,
        "rows": rows,
        "has_serials": has_serials,
        "units": sum(on_hand.values()),
        "serials": sum(on_record.values()),
        "stores": stores,
        "on_the_way": offers_on("stock.on_the_way", product, store=request.store, staff=request.user),
    } | _ledger(request, product)


def _ledger(request: StaffRequest, product: Product) -> dict:
    """A page of the product's movements, newest first, each with the level that it left."""
    movements = StockMovement.objects.filter(product=product).select_related("store", "staff")
    chosen = request.GET.get("store", "")
    if chosen:
        movements = movements.filter(store=get_object_or_404(Store, pk=id_of(chosen)))
    left = Window(Sum("quantity"), partition_by=F("store"), order_by=F("pk").asc())
    page = Paginator(movements.annotate(left=left).order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    reasons = _reasons(page.object_list)
    for movement in page.object_list:
        reason = reasons.get(movement.document_id) if movement.reason == StockMovement.Reason.ADJUSTMENT else ""
        movement.why = ", ".join(filter(None, [reason, movement.note]))
        movement.url = document_url(movement.document_type, movement.document_id)
        movement.size = abs(movement.quantity)
    return {"page": page, "chosen_store": chosen}


def _reasons(movements: Iterable[StockMovement]) -> dict[int, str]:
    """Why the adjustments among these movements were made, where the movement does not say it already."""
    adjusted = [one.document_id for one in movements if one.reason == StockMovement.Reason.ADJUSTMENT]
    return {one.pk: str(one.reason) for one in Adjustment.objects.filter(pk__in=adjusted).select_related("reason")}


@require_POST
@permission_required("adjustments.add_adjustment", raise_exception=True)
def leaving(request: StaffRequest, pk: int, store_pk: int) -> HttpResponse:
    """The tick list of units that leave, after a tick, a search or a scan."""
    product = get_object_or_404(Product, pk=pk)
    store = next((store for store in request.stores if store.pk == store_pk), None)
    if store is None or not product.is_tracked or not ShopSettings.load().serial_numbers_enabled:
        raise Http404
    form = LeavingForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    looked = form.cleaned_data
    page = looked["page"] or 1
    found = offer(product, store, form.ticked, find=form.find_at(store), code=looked["code"], page=page)
    return render(request, "adjustments/_leaving.html", {"product": product, "store": store, "offer": found})
