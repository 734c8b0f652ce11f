"""Correcting a completed document: which unit it really was."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from microbiz.errors import DomainError
from serials import late_operations
from serials.forms import CorrectionForm
from serials.models import Serial
from serials.policy import may_add_new
from serials.verdicts import Finding, judge
from serials.views.access import any_line, may


@require_http_methods(["GET", "HEAD", "POST"])
@may("serials.correct_serial")
def correct(request, label, pk, serial_pk):
    """Swap a unit on a completed line for the one that was meant; `?meant=` fills it in."""
    line = any_line(label, pk, request.user)
    wrong = get_object_or_404(Serial, pk=serial_pk, product=line.product_id)
    if line.is_open or wrong.pk not in {link.serial_id for link in line.serial_links.all()}:
        raise Http404
    form = CorrectionForm(request.POST or None, initial={"meant": request.GET.get("meant", "")[:64]})
    if request.method != "POST":
        return _page(request, line, wrong, form)
    if not form.is_valid():
        return _page(request, line, wrong, form, status=422)
    meant, reason = form.cleaned_data["meant"], form.cleaned_data["reason"]
    is_new = form.cleaned_data["is_new"] and request.user.has_perm("serials.add_serial")
    try:
        if form.cleaned_data["mixed_up"] and _other_document(request, line, meant):
            late_operations.exchange(line, wrong, meant, staff=request.user, reason=reason)
        else:
            late_operations.correct(line, wrong, meant, staff=request.user, reason=reason, is_new=is_new)
    except DomainError as refusal:
        return _page(request, line, wrong, form, error=str(refusal), meant=meant, status=422)
    told = {"right": meant, "wrong": wrong.number, "document": line.document}
    messages.success(request, _("Corrected: %(right)s in place of %(wrong)s on %(document)s.") % told)
    return redirect(wrong)


def _other_document(request, line, meant: str):
    """The line of another document of one's own stores that may have got this one's unit, or None."""
    other = late_operations.mixed_up_with(line, meant)
    return (
        other if other and type(other)._default_manager.for_staff(request.user).filter(pk=other.pk).exists() else None
    )


def _page(request, line, wrong, form, *, error="", meant="", status=200):
    [verdict] = judge(line, [meant]) if meant else [None]
    is_unknown = verdict is not None and verdict.finding is Finding.UNKNOWN
    near = []
    if is_unknown:
        near = list(line.attachable().filter(pk__in=Serial.objects.near(line.product, meant).values("pk"))[:3])
    context = {
        "line": line,
        "wrong": wrong,
        "form": form,
        "error": error,
        "verdict": verdict,
        "offers_new": is_unknown and may_add_new(line.moment) and request.user.has_perm("serials.add_serial"),
        "near": near,
        "mixed_up": _other_document(request, line, meant) if meant else None,
        "event": wrong.events.select_related("staff", "store").first(),
    }
    return render(request, "serials/correct.html", context, status=status)
