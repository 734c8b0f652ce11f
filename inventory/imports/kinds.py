"""What a file can be a list of. An app registers its kind in `ready()`, so imports never name the apps above."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inventory.imports.columns import Field
from inventory.imports.models import ImportJob, ImportRow, Verdict
from inventory.imports.values import CellProblem


@dataclass
class Reading:
    """One row as it was read. `values` are what is written; `change` and `record` say what that would do."""

    number: int
    cells: list[str]
    values: dict = field(default_factory=dict)
    title: str = ""
    code: str = ""
    problems: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdict: str = ""
    changes: list[list[str]] = field(default_factory=list)
    record: object = None  # what the row is about, where it is on record already

    @classmethod
    def of(cls, row: ImportRow) -> "Reading":
        """A row that was read before, to be compared again."""
        return cls(row.number, row.cells, values=row.values, title=row.title, code=row.code)

    def as_row(self, job: ImportJob) -> ImportRow:
        return ImportRow(
            job=job,
            number=self.number,
            cells=self.cells,
            values=self.values,
            verdict=self.verdict,
            title=self.title[:320],
            code=self.code[:130],
            problems=self.problems,
            notes=self.notes,
            changes=self.changes,
        )

    def refuse(self, title: str, detail: str = "", *, column: str = "", cell: str = "") -> None:
        """Note why the row cannot be taken: what is wrong, in which column, and what to do."""
        self.verdict = Verdict.WRONG
        self.problems.append({"column": column, "cell": cell[:120], "title": str(title), "detail": str(detail)})


class Cells:
    """The cells of one row by field, which remember the heading of their column for messages."""

    def __init__(self, cells: Sequence[str], columns: Sequence[str], headings: Sequence[str]):
        self._cells = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
        self.headings = {name: heading for name, heading in zip(columns, headings, strict=False) if name}

    def __getitem__(self, name: str) -> str:
        return self._cells.get(name, "")

    def has(self, name: str) -> bool:
        return bool(self[name].strip())

    def read(self, name: str, reader, reading: Reading, **how):
        """The cell as `reader` reads it, or None with the reason noted on `reading`."""
        try:
            return reader(self[name], **how)
        except CellProblem as problem:
            reading.refuse(problem.title, problem.detail, column=self.headings.get(name, ""), cell=self[name])
            return None


@dataclass(frozen=True)
class Option:
    """A yes-or-no choice of one kind of import."""

    name: str
    label: str | Promise
    help: str | Promise = ""


class Kind(ABC):
    """What a file can be a list of. A run is one object: it remembers what it has seen in the file."""

    do_not_call_in_templates = True  # a template is given the class, not a run

    code: ClassVar[str]
    title: ClassVar[str | Promise]  # of the page
    permission: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    options: ClassVar[tuple[Option, ...]] = ()
    needs_store: ClassVar[bool] = False
    row_heading: ClassVar[str | Promise]
    running: ClassVar[str | Promise]
    trace: ClassVar[str | Promise]  # where what was done can be seen later
    result_path: ClassVar[str]  # where the imported records are seen
    result_label: ClassVar[str | Promise]
    template: ClassVar[tuple[tuple[str, ...], ...]] = ()  # an example file, headings first
    at_once: ClassVar[int] = 2000  # rows compared and written at a time where all are taken

    def __init__(self, job: ImportJob):
        self.job = job

    @classmethod
    def is_available(cls) -> bool:
        """Whether the shop uses what this imports."""
        return True

    @classmethod
    @abstractmethod
    def missing_columns(cls, columns: Sequence[str]) -> str:
        """What no column was found for, in words, or nothing."""

    @classmethod
    @abstractmethod
    def imported(cls, count: int) -> str:
        """“12 products imported”."""

    @abstractmethod
    def read(self, number: int, cells: Sequence[str]) -> Reading:
        """Read one row. Touches no database; may remember what the rows before it held."""

    @abstractmethod
    def compare(self, readings: Sequence[Reading], *, locked: bool = False) -> None:
        """Give every reading without problems its verdict, in a fixed number of queries.

        `locked` keeps the records that will be changed until the transaction ends.
        """

    @abstractmethod
    def write(self, readings: Sequence[Reading]) -> None:
        """Write readings that `compare(locked=True)` found new or changed, in a fixed number of statements."""


_kinds: dict[str, type[Kind]] = {}


def add_kind(kind: type[Kind]) -> type[Kind]:
    """Make a kind of import known; called from an app's `ready()`."""
    _kinds[kind.code] = kind
    return kind


def kind_of(code: str) -> type[Kind]:
    return _kinds[code]


def all_kinds() -> Mapping[str, type[Kind]]:
    return dict(_kinds)


def cut_off(cells: Sequence[str], width: int) -> tuple[str, str] | None:
    """Why a row has not the cells of the headings, as title and advice, or None where it has."""
    extra = [cell for cell in cells[width:] if cell.strip()]
    if extra:
        return (
            _("Row has too many cells"),
            _("%(there)d cells of %(width)d: a delimiter or decimal comma inside a cell without quotes?")
            % {"there": len(cells), "width": width},
        )
    if len(cells) < width:
        return (
            _("Row is cut off"),
            _("%(there)d cells of %(width)d: a line break inside a cell without quotes?")
            % {"there": len(cells), "width": width},
        )
    return None
