"""What one scan does to a sale: the scan box of the register takes anything that has a code on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Product
from inventory.scans import Scan, barcode_key, read_scan
from microbiz.errors import DomainError
from register.errors import PriceMissing
from register.models import Sale, SaleLine, SaleLineSerial
from register.operations.cart import new_line
from register.operations.locks import lock_open_sale
from register.operations.returns import sold_link
from register.operations.totals import retotal
from serials.models import Serial
from serials.numbers import normalise_number, number_key
from serials.operations import attach, take_over
from serials.policy import State
from serials.verdicts import Finding, Verdict, judge
from settings_app.models import SerialTracking, ShopSettings, Staff

MOST_CHOICES = 20


class ScanKind(StrEnum):
    """What a scan turned out to be."""

    PRODUCT = "product"  # its line was added or raised
    SERIAL = "serial"  # attached to `line`, or refused with `verdict`
    SOLD = "sold"  # a serial that was sold on `receipt`: to take it back
    RECEIPT = "receipt"  # the number of a completed sale
    HELD = "held"  # the number of a sale on hold: to recall it
    PRICE = "price"  # the product in `products` asks for its price
    CHOOSE = "choose"  # one of `products` is meant
    UNKNOWN_SERIAL = "unknown_serial"  # not on record for `line`: Add New may put it there
    REFUSED = "refused"  # known, but it cannot be sold here: the message says why
    UNKNOWN = "unknown"  # nothing is known under this code


@dataclass(frozen=True)
class ScanResult:
    """The answer to one scan, with a sentence for the person. `number` is the code as it may be a serial."""

    ok: bool
    kind: ScanKind
    message: str
    line: SaleLine | None = None
    products: Sequence[Product] = field(default=())
    verdict: Verdict | None = None
    receipt: Sale | None = None
    number: str = ""


class _Refused(Exception):
    """Takes a tentative line back together with its savepoint."""

    def __init__(self, verdict):
        self.verdict = verdict


@transaction.atomic
def scan(
    sale: Sale, raw: str, *, staff: Staff, selected: SaleLine | None = None, product: Product | None = None
) -> ScanResult:
    """Read what was scanned or typed and do what it asks on an open sale.

    In this order it is a serial that a line waits for, a GS1 code or EAN, a receipt number, a SKU or barcode, a
    serial of any product, or words to search products by. `selected` is preferred among lines of one product;
    `product` settles which of several products was meant. Never creates a serial: where a GS1 code names a unit
    that is not on record, its product is put on the sale and the line waits. Raises SaleNotOpen; everything else
    that is wrong is told in the result.
    """
    sale = lock_open_sale(sale)
    code = read_scan(raw)
    if not code.text:
        return ScanResult(False, ScanKind.UNKNOWN, _("The scanner sent an empty code. Scan it again."))
    try:
        result = _read(sale, code, selected, product, staff)
    except PriceMissing as refusal:
        result = ScanResult(False, ScanKind.PRICE, str(refusal), products=[refusal.product], number=code.text)
    except DomainError as refusal:
        result = ScanResult(False, ScanKind.REFUSED, str(refusal), number=code.text)
    if result.ok and result.line is not None:
        retotal(sale)
        result.line.refresh_from_db()
    return result


def _read(sale: Sale, code: Scan, selected: SaleLine | None, product: Product | None, staff: Staff) -> ScanResult:
    tracks = ShopSettings.load().serial_numbers_enabled
    number = normalise_number(code.text)
    waiting = _waiting_lines(sale, selected) if tracks else []
    expected = _expected(waiting, number) if product is None else None
    if expected is not None:
        return _attach(sale, expected, waiting, staff)
    if product is not None:
        return _chosen(sale, product, code, number, waiting, staff, tracks)
    if code.gtins and (found := _by_barcode(*code.gtins)):
        if len(found) > 1:
            return _choose(found, number, _("%(count)d products have this code. Choose one.") % {"count": len(found)})
        return _product(sale, found[0], code.serial, waiting, staff, tracks)
    if receipt := Sale.objects.filter(number=number.upper()).select_related("store").first():
        return _receipt(receipt, staff)
    found = list(Product.objects.filter(sku__iexact=number)[:MOST_CHOICES]) or _by_barcode(barcode_key(code.text))
    if len(found) == 1:
        return _product(sale, found[0], None, waiting, staff, tracks)
    if found:
        return _choose(found, number, _("%(count)d products have this SKU. Choose one.") % {"count": len(found)})
    if tracks and (known := _known_serials(sale, code)):
        if len(known) > 1:
            text = _("%(count)d products have a unit with the number %(number)s. Which one is it?")
            return _choose([serial.product for serial in known], number, text % {"count": len(known), "number": number})
        return _attach(sale, known[0], waiting, staff)
    if code.problem:
        return ScanResult(False, ScanKind.UNKNOWN, code.problem, number=number)
    return _search(number, waiting)


def _by_barcode(*keys: str) -> list[Product]:
    return list(Product.objects.with_barcode(*keys)[:MOST_CHOICES])


def _lines(sale: Sale) -> list[SaleLine]:
    lines = list(sale.lines.with_serials())
    for line in lines:
        line.sale = sale
    return lines


def _waiting_lines(sale: Sale, selected: SaleLine | None) -> list[SaleLine]:
    """The lines that lack serials, the selected one first."""
    lines = [line for line in _lines(sale) if line.product.is_tracked and line.missing]
    return sorted(lines, key=lambda line: selected is None or line.pk != selected.pk)


def _expected(waiting: Sequence[SaleLine], number: str) -> Serial | None:
    """The unit with this number that a waiting line may take; what a line waits for comes before a SKU."""
    for line in waiting:
        serial = line.attachable().filter(number_key=number_key(number), hold__isnull=True).first()
        if serial is not None:
            return serial
    return None


def _known_serials(sale: Sale, code: Scan) -> list[Serial]:
    """Units with this number, of one product if the sale or the store says which.

    A serial beside a product number that nobody knows is not looked up by itself: it is that product's.
    """
    own = code.serial if code.serial and not code.gtins else code.text
    known = list(
        Serial.objects.numbered(*{code.text, own})
        .exclude(product__serial_tracking=SerialTracking.NONE)
        .select_related("product", "store", "hold__staff")
    )
    if len(known) > 1:
        on_sale = {line.product_id for line in _lines(sale)}
        here = [serial for serial in known if serial.state == State.IN_STOCK and serial.store_id == sale.store_id]
        known = [serial for serial in known if serial.product_id in on_sale] or here or known
    return known


def _chosen(sale, product, code, number, waiting, staff, tracks) -> ScanResult:
    """A code whose product the person has picked: a serial of it, or else the product itself."""
    if tracks and product.is_tracked:
        serial = Serial.objects.filter(product=product).numbered(code.serial or number).first()
        if serial is not None:
            return _attach(sale, serial, waiting, staff)
    return _product(sale, product, code.serial, waiting, staff, tracks)


def _product(sale, product, serial_number, waiting, staff, tracks) -> ScanResult:
    """A product code, with the unit's serial in it or not."""
    if serial_number and tracks and product.is_tracked:
        serial = Serial.objects.filter(product=product).numbered(serial_number).select_related("product").first()
        if serial is not None:
            return _attach(sale, serial, waiting, staff)
        own = [line for line in waiting if line.product_id == product.pk and not line.is_return]
        line = own[0] if own else new_line(sale, product)
        text = _("%(product)s: serial number %(number)s is not on record. Add it with Add New, or scan the unit again.")
        retotal(sale)
        return ScanResult(
            False,
            ScanKind.UNKNOWN_SERIAL,
            text % {"product": product.name, "number": serial_number},
            line=line,
            number=serial_number,
        )
    line = new_line(sale, product)
    return ScanResult(True, ScanKind.PRODUCT, _added_text(line, tracks), line=line)


def _added_text(line: SaleLine, tracks: bool) -> str:
    parts = {"product": line.name, "quantity": line.quantity}
    if tracks and line.product.is_tracked:
        return _("%(product)s added. Scan its serial number.") % parts
    if line.quantity > 1:
        return _("%(product)s, now %(quantity)d.") % parts
    return _("%(product)s added.") % parts


def _attach(sale: Sale, serial: Serial, waiting: Sequence[SaleLine], staff: Staff) -> ScanResult:
    """Put a known unit on the line where it belongs, or say why it cannot be sold."""
    # Locked before it is judged: of two who scan it at once, the second is told about the first.
    Serial.objects.select_for_update().only("pk").get(pk=serial.pk)
    already = SaleLineSerial.objects.filter(serial=serial, line__sale=sale).select_related("line").first()
    if already is not None:
        text = _("%(number)s is on this sale already.") % {"number": serial.number}
        verdict = Verdict(serial.number, Finding.HERE, text, serial)
        return ScanResult(False, ScanKind.SERIAL, text, line=already.line, verdict=verdict, number=serial.number)
    returns = [line for line in waiting if line.is_return and line.product_id == serial.product_id]
    for line in returns:
        if line.attachable().filter(pk=serial.pk).exists():
            return _attached(line, serial, 0, staff)
    link = sold_link(serial)
    if link is not None:
        return _sold_here(serial, link.line.sale, staff)
    own = [line for line in waiting if not line.is_return and line.product_id == serial.product_id]
    try:
        with transaction.atomic():
            line, more = (own[0], 0) if own else _line_for(sale, serial)
            [verdict] = judge(line, [serial.number])
            if not verdict.is_fine:
                raise _Refused(verdict)
            return _attached(line, serial, more, staff)
    except _Refused as refusal:
        verdict = refusal.verdict
        text = f"{verdict.number}: {verdict.text}"
        return ScanResult(False, ScanKind.SERIAL, text, verdict=verdict, number=serial.number)


def _line_for(sale: Sale, serial: Serial) -> tuple[SaleLine, int]:
    """The line for one more unit: the product's last plain one, to be raised by 1, or a new one."""
    plain = [
        line
        for line in _lines(sale)
        if line.product_id == serial.product_id
        and not line.is_return
        and not line.discount
        and line.unit_price == line.product.price
    ]
    if plain and not serial.product.is_archived:
        return plain[-1], 1
    return new_line(sale, serial.product), 0


def _attached(line: SaleLine, serial: Serial, more: int, staff: Staff) -> ScanResult:
    numbers = [*(other.number for other in line.serials), serial.number]
    attach(line, numbers, staff=staff, quantity=line.quantity + more, place=line.sale.register.name)
    line = SaleLine.objects.with_serials().select_related("sale__store", "returned_line").get(pk=line.pk)
    text = _("%(number)s is on %(product)s.") % {"number": serial.number, "product": line.name}
    if line.quantity > 1:
        text = _("%(number)s is on %(product)s, now %(attached)d of %(quantity)d.") % {
            "number": serial.number,
            "product": line.name,
            "attached": line.attached,
            "quantity": line.quantity,
        }
    if line.missing:
        text += " " + ngettext("Scan %(missing)d more.", "Scan %(missing)d more.", line.missing) % {
            "missing": line.missing
        }
    return ScanResult(True, ScanKind.SERIAL, text, line=line, number=serial.number)


def _sold_here(serial: Serial, receipt: Sale, staff: Staff) -> ScanResult:
    parts = {"number": serial.number, "product": serial.product.name, "receipt": receipt.number, "store": receipt.store}
    if not staff.stores_allowed().filter(pk=receipt.store_id).exists():
        text = (
            _("%(number)s was sold on %(receipt)s at %(store)s. Ask somebody who works there to take it back.") % parts
        )
        return ScanResult(False, ScanKind.SERIAL, text, number=serial.number)
    text = _("%(number)s, %(product)s, was sold on %(receipt)s.") % parts
    return ScanResult(True, ScanKind.SOLD, text, receipt=receipt, number=serial.number)


def _receipt(receipt: Sale, staff: Staff) -> ScanResult:
    parts = {"number": receipt.number, "store": receipt.store}
    if not staff.stores_allowed().filter(pk=receipt.store_id).exists():
        text = _("Receipt %(number)s is from %(store)s. Ask somebody who works there.") % parts
        return ScanResult(False, ScanKind.REFUSED, text)
    if receipt.is_completed:
        return ScanResult(True, ScanKind.RECEIPT, _("Receipt %(number)s.") % parts, receipt=receipt)
    if receipt.status == Sale.Status.ON_HOLD:
        return ScanResult(True, ScanKind.HELD, _("Sale %(number)s is on hold.") % parts, receipt=receipt)
    text = _("Sale %(number)s is %(status)s, not a receipt.") % {
        **parts,
        "status": receipt.get_status_display().lower(),
    }
    return ScanResult(False, ScanKind.REFUSED, text)


def _choose(products: Sequence[Product], number: str, text: str, line: SaleLine | None = None) -> ScanResult:
    return ScanResult(False, ScanKind.CHOOSE, text, line=line, products=products, number=number)


def _search(number: str, waiting: Sequence[SaleLine]) -> ScanResult:
    """Words find products to choose from; none is added by itself, since a serial may be part of a SKU."""
    line = next((line for line in waiting if not line.is_return), None)
    found = list(Product.objects.active().found_by(number)[:MOST_CHOICES])
    if found:
        text = ngettext("%(count)d product found. Choose it.", "%(count)d products found. Choose one.", len(found))
        return _choose(found, number, text % {"count": len(found)}, line)
    if line is not None:
        text = _("%(number)s is not on record for %(product)s. Scan it again, or add it with Add New.")
        return ScanResult(
            False,
            ScanKind.UNKNOWN_SERIAL,
            text % {"number": number, "product": line.name},
            line=line,
            number=number,
        )
    text = _("Nothing is known under “%(code)s”: no product, serial number or receipt. Search by name, or scan again.")
    return ScanResult(False, ScanKind.UNKNOWN, text % {"code": number}, number=number)


@transaction.atomic
def claim_serial(sale: Sale, serial: Serial, *, staff: Staff, selected: SaleLine | None = None) -> SaleLine:
    """Take a unit over from another open document onto this sale, on the line where a scan would put it.

    For carts that somebody walked away from; the view asks for the permission. Raises SerialUnavailable.
    """
    sale = lock_open_sale(sale)
    own = [
        line for line in _waiting_lines(sale, selected) if not line.is_return and line.product_id == serial.product_id
    ]
    line, more = (own[0], 0) if own else _line_for(sale, serial)
    if more:
        line.quantity += more
        line.save(update_fields=["quantity"])
    take_over(line, serial, staff=staff, place=sale.register.name)
    retotal(sale)
    line.refresh_from_db()
    return line
