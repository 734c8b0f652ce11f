"""Why a transfer refuses. Every text says what to do next."""

from microbiz.errors import DomainError


class TransferSettled(DomainError):
    """The transfer is no longer at the step that was asked for: sent, received or cancelled in the meantime."""


class SameStore(DomainError):
    """A transfer needs two different stores."""


class NothingToSend(DomainError):
    """The request has no lines."""


class LineGone(DomainError):
    """The line was removed in the meantime."""


class NothingToReceive(DomainError):
    """Nothing was scanned, counted or decided on since the last receipt."""


class Undecided(DomainError):
    """Units that are missing or unexpected were not decided on yet."""


class NotOutstanding(DomainError):
    """What somebody decides on is not what it was: it arrived, was decided on, or was never sent."""


class CountImpossible(DomainError):
    """Another number of units than can have come: what was sent is settled, with and without serial numbers."""


class NumbersNeeded(DomainError):
    """The add-on is off, and only some of a product's units move, whose numbers nobody can then tell."""


class ReasonMissing(DomainError):
    """A decision that takes a unit off the books needs its reason."""
