"""Why a stock count refuses something."""

from microbiz.errors import DomainError


class CountClosed(DomainError):
    """The count is posted or cancelled, so nothing is scanned into it any more."""


class NothingToCount(DomainError):
    """A count needs at least one product that it is about."""


class NothingToUndo(DomainError):
    """This person has no scan left that could be undone."""


class ScanGone(DomainError):
    """The scan was undone in the meantime."""


class WrongQuantity(DomainError):
    """A count of units is at least none, and no more than anybody could mean."""


class CountChanged(DomainError):
    """What differs is no longer what the person saw."""


class NotDecided(DomainError):
    """Products differ and nobody has accepted it yet."""


class ProductUnknown(DomainError):
    """What was typed names no product."""
