"""Lets each app tell what was done in it, for the one list of who did what; the list need not know the apps."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise


@dataclass(frozen=True)
class Told:
    """One row of the list, in words."""

    what: str | Promise
    detail: str = ""
    where: Any = ""  # a store, or the address of a browser
    url: str = ""


@dataclass(frozen=True)
class Source:
    """One kind of thing that people do.

    `rows` gives the records, `at` and `staff` name their fields for when and who, `tell` puts one in words.
    """

    name: str
    label: str | Promise
    rows: Callable[[], QuerySet]
    tell: Callable[[Any], Told]
    at: str = "at"
    staff: str = "staff"


@dataclass(frozen=True)
class Asked:
    """What of the trail is wanted: whose, of which kinds (all unless told), from when until before when."""

    staff: Any = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, order=True)
class Entry:
    """Something that somebody did."""

    at: datetime
    source: Source = field(compare=False)
    row: Any = field(compare=False)

    @property
    def staff(self) -> Any:
        return reduce(getattr, self.source.staff.split("__"), self.row)

    @property
    def told(self) -> Told:
        return self.source.tell(self.row)


_sources: dict[str, Source] = {}


def add_source(source: Source) -> None:
    """Let the list tell of this; called from an app's `ready()`. The same name is added once."""
    _sources.setdefault(source.name, source)


def sources() -> Sequence[Source]:
    return list(_sources.values())


class Trail:
    """What was asked for, newest first: counted and sliced as a paginator does, or walked to its end."""

    def __init__(self, asked: Asked):
        self.found = [(source, _rows(source, asked)) for source in sources() if asked.kind in ("", source.name)]

    def count(self) -> int:
        return sum(rows.count() for _source, rows in self.found)

    __len__ = count

    def __getitem__(self, wanted: slice) -> list[Entry]:
        """Two statements for each source and page, so many rows of each as the page is far."""
        walks = [_walk(source, rows[: wanted.stop]) for source, rows in self.found]
        return list(islice(_merged(walks), wanted.start, wanted.stop))

    def __iter__(self) -> Iterator[Entry]:
        return _merged([_walk(source, rows.iterator()) for source, rows in self.found])


def _walk(source: Source, rows: Iterable) -> Iterator[Entry]:
    return (Entry(getattr(row, source.at), source, row) for row in rows)


def _merged(walks: Iterable[Iterator[Entry]]) -> Iterator[Entry]:
    return heapq.merge(*walks, reverse=True)


def _rows(source: Source, asked: Asked) -> QuerySet:
    rows = source.rows().select_related(source.staff).order_by(f"-{source.at}", "-pk")
    if asked.staff is not None:
        rows = rows.filter(**{source.staff: asked.staff})
    if asked.since is not None:
        rows = rows.filter(**{f"{source.at}__gte": asked.since})
    if asked.until is not None:
        rows = rows.filter(**{f"{source.at}__lt": asked.until})
    return rows
