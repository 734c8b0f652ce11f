"""One morning at the demo's counter, so that sales, receipts and sold units are there to look at."""

from collections.abc import Sequence
from uuid import UUID

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.transactions import operation
from orders.models import Customer
from register.models import PaymentMethod, Register, Sale
from register.operations import (
    Tender,
    add_return_by_serial,
    complete_sale,
    current_sale,
    hold_sale,
    open_shift,
    scan,
    set_customer,
    take_in_trade,
)
from serials.models import Serial
from settings_app.models import Staff

REGISTER = "E2"
OPENING_BALANCE = 200_00

# What is scanned, how it is paid and by whom it is bought. "SKU/unit" is a product and then the serial of one of its units.
SALES = (
    (("GRO-1004", "GRO-1022", "GRO-1022"), "cash", ""),
    (("ELE-1002/unit", "GEN-1003"), "card", "Priya Raman"),
    (("BKS-1003", "BKS-1014"), "cash", ""),
    (("9990319/unit", "GEN-1010"), "card", ""),
    (("ELE-1016/unit", "ELE-1018/unit", "ELE-1018/unit"), "card", "Lakeside Dental"),
    (("9984258/unit",), "cash", "Tom Halvorsen"),
    (("APP-1004/unit",), "card", "Grace Vang"),
    (("GRO-1046", "GRO-1009", "GEN-1007"), "cash", ""),
)
ON_HOLD = ("ELE-1005/unit", "GEN-1009")


@operation
def trade(staff: Staff) -> None:
    """Open one till, sell, take one unit back, buy one from a customer, and leave a sale on hold."""
    register = Register.objects.get(prefix=REGISTER)
    open_shift(register, opening_balance=OPENING_BALANCE, staff=staff)
    sold = [
        sell(register, scans, kind, customer, staff=staff, key=UUID(int=at))
        for at, (scans, kind, customer) in enumerate(SALES, start=1)
    ]
    _take_back(register, sold[4], staff=staff, key=UUID(int=100))
    _trade_in(register, staff=staff, key=UUID(int=101))
    waiting = _cart(register, ON_HOLD, staff=staff)
    set_customer(waiting, Customer.objects.get(name="Zoë Šimková"), staff=staff)
    hold_sale(waiting, note="Gone to fetch her old phone", staff=staff)


def _cart(register: Register, scans: Sequence[str], *, staff: Staff) -> Sale:
    sale = current_sale(register, staff=staff)
    for code in scans:
        sku, _slash, unit = code.partition("/")
        if unit:
            free = Serial.objects.in_stock(register.store).filter(product__sku=sku, hold__isnull=True)
            result = scan(sale, free[0].number, staff=staff)
        else:
            result = scan(sale, sku, staff=staff)
        if not result.ok:
            raise DomainError(f"{code}: {result.message}")
    sale.refresh_from_db()
    return sale


def sell(register: Register, scans: Sequence[str], kind: str, customer: str, *, staff: Staff, key: UUID) -> Sale:
    """Scan, pay and complete one sale."""
    sale = _cart(register, scans, staff=staff)
    if customer:
        sale = set_customer(sale, Customer.objects.get(name=customer), staff=staff)
    method = PaymentMethod.objects.get(kind=kind)
    handed_over = -(-sale.total // 20_00) * 20_00 if kind == PaymentMethod.Kind.CASH else None  # in twenties
    return complete_sale(sale, tenders=[Tender(method, sale.total, tendered=handed_over)], key=key, staff=staff)


def _take_back(register, receipt, *, staff, key) -> None:
    """One unit of `receipt` comes back for the money on the card."""
    sale = current_sale(register, staff=staff)
    unit = Serial.objects.sold().filter(product__sku="ELE-1018", product__in=receipt.lines.values("product")).first()
    add_return_by_serial(sale, unit, reason="Does not hold its charge", staff=staff)
    sale.refresh_from_db()
    card = PaymentMethod.objects.get(kind=PaymentMethod.Kind.CARD)
    complete_sale(sale, tenders=[Tender(card, sale.total)], key=key, staff=staff)


def _trade_in(register, *, staff, key) -> None:
    """A customer brings a phone that we did not sell, for a part of the price of a new one."""
    sale = _cart(register, ("ELE-1002/unit",), staff=staff)
    set_customer(sale, Customer.objects.get(name="Miguel Ortiz"), staff=staff)
    phone = Product.objects.get(sku="ELE-1002")
    condition = "Works, scratched at the back"
    take_in_trade(sale, phone, price=120_00, numbers=["352099001761481"], condition=condition, staff=staff)
    sale.refresh_from_db()
    card = PaymentMethod.objects.get(kind=PaymentMethod.Kind.CARD)
    complete_sale(sale, tenders=[Tender(card, sale.total)], key=key, staff=staff)
