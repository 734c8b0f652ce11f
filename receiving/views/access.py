"""Who may do what with which shipment: asked by every view before it does anything."""

from functools import wraps

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from microbiz.incoming import id_in
from receiving.models import ShipmentLine, ShipmentReversal, VendorShipment
from settings_app.middleware import StaffRequest


def on_shipment(permission: str):
    """Hands the view the shipment of the address, of one of the person's stores (else 404); 403 without the permission."""

    def decorate(view):
        @wraps(view)
        def on_this(request, pk, *args, **kwargs):
            found = VendorShipment.objects.for_staff(request.user).select_related(
                "store", "vendor", "received_by", "staff"
            )
            return view(request, get_object_or_404(found, pk=pk), *args, **kwargs)

        return permission_required(permission, raise_exception=True)(on_this)

    return decorate


def on_reversal(permission: str):
    """As `on_shipment`, for what takes a shipment back."""

    def decorate(view):
        @wraps(view)
        def on_this(request, pk, *args, **kwargs):
            found = ShipmentReversal.objects.for_staff(request.user).select_related(
                "store", "shipment__vendor", "staff"
            )
            return view(request, get_object_or_404(found, pk=pk), *args, **kwargs)

        return permission_required(permission, raise_exception=True)(on_this)

    return decorate


def line_in(request: StaffRequest, shipment: VendorShipment) -> ShipmentLine:
    """The line that the request names, with its serials, else 404."""
    values = request.POST if request.method == "POST" else request.GET
    line = get_object_or_404(shipment.lines.with_serials(), pk=id_in(values, "line"))
    line.shipment = shipment
    return line


def go(request: StaffRequest, document) -> HttpResponse:
    """To the document's page as a whole: its status changed, and with it what the page is for."""
    if not request.htmx:
        return redirect(document)
    return HttpResponse(headers={"HX-Redirect": document.get_absolute_url()})
