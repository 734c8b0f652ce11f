"""A purchase order as the vendor gets it: what stands on it, and the sheet as PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm

from inventory.models import VendorProduct
from microbiz.barcodes import code128
from microbiz.money import format_money
from microbiz.paper import BOLD, MONO, SANS, PlainCanvas, register_fonts, wrapped
from receiving.models import PurchaseOrder
from settings_app.models import ShopSettings

SIZES = {"a4": A4, "letter": LETTER}
MARGIN = 18 * mm
FOOT = 24 * mm  # kept free below the lines


@dataclass(frozen=True)
class PaperLine:
    """One line as printed: amounts are words already, empty where nobody knows them or costs are left out."""

    item_number: str
    sku: str
    name: str
    quantity: int
    unit_cost: str
    total: str


@dataclass(frozen=True)
class OrderPaper:
    """Everything on the sheet."""

    number: str
    company: str
    status: str  # a word across the sheet where it is no valid order: Draft, Cancelled
    ordered_on: date
    expected_on: date | None
    vendor: Sequence[str]
    account_number: str
    terms: str
    deliver_to: Sequence[str]
    note: str
    staff: str
    lines: Sequence[PaperLine]
    units: int
    total: str
    with_costs: bool


def paper_of(order: PurchaseOrder, *, with_costs: bool = True) -> OrderPaper:
    """The sheet of an order. A fixed number of queries."""
    shop = ShopSettings.load()
    vendor, store = order.vendor, order.store
    lines = list(order.lines.select_related("product"))
    offers = VendorProduct.objects.filter(vendor=vendor, product__in=[line.product_id for line in lines])
    numbers = dict(offers.values_list("product", "item_number"))

    def money(amount: int | None, *, symbol: bool = False) -> str:
        return "" if amount is None or not with_costs else format_money(amount, shop.currency, symbol=symbol)

    town = " ".join(part for part in (store.city, store.region, store.postal_code) if part)
    is_void = order.status in (PurchaseOrder.Status.DRAFT, PurchaseOrder.Status.CANCELLED)
    return OrderPaper(
        number=order.number,
        company=shop.company,
        status=str(order.get_status_display()) if is_void else "",
        ordered_on=timezone.localdate(order.sent_at or order.created_at),
        expected_on=order.expected_on,
        vendor=[part for part in (vendor.name, vendor.address, vendor.email, vendor.phone) if part],
        account_number=vendor.account_number,
        terms=vendor.payment_terms,
        deliver_to=[part for part in (shop.company, store.name, store.address, town, store.phone) if part],
        note=order.note,
        staff=str(order.staff or ""),
        lines=[
            PaperLine(
                numbers.get(line.product_id, ""),
                line.product.sku,
                line.product.name,
                line.quantity,
                money(line.unit_cost),
                money(None if line.unit_cost is None else line.unit_cost * line.quantity),
            )
            for line in lines
        ],
        units=sum(line.quantity for line in lines),
        total=money(sum(line.quantity * (line.unit_cost or 0) for line in lines), symbol=True),
        with_costs=with_costs,
    )


def paper_pdf(paper: OrderPaper, size: str) -> bytes:
    """The sheet as PDF, A4 or Letter, on as many pages as it takes."""
    register_fonts()
    file = BytesIO()
    sheet = _Sheet(PlainCanvas(file, pagesize=SIZES[size], pageCompression=1), paper, *SIZES[size])
    sheet.canvas.setTitle(paper.number)
    sheet.canvas.setAuthor(paper.company)
    sheet.head()
    for line in paper.lines:
        sheet.goods(line)
    sheet.sums()
    sheet.end_page()
    sheet.canvas.save()
    return file.getvalue()


class _Sheet:
    """Pages that are filled from the top; `y` is the next base line, in points from the bottom."""

    def __init__(self, canvas: PlainCanvas, paper: OrderPaper, width: float, height: float):
        self.canvas, self.paper, self.width, self.height = canvas, paper, width, height
        self.right = width - MARGIN
        self.page = 1
        self.y = height - MARGIN
        cost = 26 * mm if paper.with_costs else 0
        self.columns = {
            "number": MARGIN,
            "name": MARGIN + 34 * mm,
            "quantity": self.right - 2 * cost,
            "cost": self.right - cost,
        }

    def text(self, x: float, text: str, font: str = SANS, size: float = 9, *, right: bool = False) -> None:
        self.canvas.setFont(font, size)
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, self.y, text)

    def head(self) -> None:
        paper = self.paper
        self.y -= 6 * mm
        self.text(MARGIN, _("Purchase order %(number)s") % {"number": paper.number}, BOLD, 16)
        self._bars()
        if paper.status:
            self.y -= 7 * mm
            self.text(MARGIN, paper.status.upper(), BOLD, 12)
        self.y -= 10 * mm
        top = self.y
        below = [
            self._block(MARGIN, _("To"), paper.vendor),
            self._block(self.width / 2, _("Deliver to"), paper.deliver_to),
        ]
        self.y = min([*below, top]) - 3 * mm
        facts = [
            (_("Date"), date_format(paper.ordered_on, "j M Y")),
            (_("Expected on"), date_format(paper.expected_on, "j M Y") if paper.expected_on else ""),
            (_("Our account number"), paper.account_number),
            (_("Terms"), paper.terms),
            (_("Ordered by"), paper.staff),
        ]
        self._row_of_facts([(name, value) for name, value in facts if value])
        for row in wrapped(paper.note, SANS, 9, self.right - MARGIN):
            self.y -= 5 * mm
            self.text(MARGIN, row)
        self.y -= 9 * mm
        self._titles()

    def _bars(self) -> None:
        symbol = code128(self.paper.number)
        module = 0.33 * mm
        left = self.right - symbol.width * module
        for at, _row, wide in symbol.bars():
            self.canvas.rect(left + at * module, self.y - 4 * mm, wide * module, 11 * mm, stroke=0, fill=1)

    def _block(self, x: float, title: str, rows: Sequence[str]) -> float:
        """An address under its title; returns how far down it went and leaves `y` alone."""
        start = self.y
        self.text(x, title, SANS, 8)
        for at, row in enumerate(rows):
            for part in wrapped(row, SANS, 10, self.width / 2 - MARGIN - 6 * mm):
                self.y -= 5 * mm
                self.text(x, part, BOLD if at == 0 else SANS, 10)
        below, self.y = self.y, start
        return below

    def _row_of_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        self.y -= 6 * mm
        step = (self.right - MARGIN) / max(len(facts), 1)
        for at, (name, value) in enumerate(facts):
            x = MARGIN + at * step
            self.text(x, name, SANS, 8)
            self.y -= 4.5 * mm
            self.text(x, wrapped(value, BOLD, 9, step - 2 * mm)[0], BOLD, 9)
            self.y += 4.5 * mm
        self.y -= 6 * mm

    def _titles(self) -> None:
        self.text(self.columns["number"], _("Your item number"), SANS, 8)
        self.text(self.columns["name"], _("Item"), SANS, 8)
        self.text(self.columns["quantity"], _("Units"), SANS, 8, right=True)
        if self.paper.with_costs:
            self.text(self.columns["cost"], _("Cost"), SANS, 8, right=True)
            self.text(self.right, _("Total"), SANS, 8, right=True)
        self._rule()

    def _rule(self) -> None:
        self.y -= 2 * mm
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, self.y, self.right, self.y)
        self.y -= 5 * mm

    def goods(self, line: PaperLine) -> None:
        """One line; it begins a new page where it does not fit as a whole."""
        room = self.columns["quantity"] - 16 * mm - self.columns["name"]
        names = wrapped(line.name, SANS, 9, room)
        numbers = wrapped(line.item_number or "–", MONO, 8, self.columns["name"] - MARGIN - 3 * mm)
        rows = max(len(names) + 1, len(numbers))
        if self.y - rows * 4.5 * mm < FOOT:
            self.new_page()
        top = self.y
        self.text(self.columns["quantity"], str(line.quantity), BOLD, 9, right=True)
        if self.paper.with_costs:
            self.text(self.columns["cost"], line.unit_cost, right=True)
            self.text(self.right, line.total, right=True)
        for row in numbers:
            self.text(MARGIN, row, MONO, 8)
            self.y -= 4.5 * mm
        self.y = top
        for row in names:
            self.text(self.columns["name"], row)
            self.y -= 4.5 * mm
        self.text(self.columns["name"], line.sku, MONO, 7.5)
        self.y = top - rows * 4.5 * mm - 2 * mm

    def sums(self) -> None:
        if self.y < FOOT:
            self.new_page()
        self.y += 3 * mm
        self._rule()
        self.text(self.columns["name"], _("Units in all"), BOLD, 10)
        self.text(self.columns["quantity"], str(self.paper.units), BOLD, 10, right=True)
        if self.paper.with_costs:
            self.text(self.right, self.paper.total, BOLD, 10, right=True)

    def new_page(self) -> None:
        self.end_page()
        self.page += 1
        self.y = self.height - MARGIN
        self._titles()

    def end_page(self) -> None:
        self.y = 12 * mm
        self.text(MARGIN, f"{self.paper.company}, {self.paper.number}", SANS, 8)
        self.text(self.right, _("Page %(page)d") % {"page": self.page}, SANS, 8, right=True)
        self.canvas.showPage()
