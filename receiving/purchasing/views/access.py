"""Who may do what with which purchase order: asked by every view before it does anything."""

from functools import wraps

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from microbiz.incoming import id_of
from receiving.models import PurchaseOrder, PurchaseOrderLine
from settings_app.middleware import StaffRequest

SEE, CHANGE = "receiving.view_purchaseorder", "receiving.change_purchaseorder"


def on_order(permission: str):
    """Hands the view the order of the address, at one of the person's stores, for those with `permission`."""

    def decorate(view):
        @wraps(view)
        def on_this(request, pk, *args, **kwargs):
            orders = PurchaseOrder.objects.for_staff(request.user).select_related("vendor", "store", "staff")
            return view(request, get_object_or_404(orders, pk=pk), *args, **kwargs)

        return permission_required(permission, raise_exception=True)(on_this)

    return decorate


def asked_line(request: StaffRequest, order: PurchaseOrder) -> PurchaseOrderLine:
    """The line that the request is about, of this order."""
    text = request.POST.get("line") or request.GET.get("line") or ""
    line = get_object_or_404(order.lines.select_related("product"), pk=id_of(text))
    line.order = order
    return line


def go(request: StaffRequest, record) -> HttpResponse:
    """To the page of `record` as a whole: its status changed, and with it what the page is for."""
    if not request.htmx:
        return redirect(record)
    return HttpResponse(headers={"HX-Redirect": record.get_absolute_url()})
