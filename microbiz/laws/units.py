"""What holds of units: where their events left them, and what was put right."""

from microbiz.laws.documents import CORRECTIONS, HOLDS
from microbiz.laws.law import Check, Law, select
from serials.models import SerialEvent
from serials.policy import STEPS, State


def _allowed() -> str:
    """The table of what may happen to a unit: kind, state before, state after (NULL: where it was before that)."""
    rows = [f"('{SerialEvent.Kind.RECORDED.value}', '{State.EXPECTED.value}', '{State.IN_STOCK.value}')"]
    for moment, step in STEPS.items():
        leaves = f"'{step.leaves.value}'" if step.leaves else "NULL"
        rows += [f"('{moment.value}', '{before.value}', {leaves})" for before in sorted(step.takes)]
    return ", ".join(rows)


# An event with those that its rightness depends on: the one before it (`past`); the last that held then (`last`), which
# a correction or a reversal takes away; and the one before that (`below`), on which the unit stands again.
TAKES_AWAY = """
    FROM serials_serialevent AS event
    LEFT JOIN serials_serialevent AS past
        ON past.serial_id = event.serial_id AND past.sequence = event.sequence - 1
    LEFT JOIN serials_serialevent AS last
        ON last.serial_id = event.serial_id AND last.sequence = COALESCE(past.as_of, past.sequence)
    LEFT JOIN serials_serialevent AS below
        ON below.serial_id = event.serial_id AND below.sequence = last.sequence - 1
"""
# Outer joins, so that SQLite looks names up last, of what is wrong, and not events of every name.
NAMES = """
    LEFT JOIN serials_serial AS serial ON serial.id = event.serial_id
    LEFT JOIN inventory_product AS product ON product.id = serial.product_id
"""
UNIT = "serial.id AS record, serial.number, product.sku"
EVENT = (
    f"{UNIT}, event.sequence, event.kind, event.state, COALESCE(NULLIF(event.document, ''), 'no document') AS document"
)

WHEREABOUTS = Law(
    "whereabouts",
    "A unit's state and store are the replay of its events, each of which began where the one before ended.",
    ("serials.serial", "serials.serialevent"),
    (
        Check(
            "serials.serial",
            "serial {number} of {sku}: {sequence} things happened to it, {events} are written, numbered {first} to {last}",
            select(
                f"""
                SELECT {UNIT}, serial.sequence, COALESCE(told.events, 0) AS events, COALESCE(told.first, 0) AS first,
                       COALESCE(told.last, 0) AS last
                FROM serials_serial AS serial
                JOIN inventory_product AS product ON product.id = serial.product_id
                LEFT JOIN (
                    SELECT serial_id, COUNT(*) AS events, MIN(sequence) AS first, MAX(sequence) AS last
                    FROM serials_serialevent GROUP BY serial_id
                ) AS told ON told.serial_id = serial.id
                WHERE COALESCE(told.events, 0) <> serial.sequence
                   OR COALESCE(told.last, 0) <> serial.sequence
                   OR told.first <> 1
                """
            ),
        ),
        Check(
            "serials.serial",
            "serial {number} of {sku} is {state} in {store}; its last event, {document}, left it {left} in {there}",
            select(
                f"""
                SELECT {UNIT}, serial.state, COALESCE(store.name, 'no store') AS store,
                       COALESCE(NULLIF(event.document, ''), 'no document') AS document,
                       COALESCE(event.state, 'expected') AS left, COALESCE(there.name, 'no store') AS there
                FROM serials_serial AS serial
                JOIN inventory_product AS product ON product.id = serial.product_id
                LEFT JOIN serials_serialevent AS event
                    ON event.serial_id = serial.id AND event.sequence = serial.sequence
                LEFT JOIN settings_app_store AS store ON store.id = serial.store_id
                LEFT JOIN settings_app_store AS there ON there.id = event.store_id
                WHERE serial.state <> COALESCE(event.state, 'expected')
                   OR (serial.state = 'in_stock' AND serial.store_id <> COALESCE(event.store_id, 0))
                """
            ),
        ),
        Check(
            "serials.serial",
            "serial {number} of {sku}, event {sequence} by {document}: {kind} from {before} to {state}",
            select(
                f"""
                WITH step (kind, before, after) AS (VALUES {_allowed()}),
                event AS (
                    SELECT serial_id, sequence, kind, state, document,
                           COALESCE(LAG(state) OVER (PARTITION BY serial_id ORDER BY sequence), 'expected') AS before
                    FROM serials_serialevent
                )
                SELECT {EVENT}, event.before
                FROM event LEFT JOIN step ON step.kind = event.kind AND step.before = event.before
                {NAMES}
                WHERE event.kind <> 'corrected' AND (step.kind IS NULL OR step.after <> event.state)
                """
            ),
        ),
        Check(
            "serials.serial",
            "serial {number} of {sku}, event {sequence} by {document}: taken back to {state}, it was {before}",
            select(
                f"""
                SELECT {EVENT}, COALESCE(below.state, 'expected') AS before
                {TAKES_AWAY} {NAMES}
                WHERE event.kind = 'reverse' AND event.state <> COALESCE(below.state, 'expected')
                """
            ),
        ),
        Check(
            "serials.serial",
            "serial {number} of {sku}, event {sequence} by {document}: corrected to {state} as of event {as_of}, "
            "where event {again} left it {before}",
            select(
                f"""
                SELECT {EVENT}, event.as_of, COALESCE(below.as_of, below.sequence, 0) AS again,
                       COALESCE(below.state, 'expected') AS before
                {TAKES_AWAY} {NAMES}
                WHERE event.kind = 'corrected' AND (
                    event.as_of <> COALESCE(below.as_of, below.sequence, 0)
                    OR event.state <> COALESCE(below.state, 'expected')
                    OR (event.as_of > 0 AND (
                        COALESCE(event.store_id, 0) <> COALESCE(below.store_id, 0)
                        OR COALESCE(event.document_type, '') <> COALESCE(below.document_type, '')
                        OR COALESCE(event.document_id, 0) <> COALESCE(below.document_id, 0)
                    ))
                )
                """
            ),
        ),
    ),
)

FIXES = Law(
    "fixes",
    "What a fix did stands in the histories of its units, and what was undone was taken back.",
    ("serials.fixunit",),
    (
        Check(
            "serials.serial",
            "fix {fix} ({kind}) of {document}: nothing is written of serial {number} of {sku}",
            select(
                f"""
                SELECT {UNIT}, fix.id AS fix, fix.kind, COALESCE(NULLIF(fix.document, ''), 'no document') AS document
                FROM serials_fixunit AS unit
                JOIN serials_fix AS fix ON fix.id = unit.fix_id
                JOIN serials_serial AS serial ON serial.id = unit.serial_id
                JOIN inventory_product AS product ON product.id = serial.product_id
                WHERE NOT EXISTS (
                    SELECT 1 FROM serials_serialevent AS event
                    WHERE event.serial_id = unit.serial_id
                      AND event.sequence > unit.before AND event.sequence <= unit.after
                )
                """
            ),
        ),
        Check(
            "serials.serial",
            "fix {fix} ({kind}) is undone, but serial {number} of {sku} is as {document} left it",
            select(
                f"""
                WITH {CORRECTIONS}
                SELECT {UNIT}, fix.id AS fix, fix.kind, COALESCE(NULLIF(event.document, ''), 'it') AS document
                FROM serials_fixunit AS unit
                JOIN serials_fix AS fix ON fix.id = unit.fix_id
                JOIN serials_serialevent AS event
                    ON event.serial_id = unit.serial_id AND event.sequence > unit.before
                    AND event.sequence <= unit.after
                {NAMES}
                WHERE fix.undone_at IS NOT NULL AND {HOLDS}
                """
            ),
        ),
    ),
)
