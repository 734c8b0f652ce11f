"""Customers, and what they ordered."""

from orders.models.customers import Customer, StoreCreditEntry
from orders.models.handing_over import HandOver, HandOverLine, HandOverLineSerial, HandOverTax
from orders.models.orders import (
    CustomerOrder,
    OrderEvent,
    OrderLine,
    OrderLineSerial,
    OrderPaymentEntry,
    OrderStatus,
    OrderTax,
)

__all__ = [
    "Customer",
    "CustomerOrder",
    "HandOver",
    "HandOverLine",
    "HandOverLineSerial",
    "HandOverTax",
    "OrderEvent",
    "OrderLine",
    "OrderLineSerial",
    "OrderPaymentEntry",
    "OrderStatus",
    "OrderTax",
    "StoreCreditEntry",
]
