"""The verbs of the counter. Every write of the register is one of these."""

from register.operations.cart import (
    add_product,
    change_price,
    current_sale,
    discount_line,
    discount_sale,
    hold_sale,
    recall_sale,
    remove_line,
    set_customer,
    set_new_customer,
    set_quantity,
    void_sale,
)
from register.operations.completion import Tender, complete_sale, count_print
from register.operations.orders import add_order, add_order_payment, remove_order
from register.operations.returns import (
    ReturnPick,
    add_return,
    add_return_by_serial,
    return_without_receipt,
)
from register.operations.scanning import TillScan, TillScanKind, claim_serial, scan, scan_at_register
from register.operations.shifts import (
    ExpectedTaking,
    ShiftReport,
    close_shift,
    expected_takings,
    move_cash,
    open_shift,
    shift_report,
)
from register.operations.trade_ins import create_traded_product, take_in_trade

__all__ = [
    "ExpectedTaking",
    "ReturnPick",
    "ShiftReport",
    "Tender",
    "TillScan",
    "TillScanKind",
    "add_order",
    "add_order_payment",
    "add_product",
    "add_return",
    "add_return_by_serial",
    "change_price",
    "claim_serial",
    "close_shift",
    "complete_sale",
    "count_print",
    "create_traded_product",
    "current_sale",
    "discount_line",
    "discount_sale",
    "expected_takings",
    "hold_sale",
    "move_cash",
    "open_shift",
    "recall_sale",
    "remove_line",
    "remove_order",
    "return_without_receipt",
    "scan",
    "scan_at_register",
    "set_customer",
    "set_new_customer",
    "set_quantity",
    "shift_report",
    "take_in_trade",
    "void_sale",
]
