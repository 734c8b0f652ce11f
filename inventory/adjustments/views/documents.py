"""The list of adjustments, and each of them: a draft to fill, or what was posted and may be taken back."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from inventory.adjustments.forms import AdjustmentsFilter, NewAdjustmentForm
from inventory.adjustments.models import Adjustment, ReasonCode
from inventory.adjustments.operations import post_adjustment, reverse_adjustment, start_adjustment
from inventory.adjustments.views.access import on_adjustment
from inventory.adjustments.views.pages import draw
from microbiz.errors import DomainError
from microbiz.incoming import typed
from serials.pages import Say, ask, refused
from serials.verdicts import red_lines
from settings_app.middleware import StaffRequest
from settings_app.models import Store

PAGE = 25


@require_safe
@permission_required("adjustments.view_adjustment", raise_exception=True)
def adjustments(request: StaffRequest) -> HttpResponse:
    """All adjustments of one's stores, newest first."""
    form = AdjustmentsFilter(request.GET, stores=request.user.stores_allowed())
    found = Adjustment.objects.for_staff(request.user).select_related("store", "reason", "staff", "stock_count")
    for name in ("store", "reason", "status"):
        if form.chosen(name):
            found = found.filter(**{name: form.chosen(name)})
    if form.chosen("since"):
        found = found.filter(created_at__gte=timezone.now() - timedelta(days=int(form.chosen("since"))))
    found = found.annotate(
        came=Sum("lines__quantity", filter=Q(lines__is_minus=False), default=0),
        went=Sum("lines__quantity", filter=Q(lines__is_minus=True), default=0),
    ).order_by("-pk")
    context = {
        "form": form,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "reasons": ReasonCode.objects.all(),
        "is_filtered": any(form.chosen(name) for name in form.fields),
    }
    return render(request, "adjustments/adjustments.html", context)


@permission_required("adjustments.add_adjustment", raise_exception=True)
def new(request: StaffRequest) -> HttpResponse:
    """Choose store and reason, and begin a draft."""
    data = request.POST if request.method == "POST" else None
    initial = {"store": request.store, "reason": Adjustment.Reason.MISSING}
    form = NewAdjustmentForm(data, initial=initial, stores=Store.objects.for_staff(request.user))
    if data is not None and form.is_valid():
        chosen = form.cleaned_data
        draft = start_adjustment(chosen["store"], staff=request.user, reason=chosen["reason"].code, note=chosen["note"])
        return redirect(draft)
    return render(request, "adjustments/new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@on_adjustment("adjustments.view_adjustment")
def adjustment(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """A draft to fill, for those who may; else what it is."""
    if document.is_open and request.user.has_perm("adjustments.change_adjustment"):
        return draw(request, document)
    count = getattr(document, "stock_count", None)
    back = getattr(document, "reversed_by", None)
    context = {"adjustment": document, "lines": document.lines.with_serials(), "count": count, "back": back}
    return render(request, "adjustments/adjustment.html", context)


@require_POST
@on_adjustment("adjustments.post_adjustment")
def post(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """Post the draft."""
    try:
        posted = post_adjustment(document, staff=request.user)
    except DomainError as refusal:
        return refused(request, Say(str(refusal), ok=False), document)
    return to_page(request, posted, _("Posted. The stock is corrected."))


@on_adjustment("adjustments.post_adjustment")
@permission_required("serials.override_required", raise_exception=True)
def override(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """Asks why the draft is posted without required serials, and posts it."""
    lines = list(document.lines.with_serials())
    for number, line in enumerate(lines, 1):
        line.no, line.adjustment = number, document
    context = {"adjustment": document, "blocked": red_lines(lines)}
    if request.method != "POST":
        return ask(request, "adjustments/_override.html", context)
    reason = typed(request, "reason")
    if not reason:
        return ask(request, "adjustments/_override.html", context | {"error": _("Say why; it is kept.")}, status=422)
    try:
        posted = post_adjustment(document, staff=request.user, override_reason=reason)
    except DomainError as refusal:
        return ask(request, "adjustments/_override.html", context | {"error": str(refusal)}, status=422)
    return to_page(request, posted, _("Posted without its serial numbers, by your permission."))


@on_adjustment("adjustments.reverse_adjustment")
def take_back(request: StaffRequest, document: Adjustment) -> HttpResponse:
    """Asks why, and takes a posted adjustment back."""
    if request.method != "POST":
        return ask(request, "adjustments/_reverse.html", {"adjustment": document})
    try:
        back = reverse_adjustment(document, staff=request.user, note=typed(request, "note")[:150])
    except DomainError as refusal:
        context = {"adjustment": document, "error": str(refusal)}
        return ask(request, "adjustments/_reverse.html", context, status=422)
    return to_page(request, back, _("Adjustment %(number)s is taken back.") % {"number": document.number})


def to_page(request: StaffRequest, document: Adjustment, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseClientRedirect(document.get_absolute_url()) if request.htmx else redirect(document)
