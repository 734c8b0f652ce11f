"""What holds of adjustments and counts."""

from microbiz.laws.documents import moved_as_said, units_as_said
from microbiz.laws.law import Check, Law, select

ADJUSTMENTS = Law(
    "adjustments",
    "A posted adjustment moved what its lines say, each unit once; any other moved nothing.",
    ("adjustments.adjustment", "adjustments.adjustmentline", "adjustments.adjustmentlineserial"),
    (
        moved_as_said(
            "adjustments.adjustment",
            """
            SELECT line.adjustment_id, adjustment.store_id, line.product_id,
                   CASE WHEN line.is_minus THEN -line.quantity ELSE line.quantity END, 0
            FROM adjustments_adjustmentline AS line
            JOIN adjustments_adjustment AS adjustment ON adjustment.id = line.adjustment_id
            WHERE adjustment.status = 'posted'
            """,
        ),
        units_as_said(
            "adjustments.adjustment",
            """
            SELECT line.adjustment_id, link.serial_id, 1, 0
            FROM adjustments_adjustmentlineserial AS link
            JOIN adjustments_adjustmentline AS line ON line.id = link.line_id
            JOIN adjustments_adjustment AS adjustment ON adjustment.id = line.adjustment_id
            WHERE adjustment.status = 'posted'
            """,
        ),
    ),
)

COUNTS = Law(
    "counts",
    "A posted count has one posted adjustment, or none where nothing had to move; any other count has none.",
    ("counts.stockcount",),
    (
        Check(
            "counts.stockcount",
            "stock count {document} at {store} is {status}, its adjustment {adjustment} at {there} is {posted}",
            select(
                """
                SELECT stock_count.id AS record, stock_count.number AS document, stock_count.status,
                       adjustment.number AS adjustment, adjustment.status AS posted, store.name AS store,
                       there.name AS there
                FROM counts_stockcount AS stock_count
                JOIN adjustments_adjustment AS adjustment ON adjustment.id = stock_count.adjustment_id
                JOIN settings_app_store AS store ON store.id = stock_count.store_id
                JOIN settings_app_store AS there ON there.id = adjustment.store_id
                WHERE stock_count.status <> 'posted' OR adjustment.status <> 'posted'
                   OR adjustment.store_id <> stock_count.store_id
                """
            ),
        ),
    ),
)
