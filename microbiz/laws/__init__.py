"""What holds after any sequence of operations, whoever did them and in whatever order.

Each law is a promise with the questions to the database that find what breaks it: set-based, so that a million records
are gone through where they lie. Reads only. Tests call `check_laws()` at their end.
"""

from microbiz.laws import goods, holds, ordering, receiving, selling, shelves, transit, units
from microbiz.laws.law import Law

LAWS: list[Law] = [
    goods.STOCK,
    units.WHEREABOUTS,
    units.FIXES,
    holds.HOLDS,
    selling.SALES,
    selling.RETURNS,
    selling.CREDIT,
    ordering.ORDERS,
    ordering.HAND_OVERS,
    shelves.ADJUSTMENTS,
    shelves.COUNTS,
    transit.TRANSFERS,
    receiving.SHIPMENTS,
    receiving.REVERSALS,
    receiving.PURCHASE_ORDERS,
    goods.PROMISES,
]


class LawBroken(AssertionError):
    """The records contradict each other, which no operation should ever bring about."""


def broken_laws() -> list[str]:
    """A sentence for each record that breaks a law; none, if all is well."""
    return [f"{law.name}: {violation}" for law in LAWS for violation in law.violations()]


def check_laws() -> None:
    """Raise LawBroken, naming all that is broken at once."""
    if broken := broken_laws():
        raise LawBroken("\n".join(broken))
