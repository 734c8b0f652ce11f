"""Taking a file in: open, check (the dry run), apply, stop, resume.

Reading and comparing happen outside transactions; writing happens in short ones, so that an import does not hold up a
till. Every run is idempotent: a run that died is taken up again where its last transaction ended.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from itertools import islice
from typing import TypeVar

from django.db import IntegrityError
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from inventory.imports.columns import match_headings, read_columns_option
from inventory.imports.errors import ColumnsMissing, ImportNotReady, RowsToSettle
from inventory.imports.formats import PROBE_ROWS, FileFormat, Line
from inventory.imports.kinds import Kind, Reading, cut_off, kind_of
from inventory.imports.models import ImportFile, ImportJob, ImportRow, Verdict
from inventory.imports.reading import detect, lines, with_decimal, with_looks
from microbiz.errors import DomainError
from microbiz.transactions import operation
from settings_app.models import Staff, Store
from settings_app.operations import next_number

CHUNK = 500  # rows per transaction where wrong rows are skipped
MOST_AT_ONCE = 25_000  # rows in one transaction; about 5 seconds in which SQLite lets no till write
AMOUNTS = ("price", "cost")

TRIES = 3  # where two imports make the same record at one instant

Progress = Callable[[int, int], None]
Result = TypeVar("Result")


class _Overtaken(Exception):
    """Somebody stopped this run or started another one in its place."""


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


# --- the dry run ---


def check_rows(job: ImportJob, progress: Progress | None = None) -> None:
    """Read and compare every row, and note what importing it would do. Changes nothing but the import itself.

    Raises ColumnsMissing where the columns are not chosen yet.
    """
    if job.status == ImportJob.Status.COLUMNS:
        raise ColumnsMissing(job.problem)
    runner = _claim(job, ImportJob.Status.CHECKING)
    if runner is None:
        return
    try:
        _check(job, runner, progress)
    except DomainError as refused:
        _settle(job, runner, ImportJob.Status.COLUMNS, problem=str(refused))
    except _Overtaken:
        pass  # whoever stopped it or took it over has said how it ends
    finally:
        _give_up(job, runner)
    job.refresh_from_db()


def _check(job: ImportJob, runner: str, progress: Progress | None) -> None:
    fmt = FileFormat.from_json(job.format)
    body = list(lines(bytes(job.file.content), fmt))[1 if fmt.has_headings else 0 :]
    places = [at for at, name in enumerate(job.columns) if name in AMOUNTS]
    decimal = with_decimal(fmt, (line.cells[at] for line in body for at in places if at < len(line.cells)))
    if fmt.kind == "xlsx" and decimal.decimal == "," != fmt.decimal:  # its numbers are to be written the same way
        body = list(lines(bytes(job.file.content), decimal))[1 if fmt.has_headings else 0 :]
    job.format = decimal.as_json()
    _keep(job, runner, format=job.format, total=len(body), done=0, clear=True)
    run = kind_of(job.kind)(job)
    for chunk in _chunks(body, CHUNK):
        readings = [_read(run, line, len(job.headings), is_text=fmt.kind == "csv") for line in chunk]
        run.compare(readings)
        _keep(job, runner, readings=readings)
        if progress:
            progress(job.done, job.total)
    _settle(job, runner, ImportJob.Status.CHECKED, counts=_counts(job))


def _read(run: Kind, line: Line, width: int, *, is_text: bool) -> Reading:
    wrong = (line.problem, "") if line.problem else cut_off(line.cells, width) if is_text else None
    if wrong is None:
        return run.read(line.number, line.cells)
    cells = [cell[:500].replace("\0", "") for cell in line.cells[:50]]
    reading = Reading(line.number, cells, title=" ".join(cells)[:120])
    reading.refuse(*wrong)
    return reading


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


def apply_rows(job: ImportJob, progress: Progress | None = None) -> None:
    """Write the rows that the dry run found new or changed, compared once more with what is on record now.

    In one transaction where the whole file is taken, else in short ones of CHUNK rows, each of which is kept whatever
    happens later. A row that no longer fits is left out and says why; where all are taken, nothing is written.
    """
    runner = _claim(job, ImportJob.Status.RUNNING)
    if runner is None:
        return
    try:
        if job.takes_all:
            _apply_all(job, runner, progress)
        else:
            while _unless_taken(lambda: _apply_some(job, runner)):
                if progress:
                    progress(job.done, job.total)
        _settle(job, runner, ImportJob.Status.DONE, counts=_counts(job))
    except DomainError as refused:
        status = ImportJob.Status.STOPPED if job.rows.filter(is_applied=True).exists() else ImportJob.Status.FAILED
        _settle(job, runner, status, problem=str(refused), counts=_counts(job))
    except _Overtaken:
        pass  # whoever stopped it or took it over has said how it ends
    finally:
        _give_up(job, runner)
    job.refresh_from_db()


def _apply_all(job: ImportJob, runner: str, progress: Progress | None) -> None:
    """Try it without a lock first, with progress; then write it in one go."""
    run = kind_of(job.kind)(job)
    rows = list(_waiting_rows(job))
    for chunk in _chunks(rows, CHUNK):
        readings = [Reading.of(row) for row in chunk]
        run.compare(readings)
        _refuse_new_problems(readings)
        _keep(job, runner, done=job.done + len(chunk))
        if progress:
            progress(job.done, job.total)
    _unless_taken(lambda: _write_all(job, runner))


@operation
def _write_all(job: ImportJob, runner: str) -> None:
    run = kind_of(job.kind)(job)
    rows = list(_waiting_rows(job))
    for chunk in _chunks(rows, run.at_once):
        readings = [Reading.of(row) for row in chunk]
        run.compare(readings, locked=True)
        _refuse_new_problems(readings)
        _write(run, chunk, readings)
    _lock_for(job, runner)  # last, so that stopping can overtake it until now


def _refuse_new_problems(readings: Sequence[Reading]) -> None:
    wrong = [reading for reading in readings if reading.verdict == Verdict.WRONG]
    if wrong:
        raise RowsToSettle(
            _(
                "The records have changed since the dry run: row %(row)s no longer fits (%(why)s). Nothing was imported; check again."
            )
            % {"row": f"{wrong[0].number:,}", "why": wrong[0].problems[0]["title"]}
        )


@operation
def _apply_some(job: ImportJob, runner: str) -> bool:
    """Write the next rows in one short transaction; False when none is left."""
    done = _lock_for(job, runner)
    run = kind_of(job.kind)(job)
    rows = list(_waiting_rows(job)[:CHUNK])
    if not rows:
        return False
    readings = [Reading.of(row) for row in rows]
    run.compare(readings, locked=True)
    _write(run, rows, readings)
    done += len(rows)
    ImportJob.objects.filter(pk=job.pk).update(done=done, last_row=rows[-1].number, seen_at=timezone.now())
    job.done = done
    return True


def _unless_taken(write: Callable[[], Result]) -> Result:
    """Do it again where somebody else made the same record at this instant: now it is on record, and is compared so."""
    for _attempt in range(TRIES - 1):
        try:
            return write()
        except IntegrityError:
            continue
    return write()


def _write(run: Kind, rows: Sequence[ImportRow], readings: Sequence[Reading]) -> None:
    run.write([reading for reading in readings if reading.verdict in (Verdict.NEW, Verdict.CHANGED)])
    different = []
    for row, reading in zip(rows, readings, strict=True):
        if row.verdict != reading.verdict:
            row.verdict, row.problems, row.changes = reading.verdict, reading.problems, reading.changes
            row.is_applied = reading.verdict != Verdict.WRONG
            different.append(row)
    ImportRow.objects.bulk_update(different, ["verdict", "problems", "changes", "is_applied"], batch_size=200)
    changed = {row.pk for row in different}
    here = run.job.rows.filter(number__gte=rows[0].number, number__lte=rows[-1].number)
    here.filter(verdict__in=[Verdict.NEW, Verdict.CHANGED]).exclude(pk__in=changed).update(is_applied=True)


def _waiting_rows(job: ImportJob):
    return job.rows.filter(verdict__in=[Verdict.NEW, Verdict.CHANGED], is_applied=False).order_by("number")


# --- stopping and taking up again ---


@operation
def stop(job: ImportJob) -> ImportJob:
    """Stop a run. Rows that were written stay, unless the whole file was to be taken: then none was."""
    job = _locked(job, ImportJob.Status.CHECKING, ImportJob.Status.RUNNING)
    if job.status == ImportJob.Status.CHECKING:
        job.problem = _("The dry run was stopped. Check again to go on.")
    job.status, job.runner, job.finished_at = ImportJob.Status.STOPPED, "", timezone.now()
    job.counts = _counts(job)
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
        job.started_at and not job.takes_all and _waiting_rows(job).exists() and job.status != ImportJob.Status.CHECKED
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


# --- who may write ---


def _claim(job: ImportJob, status: str) -> str | None:
    """Become the one run that may write for `job`, or None where another one is at it or it is not asked for."""
    runner = secrets.token_hex(8)
    if not _take_on(job, status, runner):
        return None
    job.refresh_from_db()
    return runner


@operation
def _take_on(job: ImportJob, status: str, runner: str) -> bool:
    found = ImportJob.objects.select_for_update().get(pk=job.pk)
    if found.status != status or (found.runner and not found.is_interrupted):
        return False
    found.runner, found.seen_at = runner, timezone.now()
    found.save(update_fields=["runner", "seen_at"])
    return True


def _lock_for(job: ImportJob, runner: str) -> int:
    """Hold the import until the transaction ends: how many rows are done. _Overtaken where it is no longer this run's."""
    mine = ImportJob.objects.select_for_update().filter(pk=job.pk, runner=runner)
    done = mine.values_list("done", flat=True).first()
    if done is None:
        raise _Overtaken
    return done


@operation
def _keep(job: ImportJob, runner: str, *, readings: Sequence[Reading] = (), clear: bool = False, **changes) -> None:
    """Note how far the run is."""
    done = _lock_for(job, runner)
    if clear:
        job.rows.all().delete()
    if readings:
        ImportRow.objects.bulk_create([reading.as_row(job) for reading in readings], batch_size=CHUNK)
        changes |= {"done": done + len(readings), "last_row": readings[-1].number}
    changes["seen_at"] = timezone.now()
    for name, value in changes.items():
        setattr(job, name, value)
    job.save(update_fields=list(changes))


@operation
def _settle(job: ImportJob, runner: str, status: str, *, problem: str = "", **changes) -> None:
    """End the run. Once it is done its rows say everything, and the file is let go."""
    now = timezone.now()
    mine = ImportJob.objects.filter(pk=job.pk, runner=runner)
    ended = mine.update(status=status, problem=problem, runner="", finished_at=now, seen_at=now, **changes)
    if ended and status == ImportJob.Status.DONE:
        ImportFile.objects.filter(job=job).delete()


@operation
def _give_up(job: ImportJob, runner: str) -> None:
    """Where a run ends by an error of ours, let the page say so at once instead of after a long silence."""
    ImportJob.objects.filter(pk=job.pk, runner=runner).update(seen_at=None)


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


def _counts(job: ImportJob) -> dict[str, int]:
    return dict(job.rows.order_by().values_list("verdict").annotate(Count("pk")))


def _chunks(rows: Sequence, size: int) -> Iterator[Sequence]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
