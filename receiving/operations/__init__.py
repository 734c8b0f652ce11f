"""What is done with vendor shipments: prepare, scan, receive, take back."""

from receiving.operations.entering import Entered, EnteredFile, drop_codes, enter_codes, enter_file, settle_code
from receiving.operations.preparing import (
    LineChange,
    add_line,
    add_orders,
    cancel_shipment,
    change_line,
    expect_serials,
    forget_expected,
    remove_line,
    save_shipment,
    start_shipment,
)
from receiving.operations.receipt import receive_shipment
from receiving.operations.reversal import (
    cancel_reversal,
    change_back,
    post_reversal,
    start_reversal,
)
from receiving.operations.scanning import scan, scan_back

__all__ = [
    "Entered",
    "EnteredFile",
    "LineChange",
    "add_line",
    "add_orders",
    "cancel_reversal",
    "cancel_shipment",
    "change_back",
    "change_line",
    "drop_codes",
    "enter_codes",
    "enter_file",
    "expect_serials",
    "forget_expected",
    "post_reversal",
    "receive_shipment",
    "remove_line",
    "save_shipment",
    "scan",
    "scan_back",
    "settle_code",
    "start_reversal",
    "start_shipment",
]
