"""Carrying units through the moments of the documents that complete, each step an event in their histories."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import or_

from django.db import IntegrityError
from django.db.models import F, Q
from django.utils.translation import gettext as _

from inventory.operations import count_serials
from microbiz.many_rows import delete_each, insert_for_each
from microbiz.prepared import prepared
from microbiz.transactions import part_of_a_posting
from serials.errors import SerialsMissing, SerialUnavailable
from serials.history import before_last, histories
from serials.models import Serial, SerialEvent, SerialHold, SerializedLine
from serials.policy import STEPS, Moment, State
from serials.verdicts import away_text, held_text, red_lines
from settings_app.models import ShopSettings, Staff


@part_of_a_posting
def move_serials(
    document,
    lines: Sequence[SerializedLine],
    *,
    staff: Staff | None,
    excused: Collection[int] = (),
    note: str = "",
) -> None:
    """Carry every unit on `lines` through its line's moment, or raise and move none.

    `lines` come with their links fetched (`with_links`) and their document locked. Lines whose pk is in
    `excused` may lack required serials. Raises SerialsMissing naming every short line, SerialUnavailable naming
    every unit that is not where its moment needs it or that another document holds. Ends the holds of these units.
    A fixed number of statements.
    """
    _require_serials(lines, excused)
    line_of = {link.serial_id: line for line in lines for link in line.serial_links.all()}
    if not line_of:
        return
    serials = lock_units(line_of)
    own_holds = SerialHold.objects.filter(
        document_type=document._meta.label_lower, document_id=document.pk, serial_id__among=line_of
    )
    _require_whereabouts(serials, line_of, held=set(delete_each(own_holds, "serial")))
    pass_moment(document, [(serial, line_of[serial.pk]) for serial in serials], staff=staff, note=note)


@prepared
def lock_units(units):
    """These units, by their keys, locked, in the order in which everybody locks them."""
    return Serial.objects.select_for_update(of=("self",)).filter(pk__among=units).order_by("pk")


def pass_moment(
    document, units: Sequence[tuple[Serial, SerializedLine]], *, staff: Staff | None, note: str = ""
) -> None:
    """Carry locked units through the moments of their lines, without asking whether they may. Fixed statements.

    The stock levels of the stores that they leave and come to are locked.
    """
    before = before_last([serial for serial, line in units if line.moment == Moment.REVERSE])
    ways = {line: (line.moment, STEPS[line.moment].leaves, line.destination_id, line.store_id) for _unit, line in units}
    groups: dict[tuple[Moment, State, int | None, int], list[Serial]] = defaultdict(list)
    for serial, line in units:
        moment, leaves, destination, store = ways[line]
        state, goes_to = before[serial.pk] if leaves is None else (leaves, destination)
        groups[moment, state, goes_to if state == State.IN_STOCK else None, store].append(serial)
    with counted([serial for serial, _line in units]):
        for (moment, state, goes_to, store_id), group in groups.items():
            for serial in group:
                serial.state, serial.store_id = state, goes_to
            write_events(group, moment, staff=staff, document=document, store_id=store_id, note=note)


@contextmanager
def counted(serials: Sequence[Serial]) -> Iterator[None]:
    """Count, at the stock levels, what comes of these units meanwhile: they are locked, and are now as on record.

    Whatever changes where units are does it within this. Their stock levels are locked, too.
    """
    before = _in_stock(serials)
    yield
    change = _in_stock(serials)
    change.subtract(before)
    count_serials(change)


def _in_stock(serials: Sequence[Serial]) -> Counter[tuple[int, int]]:
    """How many are in stock, by (store, product): those that have a store."""
    return Counter((serial.store_id, serial.product_id) for serial in serials if serial.store_id is not None)


def write_events(
    serials: Sequence[Serial],
    kind: str,
    *,
    staff: Staff | None,
    document=None,
    store_id: int | None = None,
    note="",
) -> None:
    """Save where these units, all in the same place, now are, and append one event to each; `counted`, by the caller.

    Raises IntegrityError, and keeps nothing, if the history of one went on since it was read: the caller forgot a lock.
    """
    if not serials:
        return
    read: dict[int, list[int]] = defaultdict(list)  # by how far their histories went
    for serial in serials:
        read[serial.sequence].append(serial.pk)
    as_read = reduce(or_, (Q(sequence=sequence, pk__among=pks) for sequence, pks in read.items()))
    state, now_at = serials[0].state, serials[0].store_id
    saved = Serial.objects.filter(as_read).update(state=state, store_id=now_at, sequence=F("sequence") + 1)
    if saved != len(serials):
        raise IntegrityError(f"{len(serials) - saved} of {len(serials)} units were moved since they were read.")
    moved = Serial.objects.filter(pk__among=[serial.pk for serial in serials])
    event = SerialEvent(
        kind=kind,
        state=state,
        store_id=now_at or store_id,
        document_type=document._meta.label_lower if document else "",
        document_id=document.pk if document else None,
        document=document.number if document else "",
        note=note,
        staff_id=staff.pk if staff else None,
    )
    insert_for_each(moved.order_by("pk"), event, serial=F("pk"), sequence=F("sequence"))
    for serial in serials:
        serial.sequence += 1


@part_of_a_posting
def take_back_last(serials: Sequence[Serial], *, staff: Staff | None, note: str) -> None:
    """Take back what last happened to each of these locked units: it is again as before, by an entry in its history.

    The stock levels of the stores where they are, and where they were before, are locked.
    Nobody asks here whether that may be; the note says why it was not so. Fixed statements.
    """
    found = histories(serials)
    events = []
    with counted(serials):
        for serial in serials:
            *earlier, last = found[serial.pk]
            again = earlier[-1] if earlier else SerialEvent(sequence=0, state=State.EXPECTED, store_id=last.store_id)
            serial.sequence += 1
            serial.state = again.state
            serial.store_id = again.store_id if again.state == State.IN_STOCK else None
            events.append(
                SerialEvent(
                    serial=serial,
                    sequence=serial.sequence,
                    kind=SerialEvent.Kind.CORRECTED,
                    state=again.state,
                    store_id=again.store_id,
                    document_type=again.document_type,
                    document_id=again.document_id,
                    document=again.document,
                    as_of=again.sequence,
                    note=note[:200],
                    staff=staff,
                )
            )
    SerialEvent.objects.bulk_create(events, batch_size=500)
    Serial.objects.bulk_update(serials, ["state", "store", "sequence"], batch_size=500)


def _require_serials(lines: Sequence[SerializedLine], excused: Collection[int]) -> None:
    short = [line for line in red_lines(lines) if line.pk not in excused or line.attached > line.quantity]
    if short and ShopSettings.load().serial_numbers_enabled:
        raise SerialsMissing(
            " ".join(
                _("%(product)s: %(attached)d of %(quantity)d serial numbers. Scan the missing ones.")
                % {"product": line.product.name, "attached": line.attached, "quantity": line.quantity}
                for line in short
            )
        )


def _require_whereabouts(serials: Sequence[Serial], line_of, *, held: Collection[int]) -> None:
    """Raise SerialUnavailable naming every unit that is not where it is taken from, or not `held` by its document."""
    held_elsewhere: dict[int, SerialHold] = {}
    if unheld := [serial for serial in serials if serial.pk not in held]:
        others = SerialHold.objects.filter(serial__in=unheld).select_related("staff")
        held_elsewhere = {hold.serial_id: hold for hold in others}
    comes_from = {line: (STEPS[line.moment].takes, line.store_id) for line in line_of.values()}
    wrong = []
    for serial in serials:
        takes, store_id = comes_from[line_of[serial.pk]]
        if hold := held_elsewhere.get(serial.pk):
            wrong.append((serial, held_text(hold)))
        elif serial.state not in takes or (serial.state == State.IN_STOCK and serial.store_id != store_id):
            wrong.append((serial, None))
        elif serial.pk not in held:
            wrong.append((serial, _("No longer held by this document. Scan it again.")))
    wrong += _moved_on(serials, line_of)
    if not wrong:
        return
    last = {
        event.serial_id: event
        for event in SerialEvent.objects.filter(
            serial__in=[serial for serial, _text in wrong], sequence=F("serial__sequence")
        )
    }
    raise SerialUnavailable(
        " ".join(f"{serial.number}: {text or away_text(serial, last.get(serial.pk))}" for serial, text in wrong)
    )


def _moved_on(serials, line_of) -> list[tuple[Serial, None]]:
    """The units on reversing lines to which something happened after the document that is reversed."""
    reversing: dict[object, list[Serial]] = defaultdict(list)
    for serial in serials:
        if (line := line_of[serial.pk]).moment == Moment.REVERSE:
            reversing[line.reversed_document].append(serial)
    moved = []
    for document, group in reversing.items():
        untouched = set(
            Serial.objects.filter(pk__in=[serial.pk for serial in group])
            .last_moved_by(document)
            .values_list("pk", flat=True)
        )
        moved += [(serial, None) for serial in group if serial.pk not in untouched]
    return moved
