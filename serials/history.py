"""A unit's events, replayed: which of them still hold, and where the unit was before the last of those. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from serials.models import Serial, SerialEvent
from serials.policy import State


def holding(events: Sequence[SerialEvent]) -> list[SerialEvent]:
    """Of a unit's events in order, those that no correction took back. The last one says where the unit is."""
    held: list[SerialEvent] = []
    for event in events:
        if event.as_of is None:
            held.append(event)
        else:
            held = [one for one in held if one.sequence <= event.as_of]
    return held


def histories(serials: Collection[Serial]) -> dict[int, list[SerialEvent]]:
    """The events that hold for each unit, oldest first, by its pk. One query."""
    events: dict[int, list[SerialEvent]] = defaultdict(list)
    if serials:
        for event in SerialEvent.objects.filter(serial__in=serials).order_by("serial", "sequence"):
            events[event.serial_id].append(event)
    return {serial.pk: holding(events[serial.pk]) for serial in serials}


def before_last(serials: Collection[Serial]) -> dict[int, tuple[State, int | None]]:
    """The state and store in which each unit was before the last event that holds; expected, if that was its first."""
    found = {}
    for pk, held in histories(serials).items():
        before = held[-2] if len(held) > 1 else None
        found[pk] = (State(before.state), before.store_id) if before else (State.EXPECTED, None)
    return found
