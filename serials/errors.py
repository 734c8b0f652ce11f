"""Why a document refuses a serial number."""

from microbiz.errors import DomainError


class SerialsMissing(DomainError):
    """Required serial numbers are missing on a line that is to be completed."""


class SerialUnavailable(DomainError):
    """A unit is not where the document needs it: sold, elsewhere, held, or unknown."""


class SerialTaken(DomainError):
    """A number is already on record for this product."""


class DocumentClosed(DomainError):
    """The document is no longer open, so its serials are settled."""


class TooManySerials(DomainError):
    """More serials than units: on a line, or on record at a store."""


class InvalidNumber(DomainError):
    """A text that cannot be a serial number."""


class NotCompleted(DomainError):
    """The document moved nothing (yet), so there is nothing to name or correct on it afterwards."""


class NotOnLine(DomainError):
    """The unit is not on this line any more."""


class ReasonMissing(DomainError):
    """Somebody has to say why."""


class NothingToFix(DomainError):
    """Units and serials agree already, or the fix does not fit how they differ."""


class FixUndone(DomainError):
    """The fix was undone already."""


class UnitMovedOn(DomainError):
    """Something happened to a unit since, so what was recorded before cannot be taken back."""
