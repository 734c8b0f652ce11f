"""The list of sales, and the receipt beside it."""

from dataclasses import replace

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from orders.models import Customer
from register.finding import sales_found_by, sales_on, sales_since
from register.forms import SalesFilter
from register.models import Sale, SaleLine
from register.receipts import build_receipt
from register.returnable import returnable
from register.views.access import go, may
from settings_app.models import Staff, Store

PAGE = 50
SETTLED = [Sale.Status.COMPLETED, Sale.Status.VOIDED]


def settled_sales(request: HttpRequest):
    """Receipts, and the voided numbers between them, of the stores where the person works."""
    sales = Sale.objects.for_staff(request.user).filter(status__in=SETTLED)
    return sales.select_related("store", "register", "staff", "customer")


def filtered(request: HttpRequest, form: SalesFilter):
    sales = settled_sales(request)
    back = SaleLine.objects.filter(sale=OuterRef("pk"), kind=SaleLine.Kind.RETURN)
    if form.chosen("kind") == "returns":
        sales = sales.filter(Exists(back), status=Sale.Status.COMPLETED)
    elif form.chosen("kind") == "trade_ins":
        bought = SaleLine.objects.filter(sale=OuterRef("pk"), kind=SaleLine.Kind.TRADE_IN)
        sales = sales.filter(Exists(bought), status=Sale.Status.COMPLETED)
    elif form.chosen("kind") == "sales":
        sold = SaleLine.objects.filter(sale=OuterRef("pk"), kind=SaleLine.Kind.SALE)
        sales = sales.filter(Exists(sold), status=Sale.Status.COMPLETED)
    if form.chosen("store"):
        sales = sales.filter(store=form.chosen("store"))
    if form.chosen("staff"):
        sales = sales.filter(staff=form.chosen("staff"))
    if form.chosen("day"):
        sales = sales_on(sales, form.chosen("day"))
    elif form.chosen("since"):
        sales = sales_since(sales, 0 if form.chosen("since") == "today" else int(form.chosen("since")))
    if form.chosen("q"):
        sales = sales_found_by(sales, form.chosen("q"))
    return sales


def goods(sales):
    """The sales with their lines fetched, each line knowing what came back of it. A fixed number of queries."""
    came_back = Sum("returns__quantity", filter=Q(returns__sale__status=Sale.Status.COMPLETED))
    lines = SaleLine.objects.select_related("returned_line__sale", "handed_line__hand_over").annotate(
        back=Coalesce(came_back, 0)
    )
    sales = list(sales.prefetch_related(Prefetch("lines", queryset=lines), "order_payments__order"))
    for sale in sales:
        lines = list(sale.lines.all())
        sale.names = lines
        sale.units_out = sum(line.quantity for line in lines if line.is_sale)
        sale.units_back = sum(line.quantity for line in lines if not line.is_sale)
        sale.since_back = sum(line.back for line in lines)
    return sales


def listing(request: HttpRequest) -> dict:
    """The list as its address says."""
    stores = Store.objects.for_staff(request.user)
    people = Staff.objects.filter(Exists(Sale.objects.filter(staff=OuterRef("pk"), store__in=stores)))
    form = SalesFilter(request.GET, stores=stores, people=people)
    found = Paginator(filtered(request, form).order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    found.object_list = goods(found.object_list)
    return {
        "form": form,
        "page": found,
        "query": form.chosen("q") or "",
        "kind": form.chosen("kind") or "",
        "kinds": SalesFilter.KINDS,
        "address": request.GET.urlencode(),
    }


def _meant(context: dict) -> Sale | None:
    """The one receipt whose number was scanned into the search."""
    rows = context["page"].object_list
    return rows[0] if len(rows) == 1 and context["query"].strip().upper() == rows[0].number else None


@may("register.view_sale")
@require_GET
def sales(request):
    """All sales and returns, newest first."""
    context = listing(request)
    if (found := _meant(context)) is not None:
        return go(request, found)
    if request.htmx.target == "sales-list":
        return render(request, "register/_sales.html", context)
    return render(request, "register/sales.html", context)


@may("register.view_sale")
@require_GET
def receipt(request, pk):
    """One receipt, beside the list that it was chosen from."""
    sale = get_object_or_404(settled_sales(request), pk=pk)
    # With what came back since, as on copies; COPY itself only once it was printed.
    on_paper = replace(build_receipt(sale, is_copy=True), is_copy=sale.print_count > 0)
    context = {"shown": sale, "receipt": on_paper, "address": request.GET.urlencode()}
    if sale.is_completed:
        rows = returnable(sale)
        context |= {"left": sum(row.left for row in rows), "units": sum(row.line.quantity for row in rows)}
        context["tracked"] = _tracked(request, sale)
    if request.htmx.target == "side":
        return render(request, "register/_receipt_panel.html", context)
    return render(request, "register/sales.html", listing(request) | context)


def _tracked(request, sale: Sale) -> list[SaleLine]:
    """The lines whose serials this person may name afterwards or correct."""
    if not (request.user.has_perm("serials.change_serial") or request.user.has_perm("serials.correct_serial")):
        return []
    return [line for line in sale.lines.with_serials().select_related("product", "sale") if line.product.is_tracked]


@may("orders.view_customer")
@require_GET
def customer_sales(request, pk):
    """The Receipts tab of a customer: what was bought in the stores where the person works."""
    customer = get_object_or_404(Customer, pk=pk)
    found = settled_sales(request).filter(customer=customer, status=Sale.Status.COMPLETED).order_by("-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.object_list = goods(page.object_list)
    return render(request, "register/customer_sales.html", {"customer": customer, "page": page})
