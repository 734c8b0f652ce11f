"""The repairs that the list of differences offers. Each app adds its own in its `ready()`; nothing is listed here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from serials.causes import Cause
from serials.differences import Gap
from serials.models import Fix
from settings_app.models import Staff


@dataclass(frozen=True)
class Offer:
    """One way to make units and serials agree: the words on its button, and what it does, in a sentence.

    `url` leads to a page of its own; without one the fix is a button that asks for a reason. `is_dialog`: the page
    is a pop-up. The lightest offer is the likeliest.
    """

    words: str
    what: str
    weight: int
    url: str = ""
    is_dialog: bool = False
    kind: str = ""


@dataclass(frozen=True)
class FixKind:
    """A kind of fix. `done` is what it did, in the list of fixes.

    `offers` is asked with (gap, its cause). `apply` makes the fix at once: (product, store, staff, reason) to the Fix.
    """

    name: str
    done: str | Promise
    permission: str  # to make and to undo it
    undo: Callable[..., None]  # (fix, staff=...), raises DomainError where it cannot
    offers: Callable[[Gap, Cause], list[Offer]] = lambda gap, cause: []
    apply: Callable[..., Fix] | None = None


_kinds: dict[str, FixKind] = {}


def add_fix(kind: FixKind) -> None:
    """Offer `kind`; called from an app's `ready()`."""
    _kinds[kind.name] = kind


def fix_kind(name: str) -> FixKind:
    """The kind of this name, or KeyError."""
    return _kinds[name]


def fix_kinds() -> list[FixKind]:
    return list(_kinds.values())


def offers_for(gap: Gap, cause: Cause, staff: Staff) -> list[Offer]:
    """What `staff` may do about a gap between units and serials, likeliest first."""
    found = [offer for kind in _kinds.values() if staff.has_perm(kind.permission) for offer in kind.offers(gap, cause)]
    return sorted(found, key=lambda offer: offer.weight)
