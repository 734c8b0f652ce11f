"""The list of vendor shipments: what is still to be received stands first."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from inventory.models import Vendor
from receiving.finding import open_first, shipments_found_by, with_units
from receiving.forms import ShipmentsFilter
from receiving.models import VendorShipment
from settings_app.middleware import StaffRequest

ROWS = 25


@require_safe
@permission_required("receiving.view_vendorshipment", raise_exception=True)
def shipments(request: StaffRequest) -> HttpResponse:
    """Shipments to one's own stores, by number, papers, product or serial, state, vendor and store."""
    form = ShipmentsFilter(request.GET)
    mine = VendorShipment.objects.for_staff(request.user)
    found = mine
    for name, field in (("show", "status"), ("vendor", "vendor"), ("store", "store")):
        if chosen := form.chosen(name):
            found = found.filter(**{field: chosen})
    query = form.chosen("q") or ""
    if query:
        found = shipments_found_by(found, query)
    shown = with_units(open_first(found)).select_related("vendor", "store", "staff")
    page = Paginator(shown, ROWS).get_page(request.GET.get("page"))
    rows = page.object_list
    if len(rows) == 1 and rows[0].number == query.strip().upper():
        return redirect(rows[0])
    context = {
        "page": page,
        "query": query,
        "show": form.chosen("show") or "",
        "vendor": form.chosen("vendor"),
        "store": form.chosen("store"),
        "vendors": Vendor.objects.active(),
        "drafts": mine.filter(status=VendorShipment.Status.DRAFT).count(),
        "is_filtered": any(form.chosen(name) for name in ("q", "show", "vendor", "store")),
    }
    return render(request, "receiving/shipments.html", context)
