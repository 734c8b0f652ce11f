"""What one scan does to a sale: the scan box of the register takes anything that has a code on it."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from inventory.models import Product
from microbiz.errors import DomainError
from microbiz.transactions import operation
from orders.models import CustomerOrder, HandOver
from register.errors import PriceMissing
from register.models import Sale, SaleLine, Shift, lines_to_show
from register.operations.cart import lock_sale_in_hand, new_line
from register.operations.locks import lock_open_sale
from register.operations.returns import link_out
from register.operations.totals import SaleNow, require_quantity, retotal
from serials.models import Serial
from serials.operations import take_over
from serials.policy import State
from serials.scan_operations import DocumentScan, ScanKind, ScanResult, scan_operation
from settings_app.models import Staff


class TillScanKind(StrEnum):
    """What a scan may be at the register beside what it may be on every document."""

    SOLD = "sold"  # a serial that was sold on the receipt in `document`: to take it back
    RECEIPT = "receipt"  # the number of a completed sale
    HELD = "held"  # the number of a sale on hold: to recall it
    ORDER = "order"  # the number of a customer order: to pay or hand over
    REPEATED = "repeated"  # this very scan was done before, on the sale in `document`
    PRICE = "price"  # the product in `products` asks for its price


@dataclass(frozen=True)
class TillScan(ScanResult):
    """A scan that changed the sale, with the sale as it left it."""

    now: SaleNow | None = None


@scan_operation
def scan(
    sale: Sale, raw: str, *, staff: Staff, selected: SaleLine | None = None, product: Product | None = None
) -> ScanResult:
    """Read what was scanned or typed and do what it asks on an open sale, as `DocumentScan` says.

    `selected` is preferred among lines of one product; `product` settles which of several products was meant.
    Never creates a serial: where a GS1 code names a unit that is not on record, its product is put on the sale and
    the line waits. Raises SaleNotOpen; everything else that is wrong is told in the result.
    """
    scanned = SaleScan(lock_open_sale(sale), staff=staff, selected=selected)
    return _scan(scanned, raw, product)


@scan_operation
def scan_at_register(
    shift: Shift,
    raw: str,
    *,
    staff: Staff,
    scan_id: str = "",
    selected: int | None = None,
    product: Product | None = None,
) -> ScanResult:
    """As `scan`, on the sale in hand at an open register, which begins with this scan where there is none.

    The scan that changed it last, sent again under its `scan_id`, changes nothing: REPEATED. `selected` is a line's key.
    Raises ShiftNotOpen.
    """
    sale = lock_sale_in_hand(shift, staff=staff)
    if scan_id and sale.last_scan == scan_id:
        return ScanResult(True, TillScanKind.REPEATED, "", document=sale)
    sale.last_scan = scan_id
    scanned = SaleScan(sale, staff=staff)
    scanned.selected = next((line for line in scanned.read_lines if line.pk == selected), None)
    return _scan(scanned, raw, product)


def _scan(scanned: "SaleScan", raw: str, product: Product | None) -> ScanResult:
    result = scanned.scan(raw, product=product)
    if result.line is not None and (result.ok or result.kind == ScanKind.UNKNOWN_SERIAL):
        lines = {line.pk: line for line in [*scanned.read_lines, result.line]}
        now = retotal(scanned.document, list(lines.values()), raised=scanned.raised, changed=["last_scan"])
        return TillScan(**vars(result), now=now)
    return result


class SaleScan(DocumentScan):
    """A scan into a sale: receipts open, and a unit that was sold here comes back."""

    document: Sale

    def __init__(self, sale: Sale, *, staff: Staff, selected: SaleLine | None = None):
        super().__init__(sale, staff=staff, selected=selected, place=sale.register.name)
        self.raised: list[SaleLine] = []  # by units that are not saved yet

    def lines(self) -> list[SaleLine]:
        if self.document.is_just_begun:
            return []
        return lines_to_show(self.document)

    def new_line(self, product: Product) -> SaleLine:
        line = new_line(self.document, product)
        for read in self.read_lines:
            if read.pk == line.pk:
                read.quantity = line.quantity
                return read
        line.have_links([])
        if self.read_lines:
            line.is_beside_orders = self.read_lines[0].is_beside_orders
        return line

    def may_grow(self, line: SaleLine) -> bool:
        is_plain = line.is_sale and not line.discount and not line.order_line_id
        return is_plain and line.unit_price == line.product.price

    def make_room(self, line: SaleLine, more: int) -> None:
        """Only a plain line is raised; it is saved once, with what it comes to, at the end of the scan."""
        if more:
            require_quantity(line.quantity + more)
            line.quantity += more
            self.raised.append(line)

    def takes_departures(self, line: SaleLine) -> bool:
        return line.is_sale

    def refused(self, refusal: DomainError, number: str) -> ScanResult:
        if isinstance(refusal, PriceMissing):
            products = [refusal.product]
            return ScanResult(False, TillScanKind.PRICE, str(refusal), products=products, number=number)
        return super().refused(refusal, number)

    def find_document(self, number: str) -> ScanResult | None:
        receipt = Sale.objects.filter(number=number.upper()).select_related("store").first()
        if receipt is None:
            return self._order(number)
        parts = {"number": receipt.number, "store": receipt.store}
        if not self._works_at(receipt):
            text = _("Receipt %(number)s is from %(store)s. Ask somebody who works there.") % parts
            return ScanResult(False, ScanKind.REFUSED, text)
        if receipt.is_completed:
            return ScanResult(True, TillScanKind.RECEIPT, _("Receipt %(number)s.") % parts, document=receipt)
        if receipt.status == Sale.Status.ON_HOLD:
            return ScanResult(True, TillScanKind.HELD, _("Sale %(number)s is on hold.") % parts, document=receipt)
        text = _("Sale %(number)s is %(status)s, not a receipt.")
        parts["status"] = receipt.get_status_display().lower()
        return ScanResult(False, ScanKind.REFUSED, text % parts)

    def _order(self, number: str) -> ScanResult | None:
        order = CustomerOrder.objects.filter(number=number.upper()).select_related("store", "customer").first()
        if order is None:
            return None
        parts = {"number": order.number, "store": order.store, "customer": order.customer}
        if not self._works_at(order):
            text = _("Order %(number)s is from %(store)s. Ask somebody who works there.")
            return ScanResult(False, ScanKind.REFUSED, text % parts)
        return ScanResult(True, TillScanKind.ORDER, _("Order %(number)s, %(customer)s.") % parts, document=order)

    def find_elsewhere(self, serial: Serial) -> ScanResult | None:
        """The receipt by which a unit was sold, where it still is with the customer."""
        link = link_out(serial) if serial.state == State.SOLD else None
        if link is None:
            return None
        receipt = link.line.document
        parts = {
            "number": serial.number,
            "product": serial.product.name,
            "receipt": receipt.number,
            "store": receipt.store,
        }
        if not self._works_at(receipt):
            text = _("%(number)s was sold on %(receipt)s at %(store)s. Ask somebody who works there to take it back.")
            return ScanResult(False, ScanKind.SERIAL, text % parts, number=serial.number)
        text = _("%(number)s, %(product)s, was sold on %(receipt)s.") % parts
        return ScanResult(True, TillScanKind.SOLD, text, document=receipt, number=serial.number)

    def _works_at(self, document: Sale | CustomerOrder | HandOver) -> bool:
        return self.staff.stores_allowed().filter(pk=document.store_id).exists()


@operation
def claim_serial(sale: Sale, serial: Serial, *, staff: Staff) -> SaleLine:
    """Take a unit over from another open document onto this sale, on the line where a scan would put it.

    For carts that somebody walked away from; the view asks for the permission. Raises SerialUnavailable.
    """
    sale = lock_open_sale(sale)
    scanned = SaleScan(sale, staff=staff)
    line, more = scanned.line_of(serial.product)
    scanned.make_room(line, more)
    line.save(update_fields=["quantity"])
    take_over(line, serial, staff=staff, place=sale.register.name)
    retotal(sale)
    line.refresh_from_db()
    return line
