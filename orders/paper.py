"""An order on paper: what stands on a quote, an order confirmation or an invoice, and the sheet as PDF."""

from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm

from microbiz.money import format_money
from microbiz.paper import BOLD, MONO, SANS, PlainCanvas, register_fonts, width_of, wrapped
from orders.models import CustomerOrder
from orders.reading import lines_of, payments_of, taxes_of
from settings_app.models import ShopSettings, Store

KINDS = {"quote": gettext_lazy("Quote"), "order": gettext_lazy("Order"), "invoice": gettext_lazy("Invoice")}
LETTER_CURRENCIES = {"USD", "CAD", "MXN"}  # of the countries that print on Letter
EDGE = 18 * mm
LEADING = 1.4  # rows to type size


@dataclass(frozen=True)
class PaperLine:
    """So many units of one product, as ordered; `net` is before exclusive tax."""

    name: str
    sku: str
    quantity: int
    unit_price: int
    discount: int
    net: int
    serials: list[str]


@dataclass(frozen=True)
class Paper:
    """Everything on the paper, in its order. Amounts in minor units of `currency`, `at` in store time."""

    title: str
    number: str
    company: str
    store: list[str]
    customer: list[str]
    at: datetime
    facts: list[str]
    note: str
    currency: str
    subtotal: int
    total: int
    balance: int
    footer: str
    lines: list[PaperLine] = field(default_factory=list)
    taxes: list[tuple[str, int]] = field(default_factory=list)
    payments: list[tuple[str, int]] = field(default_factory=list)

    def money(self, amount: int, *, symbol: bool = False) -> str:
        return format_money(amount, self.currency, symbol=symbol)


def kind_of(order: CustomerOrder, asked: str = "") -> str:
    """Which paper an order is at its status: a draft is a quote, a complete one an invoice."""
    if asked in KINDS:
        return asked
    return "quote" if order.is_draft else "invoice" if order.status == order.Status.COMPLETE else "order"


def paper_of(order: CustomerOrder, kind: str) -> Paper:
    """An order as paper. A fixed number of queries."""
    shop = ShopSettings.load()
    at = (order.completed_at if kind == "invoice" else order.opened_at) or order.created_at
    facts = [str(order.get_fulfilment_display())]
    if order.address:
        facts.append(order.address)
    if order.wanted_by:
        facts.append(_("wanted by %(day)s") % {"day": date_format(order.wanted_by, "j M Y")})
    return Paper(
        title=str(KINDS[kind]),
        number=order.number,
        company=shop.company,
        store=_address(order.store),
        customer=[
            part for part in (order.customer.name, order.customer.address, order.customer.account_number) if part
        ],
        at=at.astimezone(ZoneInfo(order.store.time_zone)),
        facts=facts,
        note=order.note,
        currency=shop.currency,
        subtotal=order.subtotal,
        total=order.total,
        balance=order.balance,
        footer=shop.receipt_footer,
        lines=[_line(line, with_serials=shop.serial_numbers_enabled) for line in lines_of(order)],
        taxes=[(f"{tax.name} {tax.rate / 1000:g}%" if tax.rate else tax.name, tax.amount) for tax in taxes_of(order)],
        payments=[
            (f"{entry.label}, {entry.document}, {date_format(entry.at, 'j M Y')}", entry.off)
            for entry in payments_of(order)
        ],
    )


def _line(line, *, with_serials) -> PaperLine:
    serials = [*(serial for one in line.gone for serial in one.serials), *line.serials]
    return PaperLine(
        name=line.name,
        sku=line.sku,
        quantity=line.ordered,
        unit_price=line.unit_price,
        discount=line.discount + sum(one.discount for one in line.gone),
        net=line.net_in_all,
        serials=[serial.number for serial in serials] if with_serials else [],
    )


def _address(store: Store) -> list[str]:
    town = " ".join(part for part in (store.city, store.region, store.postal_code) if part)
    return [part for part in (store.name, store.address, town, store.phone) if part]


# --- PDF --------------------------------------------------------------------------------------------------------------


class Sheet:
    """Paper filled from the top in columns, with a new page where it is full."""

    def __init__(self, paper: Paper):
        register_fonts()
        self.out = BytesIO()
        size = LETTER if paper.currency in LETTER_CURRENCIES else A4
        self.canvas = PlainCanvas(self.out, pagesize=size)
        self.canvas.setTitle(f"{paper.title} {paper.number}")
        self.canvas.setAuthor(paper.company)
        self.width, self.top = size[0] - 2 * EDGE, size[1] - EDGE
        self.at, self.page = self.top, 1
        self.title = f"{paper.title} {paper.number}"

    def room(self, height: float) -> None:
        """Begin a new page unless this much fits on this one."""
        if self.at - height < EDGE:
            self._foot()
            self.canvas.showPage()
            self.at, self.page = self.top, self.page + 1

    def row(self, left: str, *right: str, font: str = SANS, size: float = 10, indent: float = 0) -> None:
        """Text at the left, wrapped, and amounts in columns at the right of its first row."""
        column = 26 * mm
        width = self.width - indent - (column * len(right) + 4 * mm if right else 0)
        for at, part in enumerate(wrapped(left, font, size, width) or [""]):
            self.room(size * LEADING)
            self.at -= size * LEADING
            self.canvas.setFont(font, size)
            self.canvas.drawString(EDGE + indent, self.at, part)
            if at == 0:
                for back, text in enumerate(reversed(right)):
                    self.canvas.drawRightString(EDGE + self.width - back * column, self.at, text)

    def gap(self, height: float = 4 * mm) -> None:
        self.at -= height

    def rule(self) -> None:
        self.room(4 * mm)
        self.gap(2 * mm)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(EDGE, self.at, EDGE + self.width, self.at)
        self.gap(1 * mm)

    def done(self) -> bytes:
        self._foot()
        self.canvas.save()
        return self.out.getvalue()

    def _foot(self) -> None:
        text = _("%(title)s, page %(page)d") % {"title": self.title, "page": self.page}
        self.canvas.setFont(SANS, 8)
        self.canvas.drawString(EDGE + self.width - width_of(text, SANS, 8), EDGE / 2, text)


def as_pdf(paper: Paper) -> bytes:
    """The paper as PDF on A4, or Letter where the shop prints on that, with the fonts in it."""
    sheet = Sheet(paper)
    sheet.row(paper.company, font=BOLD, size=12)
    sheet.row(", ".join(paper.store), size=9)
    sheet.gap(8 * mm)
    for number, part in enumerate(paper.customer):
        sheet.row(part, font=BOLD if number == 0 else SANS)
    sheet.gap(8 * mm)
    sheet.row(f"{paper.title} {paper.number}", date_format(paper.at, "j M Y"), font=BOLD, size=16)
    sheet.row(", ".join(paper.facts))
    if paper.note:
        sheet.row(paper.note)
    sheet.gap()
    sheet.row(_("Product"), _("Units"), _("Price"), _("Amount"), font=BOLD, size=9)
    sheet.rule()
    for line in paper.lines:
        sheet.room(16 * mm)
        sheet.row(line.name, str(line.quantity), paper.money(line.unit_price), paper.money(line.net))
        sheet.row(line.sku, size=8)
        if line.discount:
            sheet.row(_("Discount %(amount)s") % {"amount": paper.money(-line.discount)}, size=8)
        if line.serials:
            sheet.row(_("S/N %(numbers)s") % {"numbers": "   ".join(line.serials)}, font=MONO, size=8, indent=4 * mm)
        sheet.gap(1.5 * mm)
    sheet.rule()
    _sums(sheet, paper)
    if paper.footer:
        sheet.gap(8 * mm)
        sheet.row(paper.footer, size=9)
    return sheet.done()


def _sums(sheet: Sheet, paper: Paper) -> None:
    sheet.row(_("Subtotal"), paper.money(paper.subtotal))
    for label, amount in paper.taxes:
        sheet.row(label, paper.money(amount))
    sheet.row(_("Total"), paper.money(paper.total, symbol=True), font=BOLD, size=12)
    for label, amount in paper.payments:
        sheet.row(label, paper.money(amount))
    if paper.payments:
        label = _("To be paid back") if paper.balance < 0 else _("Balance")
        sheet.row(label, paper.money(abs(paper.balance), symbol=True), font=BOLD, size=12)
