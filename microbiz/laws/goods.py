"""What holds of stock levels: what moved them, and the serials that stand for their units."""

from microbiz.laws.law import Check, Law, select

# The document by which a product last moved in a store: where a search for the cause begins.
LAST = """COALESCE((
    SELECT movement.document FROM inventory_stockmovement AS movement
    WHERE movement.product_id = told.product_id AND movement.store_id = told.store_id
    ORDER BY movement.id DESC LIMIT 1
), 'nothing')"""

STOCK = Law(
    "stock",
    "A stock level is the sum of its movements, and counts the serials in stock.",
    ("inventory.stocklevel", "inventory.stockmovement", "serials.serial"),
    (
        Check(
            "inventory.product",
            "{sku} at {store}: level {on_hand}, movements {moved}; last moved by {last}",
            select(
                f"""
                SELECT told.product_id AS record, product.sku, store.name AS store, told.on_hand, told.moved,
                       {LAST} AS last
                FROM (
                    SELECT store_id, product_id, SUM(on_hand) AS on_hand, SUM(moved) AS moved
                    FROM (
                        SELECT store_id, product_id, on_hand, 0 AS moved FROM inventory_stocklevel
                        UNION ALL
                        SELECT store_id, product_id, 0, quantity FROM inventory_stockmovement
                    ) AS entry
                    GROUP BY store_id, product_id
                    HAVING SUM(on_hand) <> SUM(moved)
                ) AS told
                JOIN settings_app_store AS store ON store.id = told.store_id
                JOIN inventory_product AS product ON product.id = told.product_id
                """
            ),
        ),
        Check(
            "inventory.product",
            "{sku} at {store}: {counted} serials counted, {serials} in stock; last moved by {last}",
            select(
                f"""
                SELECT told.product_id AS record, product.sku, store.name AS store, told.counted, told.serials,
                       {LAST} AS last
                FROM (
                    SELECT store_id, product_id, SUM(counted) AS counted, SUM(serials) AS serials
                    FROM (
                        SELECT store_id, product_id, serials AS counted, 0 AS serials FROM inventory_stocklevel
                        UNION ALL
                        SELECT store_id, product_id, 0, COUNT(*) FROM serials_serial
                        WHERE state = 'in_stock' GROUP BY store_id, product_id
                    ) AS entry
                    GROUP BY store_id, product_id
                    HAVING SUM(counted) <> SUM(serials)
                ) AS told
                JOIN settings_app_store AS store ON store.id = told.store_id
                JOIN inventory_product AS product ON product.id = told.product_id
                """
            ),
        ),
    ),
)

PROMISES = Law(
    "promises",
    "Where every transaction requires serials and none was excused, there are no more serials than units.",
    ("serials.serial",),
    (
        Check(
            "inventory.product",
            "{sku} at {store}: {serials} serials for {on_hand} units; last moved by {last}",
            select(
                f"""
                SELECT told.product_id AS record, product.sku, store.name AS store, told.serials, {LAST} AS last,
                       COALESCE(level.on_hand, 0) AS on_hand
                FROM (
                    SELECT store_id, product_id, COUNT(*) AS serials FROM serials_serial
                    WHERE state = 'in_stock' GROUP BY store_id, product_id
                ) AS told
                JOIN settings_app_store AS store ON store.id = told.store_id
                JOIN inventory_product AS product ON product.id = told.product_id
                LEFT JOIN inventory_stocklevel AS level
                    ON level.store_id = told.store_id AND level.product_id = told.product_id
                WHERE product.serial_tracking = 'all' AND told.serials > COALESCE(level.on_hand, 0)
                  AND NOT EXISTS (
                    SELECT 1 FROM register_override AS excuse
                    JOIN register_saleline AS line ON line.id = excuse.line_id
                    WHERE excuse.kind = 'serials' AND line.product_id = told.product_id
                  )
                  AND NOT EXISTS (
                    SELECT 1 FROM adjustments_adjustmentline AS line
                    WHERE line.excuse <> '' AND line.product_id = told.product_id
                  )
                  AND NOT EXISTS (
                    SELECT 1 FROM orders_orderline AS line
                    JOIN orders_orderevent AS excuse ON excuse.order_id = line.order_id
                    WHERE excuse.kind = 'serials' AND line.product_id = told.product_id
                  )
                """
            ),
        ),
    ),
)
