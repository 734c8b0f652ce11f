"""The law of whereabouts, which the database checks in sets, finds what a replay of each unit's events in turn finds."""

from random import Random

import pytest

from microbiz.laws.units import WHEREABOUTS
from serials.models import Serial, SerialEvent
from serials.policy import STEPS, Moment, State
from tests import factories

pytestmark = pytest.mark.django_db

UNITS = 400
CORRECTED, RECORDED = SerialEvent.Kind.CORRECTED, SerialEvent.Kind.RECORDED


@pytest.mark.by_hand
def test_the_database_finds_what_a_replay_finds():
    chance = Random(8)
    stores = [factories.StoreFactory().pk, factories.StoreFactory().pk]
    product = factories.ProductFactory().pk
    serials = Serial.objects.bulk_create(
        Serial(product_id=product, number=f"N{at}", number_key=f"N{at}", state=State.EXPECTED) for at in range(UNITS)
    )
    histories = {serial: history(serial, chance, stores) for serial in serials}
    for serial, events in histories.items():
        leave_it_somewhere(serial, events, chance, stores)
    Serial.objects.bulk_update(serials, ["state", "store", "sequence"])
    SerialEvent.objects.bulk_create(event for events in histories.values() for event in events)

    wrong = {serial.number for serial, events in histories.items() if is_wrong(serial, events)}

    assert {row["number"] for check in WHEREABOUTS.checks for row in check.rows()} == wrong
    assert UNITS / 8 < len(wrong) < UNITS / 2
    kinds = {event.kind for serial, events in histories.items() if serial.number not in wrong for event in events}
    assert kinds == set(SerialEvent.Kind.values), "every kind of event is right somewhere"


def history(serial, chance, stores):
    """Some events of a unit, most of them possible; one in twenty is anything at all, and some reversals err."""
    events = []
    for sequence in range(1, chance.randrange(1, 10)):
        held = replay(events)
        event = SerialEvent(
            serial=serial, sequence=sequence, store_id=chance.choice(stores), document_type="register.sale"
        )
        event.document_id = chance.randrange(3)
        event.kind = chance.choice(possible(held))
        put_after(event, held)
        if event.kind == Moment.REVERSE and chance.random() < 0.2:
            event.state = chance.choice(State.values)
        elif chance.random() < 0.05:
            event.kind = chance.choice(SerialEvent.Kind.values)
            event.state = chance.choice(State.values)
            event.as_of = chance.randrange(sequence) if event.kind == CORRECTED else None
        events.append(event)
    return events


def possible(held):
    state = held[-1].state if held else State.EXPECTED
    kinds = [moment.value for moment, step in STEPS.items() if state in step.takes]
    return kinds + ([CORRECTED] if held else []) + ([RECORDED] if state == State.EXPECTED else [])


def put_after(event, held):
    """The state, and of a correction the place, in which such an event leaves the unit."""
    below = held[-2] if len(held) > 1 else None
    if event.kind == CORRECTED and below:
        event.as_of, event.state, event.store_id = below.sequence, below.state, below.store_id
        event.document_type, event.document_id = below.document_type, below.document_id
    elif event.kind == CORRECTED:
        event.as_of, event.state = 0, State.EXPECTED
    elif event.kind == Moment.REVERSE:
        event.state = below.state if below else State.EXPECTED
    else:
        event.state = State.IN_STOCK if event.kind == RECORDED else STEPS[Moment(event.kind)].leaves


def leave_it_somewhere(serial, events, chance, stores):
    """Where its events left it; one in fifty elsewhere, one in twenty as if something else had happened or not."""
    serial.sequence = max(len(events) + chance.choice([0] * 38 + [1, -1]), 0)
    if events:
        serial.state = events[-1].state if chance.random() > 0.02 else chance.choice(State.values)
    if serial.state == State.IN_STOCK:
        is_there = events and chance.random() > 0.02
        serial.store_id = events[-1].store_id if is_there else chance.choice(stores)


def replay(events):
    """The events that hold, one after the other."""
    held = []
    for event in events:
        if event.kind == CORRECTED:
            held = [one for one in held if one.sequence <= event.as_of]
        else:
            held.append(event)
    return held


def is_wrong(serial, events) -> bool:
    left = events[-1] if events else SerialEvent(state=State.EXPECTED)
    return (
        serial.sequence != len(events)
        or serial.state != left.state
        or (serial.state == State.IN_STOCK and serial.store_id != left.store_id)
        or any(is_wrong_event(event, replay(events[:at])) for at, event in enumerate(events))
    )


def is_wrong_event(event, held) -> bool:
    state = held[-1].state if held else State.EXPECTED
    below = held[-2] if len(held) > 1 else None
    left = below.state if below else State.EXPECTED
    if event.kind == CORRECTED:
        if below is None:
            return (event.as_of, event.state) != (0, State.EXPECTED)
        return place(event) != place(below) or event.as_of != below.sequence
    if event.kind == RECORDED:
        return (state, event.state) != (State.EXPECTED, State.IN_STOCK)
    step = STEPS[Moment(event.kind)]
    return state not in step.takes or event.state != (step.leaves or left)


def place(event):
    return event.state, event.store_id, event.document_type, event.document_id
