"""What is done to a stock count: begun, scanned into by several people at once, reviewed, posted or cancelled."""

from inventory.counts.operations.counting import CountResult, Kind, count_without, scan, set_quantity, undo_last
from inventory.counts.operations.documents import cancel_count, start_count
from inventory.counts.operations.posting import post_count
from inventory.counts.operations.reviewing import accept, confirm_new, count_none, recount, set_aside

__all__ = [
    "CountResult",
    "Kind",
    "accept",
    "cancel_count",
    "confirm_new",
    "count_none",
    "count_without",
    "post_count",
    "recount",
    "scan",
    "set_aside",
    "set_quantity",
    "start_count",
    "undo_last",
]
