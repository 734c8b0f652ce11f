"""The pages of managers: today, the list of reports, one report, and the same on paper and as a file."""

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from inventory.filters import clean_query
from microbiz.reports.catalogue import REPORTS, reports_for
from microbiz.reports.dashboard import DayForm, ages_at, today_at
from microbiz.reports.exports import csv_table, write_workbook
from microbiz.reports.filters import NO_FILTER, ReportFilter
from microbiz.reports.report import SALES, STOCK, Reader, Report
from microbiz.reports.tables import Table
from settings_app.middleware import StaffRequest
from settings_app.models import AuditEntry, ShopSettings
from settings_app.operations import note

PAGE = 50  # rows
ON_PAPER = 2000  # rows; who needs more takes the file
TODAY = "settings_app.view_today"
EXPORT = "settings_app.export_reports"


@require_safe
def dashboard(request: StaffRequest) -> HttpResponse:
    """One day at a glance, and what waits now; each person sees the panels of their role."""
    if not any(request.user.has_perm(name) for name in (TODAY, SALES, STOCK)):
        raise PermissionDenied
    form = DayForm(request.GET, today=timezone.localdate())
    status = 200 if form.is_valid() else 422
    context = today_at(request.user, list(request.stores), form.chosen) | {
        "form": form,
        "now": timezone.localtime(),
    }
    return render(request, "reports/dashboard.html", context, status=status)


@require_safe
@permission_required(STOCK, raise_exception=True)
def ages(request: StaffRequest) -> HttpResponse:
    """The panel of the dashboard that comes after it, because the age of every unit in stock is looked up for it."""
    if not ShopSettings.load().serial_numbers_enabled:
        raise Http404
    context = {"ages": ages_at(list(request.stores)), "sees_cost": request.user.has_perm("inventory.view_cost")}
    return render(request, "reports/_ages.html", context)


@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Every report that the person may read."""
    sections = reports_for(request.user, has_serials=_reader(request).has_serials)
    if not sections:
        raise PermissionDenied
    return render(request, "reports/index.html", {"sections": sections})


@require_safe
def report(request: StaffRequest, slug: str) -> HttpResponse:
    """One report as its address asks; what makes no sense is answered with 422 and the reason."""
    one, found = _asked(request, slug)
    others = [found.form[name] for name in found.filters if name not in NO_FILTER]
    context = {"report": one, "found": found, "others": others}
    if not found.is_valid():
        return render(request, "reports/report.html", context, status=422)
    table = one.build(found, _reader(request))
    page = Paginator(table.rows, PAGE).get_page(request.GET.get("page"))
    context |= {
        "table": table,
        "chips": found.chips(),
        "query": clean_query(request.GET),
        **_shown(table, page.object_list),
        "page": page,
    }
    return render(request, "reports/report.html", context)


@require_safe
def paper(request: StaffRequest, slug: str) -> HttpResponse:
    """The whole report on one page, to be printed."""
    one, found = _asked(request, slug)
    if not found.is_valid():
        return render(request, "reports/report.html", {"report": one, "found": found}, status=422)
    table = one.build(found, _reader(request))
    page = Paginator(table.rows, ON_PAPER).get_page(1)
    context = {"report": one, "found": found, "table": table, "page": page, "now": timezone.localtime()}
    return render(request, "reports/paper.html", context | _shown(table, page.object_list))


@require_safe
@permission_required(EXPORT, raise_exception=True)
def export(request: StaffRequest, slug: str, kind: str) -> HttpResponseBase:
    """The whole report as a file: exactly the rows that the address asks for. Written down for the audit."""
    one, found = _asked(request, slug)
    if not found.is_valid():
        return render(request, "reports/report.html", {"report": one, "found": found}, status=422)
    table, currency = one.build(found, _reader(request)), ShopSettings.load().currency
    name = f"{slugify(str(one.title))}-{timezone.localdate().isoformat()}.{kind}"
    about = f"{one.title} ({kind}): {'; '.join(found.said)}"
    note(AuditEntry.Kind.EXPORT, staff=request.user, about=about, store=request.store)
    if kind == "xlsx":
        return FileResponse(write_workbook(table, currency, str(one.title)), as_attachment=True, filename=name)
    answer = StreamingHttpResponse(csv_table(table, currency), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _asked(request: StaffRequest, slug: str) -> tuple[Report, ReportFilter]:
    """The report of the address, if it is there and the person may read it, and its filter."""
    one = REPORTS.get(slug)
    if one is None or (one.needs_serials and not ShopSettings.load().serial_numbers_enabled):
        raise Http404("No such report.")
    if not request.user.has_perm(one.permission):
        raise PermissionDenied
    return one, one.filter(request.GET, stores=request.stores, today=timezone.localdate())


def _reader(request: StaffRequest) -> Reader:
    return Reader(request.user.has_perm("inventory.view_cost"), ShopSettings.load().serial_numbers_enabled)


def _shown(table: Table, rows) -> dict:
    currency = ShopSettings.load().currency
    return {
        "rows": [table.cells(row, currency) for row in rows],
        "foot": table.foot(currency) if table.totals else [],
    }
