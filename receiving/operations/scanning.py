"""What one scan does to a draft: a product's code makes or finds its line, a new number goes on the line that is selected."""

from dataclasses import replace

from django.utils.translation import gettext as _

from inventory.models import Product
from inventory.scans import Scan
from receiving.errors import NotOnShipment
from receiving.models import (
    ExpectedSerial,
    ReversalLine,
    ShipmentLine,
    ShipmentReversal,
    UnsettledCode,
    VendorShipment,
)
from receiving.operations.entering import imei_problem
from receiving.operations.locks import lock_open_shipment
from receiving.operations.preparing import add_line
from receiving.operations.reversal import lock_open_reversal
from serials.models import Serial
from serials.numbers import number_key
from serials.policy import State
from serials.scan_operations import DocumentScan, ScanKind, ScanResult, scan_operation
from settings_app.models import Staff


@scan_operation
def scan(
    shipment: VendorShipment,
    raw: str,
    *,
    staff: Staff,
    selected: ShipmentLine | None = None,
    product: Product | None = None,
) -> ScanResult:
    """Read what was scanned or typed and do what it asks on a draft, as `DocumentScan` says. Raises ShipmentNotOpen."""
    shipment = lock_open_shipment(shipment)
    return ShipmentScan(shipment, staff=staff, selected=selected).scan(raw, product=product)


class ShipmentScan(DocumentScan):
    """A scan into a draft. A line takes new serials beyond its units, and its units rise with them."""

    document: VendorShipment

    def lines(self) -> list[ShipmentLine]:
        lines = super().lines()
        for line in lines:
            line.shipment = self.document
        return lines

    def waits(self, line: ShipmentLine) -> bool:
        is_selected = self.selected is not None and line.pk == self.selected.pk
        return super().waits(line) or (is_selected and line.product.is_tracked)

    def new_line(self, product: Product) -> ShipmentLine:
        """The product's line. A unit is added where none was announced, or fewer are on it than were."""
        line = next((line for line in reversed(self.lines()) if line.product_id == product.pk), None)
        if line is None:
            return add_line(self.document, product)
        awaits_serials = self.tracks and line.product.is_tracked and line.missing
        if not awaits_serials and (line.expected is None or line.quantity < line.expected):
            line.change_quantity(line.quantity + 1, staff=self.staff)
        return line

    def added(self, line: ShipmentLine) -> str:
        if line.expected is None or (self.tracks and line.product.is_tracked):
            return super().added(line)
        return _("%(product)s: %(quantity)d of %(expected)d expected. Change the units where more or fewer came.") % {
            "product": line.product.name,
            "quantity": line.quantity,
            "expected": line.expected,
        }

    def find_announced(self, number: str) -> ShipmentLine | None:
        """The line on whose list from the vendor the number stands, the selected one first."""
        announced = ExpectedSerial.objects.filter(line__shipment=self.document, number_key=number_key(number))
        pks = set(announced.values_list("line", flat=True))
        lines = [line for line in self.lines() if line.pk in pks and line.product.is_tracked] if pks else []
        of_product = {line.product_id for line in lines}
        known = Serial.objects.filter(product__in=of_product).numbered(number).exclude(state=State.EXPECTED, hold=None)
        if known.exists():
            return None  # it is judged as the unit that it is
        return min(lines, key=lambda line: self.selected is None or line.pk != self.selected.pk, default=None)

    def takes_unknown(self, line: ShipmentLine, code: Scan) -> bool:
        """Not a sound EAN, nor a word of a product's name, unless the serials of this product look just like it."""
        if not super().takes_unknown(line, code):
            return False
        is_doubtful = bool(code.gtins) or Product.objects.active().found_by(code.text).exists()
        return not is_doubtful or _has_such_serials(line.product, code.text)

    def unknown_serial(self, line: ShipmentLine, number: str) -> ScanResult:
        if problem := imei_problem(number):
            self._keep(line, number)
            return ScanResult(False, ScanKind.SERIAL, f"{number}: {problem}", line=line, number=number)
        result = super().unknown_serial(line, number)
        listed = set(line.expected_serials.values_list("number_key", flat=True))
        if result.ok and listed and number_key(number) not in listed:
            return replace(result, message=_("%(said)s It is not on the vendor’s list.") % {"said": result.message})
        return result

    def find_elsewhere(self, serial: Serial) -> ScanResult | None:
        """A unit that we sold or wrote off may come back from a vendor, but somebody has to say so."""
        if serial.state not in (State.SOLD, State.WRITTEN_OFF) or getattr(serial, "hold", None) is not None:
            return None
        line, _more = self.line_of(serial.product)
        self._keep(line, serial.number)
        text = _("%(number)s is no new unit: %(state)s. Say at its line whether it is received back.")
        parts = {"number": serial.number, "state": serial.get_state_display().lower()}
        return ScanResult(False, ScanKind.SERIAL, text % parts, line=line, number=serial.number)

    def _keep(self, line: ShipmentLine, number: str) -> None:
        keys = {number_key(one.code) for one in line.unsettled_codes.all()}
        if number_key(number) not in keys:
            UnsettledCode.objects.create(line=line, code=number)


def _has_such_serials(product: Product, number: str) -> bool:
    """Whether the last numbers on record for the product have this length and are digits where it is."""
    numbers = Serial.objects.filter(product=product).order_by("-pk").values_list("number", flat=True)[:20]
    return any(_shape(other) == _shape(number) for other in numbers)


def _shape(number: str) -> list[bool]:
    return [letter.isdigit() for letter in number]


@scan_operation
def scan_back(
    reversal: ShipmentReversal,
    raw: str,
    *,
    staff: Staff,
    selected: ReversalLine | None = None,
    product: Product | None = None,
) -> ScanResult:
    """Put the unit or product that was scanned among what is taken back. Raises ReversalNotOpen."""
    reversal = lock_open_reversal(reversal)
    return ReversalScan(reversal, staff=staff, selected=selected).scan(raw, product=product)


class ReversalScan(DocumentScan):
    """A scan into a reversal: only what came with the shipment, and still is where that left it."""

    document: ShipmentReversal

    def lines(self) -> list[ReversalLine]:
        lines = list(self.document.lines.with_serials().select_related("product", "shipment_line"))
        for line in lines:
            line.reversal = self.document
        return lines

    def new_line(self, product: Product) -> ReversalLine:
        line = next((line for line in self.lines() if line.product_id == product.pk), None)
        if line is None:
            parts = {"product": product.name, "number": self.document.shipment.number}
            raise NotOnShipment(_("%(product)s did not come with %(number)s, or is all back.") % parts)
        if not (self.tracks and product.is_tracked and line.missing):
            line.change_quantity(line.quantity + 1, staff=self.staff)
        return line
