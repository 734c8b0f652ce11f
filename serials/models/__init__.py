"""Units and what happened to them, the lines that carry them, and repairs of the record."""

from serials.models.fixes import Fix, FixUnit
from serials.models.lines import LineQuerySet, LineSerial, SerializedLine
from serials.models.units import Serial, SerialEvent, SerialHold

__all__ = [
    "Fix",
    "FixUnit",
    "LineQuerySet",
    "LineSerial",
    "Serial",
    "SerialEvent",
    "SerialHold",
    "SerializedLine",
]
