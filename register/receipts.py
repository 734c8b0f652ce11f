"""Receipts: what stands on one as data, and the 80 mm paper as PDF."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.units import mm

from microbiz.barcodes import code128
from microbiz.money import format_money
from microbiz.paper import BOLD, MONO, SANS, PlainCanvas, register_fonts, width_of, wrapped
from register.models import Payment, Sale, SaleOrderPayment, SaleTax
from register.operations.totals import SaleNow
from settings_app.models import ShopSettings


@dataclass(frozen=True)
class ReceiptLine:
    """One line as printed; `quantity` and `net` are negative for what comes in."""

    name: str
    sku: str
    quantity: int
    unit_price: int
    discount: int
    net: int
    serials: list[str]
    is_return: bool = False
    is_trade_in: bool = False
    reason: str = ""
    condition: str = ""  # in which a trade-in came
    sold_on: str = ""  # the receipt that a return is from


@dataclass(frozen=True)
class ReceiptTax:
    """One tax of the whole receipt. An inclusive one is already in the prices."""

    label: str
    amount: int
    is_inclusive: bool


@dataclass(frozen=True)
class ReceiptPayment:
    """One payment as printed: `amount` is what was handed over, negative what was paid out."""

    label: str
    amount: int
    reference: str = ""


@dataclass(frozen=True)
class Receipt:
    """Everything on a receipt, in the order of the paper. Amounts in minor units of `currency`, `at` in store time."""

    number: str
    company: str
    store: str
    address: list[str]
    phone: str
    register: str
    staff: str
    at: datetime
    customer: str
    lines: list[ReceiptLine]
    subtotal: int
    taxes: list[ReceiptTax]
    total: int
    payments: list[ReceiptPayment]
    change: int
    currency: str
    footer: str
    is_copy: bool = False
    for_orders: list[ReceiptPayment] = field(default_factory=list)  # what counts towards customer orders
    came_back: list[str] = field(default_factory=list)  # units that are back since, in words: on copies

    @property
    def units_out(self) -> int:
        return sum(line.quantity for line in self.lines if line.quantity > 0)

    @property
    def units_back(self) -> int:
        return -sum(line.quantity for line in self.lines if line.quantity < 0)

    @property
    def discount(self) -> int:
        """What was taken off the prices of the goods that went out; not negative."""
        return sum(line.discount for line in self.lines if line.quantity > 0)

    def money(self, amount: int, *, symbol: bool = False) -> str:
        return format_money(amount, self.currency, symbol=symbol)


def build_receipt(sale: Sale, *, is_copy: bool = False, now: SaleNow | None = None) -> Receipt:
    """The receipt of a completed sale: as it is read in a fixed number of queries, or as `now` has it."""
    shop = ShopSettings.load()
    store = sale.store
    lines = sale.lines.with_serials().select_related("returned_line__sale", "handed_line__hand_over")
    tells_of_returns = is_copy and shop.serial_numbers_enabled
    if now is not None:
        lines = now.lines
    elif tells_of_returns:
        lines = lines.prefetch_related("serial_links__returned_by__line__sale")
    town = " ".join(part for part in (store.city, store.region, store.postal_code) if part)
    return Receipt(
        number=sale.number,
        company=shop.company,
        store=store.name,
        address=[part for part in (store.address, town) if part],
        phone=store.phone,
        register=sale.register.name,
        staff=str(sale.staff),
        at=(sale.completed_at or timezone.now()).astimezone(ZoneInfo(store.time_zone)),
        customer=sale.customer.name if sale.customer else "",
        lines=[_line(line, with_serials=shop.serial_numbers_enabled) for line in lines],
        subtotal=sale.subtotal,
        taxes=_taxes(sale, now),
        total=sale.total,
        payments=_payments(now.payments if now else sale.payments.select_related("method")),
        change=sale.change,
        currency=shop.currency,
        footer=shop.receipt_footer,
        is_copy=is_copy,
        for_orders=_for_orders(sale, now),
        came_back=_came_back(lines) if tells_of_returns else [],
    )


def _line(line, *, with_serials: bool) -> ReceiptLine:
    return ReceiptLine(
        name=line.name,
        sku=line.sku,
        quantity=line.signed_quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        net=line.net,
        serials=[link.serial.number for link in line.serial_links.all()] if with_serials else [],
        is_return=line.is_return,
        is_trade_in=line.is_trade_in,
        reason=line.return_reason,
        condition=line.condition,
        sold_on=line.origin_document.number if line.has_origin else "",
    )


def _taxes(sale: Sale, now: SaleNow | None) -> list[ReceiptTax]:
    sums: dict[tuple[str, int, bool], int] = {}
    if now is None or any(line.has_origin for line in now.lines):  # theirs were on record before
        taxes = list(SaleTax.objects.filter(line__sale=sale))
    else:
        taxes = list(now.taxes)
    for tax in sorted(taxes, key=lambda tax: (tax.is_inclusive, tax.name, tax.rate)):
        key = tax.name, tax.rate, tax.is_inclusive
        sums[key] = sums.get(key, 0) + tax.amount
    return [ReceiptTax(f"{name} {rate / 1000:g}%", amount, included) for (name, rate, included), amount in sums.items()]


def _payments(payments: Iterable[Payment]) -> list[ReceiptPayment]:
    return [
        ReceiptPayment(
            payment.method.name,
            payment.amount if payment.tendered is None else payment.tendered,
            payment.reference,
        )
        for payment in payments
    ]


def _for_orders(sale: Sale, now: SaleNow | None) -> list[ReceiptPayment]:
    """Deposits and balances that the sale took, and what it paid back or set off."""
    payments = list(now.order_payments if now else sale.order_payments.select_related("order"))
    if not payments:
        return []
    handed_over = set(sale.lines.filter(order_line__isnull=False).values_list("order_line__order", flat=True))
    return [
        ReceiptPayment(order_payment_label(payment, is_set_off=payment.order_id in handed_over), payment.amount)
        for payment in payments
    ]


def order_payment_label(payment: SaleOrderPayment, *, is_set_off: bool) -> str:
    text = _("Order %(number)s, payment")
    if payment.amount < 0:
        text = _("Order %(number)s, paid before") if is_set_off else _("Order %(number)s, paid back")
    return text % {"number": payment.order.number}


def _came_back(lines) -> list[str]:
    text = _("%(serial)s came back on %(number)s.")
    return [
        text % {"serial": link.serial.number, "number": link.returned_by.line.sale.number}
        for line in lines
        for link in line.serial_links.all()
        if hasattr(link, "returned_by") and link.returned_by.line.sale.is_completed
    ]


# --- Paper ------------------------------------------------------------------------------------------------------------

PAPER = 80 * mm
MARGIN = 4 * mm
DOT = 0.125 * mm  # of a receipt printer with 203 dpi; bars of 2 dots are read, narrower ones are not


class Roll:
    """Paper without end: rows are collected first, so that the page can be cut to what it holds."""

    def __init__(self):
        self.height = 0.0
        self.steps = []

    def row(self, left="", right="", *, font=SANS, size=8.0, indent=0.0, centred=False, lead=1.35):
        """One row of text; what is too long for the paper goes on in the next."""
        room = PAPER - 2 * MARGIN - indent
        side = width_of(right, font, size) + 2 * mm if right else 0
        parts = wrapped(left, font, size, room - side) or [""]
        for at, part in enumerate(parts):
            self.height += size * lead
            y = self.height
            if centred:
                self.steps.append(("drawCentredString", PAPER / 2, y, part, font, size))
            else:
                self.steps.append(("drawString", MARGIN + indent, y, part, font, size))
            if right and at == 0:
                self.steps.append(("drawRightString", PAPER - MARGIN, y, right, font, size))

    def gap(self, space=2 * mm):
        self.height += space

    def rule(self):
        self.height += 2 * mm
        self.steps.append(("rule", MARGIN, self.height, PAPER - MARGIN, None, None))
        self.height += 1 * mm

    def bars(self, text):
        """The barcode, its bars whole dots of the printer, as wide as the paper allows."""
        symbol = code128(text)
        width = symbol.width
        module = next((dots * DOT for dots in (3, 2) if width * dots * DOT <= PAPER), PAPER / width)
        left = (PAPER - width * module) / 2
        self.height += 14 * mm
        for start, _row, wide in symbol.bars():
            self.steps.append(("bar", left + start * module, self.height, wide * module, None, None))

    def draw(self, canvas, height):
        for step, x, y, what, font, size in self.steps:
            if step == "rule":
                canvas.setLineWidth(0.4)
                canvas.line(x, height - y, what, height - y)
            elif step == "bar":
                canvas.rect(x, height - y, what, 13 * mm, stroke=0, fill=1)
            else:
                canvas.setFont(font, size)
                getattr(canvas, step)(x, height - y, what)


def cut(roll: Roll, *, title: str, author: str) -> bytes:
    """The roll as a PDF of one page, as long as what is on it."""
    height = roll.height + 6 * mm
    page = BytesIO()
    canvas = PlainCanvas(page, pagesize=(PAPER, height), pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    roll.draw(canvas, height)
    canvas.showPage()
    canvas.save()
    return page.getvalue()


def receipt_pdf(receipt: Receipt) -> bytes:
    """The receipt on 80 mm paper, cut to its length, with the fonts in it."""
    register_fonts()
    roll = Roll()
    roll.gap(4 * mm)
    _head(roll, receipt)
    for line in receipt.lines:
        _goods(roll, receipt, line)
    roll.rule()
    _sums(roll, receipt)
    roll.gap(4 * mm)
    roll.bars(receipt.number)
    roll.row(receipt.number, font=MONO, centred=True)
    for text in (receipt.footer, *receipt.came_back):
        if text:
            roll.gap()
            roll.row(text, centred=True, size=7.5)
    return cut(roll, title=receipt.number, author=receipt.company)


def _head(roll: Roll, receipt: Receipt) -> None:
    if receipt.is_copy:
        roll.row(_("COPY"), font=BOLD, size=12, centred=True)
        roll.gap()
    roll.row(receipt.company, font=BOLD, size=11, centred=True)
    for text in (receipt.store, *receipt.address, receipt.phone):
        if text and text != receipt.company:
            roll.row(text, centred=True)
    roll.gap()
    roll.row(date_format(receipt.at, "D j M Y H:i"))
    roll.row(_("Sale %(number)s") % {"number": receipt.number})
    roll.row(f"{receipt.register}, {receipt.staff}")
    if receipt.customer:
        roll.row(receipt.customer)
    roll.rule()


def _goods(roll: Roll, receipt: Receipt, line: ReceiptLine) -> None:
    roll.gap(1 * mm)
    if line.is_return:
        roll.row(_("RETURN"), font=BOLD)
    if line.is_trade_in:
        roll.row(_("TRADE-IN"), font=BOLD)
    roll.row(line.name, receipt.money(line.net))
    if abs(line.quantity) > 1:
        roll.row(f"{line.quantity} × {receipt.money(line.unit_price)}".replace("-", "−"), size=7, indent=3 * mm)
    if line.discount:
        roll.row(_("Discount %(amount)s") % {"amount": receipt.money(-line.discount)}, size=7, indent=3 * mm)
    if line.sold_on:
        roll.row(_("from %(number)s") % {"number": line.sold_on}, size=7, indent=3 * mm)
    if line.condition:
        roll.row(line.condition, size=7, indent=3 * mm)
    for number in line.serials:
        roll.row(_("S/N %(number)s") % {"number": number}, font=MONO, size=7.5, indent=3 * mm)


def _sums(roll: Roll, receipt: Receipt) -> None:
    roll.row(_("Subtotal"), receipt.money(receipt.subtotal))
    for tax in receipt.taxes:
        if not tax.is_inclusive:
            roll.row(tax.label, receipt.money(tax.amount))
    for payment in receipt.for_orders:
        roll.row(payment.label, receipt.money(payment.amount))
    roll.gap(1 * mm)
    roll.row(_("TOTAL"), receipt.money(receipt.total, symbol=True), font=BOLD, size=12)
    for tax in receipt.taxes:
        if tax.is_inclusive:
            roll.row(_("contains %(tax)s") % {"tax": tax.label}, receipt.money(tax.amount), size=7)
    roll.gap(1 * mm)
    for payment in receipt.payments:
        roll.row(" ".join(part for part in (payment.label, payment.reference) if part), receipt.money(payment.amount))
    if receipt.change:
        roll.row(_("Change"), receipt.money(receipt.change))
