"""The packing list: what lies in the boxes, with every serial number, as data and as PDF on a sheet."""

from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from microbiz.barcodes import code128
from microbiz.paper import BOLD, MONO, SANS, PlainCanvas, register_fonts, width_of, wrapped
from settings_app.models import ShopSettings, Store
from transfers.models import Transfer

EDGE = 18 * mm
LEADING = 1.4  # rows to type size


@dataclass(frozen=True)
class PackedLine:
    """So many units of one product."""

    name: str
    sku: str
    quantity: int
    serials: list[str]


@dataclass(frozen=True)
class PackingList:
    """Everything on a packing list; `at` is when it was sent, or for a request begun, in the sender's time."""

    number: str
    company: str
    status: str
    sender: list[str]
    receiver: list[str]
    at: datetime
    staff: str
    boxes: int
    note: str
    lines: list[PackedLine] = field(default_factory=list)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def facts(self) -> str:
        boxes = ngettext("%(n)d box", "%(n)d boxes", self.boxes) % {"n": self.boxes}
        units = ngettext("%(n)d unit", "%(n)d units", self.units) % {"n": self.units}
        return ", ".join([date_format(self.at, "j M Y H:i"), self.staff, boxes, units])


def packing_list_of(transfer: Transfer) -> PackingList:
    """The packing list of a transfer. A fixed number of queries."""
    shop = ShopSettings.load()
    at = transfer.sent_at or transfer.created_at
    return PackingList(
        number=transfer.number,
        company=shop.company,
        status=str(transfer.get_status_display()),
        sender=_address(transfer.from_store),
        receiver=_address(transfer.to_store),
        at=at.astimezone(ZoneInfo(transfer.from_store.time_zone)),
        staff=str(transfer.sent_by or transfer.requested_by or _("The shop itself")),
        boxes=transfer.boxes,
        note=transfer.note,
        lines=[
            PackedLine(
                line.product.name,
                line.product.sku,
                line.quantity,
                [serial.number for serial in line.serials] if shop.serial_numbers_enabled else [],
            )
            for line in transfer.lines.with_serials()
        ],
    )


def _address(store: Store) -> list[str]:
    town = " ".join(part for part in (store.city, store.region, store.postal_code) if part)
    return [part for part in (store.name, store.address, town, store.phone) if part]


class _Sheet:
    """A4 filled from the top, with a new page where it is full."""

    def __init__(self, paper: PackingList):
        register_fonts()
        self.out = BytesIO()
        self.canvas = PlainCanvas(self.out, pagesize=A4)
        self.canvas.setTitle(paper.number)
        self.canvas.setAuthor(paper.company)
        self.width, self.top = A4[0] - 2 * EDGE, A4[1] - EDGE
        self.at = self.top
        self.page = 1
        self.number = paper.number

    def room(self, height: float) -> None:
        """Begin a new page unless this much fits on this one."""
        if self.at - height < EDGE:
            self._foot()
            self.canvas.showPage()
            self.at, self.page = self.top, self.page + 1

    def text(self, text: str, *, font: str = SANS, size: float = 10, indent: float = 0, right: str = "") -> None:
        room_right = width_of(right, font, size) + 4 * mm if right else 0
        for number, row in enumerate(wrapped(text, font, size, self.width - indent - room_right) or [""]):
            self.room(size * LEADING)
            self.at -= size * LEADING
            self.canvas.setFont(font, size)
            self.canvas.drawString(EDGE + indent, self.at, row)
            if right and not number:
                self.canvas.drawRightString(EDGE + self.width, self.at, right)

    def gap(self, height: float = 3 * mm) -> None:
        self.at -= height

    def rule(self) -> None:
        self.gap(2 * mm)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(EDGE, self.at, EDGE + self.width, self.at)

    def bars(self, text: str, module: float = 0.3 * mm, height: float = 11 * mm) -> None:
        """The number as a barcode at the right edge of the head, to be scanned at the other end."""
        symbol = code128(text)
        left = EDGE + self.width - symbol.width * module
        for start, _row, wide in symbol.bars():
            self.canvas.rect(left + start * module, self.top - height, wide * module, height, stroke=0, fill=1)

    def done(self) -> bytes:
        self._foot()
        self.canvas.save()
        return self.out.getvalue()

    def _foot(self) -> None:
        self.canvas.setFont(SANS, 8)
        text = _("%(number)s, page %(page)d") % {"number": self.number, "page": self.page}
        self.canvas.drawRightString(EDGE + self.width, EDGE / 2, text)


def packing_list_as_pdf(paper: PackingList) -> bytes:
    """The packing list on A4, with the fonts in it."""
    sheet = _Sheet(paper)
    sheet.bars(paper.number)
    sheet.text(_("Packing list %(number)s") % {"number": paper.number}, font=BOLD, size=16)
    sheet.text(", ".join([paper.company, paper.status]))
    sheet.gap()
    sheet.text(_("From: %(address)s") % {"address": ", ".join(paper.sender)})
    sheet.text(_("To: %(address)s") % {"address": ", ".join(paper.receiver)}, font=BOLD)
    sheet.text(paper.facts)
    if paper.note:
        sheet.text(_("Note: %(note)s") % {"note": paper.note})
    for line in paper.lines:
        sheet.room(20 * mm)
        sheet.rule()
        sheet.gap(1 * mm)
        sheet.text(line.name, font=BOLD, size=11, right=str(line.quantity))
        sheet.text(line.sku, size=9)
        if line.serials:
            sheet.text("   ".join(line.serials), font=MONO, size=9, indent=4 * mm)
    return sheet.done()
