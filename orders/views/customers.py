"""Customers: the list and the record. Their receipts are a tab of the register's."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from microbiz.limits import limited
from orders.forms import CustomerForm, CustomersFilter
from orders.models import Customer
from orders.operations import archive_customer, create_customer, create_order, save_customer

PAGE = 50


def may(permission):
    """Signed in and allowed."""
    return lambda view: login_required(permission_required(permission, raise_exception=True)(view))


@may("orders.view_customer")
@require_GET
@limited("customer")
def customers(request):
    """Everybody, or who is meant by what was typed. The address holds it."""
    form = CustomersFilter(request.GET)
    form.is_valid()
    query = form.cleaned_data.get("q", "")
    found = Customer.objects.all() if form.cleaned_data.get("archived") else Customer.objects.active()
    page = Paginator(found.found_by(query), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "query": query, "total": Customer.objects.active().count()}
    name = "orders/_customers.html" if request.htmx.target == "customers" else "orders/customers.html"
    return render(request, name, context)


@may("orders.add_customer")
@require_http_methods(["GET", "POST"])
def new_customer(request):
    """A new customer's record, for whom an order is begun at once where somebody came for that (`?then=order`)."""
    form = CustomerForm(request.POST or None, initial={"name": request.GET.get("name", "")})
    if form.is_bound and form.is_valid():
        created = create_customer(**form.cleaned_data)
        messages.success(
            request, _("%(name)s is customer %(account)s.") % {"name": created, "account": created.account_number}
        )
        if request.GET.get("then") == "order" and request.user.has_perm("orders.add_customerorder"):
            return redirect(create_order(store=request.store, customer=created, staff=request.user))
        return redirect(created)
    return render(request, "orders/new.html", {"form": form}, status=422 if form.is_bound else 200)


@may("orders.view_customer")
@require_http_methods(["GET", "POST"])
@limited("customer")
def customer(request, pk):
    """The Details tab: seen by many, changed by some."""
    record = get_object_or_404(Customer, pk=pk)
    may_change = request.user.has_perm("orders.change_customer")
    form = CustomerForm(request.POST or None, instance=Customer.objects.get(pk=pk))
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    status = 200
    if request.method == "POST":
        if not may_change:
            return render(request, "403.html", status=403)
        if form.is_valid():
            save_customer(record, **form.cleaned_data)
            messages.success(request, _("Saved: %(name)s.") % {"name": form.cleaned_data["name"]})
            return redirect(record if "stay" in request.POST else "orders:customers")
        status = 422
    context = {"customer": record, "form": form, "may_change": may_change}
    return render(request, "orders/customer.html", context, status=status)


@may("orders.view_customer")
@require_GET
def store_credit(request, pk):
    """The Store credit tab: what is left, and every entry that made it so."""
    record = get_object_or_404(Customer, pk=pk)
    entries = record.credit_entries.select_related("staff")
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/store_credit.html", {"customer": record, "page": page})


@may("orders.change_customer")
@require_POST
def archive(request, pk):
    """Take a customer off the lists, or put one back. Nothing about the past is lost."""
    record = get_object_or_404(Customer, pk=pk)
    archive_customer(record, is_archived="restore" not in request.POST)
    text = _("%(name)s is back on the list.") if "restore" in request.POST else _("%(name)s is archived.")
    messages.success(request, text % {"name": record})
    return redirect(record)
