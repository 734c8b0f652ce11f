"""What one scan does to an order."""

from enum import StrEnum

from django.utils.translation import gettext as _

from inventory.models import Product
from microbiz.errors import DomainError
from orders.errors import PriceMissing
from orders.models import CustomerOrder, OrderLine
from orders.operations.drafting import new_line
from orders.operations.locks import lock_editable
from orders.operations.totals import retotal
from serials.models import Serial
from serials.scan_operations import DocumentScan, ScanKind, ScanResult, scan_operation
from settings_app.models import Staff


class OrderScanKind(StrEnum):
    """What a scan may be on an order beside what it may be on every document."""

    PRICE = "price"  # the product in `products` asks for its price


@scan_operation
def scan(
    order: CustomerOrder, raw: str, *, staff: Staff, selected: OrderLine | None = None, product: Product | None = None
) -> ScanResult:
    """Read what was scanned or typed and do what it asks on an order, as `DocumentScan` says.

    On a draft a product is added; a serial is reserved from Open on. Raises OrderNotOpen or OrderAtRegister;
    everything else that is wrong is told in the result.
    """
    order = lock_editable(order)
    result = OrderScan(order, staff=staff, selected=selected).scan(raw, product=product)
    if result.line is not None and (result.ok or result.kind == ScanKind.UNKNOWN_SERIAL):
        retotal(order, touched={result.line.pk})
        result.line.refresh_from_db()
    return result


class OrderScan(DocumentScan):
    """A scan into an order: a unit is reserved for it."""

    document: CustomerOrder

    def lines(self) -> list[OrderLine]:
        lines = super().lines()
        for line in lines:
            line.order = self.document
        return lines

    def new_line(self, product: Product) -> OrderLine:
        return new_line(self.document, product)

    def may_grow(self, line: OrderLine) -> bool:
        return not line.discount and not line.handed_over and line.unit_price == line.product.price

    def asks_for_serial(self, line: OrderLine) -> bool:
        return super().asks_for_serial(line) and not self.document.is_draft  # a draft reserves nothing

    def find_elsewhere(self, serial: Serial) -> ScanResult | None:
        if not self.document.is_draft:
            return None
        text = _("%(number)s is a unit of %(product)s. Open the order to reserve it, or scan the product.")
        parts = {"number": serial.number, "product": serial.product.name}
        return ScanResult(False, ScanKind.REFUSED, text % parts, number=serial.number)

    def refused(self, refusal: DomainError, number: str) -> ScanResult:
        if isinstance(refusal, PriceMissing):
            products = [refusal.product]
            return ScanResult(False, OrderScanKind.PRICE, str(refusal), products=products, number=number)
        return super().refused(refusal, number)
