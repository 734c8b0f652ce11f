"""The page of an order: taking it, opening it, where it stands, handing it over, giving it up."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from microbiz.errors import DomainError
from microbiz.incoming import id_in, id_of, typed
from microbiz.money import scaled
from orders.errors import NotPaid
from orders.forms import DetailsForm, ReasonForm
from orders.models import Customer, HandOver, OrderLine, OrderStatus
from orders.operations import (
    Pick,
    cancel_order,
    change_order,
    create_order,
    hand_over,
    open_order,
    set_progress,
)
from orders.operations.payments import credit_of
from orders.reading import lines_of
from orders.views.access import go, may, order_of
from orders.views.screen import screen
from serials.pages import Say, answer, ask, refused
from settings_app.models import ShopSettings


@may("orders.view_customerorder")
@require_GET
def order(request, pk):
    """One order: its lines, what is reserved for it, what was paid, and what can be done next."""
    found = order_of(request, pk)
    context = screen(request, found) | {"stages": OrderStatus.objects.active()}
    return answer(request, "orders/order.html", "orders/_order.html", context)


@may("orders.view_customerorder")
@require_GET
def history(request, pk):
    """Everything that was done to an order, newest first."""
    found = order_of(request, pk)
    return render(request, "orders/history.html", {"order": found, "events": found.events.select_related("staff")})


@may("orders.view_customerorder")
@require_GET
def hand_over_page(request, pk):
    """A hand-over is read on the page of its order."""
    found = HandOver.objects.filter(store__in=request.user.stores_allowed())
    return redirect(get_object_or_404(found.select_related("order"), pk=pk).order)


def _customers(request: HttpRequest) -> dict:
    query = request.GET.get("q", "").strip()
    return {"query": query, "customers": Customer.objects.active().found_by(query)[:8] if query else []}


def _chosen_customer(request: HttpRequest) -> Customer:
    return get_object_or_404(Customer.objects.active(), pk=id_in(request.POST, "customer"))


@may("orders.add_customerorder")
@require_http_methods(["GET", "POST"])
def new_order(request):
    """For whom? With the customer the draft is there, at the store in use."""
    if request.method == "POST":
        created = create_order(store=request.store, customer=_chosen_customer(request), staff=request.user)
        return redirect(created)
    name = "orders/_customers_found.html" if request.htmx else "orders/new_order.html"
    return render(request, name, _customers(request))


@may("orders.change_customerorder")
@require_http_methods(["GET", "POST"])
def customer(request, pk):
    """The order is for somebody else."""
    found = order_of(request, pk)
    if request.method == "GET":
        context = _customers(request) | {"order": found}
        if "q" in request.GET:
            return render(request, "orders/_customers_found.html", context)
        return ask(request, "orders/_customer.html", context)
    values = {"address": "", "fulfilment": found.fulfilment, "wanted_by": found.wanted_by, "note": found.note}
    try:
        change_order(found, customer=_chosen_customer(request), staff=request.user, **values)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False), found)
    return go(request, found)


@may("orders.change_customerorder")
@require_http_methods(["GET", "POST"])
def details(request, pk):
    """How the order reaches its customer, by when, and a note."""
    found = order_of(request, pk)
    initial = {name: getattr(found, name) for name in ("fulfilment", "address", "wanted_by")} | {"note": found.note}
    form = DetailsForm(request.POST or None, initial=initial)
    context = {"order": found, "form": form}
    if not form.is_bound or not form.is_valid():
        return ask(request, "orders/_details.html", context, status=422 if form.is_bound else 200)
    try:
        change_order(found, customer=found.customer, staff=request.user, **form.cleaned_data)
    except DomainError as error:
        return ask(request, "orders/_details.html", context | {"error": error}, status=422)
    return go(request, found)


@may("orders.change_customerorder")
@require_POST
def open_(request, pk):
    """A draft becomes binding."""
    found = order_of(request, pk)
    try:
        open_order(found, staff=request.user)
    except DomainError as error:
        return refused(request, Say(str(error), ok=False), found)
    messages.success(request, _("Order %(number)s is open: serials can be reserved for it.") % {"number": found.number})
    return go(request, found)


@may("orders.change_customerorder")
@require_http_methods(["GET", "POST"])
def status(request, pk):
    """At which of the shop's own stages the order is."""
    found = order_of(request, pk)
    stages = OrderStatus.objects.active()
    if request.method == "GET":
        return ask(request, "orders/_status.html", {"order": found, "stages": stages})
    text = request.POST.get("stage", "")
    stage = get_object_or_404(stages, pk=id_of(text)) if text else None
    try:
        set_progress(found, stage, staff=request.user)
    except DomainError as error:
        return ask(request, "orders/_status.html", {"order": found, "stages": stages, "error": error}, status=422)
    return go(request, found)


@may("orders.change_customerorder")
@require_http_methods(["GET", "POST"])
def cancel(request, pk):
    """Give up what is still to come, with a reason."""
    found = order_of(request, pk)
    form = ReasonForm(request.POST or None)
    context = {"order": found, "form": form}
    if not form.is_bound or not form.is_valid():
        return ask(request, "orders/_cancel.html", context, status=422 if form.is_bound else 200)
    try:
        cancel_order(found, reason=form.cleaned_data["reason"], staff=request.user)
    except DomainError as error:
        return ask(request, "orders/_cancel.html", context | {"error": error}, status=422)
    messages.success(request, _("Order %(number)s is cancelled. Its units are free.") % {"number": found.number})
    return go(request, found)


@dataclass
class HandOverRow:
    """One line in the question what leaves now: how many units, and which of the reserved ones."""

    line: OrderLine
    quantity: int
    picked: set[int] = field(default_factory=set)

    @property
    def pick(self) -> Pick:
        return Pick(self.line, self.quantity, [serial for serial in self.line.serials if serial.pk in self.picked])


def _rows(lines: list[OrderLine], data: QueryDict | None) -> list[HandOverRow]:
    """Everything that is ready to leave, or what was typed and ticked."""
    rows = []
    for line in lines:
        if not line.quantity:
            continue
        if data is None:
            needs = line.serial_status is not None and line.serial_need.value == "required"
            ready = line.attached if needs and ShopSettings.load().serial_numbers_enabled else line.quantity
            rows.append(HandOverRow(line, ready, {serial.pk for serial in line.serials}))
            continue
        text = data.get(f"quantity-{line.pk}", "").strip()
        quantity = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
        ticked = {id_of(pk) for pk in data.getlist("serial")}
        rows.append(HandOverRow(line, quantity, ticked & {serial.pk for serial in line.serials}))
    return rows


@may("orders.hand_over")
@require_http_methods(["GET", "POST"])
def hand_out(request, pk):
    """What is handed over now: all of it unless something else is chosen."""
    found = order_of(request, pk)
    rows = _rows(lines_of(found), request.POST if request.method == "POST" else None)
    context = {"order": found, "rows": rows}
    context["owed"] = sum(scaled(row.line.total, row.quantity, row.line.quantity) for row in rows) - credit_of(found)
    if request.method == "GET":
        return ask(request, "orders/_hand_over.html", context)
    reasons = {name: typed(request, name) for name in ("unpaid_reason", "serials_reason")}
    try:
        document = hand_over(found, [row.pick for row in rows if row.quantity], staff=request.user, **reasons)
    except DomainError as error:
        owed = error.missing if isinstance(error, NotPaid) else context["owed"]
        return ask(request, "orders/_hand_over.html", context | {"error": error, "owed": owed} | reasons, status=422)
    _tell(request, document)
    return go(request, found)


def _tell(request: HttpRequest, document: HandOver) -> None:
    document.order.refresh_from_db()
    parts = {"number": document.order.number}
    if document.order.is_settled:
        text = _("Order %(number)s is complete: everything was handed over.")
    else:
        text = _("Handed over. The rest of order %(number)s is still to come.")
    messages.success(request, text % parts)
