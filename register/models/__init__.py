"""The counter: registers, shifts, sales with their lines and payments. All money is in minor units."""

from register.models.payments import Payment, SaleOrderPayment
from register.models.sales import (
    Override,
    Sale,
    SaleLine,
    SaleLineSerial,
    SaleTax,
)
from register.models.tills import CashMovement, PaymentMethod, Register, Shift, ShiftCount

__all__ = [
    "CashMovement",
    "Override",
    "Payment",
    "PaymentMethod",
    "Register",
    "Sale",
    "SaleLine",
    "SaleLineSerial",
    "SaleOrderPayment",
    "SaleTax",
    "Shift",
    "ShiftCount",
]
