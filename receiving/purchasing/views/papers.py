"""The purchase order as the vendor gets it, to print and as PDF."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from microbiz.barcodes import barcode_svg
from receiving.models import PurchaseOrder
from receiving.purchasing.paper import SIZES, OrderPaper, paper_of, paper_pdf
from receiving.purchasing.views.access import SEE, on_order
from settings_app.middleware import StaffRequest


def _paper(request: StaffRequest, found: PurchaseOrder) -> OrderPaper:
    return paper_of(found, with_costs=request.user.has_perm("inventory.view_cost"))


@require_safe
@on_order(SEE)
def print_page(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    context = {"order": found, "paper": _paper(request, found), "bars": barcode_svg(found.number)}
    return render(request, "purchasing/print.html", context)


@require_safe
@on_order(SEE)
def pdf(request: StaffRequest, found: PurchaseOrder) -> HttpResponse:
    """A4, or with `?size=letter` Letter."""
    size = request.GET.get("size", "")
    answer = HttpResponse(
        paper_pdf(_paper(request, found), size if size in SIZES else "a4"), content_type="application/pdf"
    )
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer
