"""What the page of a shipment shows: its lines, what stands at the selected one, and how far it is. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.documents import document_url
from receiving.manifests import Check, check_list
from receiving.models import PurchaseOrder, ShipmentLine, UnsettledCode, VendorShipment
from receiving.operations.entering import Entered, imei_problem, is_back_again
from serials.policy import Need
from serials.staging import Row, Staging
from serials.verdicts import Finding, red_lines
from settings_app.models import ShopSettings

MOST_ROWS = 50  # of each kind in the side panel; the pop-up has them all


@dataclass(frozen=True)
class Waiting:
    """A code that waits at a line, why, and what may be done with it."""

    row: Row
    why: str
    is_typo: bool = False  # kept as typed, or scanned again
    comes_back: bool = False  # ours before: received back, or not
    is_shared: bool = False  # another product has a unit of this number

    @property
    def is_held(self) -> bool:
        return self.row.finding == Finding.HELD.value and not self.row.is_on_sibling


@dataclass(frozen=True)
class Side:
    """The serials of one line: codes to settle first, then repeats of the last list, then what is attached."""

    line: ShipmentLine
    waiting: Sequence[Waiting]
    check: Check | None
    entered: Entered | None = None

    @property
    def attached(self):
        """The newest first, so that what was just scanned is seen."""
        return self.line.serials[::-1][:MOST_ROWS]

    @property
    def more(self) -> int:
        return max(self.line.attached - MOST_ROWS, 0)

    @property
    def duplicates(self) -> Sequence[str]:
        return list(self.entered.duplicates)[:MOST_ROWS] if self.entered else []


@dataclass(frozen=True)
class Screen:
    """A shipment's lines, numbered, with how far they are."""

    shipment: VendorShipment
    lines: Sequence[ShipmentLine]
    to_settle: dict[int, int]  # codes by line
    tracks: bool
    orders: Sequence[PurchaseOrder] = field(default_factory=list)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def total(self) -> int:
        """What the vendor asks, freight included. Minor units."""
        return sum(line.goods for line in self.lines) + self.shipment.freight

    @property
    def required(self) -> list[ShipmentLine]:
        return [line for line in self.lines if self.tracks and line.serial_need is Need.REQUIRED]

    @property
    def needed(self) -> int:
        return sum(line.quantity for line in self.required)

    @property
    def scanned(self) -> int:
        return sum(min(line.attached, line.quantity) for line in self.required)

    @property
    def red(self) -> list[ShipmentLine]:
        return red_lines([line for line in self.lines if line.quantity]) if self.tracks else []

    @property
    def codes_to_settle(self) -> int:
        return sum(self.to_settle.values()) if self.tracks else 0

    @property
    def why_not(self) -> str:
        """Why Receive is inactive, with the line concerned; empty when it is not."""
        if not self.units:
            return _("Scan what arrived first")
        if self.codes_to_settle:
            line = next(line for line in self.lines if line.pk in self.to_settle)
            text = ngettext(
                "Line %(no)d has %(count)d code to settle",
                "Line %(no)d has %(count)d codes to settle",
                self.to_settle[line.pk],
            )
            return text % {"no": self._no(line), "count": self.to_settle[line.pk]}
        if self.red:
            line = self.red[0]
            text = ngettext(
                "Line %(no)d still needs %(count)d serial", "Line %(no)d still needs %(count)d serials", line.missing
            )
            return text % {"no": self._no(line), "count": line.missing}
        return ""

    def _no(self, line: ShipmentLine) -> int:
        return list(self.lines).index(line) + 1

    @property
    def may_be_overridden(self) -> bool:
        return bool(self.red) and not self.codes_to_settle

    @property
    def over(self) -> list[ShipmentLine]:
        return [line for line in self.lines if line.over]

    @property
    def short(self) -> list[ShipmentLine]:
        return [line for line in self.lines if line.short]


def screen_of(shipment: VendorShipment) -> Screen:
    """A fixed number of queries, whatever the number of lines and serials."""
    lines = list(shipment.lines.with_serials().select_related("product", "order_line__order", "excused_by"))
    for number, line in enumerate(lines, 1):
        line.no, line.shipment = number, shipment
    waiting = UnsettledCode.objects.filter(line__shipment=shipment).order_by().values_list("line")
    orders = {line.order_line.order.pk: line.order_line.order for line in lines if line.order_line}
    for order in orders.values():
        order.url = document_url(order._meta.label_lower, order.pk)
    return Screen(
        shipment,
        lines,
        dict(waiting.annotate(Count("pk"))) if shipment.is_open else {},
        ShopSettings.load().serial_numbers_enabled,
        list(orders.values()),
    )


def side_of(line: ShipmentLine, entered: Entered | None = None) -> Side:
    """What stands at a line, whose serials are fetched."""
    codes = [one.code for one in line.unsettled_codes.all()[:MOST_ROWS]] if line.shipment.is_open else []
    rows = Staging(line, []).rows(codes) if codes else []
    return Side(line, [_waiting(code, row) for code, row in zip(codes, rows, strict=True)], check_list(line), entered)


def _waiting(code: str, row: Row) -> Waiting:
    if is_back_again(row):
        parts = {"where": row.serial.whereabouts, "document": row.last.document if row.last else ""}
        text = _("%(where)s, by %(document)s.") % parts if parts["document"] else f"{parts['where']}."
        return Waiting(row, text, comes_back=True)
    if row.problem:
        return Waiting(row, row.problem)
    if row.finding == Finding.OTHER_PRODUCT.value:
        return Waiting(row, row.verdict.text, is_shared=True)
    if problem := imei_problem(code):
        return Waiting(row, problem, is_typo=True)
    if row.is_settled:
        return Waiting(row, _("It can go on this line now."), is_typo=True)
    return Waiting(row, _("On another line of this shipment.") if row.is_on_sibling else row.verdict.text)
