"""The one pop-up for the serials of any line: Add/Edit Serial No.

Rows are staged in its form. Each scan posts one code beside what is staged and gets one row and the lower bar back;
Save attaches them all; on a completed line that went through short it names them afterwards. A refusal answers 422 and draws the pop-up again, a verdict at every row.
"""

import re
from dataclasses import replace

from django.contrib.auth.decorators import permission_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from inventory.models import StockLevel
from microbiz.errors import DomainError
from microbiz.offers import offers_on
from microbiz.paging import CappedPaginator, CountToMost, count_in_words
from serials.forms import CodeForm, ListForm, RangeForm, read_staging
from serials.late_operations import name_late
from serials.models import Serial, SerialHold
from serials.numbers import expand_range, number_key
from serials.operations import attach
from serials.staging import Staging
from serials.views.access import line_view
from settings_app.models import Store

ROWS_PER_PAGE = 10


def line(request, *args, **kwargs):
    """The pop-up itself: opened by GET, saved by POST."""
    return (save if request.method == "POST" else show)(request, *args, **kwargs)


@require_safe
@line_view
def show(request, line):
    """What is on the line, one row each. `?quantity=1` asks which units leave when the quantity is lowered."""
    asked = request.GET.get("quantity", "")
    quantity = int(asked) if re.fullmatch(r"[1-9][0-9]{0,4}", asked) else None
    staging = Staging(line, [serial.number for serial in line.serials], quantity=quantity)
    template = "serials/_popup.html" if request.htmx else "serials/line.html"
    return render(request, template, _context(staging))


@require_POST
@line_view
def save(request, line):
    """Attach exactly the staged numbers, or draw the pop-up again with what stands against it."""
    staging = read_staging(line, request.POST)
    if draft := request.POST.get("draft", "").strip():
        return _redraw(request, staging, _("Attach or discard %(number)s to save.") % {"number": draft})
    if staging.unsettled:
        return _redraw(request, staging, staging.why_not)
    if staging.taking_keys and not request.user.has_perm("serials.take_over_hold"):
        return _redraw(request, staging, _("Your role does not take units over from other documents."))
    if (staging.new_keys or staging.taking_keys) and not line.is_arrival and line.store not in request.stores:
        reason = _("Only people who work at %(store)s record new numbers there, or take units over.")
        return _redraw(request, staging, reason % {"store": line.store})
    if staging.new_keys and not request.user.has_perm("serials.add_serial"):
        return _redraw(request, staging, _("Your role does not record new serial numbers."))
    try:
        if line.is_late:
            name_late(line, staging.added, staff=request.user, new=staging.new)
        else:
            attach(
                line,
                staging.numbers,
                staff=request.user,
                new=staging.new,
                taking=staging.taking,
                quantity=staging.quantity,
                place=_place(request, line),
            )
    except DomainError as reason:
        return _redraw(request, staging, str(reason))
    answer = HttpResponse(status=204)
    trigger_client_event(answer, "serials:changed", {"line": f"{line._meta.label_lower}/{line.pk}"})
    return trigger_client_event(answer, "shop:sound", "yes")


def _place(request, line) -> str:
    """Where the person stands, for others who meet the hold."""
    document = line.document
    return str(getattr(document, "register", "") or line.store)


def _redraw(request, staging: Staging, error: str):
    context = _context(staging) | {"error": error}
    return render(request, "serials/_popup.html", context, status=422)


def _context(staging: Staging) -> dict:
    rows = staging.rows(staging.numbers)
    wrong = [row for row in rows if not row.is_settled]
    settled = [row.number for row in rows if row.is_settled]
    after = replace(staging, numbers=settled, unsettled=[*staging.unsettled, *(row.number for row in wrong)])
    return {
        "line": staging.line,
        "staging": after,
        "rows": rows + staging.rows(staging.unsettled),
        "form": ListForm(),
        "range_form": RangeForm(),
    }


@require_POST
@line_view
def scan(request, line):
    """One scanned or typed code: its row, and the bar."""
    return _add(request, line)


@require_POST
@line_view
def add_new(request, line):
    """One number through Add New: staged as new when it is on record nowhere, else as what it is."""
    return _add(request, line, new=True)


@require_POST
@line_view
@permission_required("serials.take_over_hold", raise_exception=True)
def take(request, line):
    """One number that another open document holds: staged to be taken over when this line is saved."""
    return _add(request, line, taking=True)


def _add(request, line, *, new=False, taking=False):
    staging = read_staging(line, request.POST)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _answer(request, staging, [], say=_("This code is too long to be a serial number."))
    staging = staging.without(form.cleaned_data["instead"])
    new = new and not staging.why_no_new
    rows = staging.rows([form.cleaned_data["code"]], new=new, taking=taking)
    return _answer(request, staging, rows, scanned="picked" not in request.POST)


@require_POST
@line_view
def paste(request, line):
    """A list of codes: a row for each that is not here already, and what became of them in one sentence."""
    staging = read_staging(line, request.POST)
    form = ListForm(request.POST)
    if not form.is_valid():
        return _answer(request, staging, [], say=" ".join(form.errors["codes"]))
    new = request.POST.get("as_new") == "1" and not staging.why_no_new
    return _answer(request, staging, staging.rows(form.cleaned_data["codes"], new=new))


@require_POST
@line_view
def preview_range(request, line):
    """The numbers from first to last, before they are put on the line."""
    form = RangeForm(request.POST)
    numbers, problem = [], ""
    if form.is_valid():
        try:
            numbers = expand_range(form.cleaned_data["first"], form.cleaned_data["last"])
        except DomainError as reason:
            problem = str(reason)
    else:
        problem = _("Fill in the first and the last number.")
    context = {"line": line, "numbers": numbers, "problem": problem, "staging": read_staging(line, request.POST)}
    return render(request, "serials/_range.html", context, status=422 if problem else 200)


@require_POST
@line_view
def bar(request, line):
    """The lower bar after a row was removed or the quantity changed."""
    return _answer(request, read_staging(line, request.POST), [])


def _answer(request, staging: Staging, rows, *, say: str = "", scanned: bool = False):
    """The rows that are new, and the lower bar, out of band. Repeats are told, not added."""
    seen = staging.keys | {number_key(code) for code in staging.unsettled}
    added, repeats = [], []
    for row in rows:
        (repeats if row.key in seen else added).append(row)
        seen.add(row.key)
    after = staging.including(added)
    context = {
        "line": staging.line,
        "staging": after,
        "rows": added,
        "repeats": repeats,
        "say": say or _summary(added, repeats),
        "is_no": bool(say or repeats or any(not row.is_settled for row in added)),
    }
    answer = render(request, "serials/_rows.html", context)
    if rows:
        trigger_client_event(answer, "shop:sound", "no" if context["is_no"] else "yes")
    if repeats:
        trigger_client_event(answer, "serials:repeated", {"key": repeats[0].key})
    if scanned and added and after.saves_itself:
        trigger_client_event(answer, "serials:complete", {})
    return answer


def _summary(added, repeats) -> str:
    if len(added) + len(repeats) == 1:
        if repeats:
            return _("%(number)s is already here: counted once.") % {"number": repeats[0].number}
        row = added[0]
        return "" if row.is_settled else row.short_reason
    if not added and not repeats:
        return ""
    fine = sum(row.is_settled for row in added)
    parts = [ngettext("%(count)d taken.", "%(count)d taken.", fine) % {"count": fine}]
    if wrong := len(added) - fine:
        parts.append(ngettext("%(count)d to settle.", "%(count)d to settle.", wrong) % {"count": wrong})
    if repeats:
        parts.append(
            ngettext("%(count)d already here, counted once.", "%(count)d already here, counted once.", len(repeats))
            % {"count": len(repeats)}
        )
    return " ".join(parts)


@require_safe
@line_view
def choices(request, line):
    """The S/N List: what can be attached here, what is on the line first, then oldest first; paged and searchable."""
    query = request.GET.get("q", "").strip()
    serials = line.attachable().select_related("store")
    if query:
        serials = serials.filter(number_key__contains=number_key(query))
    # Holds are few and stock may be large: the held ones are found and counted, not the free ones.
    held = SerialHold.objects.filter(Exists(serials.filter(pk=OuterRef("pk"))))
    held = held.exclude(line_type=line._meta.label_lower, line_id=line.pk)
    documents = dict(held.values_list("pk", "document"))  # by the units that they hold
    ours = list(serials.filter(pk__in=line.serial_links.values("serial")).with_last_event().order_by("pk"))
    not_free = {*documents, *(serial.pk for serial in ours)}
    free = serials.exclude(pk__among=not_free).with_last_event().order_by("pk")
    pages = CappedPaginator(free, ROWS_PER_PAGE, out_of=serials, but=len(not_free))
    page = pages.get_page(request.GET.get("page"))
    context = {
        "line": line,
        "page": page,
        "ours": ours if page.number == 1 else [],
        "query": query,
        "total": pages.count + len(ours),
        "elsewhere": _elsewhere(request, line, query),
        "held_by": sorted(set(documents.values()))[:2],
        "held_count": len(documents),
    }
    return render(request, "serials/_choices.html", context)


def _elsewhere(request, line, query):
    """Where units of this product stand that cannot be attached here: store, count, and what can be done about it."""
    here = Serial.objects.in_stock(OuterRef("pk")).filter(product=line.product_id)
    if query:
        here = here.filter(number_key__contains=number_key(query))
    others = Store.objects.exclude(pk=line.store.pk).filter(Exists(here)).annotate(count=CountToMost(here))
    found = others.order_by("name").values("pk", "name", "count")[:4]
    return [
        row
        | {
            "n": count_in_words(row["count"]),
            "offers": offers_on(
                "stock.elsewhere",
                StockLevel(product=line.product, store_id=row["pk"], on_hand=row["count"]),
                store=line.store,
                staff=request.user,
            ),
        }
        for row in found
    ]
