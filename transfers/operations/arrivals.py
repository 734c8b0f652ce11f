"""Unpacking at the receiving store: each unit scanned or counted. Nothing is in stock before the receipt is posted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Product
from inventory.scans import Scan, barcode_key, read_scan
from microbiz.transactions import operation
from serials.models import Serial
from serials.numbers import near_misses, normalise_number, number_key
from serials.operations import attach
from settings_app.models import Staff
from transfers.comparison import Comparison, ProductComparison, Result, compare
from transfers.errors import CountImpossible, NotOutstanding
from transfers.models import ArrivalLine, Discrepancy, Transfer
from transfers.operations.locks import lock_sent


class Seen(StrEnum):
    """What a scan at the receiving store turned out to be."""

    ARRIVED = "arrived"
    COUNTED = "counted"
    AGAIN = "again"  # scanned before, or decided on
    UNEXPECTED = "unexpected"  # recorded, to be decided on
    ASK_SERIAL = "ask_serial"  # a product whose units carry serial numbers
    CHOOSE = "choose"  # one of `products` is meant
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ArrivalScan:
    """The answer to one scan, with a sentence for the person. `number` is the code as it may be a serial."""

    ok: bool
    seen: Seen
    message: str
    number: str = ""
    serial: Serial | None = None
    product: Product | None = None
    products: list[Product] = field(default_factory=list)


@operation
def scan_arrival(transfer: Transfer, raw: str, *, staff: Staff, product: Product | None = None) -> ArrivalScan:
    """Read what comes out of the box: a serial number that is expected, any other unit, or a product to be counted.

    A unit that was not sent is recorded as unexpected and moved nowhere; a number that is on record nowhere is refused.
    `product` settles which of several products with this number was meant. Raises TransferSettled.
    """
    transfer = lock_sent(transfer)
    code = read_scan(raw)
    if not code.text:
        return ArrivalScan(False, Seen.UNKNOWN, _("The scanner sent an empty code. Scan it again."))
    found = compare(transfer)
    number = code.serial or normalise_number(code.text)
    known = _units(found, code, product)
    if len({serial.product_id for serial in known}) > 1:
        text = _("%(count)d products have a unit with the number %(number)s. Which one is it?")
        products = [serial.product for serial in known]
        parts = {"count": len(products), "number": number}
        return ArrivalScan(False, Seen.CHOOSE, text % parts, number, products=products)
    if known:
        return _unit(transfer, found, known[0], staff)
    if (named := product or _product(code)) is not None:
        return _count_one(transfer, found, named, code.serial, staff)
    return ArrivalScan(False, Seen.UNKNOWN, code.problem or _unknown(found, number), number)


def _units(found: Comparison, code: Scan, product: Product | None) -> list[Serial]:
    """The unit that is meant: the one that was sent, if only one of those has the number."""
    if not found.tracks:
        return []
    units = Serial.objects.numbered(*{text for text in (code.text, code.serial) if text})
    if product is not None:
        units = units.filter(product=product)
    elif code.serial and code.gtins:
        units = units.filter(product__barcodes__key__in=code.gtins).distinct()
    known = list(units.select_related("product", "store", "hold__staff"))
    sent = {row.serial.pk for row in found.rows if row.serial is not None}
    return [serial for serial in known if serial.pk in sent] or known


def _product(code: Scan) -> Product | None:
    keys = {barcode_key(code.text), *code.gtins}
    by_sku = Product.objects.with_sku(code.text).first()
    return by_sku or Product.objects.with_barcode(keys).first()


def _unit(transfer: Transfer, found: Comparison, serial: Serial, staff: Staff) -> ArrivalScan:
    own = found.of(serial.product)
    rows = [row for row in own.rows if row.serial == serial]
    parts = {"number": serial.number, "product": serial.product.name, "transfer": transfer.number}
    if row := next((row for row in rows if row.result in (Result.MISSING, Result.STILL)), None):
        if row.discrepancy is not None:
            row.discrepancy.delete()
        numbers = [*(other.number for other in own.line.serials), serial.number]
        attach(own.line, numbers, staff=staff, place=transfer.to_store.name)
        came = own.arrived + 1
        text = _("%(number)s arrived: %(came)d of %(out)d %(product)s.") % {**parts, "came": came, "out": own.out}
        return ArrivalScan(True, Seen.ARRIVED, text, serial.number, serial, serial.product)
    if row := next((row for row in rows if not row.is_posted or row.result is Result.ARRIVED), None):
        texts = {
            Result.ARRIVED: _("%(number)s was scanned already: it counts once."),
            Result.UNEXPECTED: _("%(number)s was scanned already. It waits for a decision at the right."),
        }
        text = texts.get(row.result, _("%(number)s was decided on already (%(result)s). Undo that first."))
        text %= {**parts, "result": row.words.lower()}
        return ArrivalScan(False, Seen.AGAIN, text, serial.number, serial, serial.product)
    Discrepancy.objects.create(
        transfer=transfer, kind=Discrepancy.Kind.UNEXPECTED, product=serial.product, serial=serial, found_by=staff
    )
    text = _("Not on this transfer. %(number)s: %(where)s on record.") % {**parts, "where": serial.whereabouts}
    return ArrivalScan(False, Seen.UNEXPECTED, text, serial.number, serial, serial.product)


def _count_one(
    transfer: Transfer, found: Comparison, product: Product, number: str | None, staff: Staff
) -> ArrivalScan:
    own = found.of(product)
    if own.is_tracked and (number or own.counted >= own.outstanding_loose):
        text = _("%(product)s: scan the serial number of the unit.")
        if number:
            text = _("%(product)s: serial number %(number)s is not on record, so it was never sent. Check the unit.")
        parts = {"product": product.name, "number": number}
        return ArrivalScan(False, Seen.ASK_SERIAL, text % parts, number or "", product=product)
    count = own.counted + 1
    _set_counted(transfer, own, count)
    if count > own.outstanding_loose:
        text = _("%(product)s: one more than was sent. Decide on it at the right.") % {"product": product.name}
        return ArrivalScan(False, Seen.UNEXPECTED, text, product=product)
    text = _("%(product)s, now %(count)d of %(out)d.") % {
        "product": product.name,
        "count": count,
        "out": own.outstanding_loose,
    }
    return ArrivalScan(True, Seen.COUNTED, text, product=product)


def _unknown(found: Comparison, number: str) -> str:
    """What to do about a number that nobody knows: perhaps a slip away from one that is expected."""
    near = near_misses(number_key(number))
    meant = [row.serial.number for row in found.undecided if row.serial is not None and row.serial.number_key in near]
    if meant:
        return _("%(number)s is on record nowhere. Is it %(meant)s? Scan the unit again.") % {
            "number": number,
            "meant": meant[0],
        }
    return _("%(number)s is on record nowhere, so it was never sent. Check the number on the unit.") % {
        "number": number
    }


@operation
def set_counts(transfer: Transfer, counts: Mapping[Product, int], *, staff: Staff) -> None:
    """Say how many units without serial numbers came out of the boxes, in all since the last receipt.

    What was decided on such units of a product before is open again. Raises CountImpossible, TransferSettled.
    """
    transfer = lock_sent(transfer)
    found = compare(transfer)
    for product, counted in counts.items():
        own = found.of(product)
        if counted != own.counted:
            _set_counted(transfer, own, counted)


def _set_counted(transfer: Transfer, own: ProductComparison, counted: int) -> None:
    if own.is_tracked and counted > own.outstanding_loose:
        raise CountImpossible(
            ngettext(
                "%(product)s: %(count)d unit was sent without a serial number. Scan the serial numbers of the others.",
                "%(product)s: %(count)d units were sent without serial numbers. Scan the serial numbers of the others.",
                own.outstanding_loose,
            )
            % {"product": own.product.name, "count": own.outstanding_loose}
        )
    line = own.line or ArrivalLine(transfer=transfer, product=own.product, quantity=0)
    for row in own.rows:
        told = row.discrepancy
        if told is not None and told.serial_id is None and not row.is_posted:
            _forget(told)
    line.counted = counted if own.tracks else max(counted - line.attached, 0)
    line.save()


def _forget(discrepancy: Discrepancy) -> None:
    """Take back what was decided on units without serial numbers."""
    if discrepancy.line is not None:
        discrepancy.line.delete()  # and the discrepancy with it
    else:
        discrepancy.delete()


@operation
def take_off(transfer: Transfer, serial: Serial, *, staff: Staff) -> None:
    """Undo the scan of a unit that was not posted yet: expected again, or not unexpected any more."""
    transfer = lock_sent(transfer)
    found = compare(transfer)
    row = next((row for row in found.rows if row.serial == serial and not row.is_posted), None)
    if row is not None and row.result is Result.UNEXPECTED:
        row.discrepancy.delete()
        return
    if row is None or row.result is not Result.ARRIVED:
        raise NotOutstanding(_("%(number)s is not among the scanned units.") % {"number": serial.number})
    line = found.of(serial.product).line
    attach(line, [other.number for other in line.serials if other != serial], staff=staff, place=line.store.name)


@operation
def mark_all_arrived(transfer: Transfer, *, staff: Staff) -> int:
    """Take every unit that was not decided on as arrived; how many these were. A few statements for each product."""
    transfer = lock_sent(transfer)
    marked = 0
    for own in compare(transfer).products:
        missing = [row for row in own.rows if row.result is Result.MISSING]
        numbers = [row.serial.number for row in missing if row.serial is not None]
        loose = sum(row.quantity for row in missing if row.serial is None)
        if numbers:
            here = [serial.number for serial in own.line.serials]
            attach(own.line, [*here, *numbers], staff=staff, place=transfer.to_store.name)
        if loose:
            own.line.counted += loose
            own.line.save(update_fields=["counted"])
        marked += len(numbers) + loose
    return marked
