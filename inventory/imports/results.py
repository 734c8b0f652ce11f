"""What became of the rows, as a CSV that opens in a spreadsheet without running anything."""

import csv
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from inventory.imports.kinds import Kind
from inventory.imports.models import ImportJob, ImportRow, Verdict

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def result_lines(job: ImportJob, rows: Iterable[ImportRow]) -> Iterator[str]:
    """The lines of the result: each row of the file with its verdict, reasons and own cells."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(
        [_("Row"), _("Verdict"), _("Imported"), _("Reason"), _("What to do"), *map(safe, job.headings)]
    )
    for row in rows:
        titles = [
            f"{problem['column']}: {problem['title']}" if problem["column"] else problem["title"]
            for problem in row.problems
        ]
        details = [problem["detail"] for problem in row.problems if problem["detail"]]
        what = [*details, *(f"{label}: {before} → {after}" for label, before, after in row.changes), *row.notes]
        done = _("yes") if row.is_applied else _("no")
        verdict = str(Verdict(row.verdict).label)
        yield writer.writerow([row.number, verdict, done, *map(safe, ["; ".join(titles), "; ".join(what), *row.cells])])


def template_lines(kind: type[Kind]) -> Iterator[str]:
    """An example file with the headings that are always understood."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(kind.template[0])
    for row in kind.template[1:]:
        yield writer.writerow(row)


def safe(cell: str) -> str:
    """A cell that a spreadsheet takes as text and never as a formula."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
