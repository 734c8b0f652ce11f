"""What a run does, in the worker or at the command line: check the rows of a file (the dry run), and write them.

Reading and comparing happen outside transactions; writing happens in short ones, so that an import does not hold up a
till. Every run is idempotent: a run that died is taken up again where its last transaction ended.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from django.db import IntegrityError
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.imports.errors import ColumnsMissing, RowsToSettle
from inventory.imports.formats import FileFormat, Line
from inventory.imports.kinds import Kind, Reading, cut_off, kind_of
from inventory.imports.models import ImportFile, ImportJob, ImportRow, Verdict
from inventory.imports.reading import lines, with_decimal
from microbiz.errors import DomainError
from microbiz.transactions import operation

CHUNK = 500  # rows per transaction where wrong rows are skipped
TRIES = 3  # where two imports make the same record at one instant

AMOUNTS = ("price", "cost")  # fields whose cells say which decimal sign a file has

Progress = Callable[[int, int], None]
Result = TypeVar("Result")


class _Overtaken(Exception):
    """Somebody stopped this run or started another one in its place."""


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
    _settle(job, runner, ImportJob.Status.CHECKED, counts=counts_of(job))


def _read(run: Kind, line: Line, width: int, *, is_text: bool) -> Reading:
    wrong = (line.problem, "") if line.problem else cut_off(line.cells, width) if is_text else None
    if wrong is None:
        return run.read(line.number, line.cells)
    cells = [cell[:500].replace("\0", "") for cell in line.cells[:50]]
    reading = Reading(line.number, cells, title=" ".join(cells)[:120])
    reading.refuse(*wrong)
    return reading


# --- importing ---


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
        _settle(job, runner, ImportJob.Status.DONE, counts=counts_of(job))
    except DomainError as refused:
        status = ImportJob.Status.STOPPED if job.rows.filter(is_applied=True).exists() else ImportJob.Status.FAILED
        _settle(job, runner, status, problem=str(refused), counts=counts_of(job))
    except _Overtaken:
        pass  # whoever stopped it or took it over has said how it ends
    finally:
        _give_up(job, runner)
    job.refresh_from_db()


def _apply_all(job: ImportJob, runner: str, progress: Progress | None) -> None:
    """Try it without a lock first, with progress; then write it in one go."""
    run = kind_of(job.kind)(job)
    rows = list(waiting_rows(job))
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
    rows = list(waiting_rows(job))
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
    rows = list(waiting_rows(job)[:CHUNK])
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


def waiting_rows(job: ImportJob):
    """The rows that are to be written and are not yet, in the order of the file."""
    return job.rows.filter(verdict__in=[Verdict.NEW, Verdict.CHANGED], is_applied=False).order_by("number")


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


def counts_of(job: ImportJob) -> dict[str, int]:
    """How many rows there are of each verdict."""
    return dict(job.rows.order_by().values_list("verdict").annotate(Count("pk")))


def _chunks(rows: Sequence, size: int) -> Iterator[Sequence]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
