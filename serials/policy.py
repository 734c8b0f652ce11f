"""What a tracking policy asks of each kind of document line, and what each moment does to a unit. No I/O.

The table is that of PRODUCT.md section 2; `tests/serials/test_policy.py` exhausts it.
"""

from dataclasses import dataclass
from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _

from settings_app.models import SerialTracking


class State(models.TextChoices):
    """Where a unit is; it is in exactly one of these."""

    EXPECTED = "expected", _("Expected")  # typed on an open document, not yet ours
    IN_STOCK = "in_stock", _("In stock")
    IN_TRANSIT = "in_transit", _("In transit")
    SOLD = "sold", _("Sold")
    WRITTEN_OFF = "written_off", _("Written off")


def whereabouts(state: State, store: str | None) -> str:
    """Where a unit in this state is, in words, with the name of the store in which it stands, if in any."""
    return _("%(state)s at %(store)s") % {"state": state.label, "store": store} if store else str(state.label)


class Moment(models.TextChoices):
    """What completing a document does to the units on one of its lines."""

    RECEIVE = "receive", _("Received")
    SALE = "sale", _("Sold")
    RETURN = "return", _("Returned")
    TRADE_IN = "trade_in", _("Traded in")
    ORDER = "order", _("Handed over")
    TRANSFER_OUT = "transfer_out", _("Sent")
    TRANSFER_IN = "transfer_in", _("Arrived")
    MOVE = "move", _("Moved to another store")
    LOST = "lost", _("Lost in transit")
    ADJUST_IN = "adjust_in", _("Adjusted in")
    ADJUST_OUT = "adjust_out", _("Written off")
    REVERSE = "reverse", _("Taken back")


class Need(Enum):
    """Whether a line hides, allows or requires serial numbers."""

    HIDDEN = "hidden"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Status(Enum):
    """The colour of a line's circle."""

    GRAY = "gray"
    GREEN = "green"
    RED = "red"


@dataclass(frozen=True)
class Step:
    """Where a unit must be before a moment, and where the moment leaves it; None: where it was before that."""

    takes: frozenset[State]
    leaves: State | None


STEPS = {
    Moment.RECEIVE: Step(frozenset({State.EXPECTED, State.SOLD, State.WRITTEN_OFF}), State.IN_STOCK),
    Moment.SALE: Step(frozenset({State.IN_STOCK}), State.SOLD),
    Moment.RETURN: Step(frozenset({State.SOLD}), State.IN_STOCK),
    Moment.TRADE_IN: Step(frozenset({State.EXPECTED, State.SOLD, State.WRITTEN_OFF}), State.IN_STOCK),
    Moment.ORDER: Step(frozenset({State.IN_STOCK}), State.SOLD),
    Moment.TRANSFER_OUT: Step(frozenset({State.IN_STOCK}), State.IN_TRANSIT),
    Moment.TRANSFER_IN: Step(frozenset({State.IN_TRANSIT}), State.IN_STOCK),
    Moment.MOVE: Step(frozenset({State.IN_STOCK}), State.IN_STOCK),  # from the line's store to its destination
    Moment.LOST: Step(frozenset({State.IN_TRANSIT}), State.WRITTEN_OFF),
    Moment.ADJUST_IN: Step(frozenset({State.EXPECTED, State.WRITTEN_OFF}), State.IN_STOCK),
    Moment.ADJUST_OUT: Step(frozenset({State.IN_STOCK}), State.WRITTEN_OFF),
    Moment.REVERSE: Step(frozenset({State.IN_STOCK}), None),
}

SALES_SIDE = frozenset({Moment.SALE, Moment.RETURN, Moment.TRADE_IN, Moment.ORDER})
ARRIVALS = frozenset({Moment.RECEIVE, Moment.TRADE_IN, Moment.ADJUST_IN})
AT_THE_COUNTER = frozenset({Moment.SALE, Moment.RETURN, Moment.TRADE_IN})  # somebody waits: the last scan saves
DEPARTURES = frozenset({Moment.SALE, Moment.ORDER, Moment.TRANSFER_OUT, Moment.ADJUST_OUT})


def need(tracking: str, moment: Moment) -> Need:
    """Does a line of this moment ask for serial numbers under this policy?"""
    if tracking == SerialTracking.NONE:
        return Need.HIDDEN
    if tracking == SerialTracking.ALL or (tracking == SerialTracking.SALES and moment in SALES_SIDE):
        return Need.REQUIRED
    return Need.OPTIONAL


def status(need_: Need, quantity: int, attached: int) -> Status | None:
    """The circle of a line of `quantity` units with `attached` serials; None where nothing is shown."""
    if need_ is Need.HIDDEN:
        return None
    if attached == quantity:
        return Status.GREEN
    if need_ is Need.REQUIRED or attached > quantity:
        return Status.RED
    return Status.GRAY


def may_add_new(moment: Moment) -> bool:
    """May a number never seen before first turn up here, through Add New?

    At an arrival the unit is new to us; at a departure it stands here without a number on record. What comes
    back or arrives from another store was ours before: it is found, never created.
    """
    return moment in ARRIVALS or moment in DEPARTURES
