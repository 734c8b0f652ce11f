"""What is done to adjustments: drafting and posting them, taking them back, and entering open stock."""

from inventory.adjustments.operations.drafts import (
    add_line,
    change_adjustment,
    discard_adjustment,
    remove_line,
    set_quantity,
    start_adjustment,
)
from inventory.adjustments.operations.open_stock import OpenStock, enter_open_stock, set_open_stock
from inventory.adjustments.operations.posting import post_adjustment, reverse_adjustment
from inventory.adjustments.operations.scanning import scan_adjustment
from inventory.adjustments.operations.settings import save_reason_code

__all__ = [
    "OpenStock",
    "add_line",
    "change_adjustment",
    "discard_adjustment",
    "enter_open_stock",
    "post_adjustment",
    "remove_line",
    "reverse_adjustment",
    "save_reason_code",
    "scan_adjustment",
    "set_open_stock",
    "set_quantity",
    "start_adjustment",
]
