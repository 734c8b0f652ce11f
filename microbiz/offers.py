"""Lets an app offer the next step on a page of another app, so that page need not know it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Offer:
    """What is known there and the next step: `text` beside a link that says `label`; without `url` the text alone."""

    text: str
    label: str
    url: str


Source = Callable[..., list[Offer]]  # asked with (subject, store=where the person is or the goods are wanted, staff=)

_sources: dict[str, list[Source]] = defaultdict(list)


def add_offers(page: str, source: Source) -> None:
    """Let `source` make offers on `page`; called from an app's `ready()`. The same source is added once."""
    if source not in _sources[page]:
        _sources[page].append(source)


def offers_on(page: str, subject: Any, *, store: Any, staff: Any) -> list[Offer]:
    """All offers on `subject`, in the order in which the apps came."""
    return [offer for source in _sources[page] for offer in source(subject, store=store, staff=staff)]
