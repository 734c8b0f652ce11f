"""Why stock is not corrected as somebody asked."""

from collections.abc import Collection, Sequence
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


class SerialsNotNamed(TooManySerials):
    """A document would leave more serials on record than units; `lines` are the pks of those that must name some."""

    def __init__(self, text: str, lines: Collection[int]):
        super().__init__(text)
        self.lines = lines


class NothingToAdjust(DomainError):
    """An adjustment without a line changes nothing."""


class WrongQuantity(DomainError):
    """A line changes stock by at least one unit, and by no more than anybody could mean."""


class LineGone(DomainError):
    """Somebody took the line off the adjustment in the meantime."""


class OverrideNotAllowed(DomainError):
    """Posting without required serials needs a permission that the person does not have."""


class NotReversible(DomainError):
    """This adjustment cannot be taken back: it is not posted, is taken back already, or takes one back itself."""


class ReasonInUse(DomainError):
    """A built-in reason that the shop itself needs stays in use."""
