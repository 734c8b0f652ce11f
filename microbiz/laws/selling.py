"""What holds of sales, returns and store credit: goods and money together. Amounts are minor units."""

from microbiz.laws.documents import moved_as_said, units_as_said
from microbiz.laws.law import Check, Law, select

# What a line costs before exclusive tax; negative for what comes in.
NET = "CASE WHEN line.kind = 'sale' THEN 1 ELSE -1 END * (line.unit_price * line.quantity - line.discount)"

SALES = Law(
    "sales",
    "A sale's amounts are those of its lines; once paid, so are its payments, taxes, movements and events.",
    ("register.sale", "register.saleline", "register.salelineserial", "register.payment"),
    (
        moved_as_said(
            "register.sale",
            """
            SELECT line.sale_id, sale.store_id, line.product_id,
                   CASE WHEN line.kind = 'sale' THEN -line.quantity ELSE line.quantity END, 0
            FROM register_saleline AS line
            JOIN register_sale AS sale ON sale.id = line.sale_id
            WHERE sale.status = 'completed'
            """,
        ),
        units_as_said(
            "register.sale",
            """
            SELECT line.sale_id, link.serial_id, 1, 0
            FROM register_salelineserial AS link
            JOIN register_saleline AS line ON line.id = link.line_id
            JOIN register_sale AS sale ON sale.id = line.sale_id
            WHERE sale.status = 'completed'
            """,
        ),
        Check(
            "register.sale",
            "sale {document} is {status}: {paid} were paid for its {total}",
            select(
                """
                SELECT sale.id AS record, sale.number AS document, sale.status, sale.total, COALESCE(payment.paid, 0) AS paid
                FROM register_sale AS sale
                LEFT JOIN (
                    SELECT sale_id, SUM(amount) AS paid FROM register_payment GROUP BY sale_id
                ) AS payment ON payment.sale_id = sale.id
                WHERE (sale.status = 'completed' AND sale.total <> COALESCE(payment.paid, 0))
                   OR (sale.status <> 'completed' AND payment.sale_id IS NOT NULL)
                """
            ),
        ),
        Check(
            "register.sale",
            "sale {document}: subtotal {subtotal} and total {total}, its lines say {net} and {gross}",
            select(
                f"""
                SELECT sale.id AS record, sale.number AS document, sale.subtotal, sale.total, COALESCE(told.net, 0) AS net,
                       COALESCE(told.gross, 0) AS gross
                FROM register_sale AS sale
                LEFT JOIN (
                    SELECT sale_id, SUM(net) AS net, SUM(gross) AS gross
                    FROM (
                        SELECT line.sale_id, {NET} AS net, line.total AS gross FROM register_saleline AS line
                        UNION ALL
                        SELECT sale_id, 0, amount FROM register_saleorderpayment
                    ) AS entry
                    GROUP BY sale_id
                ) AS told ON told.sale_id = sale.id
                WHERE sale.status <> 'voided'
                  AND (sale.subtotal <> COALESCE(told.net, 0) OR sale.total <> COALESCE(told.gross, 0))
                """
            ),
        ),
        Check(
            "register.sale",
            "sale {document}, line of {sku}: tax {tax} and total {total}, its taxes add up to {taxes}, {added} on top",
            select(
                f"""
                SELECT sale.id AS record, sale.number AS document, line.sku, line.tax, line.total,
                       COALESCE(told.taxes, 0) AS taxes, COALESCE(told.added, 0) AS added
                FROM register_saleline AS line
                JOIN register_sale AS sale ON sale.id = line.sale_id
                LEFT JOIN (
                    SELECT line_id, SUM(amount) AS taxes,
                           SUM(CASE WHEN is_inclusive THEN 0 ELSE amount END) AS added
                    FROM register_saletax GROUP BY line_id
                ) AS told ON told.line_id = line.id
                WHERE sale.status = 'completed' AND (
                    line.tax <> ABS(COALESCE(told.taxes, 0)) OR line.total <> {NET} + COALESCE(told.added, 0)
                )
                """
            ),
        ),
        Check(
            "register.sale",
            "sale {document} bought {sku} from nobody",
            select(
                """
                SELECT sale.id AS record, sale.number AS document, line.sku
                FROM register_saleline AS line
                JOIN register_sale AS sale ON sale.id = line.sale_id
                WHERE sale.status = 'completed' AND line.kind = 'trade_in' AND sale.customer_id IS NULL
                """
            ),
        ),
    ),
)

# Lines that came back, each with what it came back of: the line of a receipt, or of an order's hand-over.
BACK_TO_SALE = """
    SELECT line.id AS line_id, line.returned_line_id AS origin_id, line.quantity, line.discount, line.total
    FROM register_saleline AS line JOIN register_sale AS sale ON sale.id = line.sale_id
    WHERE sale.status <> 'voided' AND line.returned_line_id IS NOT NULL
"""
BACK_TO_ORDER = """
    SELECT line.id AS line_id, line.handed_line_id AS origin_id, line.quantity, line.discount, line.total
    FROM register_saleline AS line JOIN register_sale AS sale ON sale.id = line.sale_id
    WHERE sale.status <> 'voided' AND line.handed_line_id IS NOT NULL AND line.returned_line_id IS NULL
"""


def _given_back(page: str, back: str, line: str, document: str, key: str, tax: str) -> tuple[Check, Check]:
    """`back` against the lines of the table `line`, which hang by `key` on a `document` and have taxes of their own."""
    name = "sale" if page == "register.sale" else "hand-over"
    # What is back of each line, and no more of those that are back entirely.
    told = f"""
        SELECT back.origin_id, SUM(back.quantity) AS units, SUM(back.discount) AS discount, SUM(back.total) AS total
        FROM ({back}) AS back GROUP BY back.origin_id
    """
    return (
        Check(
            page,
            f"{name} {{document}}: of {{sku}}, {{units}} came back of {{quantity}}; sold for {{total}} with a discount of "
            "{discount}, came back for {given} with {less}",
            select(
                f"""
                SELECT document.id AS record, document.number AS document, sold.sku, told.units, sold.quantity, sold.total,
                       sold.discount, -told.total AS given, told.discount AS less
                FROM ({told}) AS told
                JOIN {line} AS sold ON sold.id = told.origin_id
                JOIN {document} AS document ON document.id = sold.{key}
                WHERE told.units > sold.quantity OR (
                    told.units = sold.quantity AND (told.discount <> sold.discount OR -told.total <> sold.total)
                )
                """
            ),
        ),
        Check(
            page,
            f"{name} {{document}}: {{sku}} is back entirely, but {{left}} of its {{tax}} is not",
            select(
                f"""
                SELECT document.id AS record, document.number AS document, sold.sku, tax.name AS tax, SUM(tax.amount) AS left
                FROM ({told}) AS told
                JOIN {line} AS sold ON sold.id = told.origin_id AND sold.quantity = told.units
                JOIN {document} AS document ON document.id = sold.{key}
                JOIN (
                    SELECT line_id AS origin_id, name, rate, amount FROM {tax}
                    UNION ALL
                    SELECT back.origin_id, own.name, own.rate, own.amount
                    FROM ({back}) AS back JOIN register_saletax AS own ON own.line_id = back.line_id
                ) AS tax ON tax.origin_id = told.origin_id
                GROUP BY document.id, sold.id, tax.name, tax.rate
                HAVING SUM(tax.amount) <> 0
                """
            ),
        ),
    )


RETURNS = Law(
    "returns",
    "No more comes back than was sold, and a line that is back entirely gave back exactly what it cost.",
    ("register.saleline", "orders.handoverline"),
    (
        *_given_back(
            "register.sale", BACK_TO_SALE, "register_saleline", "register_sale", "sale_id", "register_saletax"
        ),
        *_given_back(
            "orders.handover",
            BACK_TO_ORDER,
            "orders_handoverline",
            "orders_handover",
            "hand_over_id",
            "orders_handovertax",
        ),
    ),
)

CREDIT = Law(
    "credit",
    "A customer's store credit is the sum of its entries.",
    ("orders.customer", "orders.storecreditentry"),
    (
        Check(
            "orders.customer",
            "{name}, {account_number}: store credit {store_credit}, entries {entries}",
            select(
                """
                SELECT customer.id AS record, customer.name, customer.account_number, customer.store_credit,
                       COALESCE(told.entries, 0) AS entries
                FROM orders_customer AS customer
                LEFT JOIN (
                    SELECT customer_id, SUM(amount) AS entries FROM orders_storecreditentry GROUP BY customer_id
                ) AS told ON told.customer_id = customer.id
                WHERE customer.store_credit <> COALESCE(told.entries, 0)
                """
            ),
        ),
    ),
)
