"""Ways to break each law in the demo shop, past the operations and the ledgers' guards.

A row: the law, words of the violation that has to be named, and the statements that bring it about, between semicolons.
"""

# An event after the only one of a unit that was put on record: kind, state after it, where, as of.
EVENT = """
    INSERT INTO serials_serialevent
        (serial_id, sequence, kind, state, store_id, document_type, document, note, at, as_of)
    SELECT serial_id, 2, '{}', '{}', store_id, '', '', '', at, {} FROM serials_serialevent
    WHERE id = (SELECT MIN(id) FROM serials_serialevent WHERE kind = 'recorded')
"""
MOVEMENT = """
    INSERT INTO inventory_stockmovement
        (product_id, store_id, quantity, reason, document_type, document_id, document, note, at)
    SELECT product_id, store_id, 1, 'sale', 'register.sale', {}, '?', '', at FROM inventory_stockmovement
    WHERE id = (SELECT MIN(id) FROM inventory_stockmovement)
"""
ON_HOLD = "(SELECT id FROM register_sale WHERE status = 'on_hold')"
PAID_ORDER = "(SELECT MIN(id) FROM orders_customerorder WHERE status = 'open' AND paid > 0)"
OF_PAID_ORDER = f"(SELECT MIN(id) FROM orders_orderline WHERE order_id = {PAID_ORDER})"
RETURN = "UPDATE register_saleline SET {} WHERE returned_line_id IS NOT NULL"
TO_HAND_OVER = "handed_line_id = (SELECT MIN(id) FROM orders_handoverline), returned_line_id = NULL"


def first(table: str, condition: str = "id > 0") -> str:
    """The end of a statement about the first row that meets a condition."""
    return f"WHERE id = (SELECT MIN(id) FROM {table} WHERE {condition})"


def one_more(table: str, column: str, condition: str = "id > 0") -> str:
    return f"UPDATE {table} SET {column} = {column} + 1 {first(table, condition)}"


def gone(table: str, condition: str = "id > 0") -> str:
    return f"DELETE FROM {table} {first(table, condition)}"


POSTED = "adjustment_id IN (SELECT id FROM adjustments_adjustment WHERE status = 'posted')"
SENT = "transfer_id IN (SELECT id FROM transfers_transfer WHERE status = 'sent')"
RECEIVED = "shipment_id IN (SELECT id FROM receiving_vendorshipment WHERE status = 'received')"
TAKEN_BACK = "reversal_id IN (SELECT id FROM receiving_shipmentreversal WHERE status = 'posted')"

BREAKS = [
    ("stock", "movements", one_more("inventory_stocklevel", "on_hand")),
    ("stock", "serials counted", one_more("inventory_stocklevel", "serials")),
    ("whereabouts", "2 things happened to it, 1 are written", one_more("serials_serial", "sequence", "sequence = 1")),
    (
        "whereabouts",
        "is sold in no store; its last event",
        "UPDATE serials_serial SET state = 'sold', store_id = NULL " + first("serials_serial", "state = 'in_stock'"),
    ),
    ("whereabouts", "return from in_stock to in_stock", EVENT.format("return", "in_stock", "NULL")),
    ("whereabouts", "taken back to sold, it was expected", EVENT.format("reverse", "sold", "NULL")),
    (
        "whereabouts",
        "corrected to in_stock as of event 1, where event 0 left it expected",
        EVENT.format("corrected", "in_stock", "1"),
    ),
    ("fixes", "nothing is written of", "UPDATE serials_fixunit SET after = before"),
    (
        "fixes",
        "is undone, but",
        "UPDATE serials_fix SET undone_at = at, undone_by_id = staff_id WHERE kind = 'named'",
    ),
    ("holds", "which does not hold it", "DELETE FROM serials_serialhold"),
    ("holds", "which is finished, gone, or has it no more", "UPDATE serials_serialhold SET line_id = 0"),
    (
        "holds",
        "but it is sold at no store",
        "UPDATE serials_serial SET state = 'sold', store_id = NULL WHERE id IN (SELECT serial_id FROM serials_serialhold)",
    ),
    (
        "holds",
        "but it is in_stock at ",
        "UPDATE serials_serial SET store_id = (SELECT MAX(id) FROM settings_app_store WHERE id <> serials_serial.store_id)"
        " WHERE id IN (SELECT serial_id FROM serials_serialhold)",
    ),
    ("sales", "it moved", one_more("register_saleline", "quantity")),
    ("sales", "it moved 1 of", MOVEMENT.format(ON_HOLD)),
    ("sales", "sale that does not exist, 0: it moved 1 of", MOVEMENT.format("0")),
    (
        "sales",
        "is on its lines 0 times, in the unit's history 1 times",
        gone(
            "register_salelineserial",
            "id NOT IN (SELECT returned_link_id FROM register_salelineserial WHERE returned_link_id IS NOT NULL)",
        ),
    ),
    ("sales", "were paid for its", one_more("register_payment", "amount")),
    ("sales", "is on_hold: ", f"UPDATE register_payment SET sale_id = {ON_HOLD} {first('register_payment')}"),
    ("sales", "its lines say", one_more("register_sale", "subtotal", "status = 'on_hold'")),
    ("sales", "its taxes add up to", one_more("register_saletax", "amount")),
    (
        "sales",
        "from nobody",
        "UPDATE register_sale SET customer_id = NULL WHERE id IN "
        "(SELECT sale_id FROM register_saleline WHERE kind = 'trade_in')",
    ),
    ("returns", "10 came back of 2", RETURN.format("quantity = 10")),
    ("returns", "2 came back of 2; sold for", RETURN.format("quantity = 2")),
    ("returns", "is back entirely, but", RETURN.format("quantity = 2")),
    ("returns", "10 came back of 3", RETURN.format(f"quantity = 10, {TO_HAND_OVER}")),
    ("returns", "is back entirely, but", RETURN.format(f"quantity = 3, {TO_HAND_OVER}")),
    ("credit", "store credit 1, entries 0", one_more("orders_customer", "store_credit")),
    ("orders", "paid, entries", one_more("orders_customerorder", "paid")),
    ("orders", "its lines say", one_more("orders_customerorder", "total")),
    ("orders", "its hand-overs say", one_more("orders_orderline", "handed_over")),
    ("orders", "its taxes add up to", one_more("orders_ordertax", "amount")),
    ("orders", "on sale H1-9", "UPDATE orders_customerorder SET at_register = 'H1-9' WHERE status = 'open'"),
    (
        "orders",
        "is set off on sale",
        f"UPDATE register_saleline SET order_line_id = {OF_PAID_ORDER} WHERE sale_id = {ON_HOLD};"
        "INSERT INTO register_saleorderpayment (sale_id, order_id, amount) "
        f"SELECT {ON_HOLD}, id, -paid - 1 FROM orders_customerorder WHERE id = {PAID_ORDER}",
    ),
    (
        "orders",
        "units still to come",
        "UPDATE orders_customerorder SET status = 'complete', completed_at = created_at WHERE status = 'draft'",
    ),
    ("hand_overs", "it moved", one_more("orders_handoverline", "quantity")),
    ("hand_overs", "in the unit's history 1 times", gone("orders_handoverlineserial")),
    ("hand_overs", "its taxes add up to", one_more("orders_handovertax", "amount")),
    ("adjustments", "it moved", one_more("adjustments_adjustmentline", "quantity", POSTED)),
    ("adjustments", "in the unit's history 1 times", gone("adjustments_adjustmentlineserial")),
    (
        "counts",
        "its adjustment",
        "UPDATE counts_stockcount SET status = 'posted', settled_at = started_at, adjustment_id = "
        "(SELECT MIN(id) FROM adjustments_adjustment WHERE store_id <> counts_stockcount.store_id) "
        + first("counts_stockcount"),
    ),
    ("transfers", "ended than was sent", "UPDATE transfers_arrivalline SET quantity = 99 WHERE posted_at IS NOT NULL"),
    (
        "transfers",
        "is received: of",
        "UPDATE transfers_transfer SET status = 'received', ended_at = sent_at WHERE status = 'sent'",
    ),
    ("transfers", "it moved", one_more("transfers_transferline", "quantity", SENT)),
    ("transfers", "is on its lines 1 times, in the unit's history 2 times", gone("transfers_transferlineserial")),
    (
        "transfers",
        "has not yet arrived 1 times, and is in transit 0 times",
        "UPDATE serials_serial SET state = 'sold' WHERE state = 'in_transit'",
    ),
    ("transfers", "is in transit on 0 transfers", "DELETE FROM transfers_transferlineserial"),
    ("shipments", "it moved", one_more("receiving_shipmentline", "quantity", RECEIVED)),
    ("shipments", "in the unit's history 1 times", "DELETE FROM receiving_shipmentlineserial"),
    ("shipments", "its lines carry", one_more("receiving_vendorshipment", "freight", "status = 'received'")),
    ("reversals", "it moved", one_more("receiving_reversalline", "quantity", TAKEN_BACK)),
    (
        "reversals",
        "on its lines 1 times, in the unit's history 0 times",
        "INSERT INTO receiving_reversallineserial (line_id, serial_id) "
        "SELECT MIN(line.id), MIN(serial.id) FROM receiving_reversalline AS line, serials_serial AS serial",
    ),
    ("reversals", "are taken back of", f"UPDATE receiving_reversalline SET quantity = 99 WHERE {TAKEN_BACK}"),
    ("purchase_orders", "received, shipments brought", one_more("receiving_purchaseorderline", "received")),
    (
        "promises",
        "serials for 0 units",
        "UPDATE inventory_stocklevel SET on_hand = 0 WHERE product_id IN "
        "(SELECT id FROM inventory_product WHERE serial_tracking = 'all')",
    ),
]
