"""The Purchasing tab of the product record: when each store orders again, from whom, and what is on its way."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from inventory.models import Product
from inventory.supply.operations import save_supply, supply_seen
from microbiz.errors import DomainError
from receiving.models import PurchaseOrderLine
from receiving.purchasing.forms import SupplyForm
from receiving.purchasing.supply import supplies
from settings_app.middleware import StaffRequest


@permission_required("inventory.view_reorderpoint", raise_exception=True)
def supply(request: StaffRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    sees_cost = request.user.has_perm("inventory.view_cost")
    data = request.POST if request.method == "POST" else None
    form = SupplyForm(data, product=product, stores=list(request.stores), shows_cost=sees_cost)
    refusal = ""
    if request.method == "POST":
        if not request.user.has_perm("inventory.change_reorderpoint"):
            raise PermissionDenied
        if form.is_valid():
            try:
                entered = {"reorders": form.entered_reorders(), "offers": form.entered_offers()}
                save_supply(product, **entered, seen=request.POST.get("seen", ""), staff=request.user)
            except DomainError as reason:
                refusal = str(reason)
            else:
                messages.success(request, _("Saved."))
                return redirect("purchasing:product", product.pk)
    context = _context(request, product, form) | {"refusal": refusal}
    return render(request, "purchasing/product.html", context, status=422 if data is not None else 200)


def _context(request: StaffRequest, product: Product, form: SupplyForm) -> dict:
    stores = list(request.stores)
    found = supplies([product], stores)
    awaited = PurchaseOrderLine.objects.outstanding().filter(product=product, order__store__in=stores)
    return {
        "product": product,
        "form": form,
        "seen": request.POST.get("seen") or supply_seen(product),
        "rows": [(one, found[product.pk, one.store.pk]) for one in form.reorders],
        "awaited": awaited.select_related("order__vendor", "order__store").order_by("order__expected_on", "pk"),
        "may_change": request.user.has_perm("inventory.change_reorderpoint"),
    }
