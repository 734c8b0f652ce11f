"""What a person does with a file: take it in, say how it is read, import it, stop it and go on.

The work itself is a run (`run_operations`), which the tasks below begin in the worker.
"""

from copy import copy
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from inventory.imports.columns import match_headings, read_columns_option
from inventory.imports.errors import ImportNotReady, RowsToSettle
from inventory.imports.formats import PROBE_ROWS, FileFormat, Line
from inventory.imports.kinds import Kind, kind_of
from inventory.imports.models import ImportFile, ImportJob
from inventory.imports.reading import detect, lines, with_looks
from inventory.imports.run_operations import apply_rows, check_rows, counts_of, waiting_rows
from microbiz.transactions import operation
from settings_app.models import Staff, Store
from settings_app.operations import next_number

MOST_AT_ONCE = 25_000  # rows in one transaction; about 5 seconds in which SQLite lets no till write


def open_import(
    kind: type[Kind],
    *,
    name: str,
    content: bytes,
    staff: Staff | None,
    store: Store | None = None,
    options: dict | None = None,
    chosen: dict | None = None,
    columns: str = "",
    in_background: bool = True,
) -> ImportJob:
    """Take a file in and have it checked; nothing of the shop's records changes.

    `chosen` are parts of its format and `columns` what its columns are, where a person says so. Raises FileRefused
    for what is no list. Where a needed column is not found, the import waits for the columns to be chosen.
    """
    fmt = detect(content, name).chosen(**(chosen or {}))
    job = ImportJob(kind=kind.code, name=name[:200], size=len(content), staff=staff, store=store, options=options or {})
    _look(job, content, fmt, columns)
    return _take_in(job, content, in_background=in_background)


@operation
def _take_in(looked: ImportJob, content: bytes, *, in_background: bool) -> ImportJob:
    job = copy(looked)
    job.number = next_number("IMP")
    job.save()
    ImportFile.objects.create(job=job, content=content)
    if in_background and job.status == ImportJob.Status.CHECKING:
        check_in_background.enqueue(job.pk)
    return job


def change_reading(
    job: ImportJob, *, chosen: dict, columns: list[str] | None = None, options: dict | None = None
) -> None:
    """Read the file in another way, and check it again.

    `columns` is one name of a field, or "", per column; None matches the headings anew, as a changed delimiter needs.
    Raises FileRefused where the file cannot be read that way, ImportNotReady once rows were written.
    """
    content = bytes(job.file.content)
    fmt = FileFormat.from_json(job.format).chosen(**chosen)
    looked = ImportJob(pk=job.pk, kind=job.kind)
    _look(looked, content, fmt, columns)
    _take_reading(looked, options)


@operation
def _take_reading(looked: ImportJob, options: dict | None) -> None:
    job = _locked(looked, ImportJob.Status.COLUMNS, ImportJob.Status.CHECKING, ImportJob.Status.CHECKED)
    for part in ("format", "headings", "samples", "columns", "status", "problem"):
        setattr(job, part, getattr(looked, part))
    if options is not None:
        job.options = options
    job.rows.all().delete()
    _wait(job, job.status)
    if job.status == ImportJob.Status.CHECKING:
        check_in_background.enqueue(job.pk)


def _look(job: ImportJob, content: bytes, fmt: FileFormat, columns: str | list[str] | None) -> None:
    """Read the head of the file: its headings, a sample of each column, and what the columns become."""
    kind = kind_of(job.kind)
    head = list(islice(lines(content, fmt), PROBE_ROWS))
    first = head[0] if head else Line(1, [])
    matched = match_headings(first.cells, kind.fields)
    fmt = with_looks(fmt, first, sum(bool(name) for name in matched))
    body = head[1:] if fmt.has_headings else head
    width = len(first.cells) if fmt.has_headings else max((len(line.cells) for line in head), default=0)
    if fmt.has_headings:
        job.headings = [
            cell.strip()[:120] or _("Column %(number)d") % {"number": at} for at, cell in enumerate(first.cells, 1)
        ]
    else:
        job.headings = [_("Column %(number)d") % {"number": at} for at in range(1, width + 1)]
        matched = [""] * width
    job.samples = [
        next((line.cells[at].strip()[:120] for line in body if at < len(line.cells) and line.cells[at].strip()), "")
        for at in range(width)
    ]
    if isinstance(columns, list) and len(columns) == width:
        matched = columns
    elif isinstance(columns, str) and columns:
        matched = read_columns_option(columns, job.headings, kind.fields)
    job.columns = matched
    job.format = fmt.as_json()
    job.problem = _missing(kind, job)
    job.status = ImportJob.Status.COLUMNS if job.problem else ImportJob.Status.CHECKING


def _missing(kind: type[Kind], job: ImportJob) -> str:
    missing = kind.missing_columns(job.columns)
    if not missing:
        return ""
    return _("%(missing)s The columns are: %(columns)s. Say what they are, or choose another file.") % {
        "missing": missing,
        "columns": ", ".join(job.headings),
    }


# --- importing ---


@operation
def queue_import(job: ImportJob, *, takes_all: bool, in_background: bool = True) -> ImportJob:
    """Start importing what the dry run showed: the whole file or nothing, or all rows but the wrong ones.

    Raises ImportNotReady when there is nothing to import, RowsToSettle when the whole file is asked for and rows are
    wrong.
    """
    job = _locked(job, ImportJob.Status.CHECKED)
    if not job.to_import:
        raise ImportNotReady(_("No row of this file would change anything, so there is nothing to import."))
    if takes_all and job.wrong:
        raise RowsToSettle(
            _(
                "%(count)s rows are to be settled, so the whole file cannot be taken. Correct the file, or leave them out."
            )
            % {"count": f"{job.wrong:,}"}
        )
    if takes_all and job.to_import > MOST_AT_ONCE:
        raise ImportNotReady(
            _("More than %(limit)s rows in one go would make the tills wait. Take the file row by row, or split it.")
            % {"limit": f"{MOST_AT_ONCE:,}"}
        )
    job.takes_all = takes_all
    job.total, job.done, job.started_at = job.to_import, 0, timezone.now()
    _wait(job, ImportJob.Status.RUNNING)
    if in_background:
        apply_in_background.enqueue(job.pk)
    return job


# --- stopping and taking up again ---


@operation
def stop(job: ImportJob) -> ImportJob:
    """Stop a run. Rows that were written stay, unless the whole file was to be taken: then none was."""
    job = _locked(job, ImportJob.Status.CHECKING, ImportJob.Status.RUNNING)
    if job.status == ImportJob.Status.CHECKING:
        job.problem = _("The dry run was stopped. Check again to go on.")
    job.status, job.runner, job.finished_at = ImportJob.Status.STOPPED, "", timezone.now()
    job.counts = counts_of(job)
    job.save()
    return job


@operation
def resume(job: ImportJob) -> ImportJob:
    """Go on with an import that was stopped, or whose background run died. Written rows are not written again."""
    stopped = (ImportJob.Status.STOPPED, ImportJob.Status.FAILED)
    job = _locked(job, *stopped, ImportJob.Status.CHECKING, ImportJob.Status.CHECKED, ImportJob.Status.RUNNING)
    if job.is_busy and not (job.is_interrupted or job.is_waiting):
        raise ImportNotReady(_("This import is being worked on. Its progress is on this page."))
    job.problem = ""
    goes_on = (
        job.started_at and not job.takes_all and waiting_rows(job).exists() and job.status != ImportJob.Status.CHECKED
    )
    if goes_on or (job.status == ImportJob.Status.RUNNING):
        _wait(job, ImportJob.Status.RUNNING)
        apply_in_background.enqueue(job.pk)
    else:
        job.started_at = None
        _wait(job, ImportJob.Status.CHECKING)
        check_in_background.enqueue(job.pk)
    return job


@task()
def check_in_background(job_id: int) -> None:
    """The dry run, in the worker."""
    if job := ImportJob.objects.filter(pk=job_id).first():
        check_rows(job)


@task()
def apply_in_background(job_id: int) -> None:
    """The import itself, in the worker."""
    if job := ImportJob.objects.filter(pk=job_id).first():
        apply_rows(job)


def _wait(job: ImportJob, status: str) -> None:
    """Hand the import to the next run, whichever that is."""
    job.status, job.runner, job.seen_at, job.finished_at = status, "", timezone.now(), None
    if status == ImportJob.Status.CHECKING:
        job.done, job.counts = 0, {}
    job.save()


def _locked(job: ImportJob, *statuses: str) -> ImportJob:
    job = ImportJob.objects.select_for_update().get(pk=job.pk)
    if job.status not in statuses:
        raise ImportNotReady(
            _("Import %(number)s is %(status)s, so this is no longer possible. Choose the file again.")
            % {"number": job.number, "status": job.get_status_display().lower()}
        )
    return job
