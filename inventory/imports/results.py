"""What became of the rows, as a CSV that opens in a spreadsheet without running anything."""

from collections.abc import Iterable, Iterator
from itertools import chain

from django.utils.translation import gettext as _

from inventory.imports.kinds import Kind
from inventory.imports.models import ImportJob, ImportRow, Verdict
from microbiz.outgoing import csv_lines


def result_lines(job: ImportJob, rows: Iterable[ImportRow]) -> Iterator[str]:
    """The lines of the result: each row of the file with its verdict, reasons and own cells."""
    head = [_("Row"), _("Verdict"), _("Imported"), _("Reason"), _("What to do"), *job.headings]
    yield from csv_lines(chain([head], map(_cells, rows)))


def _cells(row: ImportRow) -> list:
    titles = [
        f"{problem['column']}: {problem['title']}" if problem["column"] else problem["title"]
        for problem in row.problems
    ]
    details = [problem["detail"] for problem in row.problems if problem["detail"]]
    what = [*details, *(f"{label}: {before} → {after}" for label, before, after in row.changes), *row.notes]
    done = _("yes") if row.is_applied else _("no")
    return [row.number, str(Verdict(row.verdict).label), done, "; ".join(titles), "; ".join(what), *row.cells]


def template_lines(kind: type[Kind]) -> Iterator[str]:
    """An example file with the headings that are always understood."""
    return csv_lines(kind.template)
