"""What is known of codes and lines before anything is written: verdicts, comparisons, red lines. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from inventory.models import StockLevel
from serials.models import Serial, SerialEvent, SerialHold, SerializedLine
from serials.numbers import number_key
from serials.policy import STEPS, Need, State

Line = TypeVar("Line", bound=SerializedLine)


class Finding(Enum):
    """What is known of a code that somebody wants on a line."""

    READY = "ready"  # may be attached
    HERE = "here"  # is on this line already
    ELSEWHERE = "elsewhere"  # in stock at another store
    HELD = "held"  # on a line of another open document, from which it may be taken over
    AWAY = "away"  # sold, in transit or written off, or in stock when it should be coming back
    OTHER_PRODUCT = "other_product"  # a serial of something else
    UNKNOWN = "unknown"  # on record nowhere


@dataclass(frozen=True)
class Verdict:
    """What one code means for one line, with the unit and the hold or last event that say why."""

    number: str
    finding: Finding
    text: str
    serial: Serial | None = None
    hold: SerialHold | None = None
    last: SerialEvent | None = None

    @property
    def is_fine(self) -> bool:
        return self.finding in (Finding.READY, Finding.HERE)


@dataclass(frozen=True)
class Comparison:
    """Units against serials at a line's store; all counts are units.

    `open_stock` counts the units on hand and, on an arrival, those being received; `on_record` the serials that
    stand in stock there and, on an arrival, those already on the line.
    """

    open_stock: int
    on_record: int
    on_line: int
    quantity: int

    @property
    def room(self) -> int:
        """How many serials may still be added through Add New."""
        return max(self.open_stock - self.on_record, 0)

    @property
    def to_go(self) -> int:
        return max(self.quantity - self.on_line, 0)


def compare(line: SerializedLine, on_line: int | None = None) -> Comparison:
    """Compare open stock with serials for the pop-up's lower part.

    `on_line` is how many serials the line would have, where that is not yet saved.
    """
    level = StockLevel.objects.filter(store=line.store, product=line.product_id).first()
    on_hand, on_record = (level.on_hand, level.serials) if level else (0, 0)
    on_line = line.attached if on_line is None else on_line
    if line.is_arrival and line.is_open:
        on_hand += line.quantity
        on_record += on_line
    return Comparison(open_stock=on_hand, on_record=on_record, on_line=on_line, quantity=line.quantity)


def judge(line: SerializedLine, numbers: Sequence[str], *, to_show: bool = True) -> list[Verdict]:
    """One verdict per code, in order, for attaching it to `line`. Changes nothing; a fixed number of queries.

    `to_show` has the last event of every unit; without it, only of those that it keeps off the line.
    """
    keys = [number_key(number) for number in numbers]
    units = Serial.objects.filter(product=line.product_id, number_key__in=keys).annotate(
        is_attachable=Exists(line.attachable().filter(pk=OuterRef("pk"))),
        is_here=Exists(line.serial_links.filter(serial=OuterRef("pk"))),
    )
    found = {unit.number_key: unit for unit in units.select_related("store", "hold__staff")}
    for unit in found.values():
        unit.product = line.product
    strangers = {}
    unknown = [key for key in keys if key not in found]
    if unknown:
        for serial in Serial.objects.filter(number_key__in=unknown).select_related("store", "product"):
            strangers[serial.number_key] = serial
    told = [unit.pk for unit in found.values() if to_show or not unit.is_attachable]
    events = SerialEvent.objects.filter(serial__in=told, sequence=F("serial__sequence")).select_related("store")
    last = {event.serial_id: event for event in events}
    return [
        _verdict(line, number, found.get(key), strangers.get(key), last=last)
        for number, key in zip(numbers, keys, strict=True)
    ]


def _verdict(line, number, serial, stranger, *, last) -> Verdict:
    if serial is None and stranger is not None:
        text = _("This number is on record for %(product)s, not for %(wanted)s.") % {
            "product": stranger.product.name,
            "wanted": line.product.name,
        }
        return Verdict(number, Finding.OTHER_PRODUCT, text, stranger)
    is_ours = serial is not None and (
        serial.state != State.EXPECTED or hasattr(serial, "hold") or serial.is_attachable or serial.is_here
    )
    if not is_ours:
        return Verdict(number, Finding.UNKNOWN, _("No such serial number is on record for this product."))
    event = last.get(serial.pk)
    if serial.is_here:
        return Verdict(serial.number, Finding.HERE, _("Already on this line."), serial, last=event)
    hold = getattr(serial, "hold", None)
    if hold is not None and line.lender and is_on(hold, line.lender):
        hold = None
    held = ""
    if hold is not None:
        held = _("On another line of this document.") if is_of(hold, line.document) else held_text(hold)
    if serial.is_attachable:
        if hold is not None:
            return Verdict(serial.number, Finding.HELD, held, serial, hold=hold, last=event)
        return Verdict(serial.number, Finding.READY, serial.whereabouts, serial, last=event)
    takes_stock = State.IN_STOCK in STEPS[line.moment].takes
    if takes_stock and serial.state == State.IN_STOCK and serial.store_id != line.store.pk:
        finding = Finding.ELSEWHERE
        text = _("In stock at %(store)s, so it cannot be used at %(here)s. Transfer it first.") % {
            "store": serial.store.name,
            "here": line.store.name,
        }
    else:
        finding, text = Finding.AWAY, away_text(serial, event)
    return Verdict(serial.number, finding, f"{text} {held}".rstrip(), serial, hold=hold, last=event)


def is_of(hold: SerialHold, document) -> bool:
    """Whether this very document holds the unit."""
    return (hold.document_type, hold.document_id) == (document._meta.label_lower, document.pk)


def is_on(hold: SerialHold, line: SerializedLine) -> bool:
    """Whether the unit is held for this very line."""
    return (hold.line_type, hold.line_id) == (line._meta.label_lower, line.pk)


def held_text(hold: SerialHold) -> str:
    parts = {"document": hold.document, "staff": hold.staff or _("somebody"), "place": hold.place}
    if hold.place:
        return _("Held by %(document)s, %(place)s, %(staff)s.") % parts
    return _("Held by %(document)s, %(staff)s.") % parts


def away_text(serial: Serial, event: SerialEvent | None) -> str:
    """Where a unit is that cannot be used, and by which document it got there."""
    if event is None or not event.document:
        return _("%(where)s.") % {"where": serial.whereabouts}
    return _("%(where)s, by %(document)s.") % {"where": serial.whereabouts, "document": event.document}


def red_lines(lines: Iterable[Line]) -> list[Line]:
    """The lines that lack required serials or carry too many."""
    return [
        line
        for line in lines
        if (line.serial_need is Need.REQUIRED and line.attached != line.quantity) or line.attached > line.quantity
    ]
