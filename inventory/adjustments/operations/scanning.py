"""What one scan does to a draft: a unit that stands here leaves, one that does not comes, a product does as is asked."""

from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations.drafts import add_line, lock_draft
from inventory.models import Product
from serials.models import Serial
from serials.policy import State
from serials.scan_operations import DocumentScan, ScanResult, scan_operation
from settings_app.models import Staff


@scan_operation
def scan_adjustment(
    adjustment: Adjustment,
    raw: str,
    *,
    is_minus: bool,
    staff: Staff,
    selected: AdjustmentLine | None = None,
    product: Product | None = None,
) -> ScanResult:
    """Read what was scanned or typed and do what it asks on a draft, as `DocumentScan` says.

    A product is taken away with `is_minus`, else added. Raises DocumentClosed; what is wrong else is in the result.
    """
    adjustment = lock_draft(adjustment)
    return AdjustmentScan(adjustment, is_minus=is_minus, staff=staff, selected=selected).scan(raw, product=product)


class AdjustmentScan(DocumentScan):
    """A scan into an adjustment, whose lines go both ways."""

    document: Adjustment

    def __init__(self, document: Adjustment, *, is_minus: bool, staff: Staff, selected: AdjustmentLine | None = None):
        super().__init__(document, staff=staff, selected=selected)
        self.is_minus = is_minus

    def lines(self) -> list[AdjustmentLine]:
        lines = super().lines()
        for line in lines:
            line.adjustment = self.document
        return lines

    def new_line(self, product: Product) -> AdjustmentLine:
        return add_line(self.document, product, is_minus=self.is_minus)

    def may_grow(self, line: AdjustmentLine) -> bool:
        return line.is_minus == self.is_minus

    def takes_departures(self, line: AdjustmentLine) -> bool:
        return line.is_minus == self.is_minus

    def _attach(self, serial: Serial, waiting) -> ScanResult:
        """A known unit says itself which way it goes."""
        self.is_minus = serial.state == State.IN_STOCK
        return super()._attach(serial, waiting)
