"""What a report shows: columns, rows and the sums below them, the same on screen, on paper and in files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from microbiz.money import format_money
from settings_app.models import Store

Row = Mapping[str, Any]
CHUNK = 2000  # rows read at once for a file


class Kind(Enum):
    """What the values of a column are, and with that how they are written."""

    TEXT = "text"
    CODE = "code"  # a serial number or SKU: never a figure, whatever it looks like
    COUNT = "count"
    MONEY = "money"
    SHARE = "share"  # of 1, as a percentage
    BAR = "bar"  # the same as a bar: shown on screen and paper, left out of files
    DAY = "day"
    MOMENT = "moment"  # a time on the wall of the row's store, without a zone


NUMBERS = (Kind.COUNT, Kind.MONEY, Kind.SHARE)


@dataclass(frozen=True)
class Column:
    """One column. `url` leads on from a row, `sub` stands in a second, quieter line of its cell."""

    key: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    url: Callable[[Row], str | None] | None = None
    sub: "Column | None" = None
    is_wide: bool = False  # left out on a phone
    is_for_files: bool = False  # left out everywhere but in files
    is_strong: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Cell:
    """One cell as it is shown."""

    column: Column
    text: str
    sub: str = ""
    url: str | None = None
    share: float = 0  # of a bar, in percent


class LazyRows:
    """Rows that the database holds: counted, cut into pages and read through without being fetched all at once."""

    def __init__(self, queryset: QuerySet, make: Callable[[Sequence], list[Row]]):
        self.queryset, self.make = queryset, make

    def count(self) -> int:
        return self.queryset.count()

    def __getitem__(self, part: slice) -> list[Row]:
        return self.make(list(self.queryset[part]))

    def __iter__(self) -> Iterator[Row]:
        waiting = []
        for found in self.queryset.iterator(chunk_size=CHUNK):
            waiting.append(found)
            if len(waiting) == CHUNK:
                yield from self.make(waiting)
                waiting = []
        yield from self.make(waiting)


@dataclass(frozen=True)
class Table:
    """A whole report. `totals` are sums of the whole selection by the keys of their columns."""

    columns: Sequence[Column]
    rows: Sequence[Row] | LazyRows
    totals: Row = field(default_factory=dict)
    chart: Any = None

    @property
    def shown(self) -> list[Column]:
        """The columns of the page and of paper."""
        return [column for column in self.columns if not column.is_for_files]

    @property
    def filed(self) -> list[Column]:
        """The columns of a file: a second line is one of its own there, and a bar is none."""
        pairs = [(column, column.sub) for column in self.columns if column.kind is not Kind.BAR]
        return [column for pair in pairs for column in pair if column]

    def cells(self, row: Row, currency: str) -> list[Cell]:
        return [_cell(column, row, currency) for column in self.shown]

    def foot(self, currency: str) -> list[Cell]:
        return [Cell(column, shown(self.totals.get(column.key), column.kind, currency)) for column in self.shown]


def _cell(column: Column, row: Row, currency: str) -> Cell:
    value = row.get(column.key)
    if column.kind is Kind.BAR:
        return Cell(column, "", share=round(max(value or 0, 0) * 100, 1))
    sub = str(row.get(column.sub.key) or "") if column.sub else ""
    url = column.url(row) if column.url and value not in (None, "") else None
    return Cell(column, shown(value, column.kind, currency), sub, url)


def shown(value: Any, kind: Kind, currency: str) -> str:
    """A value as people read it; nothing for what is not known."""
    if value is None or kind is Kind.BAR:
        return ""
    if kind is Kind.MONEY:
        return format_money(value, currency)
    if kind is Kind.COUNT:
        return intcomma(value).replace("-", "−")
    if kind is Kind.SHARE:
        return f"{value * 100:.1f}%".replace("-", "−")
    if kind is Kind.DAY:
        return date_format(value, "D j M Y")
    if kind is Kind.MOMENT:
        return date_format(value, "j M Y H:i")
    return str(value)


def on_the_wall(at: datetime | None, store: Store) -> datetime | None:
    """A moment as the store's clock shows it, without a zone, so that nothing moves it again."""
    return None if at is None else at.astimezone(ZoneInfo(store.time_zone)).replace(tzinfo=None)


# Columns that many reports share.
SKU = Column("sku", gettext_lazy("SKU"), Kind.CODE)
STORE = Column("store", gettext_lazy("Store"))
BAR = Column("bar", gettext_lazy("Share"), Kind.BAR, is_wide=True)
