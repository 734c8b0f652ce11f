"""What people do with transfers: ask, send, unpack, decide, receive."""

from transfers.operations.arrivals import ArrivalScan, Seen, mark_all_arrived, scan_arrival, set_counts, take_off
from transfers.operations.decisions import FOR_MISSING, FOR_UNEXPECTED, decide, rest_stays, undo_decision
from transfers.operations.receiving import receive_transfer, take_back
from transfers.operations.requests import (
    add_product,
    add_unit,
    cancel_transfer,
    change_transfer,
    remove_line,
    request_transfer,
    scan_request,
    set_quantity,
)
from transfers.operations.sending import send_transfer

__all__ = [
    "FOR_MISSING",
    "FOR_UNEXPECTED",
    "ArrivalScan",
    "Seen",
    "add_product",
    "add_unit",
    "cancel_transfer",
    "change_transfer",
    "decide",
    "mark_all_arrived",
    "receive_transfer",
    "remove_line",
    "request_transfer",
    "rest_stays",
    "scan_arrival",
    "scan_request",
    "send_transfer",
    "set_counts",
    "set_quantity",
    "take_back",
    "take_off",
    "undo_decision",
]
