"""The shop's own stages of an order, as pages of the settings."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from orders.forms import OrderStatusForm
from orders.models import OrderStatus
from orders.operations import save_order_status
from orders.views.access import may


@may("orders.view_orderstatus")
@require_GET
def statuses(request):
    return render(request, "orders/settings_statuses.html", {"statuses": OrderStatus.objects.all()})


@may("orders.change_orderstatus")
@require_http_methods(["GET", "POST"])
def status(request, pk=None):
    """One stage, or a new one."""
    found = get_object_or_404(OrderStatus, pk=pk) if pk else OrderStatus()
    form = OrderStatusForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        save_order_status(form.save(commit=False))
        messages.success(request, _("Saved. %(name)s") % {"name": form.instance})
        return redirect("orders:statuses")
    context = {
        "form": form,
        "title": str(found) if found.pk else _("New order status"),
        "back": "orders:statuses",
        "crumb": _("Order statuses"),
    }
    return render(request, "settings_app/record.html", context, status=422 if form.errors else 200)
