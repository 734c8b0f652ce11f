"""What one scan does to an open document: the same reading of codes at the register and on every other document."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, wraps
from typing import Any, ParamSpec

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Product
from inventory.scans import Scan, barcode_key, read_scan
from microbiz.errors import DomainError
from microbiz.prepared import prepared
from microbiz.transactions import operation, part_of_a_posting
from serials.errors import SerialUnavailable
from serials.models import Serial, SerializedLine
from serials.numbers import normalise_number, number_key
from serials.operations import put_on
from serials.policy import State
from serials.verdicts import Finding, Verdict
from settings_app.models import DocumentCounter, SerialTracking, ShopSettings, Staff

P = ParamSpec("P")
MOST_CHOICES = 20


class ScanKind(StrEnum):
    """What a scan turned out to be."""

    PRODUCT = "product"  # its line was added or raised
    SERIAL = "serial"  # attached to `line`, or refused with `verdict`
    CHOOSE = "choose"  # one of `products` is meant
    UNKNOWN_SERIAL = "unknown_serial"  # not on record for `line`: Add New may put it there
    REFUSED = "refused"  # known, but it cannot be used here: the message says why
    UNKNOWN = "unknown"  # nothing is known under this code


@dataclass(frozen=True)
class ScanResult:
    """The answer to one scan, with a sentence for the person. `number` is the code as it may be a serial."""

    ok: bool
    kind: StrEnum  # a ScanKind, or one of the document's own
    message: str
    line: Any = None  # a SerializedLine of the document
    products: Sequence[Product] = field(default=())
    verdict: Verdict | None = None
    document: Any = None  # another document that the code names
    number: str = ""


class _Refused(Exception):
    """A unit that may not go on its line."""

    def __init__(self, verdict: Verdict):
        self.verdict = verdict


class ScanRefused(Exception):
    """What is wrong with a scan: leaves its `scan_operation`, which takes everything back that was done for it."""

    def __init__(self, result: ScanResult):
        super().__init__(result.message)
        self.result = result


def scan_operation(run: Callable[P, ScanResult]) -> Callable[P, ScanResult]:
    """An operation that scans once. What is refused is rolled back with all of it, and answered."""
    whole = operation(run)

    @wraps(run)
    def answered(*args: P.args, **kwargs: P.kwargs) -> ScanResult:
        try:
            return whole(*args, **kwargs)
        except ScanRefused as refused:
            return refused.result

    return answered


class DocumentScan:
    """One scan into an open document, which the caller has locked.

    A kind of document subclasses it and says what is its own: `new_line` puts a unit of a product on the document;
    the other hooks have a default. In this order a code is a serial that a line waits for, GS1 or a barcode that
    names a product, the number of a document, a SKU or barcode, a serial of any product, or words to search by.
    Words never add a product, and no serial is created here except where the line expects new ones. What is wrong
    with a code is told in the result of the `scan_operation`; nothing of a refused one is kept.
    """

    def __init__(self, document, *, staff: Staff, selected: SerializedLine | None = None, place: str = ""):
        self.document = document
        self.staff = staff
        self.selected = selected
        self.place = place or str(document.store)
        self.tracks = ShopSettings.load().serial_numbers_enabled
        self._units: list[Serial] | None = None

    # --- What each kind of document says ------------------------------------------------------------------------------

    def lines(self) -> list:
        """The lines that scans may land on, with their serials fetched."""
        return list(self.document.lines.with_serials())

    def new_line(self, product: Product) -> Any:
        """Put one unit of `product` on the document and return its line, new or raised.

        It has no default: each kind of document makes its lines by an operation of its own.
        """
        raise NotImplementedError

    def may_grow(self, line) -> bool:
        """Whether one more unit may go on this line of the same product, instead of on a new one."""
        return True

    def find_document(self, number: str) -> ScanResult | None:
        """What it means when the code is the number of a document."""
        return None

    def find_elsewhere(self, serial: Serial) -> ScanResult | None:
        """What it means when a known unit is scanned that no line waits for, and that needs another way than a line."""
        return None

    def find_announced(self, number: str) -> Any:
        """The line for which this number was announced, where it may be on record for nothing yet."""
        return None

    def takes_unknown(self, line, code: Scan) -> bool:
        """Whether a code that means nothing yet is the number of a new unit on this line, which expects new ones."""
        return _is_code(code.text)

    def asks_for_serial(self, line) -> bool:
        """Whether the next scan may be the serial number of a unit on `line`."""
        return self.tracks and line.product.is_tracked

    def added(self, line) -> str:
        """What is said when a code of a product was scanned and `line` has it."""
        parts = {"product": line.product.name, "quantity": line.quantity}
        if self.asks_for_serial(line):
            return _("%(product)s added. Scan its serial number.") % parts
        if line.quantity > 1:
            return _("%(product)s, now %(quantity)d.") % parts
        return _("%(product)s added.") % parts

    @cached_property
    def read_lines(self) -> list:
        """Its lines as they were before this scan changed any: the document is locked, so nobody else does."""
        return self.lines()

    def waits(self, line) -> bool:
        """Whether a serial may go on this line without anybody adding a unit to it."""
        return line.is_open and line.product.is_tracked and line.missing > 0

    # --- Reading ------------------------------------------------------------------------------------------------------

    @part_of_a_posting
    def scan(self, raw: str, *, product: Product | None = None) -> ScanResult:
        """Read what was scanned or typed and do what it asks; `product` settles which of several was meant.

        Raises ScanRefused.
        """
        code = read_scan(raw)
        if not code.text and product is None:
            return ScanResult(False, ScanKind.UNKNOWN, _("The scanner sent an empty code. Scan it again."))
        try:
            return self._read(code, product)
        except _Refused as refused:
            verdict = refused.verdict
            text = f"{verdict.number}: {verdict.text}"
            result = ScanResult(False, ScanKind.SERIAL, text, verdict=verdict, number=verdict.number)
        except DomainError as refusal:
            result = self.refused(refusal, normalise_number(code.text))
        raise ScanRefused(result)

    def refused(self, refusal: DomainError, number: str) -> ScanResult:
        return ScanResult(False, ScanKind.REFUSED, str(refusal), number=number)

    def _read(self, code: Scan, product: Product | None) -> ScanResult:
        number = normalise_number(code.text)
        waiting = self._waiting() if self.tracks else []
        if product is not None:
            return self._chosen(product, code, number, waiting)
        if waiting and (expected := self._expected(waiting, code)) is not None:
            return self._attach(expected, waiting)
        if self.tracks and (line := self.find_announced(code.serial or number)) is not None:
            return self.unknown_serial(line, code.serial or number)
        if code.gtins and (found := _by_barcode(code.gtins)):
            if len(found) > 1:
                text = _("%(count)d products have this code. Choose one.") % {"count": len(found)}
                return self._choose(found, number, text)
            return self._product(found[0], code.serial, waiting)
        if DocumentCounter.may_have_given(number) and (result := self.find_document(number)) is not None:
            return result
        found = _by_code(number, barcode_key(code.text))
        if len(found) == 1:
            return self._product(found[0], None, waiting)
        if found:
            text = _("%(count)d products have this SKU. Choose one.") % {"count": len(found)}
            return self._choose(found, number, text)
        if self.tracks and (known := self._known(code)):
            if len(known) > 1:
                text = _("%(count)d products have a unit with the number %(number)s. Which one is it?")
                parts = {"count": len(known), "number": number}
                return self._choose([serial.product for serial in known], number, text % parts)
            return self._attach(known[0], waiting)
        if code.problem:
            return ScanResult(False, ScanKind.UNKNOWN, code.problem, number=number)
        return self._search(code, number, waiting)

    def _waiting(self) -> list:
        """The lines that lack serials, the selected one first."""
        lines = [line for line in self.read_lines if self.waits(line)]
        return sorted(lines, key=lambda line: self.selected is None or line.pk != self.selected.pk)

    def _expected(self, waiting: Sequence, code: Scan) -> Serial | None:
        """The unit with this number that a waiting line may take; what a line waits for comes before a SKU."""
        key = number_key(code.text)
        numbered = {unit.product_id: unit for unit in self._numbered(code) if unit.number_key == key}
        for line in waiting:
            unit = numbered.get(line.product_id)
            if unit is not None and unit.pk in line.free_among([unit.pk]):
                return unit
        return None

    def _numbered(self, code: Scan) -> list[Serial]:
        """The tracked units with the number that the code is or contains, locked: asked for once."""
        if self._units is None:
            self._units = _lock_numbered({number_key(code.text), number_key(code.serial or code.text)})
        return self._units

    def _known(self, code: Scan) -> list[Serial]:
        """Units with this number, of one product if the document or the store says which.

        A serial beside a product number that nobody knows is not looked up by itself: it is that product's.
        """
        own = code.serial if code.serial and not code.gtins else code.text
        keys = {number_key(code.text), number_key(own)}
        known = [unit for unit in self._numbered(code) if unit.number_key in keys]
        if len(known) > 1:
            on_lines = {line.product_id for line in self.read_lines}
            store = self.document.store.pk
            here = [one for one in known if one.state == State.IN_STOCK and one.store_id == store]
            known = [serial for serial in known if serial.product_id in on_lines] or here or known
        return known

    def _chosen(self, product: Product, code: Scan, number: str, waiting: Sequence) -> ScanResult:
        """A code whose product the person has picked: a serial of it, or else the product itself."""
        is_tracked = self.tracks and product.is_tracked
        if is_tracked and (serial := self._of_product(product, code.serial or number)) is not None:
            return self._attach(serial, waiting)
        return self._product(product, code.serial, waiting)

    def _product(self, product: Product, serial_number: str | None, waiting: Sequence) -> ScanResult:
        """A product code, with the unit's serial in it or not."""
        if serial_number and self.tracks and product.is_tracked:
            if (serial := self._of_product(product, serial_number)) is not None:
                return self._attach(serial, waiting)
            own = [line for line in waiting if line.product_id == product.pk and self.takes_departures(line)]
            line = own[0] if own else self.new_line(product)
            return self.unknown_serial(line, serial_number)
        line = self.new_line(product)
        return ScanResult(True, ScanKind.PRODUCT, self.added(line), line=line)

    def _of_product(self, product: Product, number: str) -> Serial | None:
        """The product's unit with this number, locked."""
        key = number_key(number)
        for unit in self._units or ():
            if (unit.product_id, unit.number_key) == (product.pk, key):
                return unit
        found = Serial.objects.filter(product=product).numbered(number).select_for_update(of=("self",)).first()
        if found is not None:
            found.product = product
        return found

    def takes_departures(self, line) -> bool:
        """Whether a plain product code may fill this line; where goods come back, only their serial does."""
        return True

    def unknown_serial(self, line, number: str) -> ScanResult:
        """A number that nobody knows, for this line: new where the line expects new units, else for Add New."""
        if line.is_arrival:
            return self._attached(line, number, new=[number])
        text = _("%(product)s: serial number %(number)s is not on record. Add it with Add New, or scan the unit again.")
        parts = {"product": line.product.name, "number": number}
        return ScanResult(False, ScanKind.UNKNOWN_SERIAL, text % parts, line=line, number=number)

    # --- Attaching ----------------------------------------------------------------------------------------------------

    def _attach(self, serial: Serial, waiting: Sequence) -> ScanResult:
        """Put a known unit on the line where it belongs, or say why it cannot go there.

        It comes locked: of two who scan it at once, the second is told about the first.
        """
        already = next((line for line in self.read_lines for unit in line.serials if unit.pk == serial.pk), None)
        if already is not None:
            text = _("%(number)s is on %(document)s already.") % {"number": serial.number, "document": self.document}
            verdict = Verdict(serial.number, Finding.HERE, text, serial)
            return ScanResult(False, ScanKind.SERIAL, text, line=already, verdict=verdict, number=serial.number)
        own = [line for line in waiting if line.product_id == serial.product_id]
        for line in own:
            if not self.takes_departures(line) and line.attachable().filter(pk=serial.pk).exists():
                return self._attached(line, serial.number)
        if (result := self.find_elsewhere(serial)) is not None:
            return result
        line, more = self.line_of(serial.product, waiting)
        self.make_room(line, more)
        before = line.attached
        [verdict] = put_on(line, [serial.number], staff=self.staff, place=self.place, locked=serial)
        if not verdict.is_fine:
            raise _Refused(verdict)
        return self._said(line, serial.number, before + 1)

    def make_room(self, line, more: int) -> None:
        """Raise a line by `more` units for the serial that goes on it; where nothing is done here, attaching does."""

    def line_of(self, product: Product, waiting: Sequence | None = None) -> tuple[Any, int]:
        """The line for one more unit, and by how much it is to be raised.

        One that waits, else the product's last one, else a new one.
        """
        waiting = self._waiting() if waiting is None else waiting
        own = [line for line in waiting if line.product_id == product.pk and self.takes_departures(line)]
        if own:
            return own[0], 0
        plain = [line for line in self.read_lines if line.product_id == product.pk and self.may_grow(line)]
        if plain and not product.is_archived:
            return plain[-1], 1
        return self.new_line(product), 0

    def _attached(self, line, number: str, new: Sequence[str] = ()) -> ScanResult:
        before = line.attached
        [verdict] = put_on(line, [number], new=new, staff=self.staff, place=self.place)
        if not verdict.is_fine:
            raise SerialUnavailable(f"{verdict.number}: {verdict.text}")
        return self._said(line, number, before + (verdict.finding is Finding.READY))

    def _said(self, line, number: str, attached: int) -> ScanResult:
        """The answer to a unit that went on its line, which has so many now."""
        missing = max(line.quantity - attached, 0)
        parts = {"number": number, "product": line.product.name, "attached": attached, "quantity": line.quantity}
        text = _("%(number)s is on %(product)s.") % parts
        if line.quantity > 1:
            text = _("%(number)s is on %(product)s, now %(attached)d of %(quantity)d.") % parts
        if missing:
            more_text = ngettext("Scan %(missing)d more.", "Scan %(missing)d more.", missing)
            text = f"{text} {more_text % {'missing': missing}}"
        return ScanResult(True, ScanKind.SERIAL, text, line=line, number=number)

    # --- What is not certain ------------------------------------------------------------------------------------------

    def _choose(self, products: Sequence[Product], number: str, text: str, line=None) -> ScanResult:
        return ScanResult(False, ScanKind.CHOOSE, text, line=line, products=products, number=number)

    def _search(self, code: Scan, number: str, waiting: Sequence) -> ScanResult:
        """Words find products to choose from; none is added by itself, since a serial may be part of a SKU."""
        line = next((line for line in waiting if line.is_arrival or self.takes_departures(line)), None)
        if line is not None and line.is_arrival and self.takes_unknown(line, code):
            return self.unknown_serial(line, number)
        found = list(Product.objects.active().found_by(number)[:MOST_CHOICES])
        if found:
            text = ngettext("%(count)d product found. Choose it.", "%(count)d products found. Choose one.", len(found))
            return self._choose(found, number, text % {"count": len(found)}, line)
        if line is not None:
            text = _("%(number)s is not on record for %(product)s. Scan it again, or add it with Add New.")
            parts = {"number": number, "product": line.product.name}
            return ScanResult(False, ScanKind.UNKNOWN_SERIAL, text % parts, line=line, number=number)
        text = _(
            "Nothing is known under “%(code)s”: no product, serial number or receipt. Search by name, or scan again."
        )
        return ScanResult(False, ScanKind.UNKNOWN, text % {"code": number}, number=number)


def _is_code(text: str) -> bool:
    """Whether this was scanned rather than typed to search: where new units are expected, it is a number of one."""
    return " " not in text and any(letter.isdigit() for letter in text)


@prepared
def _lock_numbered(keys):
    tracked = Serial.objects.filter(number_key__among=keys).exclude(product__serial_tracking=SerialTracking.NONE)
    return tracked.select_related("product").select_for_update(of=("self",)).order_by("pk")


def _by_code(sku: str, key: str) -> list[Product]:
    """The products with this SKU; where there is none, those with this barcode."""
    found = products_with_code(sku, [key])
    return [product for product in found if product.by_sku] or found


@prepared
def products_with_code(sku, keys):
    """The products with this SKU, with `by_sku`, before those with one of these barcodes; at most MOST_CHOICES."""
    return Product.objects.with_code(sku, keys)[:MOST_CHOICES]


@prepared
def _by_barcode(keys):
    return Product.objects.with_barcode(keys)[:MOST_CHOICES]
