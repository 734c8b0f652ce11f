"""What the documents of one kind wrote into the two ledgers, against what stands on their lines."""

from django.apps import apps

from microbiz.laws.law import Check, select

# Events that hold are those that no later correction took back. Corrections are few, so they are set aside first.
CORRECTIONS = """corrections AS MATERIALIZED (
    SELECT serial_id, sequence, as_of FROM serials_serialevent WHERE as_of IS NOT NULL
)"""
HOLDS = """event.as_of IS NULL AND NOT EXISTS (
    SELECT 1 FROM corrections
    WHERE corrections.serial_id = event.serial_id
      AND corrections.sequence > event.sequence AND corrections.as_of < event.sequence
)"""


def moved_as_said(label: str, said: str) -> Check:
    """Each document moved the units of its lines, in and out: no more, no less, nothing else.

    `said` selects document, store, product, units (negative: out) and 0 of every line that should have moved stock.
    """
    return Check(
        label,
        f"{_name(label)} {{document}}: it moved {{moved}} of {{sku}} at {{store}}, its lines say {{said}}",
        select(
            f"""
            SELECT told.document AS record, {_number("told.document")} AS document, store.name AS store, product.sku,
                   told.moved, told.said
            FROM (
                SELECT document, store, product, SUM(said) AS said, SUM(moved) AS moved
                FROM (
                    SELECT document_id AS document, store_id AS store, product_id AS product, 0 AS said,
                           quantity AS moved
                    FROM inventory_stockmovement WHERE document_type = '{label}'
                    UNION ALL
                    {said}
                ) AS entry
                GROUP BY document, store, product, said + moved > 0
                HAVING SUM(said) <> SUM(moved)
            ) AS told
            JOIN settings_app_store AS store ON store.id = told.store
            JOIN inventory_product AS product ON product.id = told.product
            LEFT JOIN {_table(label)} AS document ON document.id = told.document
            """
        ),
    )


def units_as_said(label: str, linked: str) -> Check:
    """Each document did something to the units on its lines, once for each time that they are on one, and to no other.

    `linked` selects document, serial, 1 and 0 of every link whose unit should have moved.
    """
    return Check(
        label,
        f"{_name(label)} {{document}}: serial {{serial}} of {{sku}} is on its lines {{linked}} times, "
        "in the unit's history {happened} times",
        select(
            f"""
            WITH {CORRECTIONS}
            SELECT told.document AS record, {_number("told.document")} AS document, serial.number AS serial, product.sku,
                   told.linked, told.happened
            FROM (
                SELECT document, serial, SUM(linked) AS linked, SUM(happened) AS happened
                FROM (
                    SELECT event.document_id AS document, event.serial_id AS serial, 0 AS linked, 1 AS happened
                    FROM serials_serialevent AS event
                    WHERE event.document_type = '{label}' AND {HOLDS}
                    UNION ALL
                    {linked}
                ) AS entry
                GROUP BY document, serial
                HAVING SUM(linked) <> SUM(happened)
            ) AS told
            JOIN serials_serial AS serial ON serial.id = told.serial
            JOIN inventory_product AS product ON product.id = serial.product_id
            LEFT JOIN {_table(label)} AS document ON document.id = told.document
            """
        ),
    )


def _name(label: str) -> str:
    return str(apps.get_model(label)._meta.verbose_name)


def _table(label: str) -> str:
    return apps.get_model(label)._meta.db_table


def _number(key: str) -> str:
    """The document's number; where there is no such document, that."""
    return f"COALESCE(document.number, 'that does not exist, ' || {key})"
