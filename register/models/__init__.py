"""The counter: registers, shifts, sales with their lines and payments. All money is in minor units."""

from register.models.lines import Override, SaleLine, SaleLineSerial, SaleTax, lines_to_show
from register.models.payments import Payment, SaleOrderPayment
from register.models.sales import Sale
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
    "lines_to_show",
]
