"""The product's Serial Number tab: units against serials in every store, those in stock and those sold."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from inventory.documents import document_url
from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.paging import CappedPaginator
from serials.differences import Balance, balances
from serials.fix_operations import record_shelf, say_gone
from serials.forms import GoneForm, RecordForm
from serials.models import Serial, SerialEvent
from serials.numbers import number_key
from serials.policy import State
from serials.views.access import may
from settings_app.models import Store

ROWS = 25


@dataclass(frozen=True)
class StoreCount(Balance):
    """Units against serials of one product in one store."""

    store: Store | None = None

    @property
    def difference(self) -> int:
        return self.units - self.serials


def find_product(request, pk) -> Product:
    product = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    if not product.is_tracked:
        raise Http404("This product is not tracked.")
    return product


def store_counts(product: Product, stores) -> list[StoreCount]:
    """One count for each of `stores`, in one query."""
    found = balances([product], stores)
    none = Balance()
    return [
        StoreCount(balance.units, balance.serials, store)
        for store in stores
        for balance in [found.get((product.pk, store.pk), none)]
    ]


@require_safe
@may("inventory.view_product")
def product(request, pk):
    """The tab: sub-tabs by `?list=sold`, the store by `?store=`, find in list by `?q=`, Add New by `?add=1`."""
    shown = find_product(request, pk)
    form = None
    if "add" in request.GET and request.user.has_perm("serials.add_serial"):
        form = RecordForm(stores=_own_stores(request), initial={"store": _store_with_room(request, shown)})
    return render(request, "serials/product.html", _context(request, shown) | {"form": form})


def _store_with_room(request, shown: Product) -> int | None:
    """The store that Add New starts with: the one that was asked for, else this one or the first with room."""
    counts = store_counts(shown, list(request.stores))
    wanted = [count for count in counts if str(count.store.pk) == request.GET.get("store")]
    here = [count for count in counts if count.store == request.store and count.lacking]
    best = [*wanted, *here, *(count for count in counts if count.lacking), *counts]
    return best[0].store.pk if best else None


@require_POST
@may("serials.add_serial")
def add(request, pk):
    """Record pasted or typed numbers against open stock; all of them, or none and why."""
    shown = find_product(request, pk)
    if not request.user.has_perm("inventory.view_product"):
        raise PermissionDenied
    form = RecordForm(request.POST, stores=_own_stores(request))
    if not form.is_valid():
        return render(request, "serials/product.html", _context(request, shown) | {"form": form}, status=422)
    codes, store = form.cleaned_data["codes"], form.cleaned_data["store"]
    known = list(
        Serial.objects.filter(product=shown, number_key__in=[number_key(code) for code in codes]).select_related(
            "store"
        )
    )
    if request.POST.get("skip") == "1":
        taken = {serial.number_key for serial in known}
        codes = [code for code in codes if number_key(code) not in taken]
    try:
        added = record_shelf(shown, store, codes, staff=request.user).quantity
    except DomainError as reason:
        others = len({number_key(code) for code in codes} - {serial.number_key for serial in known})
        context = {"form": form, "error": str(reason), "known": known, "others": others}
        return render(request, "serials/product.html", _context(request, shown) | context, status=422)
    messages.success(
        request,
        ngettext(
            "%(count)d serial number is on record at %(store)s.",
            "%(count)d serial numbers are on record at %(store)s.",
            added,
        )
        % {"count": added, "store": store.name},
    )
    return redirect(reverse("serials:product", args=[shown.pk]))


@require_POST
@may("serials.change_serial")
def name_gone(request, pk):
    """Say which recorded units left a store unnamed, so that serials and units agree again."""
    shown = find_product(request, pk)
    form = GoneForm(request.POST, stores=_own_stores(request), product=shown)
    if not form.is_valid():
        reason = " ".join(error for errors in form.errors.values() for error in errors)
        return render(request, "serials/product.html", _context(request, shown) | {"gone_error": reason}, status=422)
    store, chosen = form.cleaned_data["store"], form.cleaned_data["gone"]
    try:
        say_gone(shown, store, chosen, staff=request.user, moment=form.cleaned_data["moment"])
    except DomainError as reason:
        return render(request, "serials/product.html", _context(request, shown) | {"gone_error": reason}, status=422)
    numbers = ", ".join(serial.number for serial in chosen[:3])
    messages.success(request, _("%(numbers)s: no longer in stock at %(store)s.") % {"numbers": numbers, "store": store})
    return redirect(reverse("serials:product", args=[shown.pk]))


def _own_stores(request):
    return Store.objects.filter(pk__in=[store.pk for store in request.stores])


def _context(request, shown: Product) -> dict:
    stores = list(request.stores)
    counts = store_counts(shown, stores)
    asked = request.POST.get("store") if "moment" in request.POST else request.GET.get("store")
    chosen = next((store for store in stores if str(store.pk) == asked), None)
    gone = next((count for count in counts if count.store == chosen and count.surplus), None)
    query = request.GET.get("q", "").strip()
    is_sold = request.GET.get("list") == "sold"
    in_stock, sold = _in_stock(shown, stores, chosen), _sold(request, shown, stores, chosen)
    serials = (sold if is_sold else in_stock).select_related("store", "hold").with_last_event()
    if query:
        serials = serials.filter(number_key__contains=number_key(query))
    page = CappedPaginator(serials.order_by("-pk" if is_sold else "pk"), ROWS).get_page(request.GET.get("page"))
    today = timezone.localdate()
    for serial in page:
        serial.url = document_url(serial.last_document_type, serial.last_document_id)
        serial.days = (today - timezone.localtime(serial.created_at).date()).days
    off = [count for count in counts if count.difference]
    units, attached = sum(count.units for count in counts), sum(count.serials for count in counts)
    return {
        "product": shown,
        "counts": counts,
        "units": units,
        "attached": attached,
        "lacking": sum(count.lacking for count in counts),
        "surplus": sum(count.surplus for count in counts),
        "gone": gone if "gone" in request.GET or "moment" in request.POST else None,
        "ticked": request.POST.getlist("gone"),
        "how": request.POST.get("moment") or request.GET.get("how", ""),
        "off": off,
        "first_off": off[0] if off else None,
        "room": [count for count in counts if count.lacking],
        "stores": stores,
        "chosen": chosen,
        "query": query,
        "is_sold": is_sold,
        "in_stock_count": sum(count.serials for count in counts if chosen in (None, count.store)),
        "all_sold": CappedPaginator(sold, ROWS),
        "page": page,
        "elsewhere": _elsewhere(shown, query) if query and not page.object_list else [],
        "may_see_cost": request.user.has_perm("inventory.view_cost"),
        "why_no_new": _why_no_new(request, counts),
    }


def _in_stock(product: Product, stores, chosen):
    serials = Serial.objects.filter(product=product, state=State.IN_STOCK)
    return serials.filter(store=chosen) if chosen else serials.filter(store__in=stores)


def _sold(request, product: Product, stores, chosen):
    """Units that are sold, by the store that sold them."""
    if request.user.has_all_stores and not chosen:
        return Serial.objects.sold().filter(product=product)
    last = SerialEvent.objects.filter(serial=OuterRef("pk"), sequence=OuterRef("sequence"))
    serials = Serial.objects.sold().filter(product=product).annotate(sold_at=Subquery(last.values("store")))
    return serials.filter(sold_at__in=[chosen.pk] if chosen else [store.pk for store in stores])


def _elsewhere(product: Product, query: str):
    """Where a number is that this list does not show."""
    return list(Serial.objects.filter(product=product).numbered(query).select_related("store")[:1])


def _why_no_new(request, counts) -> str:
    """Why Add New is inactive, with the next step, or nothing."""
    if not request.user.has_perm("serials.add_serial"):
        return _("Your role does not record serial numbers.")
    if any(count.lacking for count in counts):
        return ""
    units, serials = sum(count.units for count in counts), sum(count.serials for count in counts)
    return _("%(units)d units in stock, %(serials)d serial numbers: receive or adjust one more first.") % {
        "units": units,
        "serials": serials,
    }
