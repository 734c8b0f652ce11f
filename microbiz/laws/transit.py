"""What holds of transfers: whatever left one store is in the other, back, lost, or on the way."""

from microbiz.laws.documents import moved_as_said, units_as_said
from microbiz.laws.law import Check, Law, select

# transfer, product, units sent, units whose way ended, units that wait to arrive.
UNITS = """
    SELECT line.transfer_id, line.product_id, line.quantity AS sent, 0 AS ended, 0 AS waits
    FROM transfers_transferline AS line
    JOIN transfers_transfer AS transfer ON transfer.id = line.transfer_id
    WHERE transfer.sent_at IS NOT NULL
    UNION ALL
    SELECT transfer_id, product_id, 0, quantity, 0 FROM transfers_arrivalline
    WHERE posted_at IS NOT NULL AND outcome <> 'wrong_unit'
    UNION ALL
    SELECT transfer_id, product_id, 0, 0, quantity FROM transfers_arrivalline
    WHERE posted_at IS NULL AND outcome = 'arrived'
"""

# transfer, serial, how often it was sent and did not end: 1 while it is in transit.
OUTSTANDING = """
    SELECT transfer_id, serial_id, SUM(due) AS due
    FROM (
        SELECT line.transfer_id, link.serial_id, 1 AS due
        FROM transfers_transferlineserial AS link
        JOIN transfers_transferline AS line ON line.id = link.line_id
        JOIN transfers_transfer AS transfer ON transfer.id = line.transfer_id
        WHERE transfer.sent_at IS NOT NULL
        UNION ALL
        SELECT line.transfer_id, link.serial_id, -1
        FROM transfers_arrivallineserial AS link
        JOIN transfers_arrivalline AS line ON line.id = link.line_id
        WHERE line.posted_at IS NOT NULL AND line.outcome <> 'wrong_unit'
    ) AS entry
    GROUP BY transfer_id, serial_id
    HAVING SUM(due) > 0
"""

# Units in transit with the transfer that sent them, by their last event.
ON_THE_WAY = """
    SELECT event.document_id AS transfer_id, serial.id AS serial_id, 0 AS due, 1 AS away
    FROM serials_serial AS serial
    JOIN serials_serialevent AS event ON event.serial_id = serial.id AND event.sequence = serial.sequence
    WHERE serial.state = 'in_transit' AND event.document_type = 'transfers.transfer'
"""

UNDERWAY = """
    SELECT transfer.id AS record, transfer.number AS document, transfer.status, product.sku, told.sent, told.ended, told.waits
    FROM (
        SELECT transfer_id, product_id, SUM(sent) AS sent, SUM(ended) AS ended, SUM(waits) AS waits
        FROM ({units}) AS entry
        GROUP BY transfer_id, product_id
    ) AS told
    JOIN transfers_transfer AS transfer ON transfer.id = told.transfer_id
    JOIN inventory_product AS product ON product.id = told.product_id
"""

TRANSFERS = Law(
    "transfers",
    "Out is in, back, lost and still in transit, of every product; a unit in transit is on exactly one sent transfer.",
    ("transfers.transfer", "transfers.transferline", "transfers.arrivalline", "transfers.transferlineserial"),
    (
        Check(
            "transfers.transfer",
            "transfer {document}: more of {sku} ended than was sent, {ended} of {sent}",
            select(UNDERWAY.format(units=UNITS) + "WHERE told.ended > told.sent"),
        ),
        Check(
            "transfers.transfer",
            "transfer {document} is {status}: of {sku}, {sent} were sent and {ended} ended, {waits} in transit",
            select(
                UNDERWAY.format(units=UNITS)
                + """
                WHERE (transfer.status = 'sent' AND told.ended <= told.sent AND told.waits <> told.sent - told.ended)
                   OR (transfer.status <> 'sent' AND told.sent > told.ended)
                """
            ),
        ),
        moved_as_said(
            "transfers.transfer",
            """
            SELECT line.transfer_id, transfer.from_store_id, line.product_id, -line.quantity, 0
            FROM transfers_transferline AS line
            JOIN transfers_transfer AS transfer ON transfer.id = line.transfer_id
            WHERE transfer.sent_at IS NOT NULL
            UNION ALL
            SELECT line.transfer_id, transfer.from_store_id, line.product_id,
                   CASE WHEN line.outcome = 'back' THEN line.quantity ELSE -line.quantity END, 0
            FROM transfers_arrivalline AS line
            JOIN transfers_transfer AS transfer ON transfer.id = line.transfer_id
            WHERE line.posted_at IS NOT NULL AND line.outcome IN ('back', 'wrong_unit')
            UNION ALL
            SELECT line.transfer_id, transfer.to_store_id, line.product_id, line.quantity, 0
            FROM transfers_arrivalline AS line
            JOIN transfers_transfer AS transfer ON transfer.id = line.transfer_id
            WHERE line.posted_at IS NOT NULL AND line.outcome IN ('arrived', 'wrong_unit')
            """,
        ),
        units_as_said(
            "transfers.transfer",
            """
            SELECT line.transfer_id, link.serial_id, 1, 0
            FROM transfers_transferlineserial AS link
            JOIN transfers_transferline AS line ON line.id = link.line_id
            JOIN transfers_transfer AS transfer ON transfer.id = line.transfer_id
            WHERE transfer.sent_at IS NOT NULL
            UNION ALL
            SELECT line.transfer_id, link.serial_id, 1, 0
            FROM transfers_arrivallineserial AS link
            JOIN transfers_arrivalline AS line ON line.id = link.line_id
            WHERE line.posted_at IS NOT NULL
            """,
        ),
        Check(
            "transfers.transfer",
            "transfer {document}: serial {number} of {sku} was sent and has not yet arrived {due} times, "
            "and is in transit {away} times",
            select(
                f"""
                SELECT told.transfer_id AS record, transfer.number AS document, serial.number, product.sku,
                       told.due, told.away
                FROM (
                    SELECT transfer_id, serial_id, SUM(due) AS due, SUM(away) AS away
                    FROM (
                        {ON_THE_WAY}
                        UNION ALL
                        SELECT transfer_id, serial_id, due, 0 FROM ({OUTSTANDING}) AS outstanding
                    ) AS entry
                    GROUP BY transfer_id, serial_id
                    HAVING SUM(due) <> SUM(away)
                ) AS told
                LEFT JOIN transfers_transfer AS transfer ON transfer.id = told.transfer_id
                JOIN serials_serial AS serial ON serial.id = told.serial_id
                JOIN inventory_product AS product ON product.id = serial.product_id
                """
            ),
        ),
        Check(
            "serials.serial",
            "serial {number} of {sku} is in transit on {transfers} transfers",
            select(
                f"""
                SELECT serial.id AS record, serial.number, product.sku, COALESCE(told.transfers, 0) AS transfers
                FROM serials_serial AS serial
                JOIN inventory_product AS product ON product.id = serial.product_id
                LEFT JOIN (
                    SELECT serial_id, SUM(due) AS transfers FROM ({OUTSTANDING}) AS outstanding GROUP BY serial_id
                ) AS told ON told.serial_id = serial.id
                WHERE serial.state = 'in_transit' AND COALESCE(told.transfers, 0) <> 1
                """
            ),
        ),
    ),
)
