"""Settings > Who did what: one list of what every app tells, to read, to filter and to take out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from microbiz.outgoing import csv_lines
from microbiz.trail import Asked, Entry, Trail, sources
from settings_app.middleware import StaffRequest
from settings_app.models import AuditEntry, Staff
from settings_app.operations import note

PAGE = 50
MAY = "settings_app.view_auditentry"


class AuditFilter(forms.Form):
    """The state of the list, as its address holds it. What makes no sense is ignored."""

    PERIODS = [
        ("7", gettext_lazy("Last 7 days")),
        ("1", gettext_lazy("Since yesterday")),
        ("31", gettext_lazy("Last month")),
        ("366", gettext_lazy("Last year")),
        ("all", gettext_lazy("Any day")),
    ]

    staff = forms.ModelChoiceField(Staff.objects.all(), required=False, empty_label=gettext_lazy("Everybody"))
    kind = forms.ChoiceField(required=False)
    since = forms.ChoiceField(choices=PERIODS, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        kinds = sorted((str(source.label), source.name) for source in sources())
        self.fields["kind"].choices = [("", _("Everything")), *((name, label) for label, name in kinds)]

    @property
    def asked(self) -> Asked:
        self.is_valid()
        chosen = self.cleaned_data
        days = chosen.get("since") or self.PERIODS[0][0]
        since = None if days == "all" else _midnight(int(days))
        return Asked(chosen.get("staff"), chosen.get("kind") or "", since)

    @property
    def in_words(self) -> str:
        """What is asked for, for the record of an export."""
        asked = self.asked
        kinds = dict(self.fields["kind"].choices)
        since = timezone.localdate(asked.since).isoformat() if asked.since else _("any day")
        return f"{kinds[asked.kind]}; {asked.staff or _('everybody')}; {_('since')} {since}"


def _midnight(days: int) -> datetime:
    """When the day so many days ago began, by the clock of the store."""
    now = timezone.localtime()
    return (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


@permission_required(MAY, raise_exception=True)
@require_safe
def audit(request: StaffRequest) -> HttpResponse:
    """What everybody did, newest first."""
    form = AuditFilter(request.GET)
    page = Paginator(Trail(form.asked), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "is_filtered": any(form.cleaned_data.values())}
    return render(request, "microbiz/audit.html", context)


@permission_required(MAY, raise_exception=True)
@require_safe
def export(request: StaffRequest) -> StreamingHttpResponse:
    """The same as a file, which is written down in the list itself."""
    form = AuditFilter(request.GET)
    about = _("Who did what: %(asked)s") % {"asked": form.in_words}
    note(AuditEntry.Kind.EXPORT, staff=request.user, about=about, store=request.store)
    name = f"audit-{timezone.localdate().isoformat()}.csv"
    return StreamingHttpResponse(
        audit_lines(Trail(form.asked)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def audit_lines(trail: Trail) -> Iterator[str]:
    """The trail as CSV, line by line, with a head."""
    yield from csv_lines(chain([[_("When"), _("Who"), _("What"), _("Details"), _("Where")]], map(_cells, trail)))


def _cells(entry: Entry) -> list[str]:
    told, at = entry.told, timezone.localtime(entry.at)
    return [at.isoformat(timespec="seconds"), str(entry.staff or ""), str(told.what), told.detail, str(told.where)]
