"""Scanning into a stock count. Every scan has its verdict at once and is kept, with who and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.counts.errors import NothingToUndo, ScanGone, WrongQuantity
from inventory.counts.models import CountScan, StockCount
from inventory.counts.operations.documents import lock_count
from inventory.models import Product, StockMovement
from inventory.operations import lock_levels
from inventory.scans import Scan, barcode_key, read_scan
from microbiz.transactions import operation
from serials.models import Serial, SerialEvent
from serials.numbers import normalise_number, number_key, valid_number
from serials.policy import State
from serials.verdicts import away_text
from settings_app.models import SerialTracking, ShopSettings, Staff

Finding = CountScan.Finding

MOST_UNITS = 1_000_000
MOST_CHOICES = 20
AWAY = {
    State.SOLD: Finding.SOLD,
    State.WRITTEN_OFF: Finding.WRITTEN_OFF,
    State.IN_TRANSIT: Finding.IN_TRANSIT,
    State.EXPECTED: Finding.EXPECTED,
}


class Kind(StrEnum):
    """What a scan turned out to be."""

    SCANNED = "scanned"  # kept as `scan`, whose finding is the verdict
    NUMBER = "number"  # the barcode of a tracked product: its unit's number is scanned next
    CHOOSE = "choose"  # one of `products` is meant
    NOTHING = "nothing"  # an empty or damaged code


@dataclass(frozen=True)
class CountResult:
    """The answer to one scan, with a sentence for the person."""

    ok: bool
    kind: Kind
    message: str
    scan: CountScan | None = None
    product: Product | None = None
    products: Sequence[Product] = field(default=())
    number: str = ""


@operation
def scan(
    count: StockCount, raw: str, *, staff: Staff, product: Product | None = None, scan_id: str | None = None
) -> CountResult:
    """Read what was scanned and keep it, with its verdict.

    `product` is the one whose number is expected next, or that was chosen among several. The same `scan_id` again is
    the same scan. Locks the count, then the product's stock level. Raises CountClosed; InvalidNumber for a text that
    cannot be a serial number.
    """
    count = lock_count(count)
    if scan_id and (before := count.scans.filter(scan_id=scan_id).select_related("product", "serial").first()):
        return CountResult(True, Kind.SCANNED, _said(before), before, before.product)
    return Counter(count, staff, scan_id, raw.strip()[:400]).read(read_scan(raw), product)


@operation
def count_without(count: StockCount, product: Product, *, staff: Staff, scan_id: str | None = None) -> CountResult:
    """Count one unit of a tracked product that has no serial number. Meant for products that may be without."""
    count = lock_count(count)
    return Counter(count, staff, scan_id, product.sku).units(product)


@operation
def set_quantity(scan: CountScan, quantity: int, *, staff: Staff) -> CountScan:
    """Say how many units without a number were meant by a scan. What was scanned stays on record as undone.

    Raises WrongQuantity, ScanGone, CountClosed.
    """
    count = lock_count(scan.count)
    if not 0 <= quantity <= MOST_UNITS:
        raise WrongQuantity(_("That many units cannot be right. Was a barcode scanned here?"))
    scan = require_live(count, scan)
    if scan.is_numbered or scan.finding != Finding.COUNTED:
        raise WrongQuantity(_("%(number)s is one unit, known by its number.") % {"number": scan.shown})
    undo([scan], staff=staff)
    return Counter(count, staff, None, scan.code).keep(scan.product, Finding.COUNTED, quantity=quantity)


@operation
def undo_last(count: StockCount, *, staff: Staff) -> CountScan:
    """Take this person's own last scan back; it stays on record as undone. Raises NothingToUndo, CountClosed."""
    count = lock_count(count)
    last = count.scans.live().filter(staff=staff).select_related("product", "serial").last()
    if last is None:
        raise NothingToUndo(_("You have scanned nothing that could be undone."))
    undo([last], staff=staff)
    return last


def undo(scans: Sequence[CountScan], *, staff: Staff) -> None:
    """Mark scans of a locked count as undone."""
    CountScan.objects.filter(pk__in=[scan.pk for scan in scans]).update(undone_at=timezone.now(), undone_by=staff)


def require_live(count: StockCount, scan: CountScan) -> CountScan:
    """The scan as it is now, of a locked count, or ScanGone."""
    found = count.scans.live().filter(pk=scan.pk).select_related("product", "serial").first()
    if found is None:
        raise ScanGone(_("%(code)s was undone in the meantime.") % {"code": scan.shown})
    return found


class Counter:
    """One scan of one person into a locked count."""

    def __init__(self, count: StockCount, staff: Staff, scan_id: str | None, code: str):
        self.count, self.staff, self.scan_id, self.code = count, staff, scan_id, code
        self.tracks = ShopSettings.load().serial_numbers_enabled

    # --- Reading ------------------------------------------------------------------------------------------------------

    def read(self, code: Scan, product: Product | None) -> CountResult:
        """In this order: a number of the product that waits, a product, a unit of any product, a number not known."""
        if not code.text:
            return CountResult(False, Kind.NOTHING, _("The scanner sent an empty code. Scan it again."))
        number = normalise_number(code.serial or code.text)
        waits = product if product is not None and self.tracks and product.is_tracked else None
        if waits is not None and (unit := self._unit_of(waits, number)) is not None:
            return self.unit(unit)
        found = _products(code)
        if product in found:
            found = [product]
        if len(found) > 1:
            text = _("%(count)d products have this code. Choose one.") % {"count": len(found)}
            return CountResult(False, Kind.CHOOSE, text, products=found, number=number)
        if found:
            return self.product(found[0], code.serial)
        if self.tracks and (units := self._units(number, waits)):
            if len(units) > 1:
                text = _("%(count)d products have a unit with the number %(number)s. Which one is it?")
                products = [unit.product for unit in units]
                parts = {"count": len(units), "number": number}
                return CountResult(False, Kind.CHOOSE, text % parts, products=products, number=number)
            return self.unit(units[0])
        if code.problem:
            return CountResult(False, Kind.NOTHING, code.problem, number=number)
        return self.new(waits, number) if waits is not None else self.unknown()

    def product(self, product: Product, serial_number: str | None) -> CountResult:
        """A product's own code, with the number of a unit in it or not."""
        if not self.count.products_in_scope().filter(pk=product.pk).exists():
            return self._answer(self.keep(product, Finding.OUT_OF_SCOPE))
        if not (self.tracks and product.is_tracked):
            return self.units(product)
        if serial_number:
            unit = self._unit_of(product, serial_number)
            return self.unit(unit) if unit is not None else self.new(product, serial_number)
        text = _("%(product)s: now scan the serial number.") % {"product": product.name}
        return CountResult(True, Kind.NUMBER, text, product=product)

    def _unit_of(self, product: Product, number: str) -> Serial | None:
        return Serial.objects.filter(product=product).numbered(number).first()

    def _units(self, number: str, waits: Product | None) -> list[Serial]:
        """Units with this number, of one product where the shelf says which: those here before those elsewhere."""
        found = Serial.objects.numbered(number).exclude(product__serial_tracking=SerialTracking.NONE)
        units = list(found.select_related("product")[:MOST_CHOICES])
        here = [one for one in units if one.state == State.IN_STOCK and one.store_id == self.count.store_id]
        if waits is not None:
            return here[:1]  # another product's number is only taken for it where that unit stands here
        return here if len(units) > 1 and len(here) == 1 else units

    # --- Keeping ------------------------------------------------------------------------------------------------------

    def units(self, product: Product, quantity: int = 1) -> CountResult:
        """Units that are counted without a number."""
        return self._answer(self.keep(product, Finding.COUNTED, quantity=quantity))

    def unit(self, serial: Serial) -> CountResult:
        """A unit on record, wherever it should be."""
        at = self._ledgers(serial.product)
        serial = Serial.objects.select_related("store", "product").get(pk=serial.pk)  # as it is under that lock
        before = self.count.scans.live().filter(serial=serial).select_related("staff").first()
        if before is not None:
            return self._repeated(before, serial.product, serial=serial)
        if not self.count.products_in_scope().filter(pk=serial.product_id).exists():
            finding = Finding.OUT_OF_SCOPE
        elif serial.state != State.IN_STOCK:
            finding = AWAY[State(serial.state)]
        else:
            finding = Finding.COUNTED if serial.store_id == self.count.store_id else Finding.ELSEWHERE
        if not serial.sequence:  # only typed on an open document, which may still forget it
            return self.new(serial.product, serial.number, finding)
        return self._answer(self.keep(serial.product, finding, serial=serial, at=at))

    def new(self, product: Product, number: str, finding: str = Finding.NEW) -> CountResult:
        """A number of a product that is no unit yet. Add New makes one of it, nothing else does."""
        number = valid_number(number)
        before = (
            self.count.scans.live()
            .filter(product=product, number_key=number_key(number))
            .select_related("staff")
            .first()
        )
        if before is not None:
            return self._repeated(before, product, number=number)
        return self._answer(self.keep(product, finding, number=number))

    def named(self, product: Product) -> CountResult:
        """A code that turned out to be the number of a unit of `product`."""
        number = normalise_number(read_scan(self.code).text)
        unit = self._unit_of(product, number)
        return self.unit(unit) if unit is not None else self.new(product, number)

    def unknown(self) -> CountResult:
        return self._answer(self.keep(None, Finding.UNKNOWN))

    def _repeated(self, before: CountScan, product: Product, **unit) -> CountResult:
        kept = self.keep(product, Finding.REPEATED, quantity=0, **unit)
        text = _("%(number)s is counted already, by %(staff)s at %(time)s. It counts once.") % {
            "number": kept.shown,
            "staff": before.staff,
            "time": f"{timezone.localtime(before.at):%H:%M}",
        }
        return CountResult(False, Kind.SCANNED, text, kept, product, number=kept.shown)

    def keep(
        self,
        product: Product | None,
        finding: str,
        *,
        serial: Serial | None = None,
        number: str = "",
        quantity: int = 1,
        at: dict | None = None,
    ) -> CountScan:
        """Write one scan down, with what the ledgers say of its product now."""
        return CountScan.objects.create(
            count=self.count,
            code=self.code,
            product=product,
            serial=serial,
            number=number,
            number_key=number_key(number) if number else "",
            quantity=quantity,
            finding=finding,
            staff=self.staff,
            scan_id=self.scan_id,
            **(at or (self._ledgers(product) if product is not None else {})),
        )

    def _ledgers(self, product: Product) -> dict[str, int]:
        """What the ledgers say of a product at the store, under the lock of its stock level.

        Every posting of the product there needs that lock, so each of its entries is before this instant or after it.
        """
        store = self.count.store_id
        level = lock_levels({(store, product.pk)})[store, product.pk]
        moved = StockMovement.objects.filter(store=store, product=product).order_by("-pk").values_list("pk", flat=True)
        tracked = self.tracks and product.is_tracked
        return {
            "on_hand": level.on_hand,
            "on_record": level.serials if tracked else 0,
            "movement": moved.first() or 0,
            "event": SerialEvent.objects.aggregate(last=Max("pk"))["last"] or 0 if tracked else 0,
        }

    def _answer(self, kept: CountScan) -> CountResult:
        ok = kept.finding == Finding.COUNTED
        return CountResult(ok, Kind.SCANNED, _said(kept), kept, kept.product, number=kept.shown)


def _products(code: Scan) -> list[Product]:
    """The products that this code names by barcode or SKU."""
    if code.gtins and (found := list(Product.objects.with_barcode(code.gtins)[:MOST_CHOICES])):
        return found
    found = list(Product.objects.with_sku(code.text)[:MOST_CHOICES])
    return found or list(Product.objects.with_barcode([barcode_key(code.text)])[:MOST_CHOICES])


def _said(scan: CountScan) -> str:
    """The verdict in a sentence, with the next step."""
    product = scan.product.name if scan.product else ""
    parts = {"product": product, "number": scan.shown, "quantity": scan.quantity}
    if scan.finding == Finding.COUNTED:
        return (_("Counted. %(product)s") if scan.is_numbered else _("%(quantity)d counted. %(product)s")) % parts
    if scan.finding == Finding.NEW:
        return _("%(product)s: %(number)s is not on record. Is it read right? Then Add New counts it.") % parts
    if scan.finding == Finding.OUT_OF_SCOPE:
        return _("%(product)s is not part of this count. Noted, not counted.") % parts
    if scan.finding == Finding.UNKNOWN:
        return _("Nothing is known under this code. Noted. Scan the product’s barcode first, then the number.")
    if scan.finding == Finding.REPEATED:
        return _("%(number)s is counted already. It counts once.") % parts
    if scan.serial is None:
        return _("%(product)s: %(number)s is expected and not received yet. Found here, noted.") % parts
    last = SerialEvent.objects.filter(serial=scan.serial_id, sequence=F("serial__sequence")).first()
    return _("%(product)s: %(where)s Found here, noted.") % {
        "product": product,
        "where": away_text(scan.serial, last),
    }
