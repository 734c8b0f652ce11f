"""Lets an app answer the look-up in the header, so the look-up need not know the app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Found:
    """One thing that a scanned or typed code means: where to go, and the words that tell it from the others."""

    kind: str | Promise  # Unit, Receipt, Product
    title: str
    detail: str | Promise
    url: str
    icon: str
    is_exact: bool = True  # a suggestion otherwise: shown when nothing is meant exactly


# Asked with (the code as it was delivered, staff); answers with what `staff` may see, best first, at most a few.
Finder = Callable[[str, Any], list[Found]]

_finders: list[tuple[int, Finder]] = []
_guessers: list[tuple[int, Finder]] = []


def add_finder(finder: Finder, weight: int = 100) -> None:
    """Ask `finder` at every look-up; called from an app's `ready()`. The same finder is added once."""
    _add(_finders, finder, weight)


def add_guesser(finder: Finder, weight: int = 100) -> None:
    """Ask `finder` where no other knows exactly what is meant: searching for words takes longer the more there is."""
    _add(_guessers, finder, weight)


def look_up(code: str, staff: Any) -> list[Found]:
    """Everything that `code` means to `staff`, by weight of the finders; each address once."""
    found: dict[str, Found] = {}
    for finders in (_finders, _guessers):
        for _weight, finder in sorted(finders, key=lambda entry: entry[0]):
            for one in finder(code, staff):
                found.setdefault(one.url, one)
        if any(one.is_exact for one in found.values()):
            break
    return list(found.values())


def _add(finders: list[tuple[int, Finder]], finder: Finder, weight: int) -> None:
    if finder not in [known for _weight, known in finders]:
        finders.append((weight, finder))
