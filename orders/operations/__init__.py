"""What is done for customers and with their orders. Every write of the app is one of these."""

from orders.operations.customers import archive_customer, create_customer, move_store_credit, save_customer
from orders.operations.drafting import (
    add_product,
    cancel_order,
    change_order,
    change_price,
    create_order,
    discount_line,
    open_order,
    remove_line,
    save_order_status,
    set_progress,
    set_quantity,
)
from orders.operations.handing_over import Pick, hand_over

__all__ = [
    "Pick",
    "add_product",
    "archive_customer",
    "cancel_order",
    "change_order",
    "change_price",
    "create_customer",
    "create_order",
    "discount_line",
    "hand_over",
    "move_store_credit",
    "open_order",
    "remove_line",
    "save_customer",
    "save_order_status",
    "set_progress",
    "set_quantity",
]
