"""Lets an app remark on the rows of a list that another app owns, so the list need not know it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Remarks = Mapping[Any, str]  # by what the list calls its cells; the text says what is wrong there, in words

_sources: dict[str, list[Callable[[Sequence, Sequence], Remarks]]] = defaultdict(list)


def add_remarks(page: str, source: Callable[[Sequence, Sequence], Remarks]) -> None:
    """Let `source` remark on `page`; called from an app's `ready()`. The same source is added once.

    `source` is called once for the rows and columns of a page, so that it can ask in a fixed number of queries.
    """
    if source not in _sources[page]:
        _sources[page].append(source)


def remarks_on(page: str, rows: Sequence, columns: Sequence = ()) -> dict[Any, list[str]]:
    """All remarks on the cells of `page`, by cell."""
    found: dict[Any, list[str]] = defaultdict(list)
    for source in _sources[page]:
        for cell, text in source(rows, columns).items():
            found[cell].append(text)
    return dict(found)
