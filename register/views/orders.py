"""Customer orders at the till: take a payment, pay back, hand over as a sale."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from inventory.forms import MoneyField
from microbiz.errors import DomainError
from orders.models import CustomerOrder
from register.operations import add_order, add_order_payment, current_sale, remove_order
from register.views.access import at_till, go
from register.views.screen import Say, ask, open_sale, refused, whole


class OrderPaymentForm(forms.Form):
    amount = MoneyField(
        label=gettext_lazy("Amount"),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "inputmode": "decimal"}),
    )


def order_of(request: HttpRequest, pk: int) -> CustomerOrder:
    found = CustomerOrder.objects.for_staff(request.user).select_related("store", "customer", "progress")
    return get_object_or_404(found, pk=pk)


def open_order(request: HttpRequest, order: CustomerOrder, *, error=None, form=None) -> HttpResponse:
    """What is to be done with an order: pay all or a part, pay back, or hand everything over on this sale."""
    may_hand_over = request.user.has_perm("orders.hand_over")
    to_come = order.lines.filter(quantity__gt=0).exists()
    context = {
        "order": order,
        "form": form or OrderPaymentForm(initial={"amount": abs(order.balance)}),
        "due": abs(order.balance),
        "may_sell": order.is_open and to_come and may_hand_over and order.store_id == request.register.store_id,
        "given": order.hand_overs.filter(document=""),
        "error": error,
    }
    return ask(request, "register/_order.html", context, status=422 if error or (form and form.errors) else 200)


@at_till()
@require_http_methods(["GET", "POST"])
def order(request, pk):
    """The order that was scanned or came from its page; posted, its payment or refund goes on the sale in hand."""
    found = order_of(request, pk)
    if request.method == "GET":
        return open_order(request, found)
    form = OrderPaymentForm(request.POST)
    if not form.is_valid():
        return open_order(request, found, form=form)
    amount = form.cleaned_data["amount"] * (-1 if found.balance < 0 else 1)
    sale = current_sale(request.register, staff=request.user)
    try:
        add_order_payment(sale, found, amount, staff=request.user)
    except DomainError as error:
        return open_order(request, found, error=error, form=form)
    if not request.htmx:
        return go(request, "register:pay")
    text = (
        _("Order %(number)s is on the sale. F10 takes the money.")
        if amount > 0
        else _("Order %(number)s is on the sale. F10 pays back.")
    )
    return whole(request, open_sale(request), Say(text % {"number": found.number}))


@at_till("register.sell", "orders.hand_over")
@require_POST
def sell_order(request, pk):
    """Everything that is still to come of an order goes on the sale in hand, with its units and what was paid."""
    found = order_of(request, pk)
    sale = current_sale(request.register, staff=request.user)
    try:
        add_order(sale, found, staff=request.user)
    except DomainError as error:
        return open_order(request, found, error=error)
    return whole(request, open_sale(request), Say(_("Order %(number)s is on the sale.") % {"number": found.number}))


@at_till()
@require_POST
def take_off(request, pk):
    """The order leaves the sale in hand again, with all that came from it."""
    found = order_of(request, pk)
    sale = open_sale(request) or get_object_or_404(CustomerOrder.objects.none())
    try:
        remove_order(sale, found, staff=request.user)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False))
    return whole(request, open_sale(request), Say(_("Order %(number)s is off the sale.") % {"number": found.number}))
