"""The verbs of serials: attaching units to open documents, and moving them when a document completes.

Attaching moves nothing and holds the unit; completing moves it. Lock order, here as everywhere: document, stock
levels by (store, product), serials by pk.
"""

from serials.operations.attaching import attach, attach_each, attach_units, detach, put_on, serials_staying, take_over
from serials.operations.holding import leave_no_surplus, pass_on, release
from serials.operations.moving import counted, move_serials, pass_moment, take_back_last, write_events
from serials.operations.recording import create, name_gone, put_on_record, record

__all__ = [
    "attach",
    "attach_each",
    "attach_units",
    "counted",
    "create",
    "detach",
    "leave_no_surplus",
    "move_serials",
    "name_gone",
    "pass_moment",
    "pass_on",
    "put_on",
    "put_on_record",
    "record",
    "release",
    "serials_staying",
    "take_back_last",
    "take_over",
    "write_events",
]
