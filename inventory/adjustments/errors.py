"""Why stock is not corrected as somebody asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from microbiz.errors import DomainError
from serials.errors import TooManySerials
from settings_app.models import Store


class StockChanged(DomainError):
    """Units moved since the person saw the figure that they corrected."""


@dataclass(frozen=True)
class Leaving:
    """How many of the serials at a store must leave when its stock is lowered, and how many may. All are units."""

    store: Store
    at_least: int
    at_most: int
    chosen: int


class SerialsLeave(TooManySerials):
    """Fewer units would remain than serials are on record; `stores` says where, and how many must be named."""

    def __init__(self, text: str, stores: Sequence[Leaving]):
        super().__init__(text)
        self.stores = stores
