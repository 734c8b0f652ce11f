"""What holds of vendor shipments, their reversals and the orders behind them."""

from microbiz.laws.documents import moved_as_said, units_as_said
from microbiz.laws.law import Check, Law, select

SHIPMENTS = Law(
    "shipments",
    "A received shipment moved exactly the units and serials of its lines and shared its freight out; no other moved any.",
    ("receiving.vendorshipment", "receiving.shipmentline", "receiving.shipmentlineserial"),
    (
        moved_as_said(
            "receiving.vendorshipment",
            """
            SELECT line.shipment_id, shipment.store_id, line.product_id, line.quantity, 0
            FROM receiving_shipmentline AS line
            JOIN receiving_vendorshipment AS shipment ON shipment.id = line.shipment_id
            WHERE shipment.status = 'received'
            """,
        ),
        units_as_said(
            "receiving.vendorshipment",
            """
            SELECT line.shipment_id, link.serial_id, 1, 0
            FROM receiving_shipmentlineserial AS link
            JOIN receiving_shipmentline AS line ON line.id = link.line_id
            JOIN receiving_vendorshipment AS shipment ON shipment.id = line.shipment_id
            WHERE shipment.status = 'received'
            """,
        ),
        Check(
            "receiving.vendorshipment",
            "vendor shipment {document}: freight {freight}, its lines carry {carried}",
            select(
                """
                SELECT shipment.id AS record, shipment.number AS document, shipment.freight,
                       COALESCE(SUM(line.freight), 0) AS carried
                FROM receiving_vendorshipment AS shipment
                LEFT JOIN receiving_shipmentline AS line ON line.shipment_id = shipment.id
                WHERE shipment.status = 'received'
                GROUP BY shipment.id
                HAVING shipment.freight <> COALESCE(SUM(line.freight), 0)
                """
            ),
        ),
    ),
)

REVERSALS = Law(
    "reversals",
    "A posted reversal moved exactly what is on it, and no more of a line is back than came with it.",
    ("receiving.shipmentreversal", "receiving.reversalline", "receiving.reversallineserial"),
    (
        moved_as_said(
            "receiving.shipmentreversal",
            """
            SELECT line.reversal_id, reversal.store_id, line.product_id, -line.quantity, 0
            FROM receiving_reversalline AS line
            JOIN receiving_shipmentreversal AS reversal ON reversal.id = line.reversal_id
            WHERE reversal.status = 'posted'
            """,
        ),
        units_as_said(
            "receiving.shipmentreversal",
            """
            SELECT line.reversal_id, link.serial_id, 1, 0
            FROM receiving_reversallineserial AS link
            JOIN receiving_reversalline AS line ON line.id = link.line_id
            JOIN receiving_shipmentreversal AS reversal ON reversal.id = line.reversal_id
            WHERE reversal.status = 'posted'
            """,
        ),
        Check(
            "receiving.vendorshipment",
            "vendor shipment {document}: {back} of {sku} are taken back of {quantity}",
            select(
                """
                SELECT shipment.id AS record, shipment.number AS document, product.sku, came.quantity, SUM(line.quantity) AS back
                FROM receiving_reversalline AS line
                JOIN receiving_shipmentreversal AS reversal ON reversal.id = line.reversal_id
                JOIN receiving_shipmentline AS came ON came.id = line.shipment_line_id
                JOIN receiving_vendorshipment AS shipment ON shipment.id = came.shipment_id
                JOIN inventory_product AS product ON product.id = came.product_id
                WHERE reversal.status = 'posted'
                GROUP BY came.id, shipment.id, product.id
                HAVING SUM(line.quantity) > came.quantity
                """
            ),
        ),
    ),
)

PURCHASE_ORDERS = Law(
    "purchase_orders",
    "A line of an order counts as received what shipments brought for it and reversals did not take back.",
    ("receiving.purchaseorder", "receiving.purchaseorderline"),
    (
        Check(
            "receiving.purchaseorder",
            "purchase order {document}: {received} of {sku} received, shipments brought {brought}",
            select(
                """
                SELECT ordered.id AS record, ordered.number AS document, product.sku, line.received,
                       COALESCE(came.units, 0) AS brought
                FROM receiving_purchaseorderline AS line
                JOIN receiving_purchaseorder AS ordered ON ordered.id = line.order_id
                JOIN inventory_product AS product ON product.id = line.product_id
                LEFT JOIN (
                    SELECT order_line_id, SUM(units) AS units
                    FROM (
                        SELECT arrival.order_line_id, arrival.quantity AS units
                        FROM receiving_shipmentline AS arrival
                        JOIN receiving_vendorshipment AS shipment ON shipment.id = arrival.shipment_id
                        WHERE shipment.status = 'received' AND arrival.order_line_id IS NOT NULL
                        UNION ALL
                        SELECT arrival.order_line_id, -back.quantity
                        FROM receiving_reversalline AS back
                        JOIN receiving_shipmentreversal AS reversal ON reversal.id = back.reversal_id
                        JOIN receiving_shipmentline AS arrival ON arrival.id = back.shipment_line_id
                        WHERE reversal.status = 'posted' AND arrival.order_line_id IS NOT NULL
                    ) AS entry
                    GROUP BY order_line_id
                ) AS came ON came.order_line_id = line.id
                WHERE line.received <> COALESCE(came.units, 0)
                """
            ),
        ),
    ),
)
