"""An order on paper: quote, order or invoice, as a page for the printer and as PDF."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from orders.paper import KINDS, as_pdf, kind_of, paper_of
from orders.views.access import may, order_of


@may("orders.view_customerorder")
@require_GET
def print_page(request, pk):
    """The paper as it is printed; `?as=invoice` asks for another than the status suggests."""
    order = order_of(request, pk)
    kind = kind_of(order, request.GET.get("as", ""))
    context = {"order": order, "paper": paper_of(order, kind), "kind": kind, "kinds": KINDS.items()}
    return render(request, "orders/print.html", context)


@may("orders.view_customerorder")
@require_GET
def pdf(request, pk):
    """The paper as PDF."""
    order = order_of(request, pk)
    paper = paper_of(order, kind_of(order, request.GET.get("as", "")))
    answer = HttpResponse(as_pdf(paper), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{order.number}.pdf"'
    return answer
