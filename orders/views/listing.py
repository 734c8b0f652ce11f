"""The list of orders, and a customer's own."""

from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from orders.finding import orders_found_by, orders_wanted, orders_with_status
from orders.forms import OrdersFilter
from orders.models import Customer, CustomerOrder, OrderLine, OrderStatus
from orders.views.access import may
from settings_app.models import Store

PAGE = 50


def listed(orders):
    """Orders with what a row says of them, in a fixed number of queries."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by()
    first = OrderLine.objects.filter(order=OuterRef("pk")).values("name")[:1]
    to_come = lines.values("order").annotate(units=Sum("quantity")).values("units")
    gone = lines.values("order").annotate(units=Sum("handed_over")).values("units")
    return orders.select_related("store", "customer", "staff", "progress").annotate(
        first_name=Subquery(first),
        to_come=Coalesce(Subquery(to_come), 0),
        gone=Coalesce(Subquery(gone), 0),
    )


@may("orders.view_customerorder")
@require_GET
def orders(request):
    """Orders by status, store, day and customer. The address holds what is asked for."""
    stores = Store.objects.for_staff(request.user)
    form = OrdersFilter(request.GET, stores=stores, stages=OrderStatus.objects.all())
    found = CustomerOrder.objects.for_staff(request.user)
    query = form.chosen("q")
    found = orders_with_status(found, form.chosen("status") or ("all" if query else None))
    if form.chosen("store"):
        found = found.filter(store=form.chosen("store"))
    if form.chosen("wanted"):
        found = orders_wanted(found, form.chosen("wanted"))
    if query:
        found = orders_found_by(found, query)
    page = Paginator(listed(found), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "query": query or "",
        "is_filtered": any(form.chosen(name) for name in form.fields),
        "today": timezone.localdate(),
    }
    name = "orders/_orders.html" if request.htmx.target == "orders" else "orders/orders.html"
    return render(request, name, context)


@may("orders.view_customerorder")
@require_GET
def customer_orders(request, pk):
    """The Orders tab of a customer: theirs at the stores that the person sees, newest first."""
    customer = get_object_or_404(Customer, pk=pk)
    found = listed(CustomerOrder.objects.for_staff(request.user).filter(customer=customer))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"customer": customer, "page": page, "today": timezone.localdate()}
    return render(request, "orders/customer_orders.html", context)
