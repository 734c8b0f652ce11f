"""Who may do what with which order: asked by every view before it does anything."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django_htmx.http import HttpResponseClientRedirect

from microbiz.incoming import id_in
from orders.models import CustomerOrder, OrderLine


def may(permission: str):
    """Signed in and allowed: a person without the permission is refused with 403."""
    return lambda view: login_required(permission_required(permission, raise_exception=True)(view))


def order_of(request: HttpRequest, pk: int) -> CustomerOrder:
    """An order at one of the person's stores, or 404."""
    found = CustomerOrder.objects.for_staff(request.user).select_related("store", "customer", "staff", "progress")
    return get_object_or_404(found, pk=pk)


def line_of(request: HttpRequest, order: CustomerOrder) -> OrderLine:
    """The line of an order that a request is about, or 404."""
    values = request.POST if request.method == "POST" else request.GET
    line = get_object_or_404(order.lines.with_serials(), pk=id_in(values, "line"))
    line.order = order
    return line


def go(request: HttpRequest, to, *args):
    """Send the browser to another page, also from within a fragment's request."""
    answer = redirect(to, *args)
    return HttpResponseClientRedirect(answer.url) if request.htmx else answer
