"""The pages of an import: the file, its dry run, the run, the result."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST, require_safe

from inventory.imports import operations
from inventory.imports.errors import FileRefused
from inventory.imports.forms import ReadingForm, UploadForm
from inventory.imports.kinds import Kind, all_kinds
from inventory.imports.models import ImportJob, Verdict
from inventory.imports.results import result_lines, template_lines
from microbiz.errors import DomainError
from settings_app.models import AuditEntry
from settings_app.operations import note

SHOWN = [Verdict.WRONG, Verdict.NEW, Verdict.CHANGED, Verdict.SAME, Verdict.NOTHING]
DRY = (ImportJob.Status.COLUMNS, ImportJob.Status.CHECKING, ImportJob.Status.CHECKED)


def _kinds_for(staff) -> dict[str, type[Kind]]:
    return {code: kind for code, kind in all_kinds().items() if kind.is_available() and staff.has_perm(kind.permission)}


def _kind_for(staff, code: str) -> type[Kind]:
    """The kind of import, 404 where there is none, 403 where the role does not allow it."""
    kind = all_kinds().get(code)
    if kind is None or not kind.is_available():
        raise Http404
    if not staff.has_perm(kind.permission):
        raise PermissionDenied
    return kind


def _job_for(staff, pk: int) -> tuple[ImportJob, type[Kind]]:
    job = get_object_or_404(ImportJob.objects.for_staff(staff).select_related("staff", "store"), pk=pk)
    return job, _kind_for(staff, job.kind)


@login_required
@require_safe
def imports(request):
    """Every import, newest first."""
    kinds = _kinds_for(request.user)
    if not kinds:
        raise PermissionDenied
    jobs = ImportJob.objects.for_staff(request.user).filter(kind__in=kinds).select_related("staff", "store")
    page = Paginator(jobs, 50).get_page(request.GET.get("page"))
    for job in page:
        job.kind_title = kinds[job.kind].title
    return render(request, "imports/imports.html", {"page": page, "kinds": kinds.values()})


@login_required
def new(request, code):
    """Choose a file."""
    kind = _kind_for(request.user, code)
    form = UploadForm(request.POST or None, request.FILES or None, kind=kind, staff=request.user, store=request.store)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = operations.open_import(
                kind,
                name=file.name,
                content=file.read(),
                staff=request.user,
                store=form.cleaned_data.get("store"),
                options=form.chosen_options,
            )
        except FileRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("imports:import", job.pk)
    status = 422 if form.is_bound else 200
    return render(request, "imports/new.html", {"kind": kind, "form": form}, status=status)


@login_required
@require_safe
def show(request, pk):
    """One import: what its dry run found, how far it is, or what came of it."""
    job, kind = _job_for(request.user, pk)
    return render(request, "imports/import.html", _page(request, job, kind, ReadingForm(job=job, kind=kind)))


def _page(request, job, kind, form) -> dict:
    tabs = [(verdict, job.counts.get(verdict, 0)) for verdict in SHOWN]
    tabs = [(verdict, count) for verdict, count in tabs if count or verdict != Verdict.NOTHING]
    first = next((verdict for verdict, count in tabs if count), Verdict.WRONG)
    asked = request.GET.get("show", "")
    verdict = Verdict(asked) if asked in Verdict.values else first
    rows = Paginator(job.rows.filter(verdict=verdict), 100).get_page(request.GET.get("page"))
    return {
        "job": job,
        "kind": kind,
        "form": form,
        "tabs": tabs,
        "verdict": verdict,
        "rows": rows,
        "is_dry": job.status in DRY,
        "applied": job.rows.filter(is_applied=True).count() if job.status not in DRY else 0,
        "imported": kind.imported(job.to_import),
    }


@login_required
@require_GET
def progress(request, pk):
    """The moving part of the page; asks for the whole page once the work has ended."""
    job, kind = _job_for(request.user, pk)
    if not job.is_busy:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "imports/_progress.html", {"job": job, "kind": kind})


@login_required
@require_POST
def reading(request, pk):
    """Read the file in another way, or check it again."""
    job, kind = _job_for(request.user, pk)
    form = ReadingForm(request.POST, job=job, kind=kind)
    if form.is_valid():
        try:
            operations.change_reading(job, chosen=form.chosen, columns=form.chosen_columns, options=form.chosen_options)
            return redirect("imports:import", job.pk)
        except DomainError as refused:
            form.add_error(None, str(refused))
    return render(request, "imports/import.html", _page(request, job, kind, form), status=422)


@login_required
@require_POST
def start(request, pk):
    """Import what the dry run showed."""
    job, kind = _job_for(request.user, pk)
    try:
        operations.queue_import(job, takes_all=request.POST.get("take") == "all")
    except DomainError as refused:
        messages.error(request, str(refused))
        return render(
            request, "imports/import.html", _page(request, job, kind, ReadingForm(job=job, kind=kind)), status=422
        )
    return redirect("imports:import", job.pk)


@login_required
@require_POST
def stop(request, pk):
    """Stop a run."""
    return _after(request, pk, operations.stop)


@login_required
@require_POST
def resume(request, pk):
    """Go on with a run that stopped."""
    return _after(request, pk, operations.resume)


def _after(request, pk, operation):
    job, _kind = _job_for(request.user, pk)
    try:
        operation(job)
    except DomainError as refused:
        messages.error(request, str(refused))
    return redirect("imports:import", job.pk)


@login_required
@require_safe
def result(request, pk):
    """The rows with their verdicts, as CSV: all of them, or those of one verdict."""
    job, _kind = _job_for(request.user, pk)
    rows = job.rows.all()
    verdict = request.GET.get("show", "")
    if verdict in Verdict.values:
        rows = rows.filter(verdict=verdict)
    else:
        verdict = ""
    note(AuditEntry.Kind.EXPORT, staff=request.user, about=f"{job} {verdict}".strip(), store=job.store)
    return _csv(result_lines(job, rows.iterator(chunk_size=500)), f"{slugify(job.number)}-{verdict or 'result'}.csv")


@login_required
@require_safe
def template(request, code):
    """An example file to fill in."""
    kind = _kind_for(request.user, code)
    return _csv(template_lines(kind), f"{kind.code}.csv")


def _csv(lines, name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
