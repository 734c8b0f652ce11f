"""Why a change to people or settings, or a PIN, was refused."""

from microbiz.errors import DomainError


class WrongPin(DomainError):
    """The PIN is not this person's; says how many tries are left."""


class PinLocked(DomainError):
    """Too many wrong PINs for this person; says until when."""


class NotYoursToChange(DomainError):
    """The person has rights, or the change gives rights, that the one who changes does not have."""


class LastAdministrator(DomainError):
    """Without this person nobody could give rights any more."""
