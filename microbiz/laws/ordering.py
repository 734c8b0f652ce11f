"""What holds of customer orders and their hand-overs. Amounts are minor units."""

from microbiz.laws.documents import moved_as_said, units_as_said
from microbiz.laws.law import Check, Law, select

# order, net, tax and total of what is still to come and of what was handed over.
AMOUNTS = """
    SELECT line.order_id, line.unit_price * line.quantity - line.discount AS net, line.tax, line.total
    FROM orders_orderline AS line
    JOIN orders_customerorder AS customer_order ON customer_order.id = line.order_id
    WHERE customer_order.status <> 'cancelled'
    UNION ALL
    SELECT line.order_id, handed.unit_price * handed.quantity - handed.discount, handed.tax, handed.total
    FROM orders_handoverline AS handed JOIN orders_orderline AS line ON line.id = handed.order_line_id
"""

# order, what completed sales took for it: money on account, and lines that handed it over.
TAKEN = """
    SELECT payment.order_id, payment.amount
    FROM register_saleorderpayment AS payment JOIN register_sale AS sale ON sale.id = payment.sale_id
    WHERE sale.status = 'completed'
    UNION ALL
    SELECT ordered.order_id, line.total
    FROM register_saleline AS line
    JOIN register_sale AS sale ON sale.id = line.sale_id
    JOIN orders_orderline AS ordered ON ordered.id = line.order_line_id
    WHERE sale.status = 'completed'
"""

# order, unfinished sale on which it says it is, or (on_sale) that has lines of it.
AT_REGISTER = """
    SELECT id AS order_id, at_register AS sale, 1 AS says, 0 AS on_sale FROM orders_customerorder
    WHERE at_register <> ''
    UNION ALL
    SELECT DISTINCT ordered.order_id, sale.number, 0, 1
    FROM register_saleline AS line
    JOIN register_sale AS sale ON sale.id = line.sale_id
    JOIN orders_orderline AS ordered ON ordered.id = line.order_line_id
    WHERE sale.status NOT IN ('completed', 'voided')
"""

# order, unfinished sale that has lines of it, and what these come to; minor units.
ON_SALE = """
    SELECT ordered.order_id, line.sale_id, SUM(line.total) AS worth
    FROM register_saleline AS line
    JOIN register_sale AS sale ON sale.id = line.sale_id
    JOIN orders_orderline AS ordered ON ordered.id = line.order_line_id
    WHERE sale.status NOT IN ('completed', 'voided')
    GROUP BY ordered.order_id, line.sale_id
"""


def _taxed(page: str, lines: str, taxes: str) -> Check:
    """The taxes of each line are its tax and what its total adds. `lines` selects record, document, line_id, sku, tax, total and net."""
    return Check(
        page,
        f"{'customer order' if page == 'orders.customerorder' else 'hand-over'} {{document}}, line of {{sku}}: "
        "tax {tax} and total {total}, its taxes add up to {taxes}, {added} on top",
        select(
            f"""
            SELECT line.record, line.document, line.sku, line.tax, line.total, COALESCE(told.taxes, 0) AS taxes,
                   COALESCE(told.added, 0) AS added
            FROM ({lines}) AS line
            LEFT JOIN (
                SELECT line_id, SUM(amount) AS taxes, SUM(CASE WHEN is_inclusive THEN 0 ELSE amount END) AS added
                FROM {taxes} GROUP BY line_id
            ) AS told ON told.line_id = line.line_id
            WHERE line.tax <> COALESCE(told.taxes, 0) OR line.total <> line.net + COALESCE(told.added, 0)
            """
        ),
    )


ORDERS = Law(
    "orders",
    "An order's amounts are those of its lines and hand-overs, its money is what sales took, it is on one sale, for no more.",
    ("orders.customerorder", "orders.orderline"),
    (
        Check(
            "orders.customerorder",
            "customer order {document}: {paid} paid, entries {entries}, its sales took {taken}",
            select(
                f"""
                SELECT customer_order.id AS record, customer_order.number AS document, customer_order.paid,
                       COALESCE(entry.amount, 0) AS entries, COALESCE(sale.amount, 0) AS taken
                FROM orders_customerorder AS customer_order
                LEFT JOIN (
                    SELECT order_id, SUM(amount) AS amount FROM orders_orderpaymententry GROUP BY order_id
                ) AS entry ON entry.order_id = customer_order.id
                LEFT JOIN (
                    SELECT order_id, SUM(amount) AS amount FROM ({TAKEN}) AS taken GROUP BY order_id
                ) AS sale ON sale.order_id = customer_order.id
                WHERE customer_order.paid <> COALESCE(entry.amount, 0)
                   OR customer_order.paid <> COALESCE(sale.amount, 0)
                """
            ),
        ),
        Check(
            "orders.customerorder",
            "customer order {document}: {subtotal}, {tax_total}, {total}; its lines say {net}, {tax}, {gross}",
            select(
                f"""
                SELECT customer_order.id AS record, customer_order.number AS document, customer_order.subtotal,
                       customer_order.tax_total, customer_order.total, COALESCE(told.net, 0) AS net,
                       COALESCE(told.tax, 0) AS tax, COALESCE(told.gross, 0) AS gross
                FROM orders_customerorder AS customer_order
                LEFT JOIN (
                    SELECT order_id, SUM(net) AS net, SUM(tax) AS tax, SUM(total) AS gross
                    FROM ({AMOUNTS}) AS amount GROUP BY order_id
                ) AS told ON told.order_id = customer_order.id
                WHERE customer_order.subtotal <> COALESCE(told.net, 0)
                   OR customer_order.tax_total <> COALESCE(told.tax, 0)
                   OR customer_order.total <> COALESCE(told.gross, 0)
                """
            ),
        ),
        Check(
            "orders.customerorder",
            "customer order {document}: {handed_over} of {sku} handed over, its hand-overs say {handed}",
            select(
                """
                SELECT customer_order.id AS record, customer_order.number AS document, line.sku, line.handed_over,
                       COALESCE(told.units, 0) AS handed
                FROM orders_orderline AS line
                JOIN orders_customerorder AS customer_order ON customer_order.id = line.order_id
                LEFT JOIN (
                    SELECT order_line_id, SUM(quantity) AS units FROM orders_handoverline GROUP BY order_line_id
                ) AS told ON told.order_line_id = line.id
                WHERE line.handed_over <> COALESCE(told.units, 0)
                """
            ),
        ),
        _taxed(
            "orders.customerorder",
            """
            SELECT customer_order.id AS record, customer_order.number AS document, line.id AS line_id, line.sku, line.tax,
                   line.total, line.unit_price * line.quantity - line.discount AS net
            FROM orders_orderline AS line
            JOIN orders_customerorder AS customer_order ON customer_order.id = line.order_id
            """,
            "orders_ordertax",
        ),
        Check(
            "orders.customerorder",
            "customer order {document}: on sale {sale}, its own word {says}, lines on the sale {on_sale} (1: yes, 0: no)",
            select(
                f"""
                SELECT customer_order.id AS record, customer_order.number AS document, told.sale, told.says, told.on_sale
                FROM (
                    SELECT order_id, sale, SUM(says) AS says, SUM(on_sale) AS on_sale
                    FROM ({AT_REGISTER}) AS entry GROUP BY order_id, sale HAVING SUM(says) <> SUM(on_sale)
                ) AS told
                JOIN orders_customerorder AS customer_order ON customer_order.id = told.order_id
                """
            ),
        ),
        Check(
            "orders.customerorder",
            "customer order {document}: {set_off} is set off on sale {sale}, of {paid} paid, {handed} handed over, "
            "{worth} on the sale",
            select(
                f"""
                SELECT customer_order.id AS record, customer_order.number AS document, sale.number AS sale,
                       -payment.amount AS set_off, customer_order.paid, COALESCE(handed.total, 0) AS handed, told.worth
                FROM ({ON_SALE}) AS told
                JOIN register_saleorderpayment AS payment
                  ON payment.sale_id = told.sale_id AND payment.order_id = told.order_id
                JOIN register_sale AS sale ON sale.id = told.sale_id
                JOIN orders_customerorder AS customer_order ON customer_order.id = told.order_id
                LEFT JOIN (
                    SELECT line.order_id, SUM(gone.total) AS total
                    FROM orders_handoverline AS gone JOIN orders_orderline AS line ON line.id = gone.order_line_id
                    GROUP BY line.order_id
                ) AS handed ON handed.order_id = told.order_id
                WHERE payment.amount < 0
                  AND (-payment.amount > told.worth
                       OR -payment.amount > customer_order.paid - COALESCE(handed.total, 0))
                """
            ),
        ),
        Check(
            "orders.customerorder",
            "customer order {document} is {status}, with {lines} lines and {units} units still to come",
            select(
                """
                SELECT customer_order.id AS record, customer_order.number AS document, customer_order.status, told.lines,
                       COALESCE(told.units, 0) AS units
                FROM orders_customerorder AS customer_order
                JOIN (
                    SELECT own.id, COUNT(line.id) AS lines, SUM(line.quantity) AS units
                    FROM orders_customerorder AS own LEFT JOIN orders_orderline AS line ON line.order_id = own.id
                    GROUP BY own.id
                ) AS told ON told.id = customer_order.id
                WHERE customer_order.cancelled_at IS NULL
                  AND (customer_order.status = 'complete') <> (told.lines > 0 AND told.units = 0)
                """
            ),
        ),
    ),
)

HAND_OVERS = Law(
    "hand_overs",
    "A hand-over without a sale moved exactly the units and serials on it and taxed them; with a sale, the sale did.",
    ("orders.handover", "orders.handoverline", "orders.handoverlineserial"),
    (
        moved_as_said(
            "orders.handover",
            """
            SELECT line.hand_over_id, hand_over.store_id, line.product_id, -line.quantity, 0
            FROM orders_handoverline AS line
            JOIN orders_handover AS hand_over ON hand_over.id = line.hand_over_id
            WHERE hand_over.document = ''
            """,
        ),
        units_as_said(
            "orders.handover",
            """
            SELECT line.hand_over_id, link.serial_id, 1, 0
            FROM orders_handoverlineserial AS link
            JOIN orders_handoverline AS line ON line.id = link.line_id
            JOIN orders_handover AS hand_over ON hand_over.id = line.hand_over_id
            WHERE hand_over.document = ''
            """,
        ),
        _taxed(
            "orders.handover",
            """
            SELECT hand_over.id AS record, hand_over.number AS document, line.id AS line_id, line.sku, line.tax, line.total,
                   line.unit_price * line.quantity - line.discount AS net
            FROM orders_handoverline AS line
            JOIN orders_handover AS hand_over ON hand_over.id = line.hand_over_id
            WHERE hand_over.document = ''
            """,
            "orders_handovertax",
        ),
    ),
)
