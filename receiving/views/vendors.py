"""What came from a vendor: tabs of the vendor's record, for one's own stores."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from inventory.models import Vendor
from receiving.finding import open_first, with_units
from receiving.models import ShipmentLine, VendorShipment
from settings_app.middleware import StaffRequest

ROWS = 25


@require_safe
@permission_required("receiving.view_vendorshipment", raise_exception=True)
def of_vendor(request: StaffRequest, pk: int) -> HttpResponse:
    """The Shipments tab."""
    vendor = get_object_or_404(Vendor, pk=pk)
    found = VendorShipment.objects.for_staff(request.user).filter(vendor=vendor).select_related("store")
    page = Paginator(with_units(open_first(found)), ROWS).get_page(request.GET.get("page"))
    return render(request, "vendors/shipments.html", {"vendor": vendor, "page": page})


@require_safe
@permission_required("receiving.view_vendorshipment", raise_exception=True)
def bought_from(request: StaffRequest, pk: int) -> HttpResponse:
    """The Products tab: what they delivered, each with its last line."""
    vendor = get_object_or_404(Vendor, pk=pk)
    lines = ShipmentLine.objects.for_staff(request.user).filter(
        shipment__vendor=vendor, shipment__status=VendorShipment.Status.RECEIVED, quantity__gt=0
    )
    last = lines.order_by().values("product").annotate(last=Max("pk")).values("last")
    shown = ShipmentLine.objects.filter(pk__in=last).select_related("product", "shipment").order_by("product__name")
    page = Paginator(shown, ROWS).get_page(request.GET.get("page"))
    return render(request, "vendors/bought.html", {"vendor": vendor, "page": page})
