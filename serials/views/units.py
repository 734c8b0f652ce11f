"""Units: the list, one unit's page with its history, and the look-up from the header of every page."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from inventory.documents import document_url
from inventory.scans import gtin_problem, read_scan
from microbiz.limits import limited
from microbiz.lookups import look_up
from microbiz.paging import CappedPaginator
from serials.late_operations import line_of_last
from serials.models import Serial, SerialEvent
from serials.numbers import number_key
from serials.policy import State
from serials.views.access import may
from settings_app.models import Store

ROWS = 25

ICONS = {
    SerialEvent.Kind.RECORDED: "barcode",
    SerialEvent.Kind.RECEIVE: "package-import",
    SerialEvent.Kind.SALE: "receipt",
    SerialEvent.Kind.RETURN: "arrow-back-up",
    SerialEvent.Kind.ORDER: "receipt",
    SerialEvent.Kind.TRANSFER_OUT: "truck-delivery",
    SerialEvent.Kind.TRANSFER_IN: "arrow-right",
    SerialEvent.Kind.MOVE: "switch-horizontal",
    SerialEvent.Kind.LOST: "x",
    SerialEvent.Kind.ADJUST_IN: "clipboard-check",
    SerialEvent.Kind.ADJUST_OUT: "trash",
    SerialEvent.Kind.CORRECTED: "switch-horizontal",
}


@require_safe
@may("serials.view_serial")
def unit_list(request):
    """Every unit that was ever on record, newest first, by number or product, state and store."""
    query = request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    stores = Store.objects.filter(is_active=True)
    store = next((one for one in stores if str(one.pk) == request.GET.get("store")), None)
    units = Serial.objects.select_related("product", "store", "hold")
    if query:
        units = units.filter(Q(number_key__contains=number_key(query)) | Q(product__sku__iexact=query))
    if state in State.values:
        units = units.filter(state=state)
    if store:
        units = units.filter(store=store)
    page = CappedPaginator(units.with_last_event().order_by("-pk"), ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "query": query, "state": state, "states": State.choices, "stores": stores, "store": store}
    return render(request, "serials/units.html", context)


@require_safe
@may("serials.view_serial")
@limited("look-up")
def unit(request, pk):
    """One unit: where it is, and everything that happened to it, newest first.

    Whoever may see units sees them in any store; papers are linked for those of one's own stores.
    """
    serial = get_object_or_404(Serial.objects.select_related("product", "store", "hold__staff"), pk=pk)
    mine = {store.pk for store in request.stores}
    events = list(serial.events.select_related("store", "staff"))
    for event in events:
        event.icon = ICONS.get(event.kind, "clock")
        event.url = document_url(event.document_type, event.document_id) if event.store_id in mine else None
    papers = {(event.document_type, event.document_id): event for event in events if event.document}
    context = {
        "serial": serial,
        "events": events,
        "latest": events[0] if events else None,
        "first": events[-1] if events else None,
        "papers": list(papers.values()),
        "is_mine": serial.store_id in mine,
        "may_see_cost": request.user.has_perm("inventory.view_cost"),
        "correctable": _correctable(request, serial),
    }
    return render(request, "serials/unit.html", context)


def _correctable(request, serial):
    """The line on which another unit may have been meant, for those who may say so at its store."""
    if hasattr(serial, "hold") or not request.user.has_perm("serials.correct_serial"):
        return None
    line = line_of_last(serial)
    return line if line and type(line)._default_manager.for_staff(request.user).filter(pk=line.pk).exists() else None


@require_safe
@may("serials.view_serial")
@limited("look-up")
def look_up_code(request):
    """Anything scanned, typed or pasted: straight to the one thing that it means, or a list that asks which."""
    code = request.GET.get("q", "")[:400]
    found = look_up(code, request.user) if code.strip() else []
    exact = [one for one in found if one.is_exact]
    if len(exact) == 1:
        return redirect(exact[0].url)
    scan = read_scan(code)
    context = {
        "code": scan.text,
        "found": exact or found,
        "is_sure": bool(exact),
        "problem": scan.problem or gtin_problem(scan.text) if code.strip() else "",
    }
    return render(request, "serials/look_up.html", context)
