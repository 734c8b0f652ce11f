"""Reason codes, as pages of the settings."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inventory.adjustments.forms import ReasonForm
from inventory.adjustments.models import ReasonCode
from inventory.adjustments.operations import save_reason_code
from microbiz.errors import DomainError
from settings_app.middleware import StaffRequest

BACK = "adjustments_settings:reasons"


@require_safe
@permission_required("adjustments.view_reasoncode", raise_exception=True)
def reasons(request: StaffRequest) -> HttpResponse:
    return render(request, "adjustments/settings_reasons.html", {"reasons": ReasonCode.objects.all()})


@permission_required("adjustments.change_reasoncode", raise_exception=True)
def reason(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """One reason, or a new one."""
    found = get_object_or_404(ReasonCode, pk=pk) if pk else ReasonCode()
    title = str(found) if pk else _("New reason code")
    form = ReasonForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            save_reason_code(form.save(commit=False))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. %(name)s") % {"name": form.instance})
            return redirect(BACK)
    context = {"form": form, "title": title, "back": BACK, "crumb": _("Reason codes")}
    return render(request, "settings_app/record.html", context, status=422 if form.errors else 200)
