"""The list of transfers: what is to be received here stands first."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from settings_app.middleware import StaffRequest
from settings_app.models import Store
from transfers.finding import to_do_first, transfers_found_by, with_units
from transfers.forms import STATUS_OF, TransferFilter
from transfers.models import Transfer

ROWS = 25


@require_safe
@permission_required("transfers.view_transfer", raise_exception=True)
def transfer_list(request: StaffRequest) -> HttpResponse:
    """Transfers from or to one's own stores, by number, product or serial, direction, state and store."""
    form = TransferFilter(request.GET)
    all_mine = Transfer.objects.for_staff(request.user)
    found = _filtered(request, form, all_mine)
    shown = with_units(to_do_first(found, request.store)).select_related("from_store", "to_store", "requested_by")
    page = Paginator(shown, ROWS).get_page(request.GET.get("page"))
    query = form.chosen("q") or ""
    rows = page.object_list
    if len(rows) == 1 and rows[0].number == query.strip().upper():
        return redirect(rows[0])
    here = {
        "to_receive": _shown(all_mine, "receive", request.store),
        "to_send": _shown(all_mine, "send", request.store),
    }
    context = {
        "page": page,
        "query": query,
        "show": form.chosen("show") or "",
        "direction": form.chosen("direction") or "",
        "chosen": form.chosen("store"),
        "stores": Store.objects.filter(is_active=True),
        "in_transit": all_mine.in_transit().count(),
        "is_filtered": any(form.chosen(name) for name in ("q", "show", "direction", "store")),
    } | {name: transfers.count() for name, transfers in here.items()}
    return render(request, "transfers/transfers.html", context)


def _filtered(request: StaffRequest, form: TransferFilter, transfers):
    found = _shown(transfers, form.chosen("show") or "", request.store)
    mine = [store.pk for store in request.stores]
    chosen = form.chosen("store")
    if form.chosen("direction") == "in":
        found = found.filter(to_store__in=mine)
        found = found.filter(from_store=chosen) if chosen else found
    elif form.chosen("direction") == "out":
        found = found.filter(from_store__in=mine)
        found = found.filter(to_store=chosen) if chosen else found
    elif chosen:
        found = found.filter(from_store=chosen) | found.filter(to_store=chosen)
    return transfers_found_by(found, form.chosen("q")) if form.chosen("q") else found


def _shown(transfers, show: str, store: Store | None):
    if show == "receive":
        return transfers.in_transit().filter(to_store=store)
    if show == "send":
        return transfers.filter(status=Transfer.Status.DRAFT, from_store=store)
    return transfers.filter(status=STATUS_OF[show]) if show in STATUS_OF else transfers
