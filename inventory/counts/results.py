"""What a stock count comes to, per product. Reads only, in a fixed number of queries.

The shop sells while it is counted, so counted and expected are compared at one instant, which the scans keep:

- A unit with a number is known by itself. Seen is seen, whatever happens to it afterwards. It is missing if it was not
  seen, is in stock here, is on no open document, and nothing happened to it since its product's first scan: what came
  in during the count may stand on a shelf that was already done.
- Units without a number are counted by quantity. What was counted is held against what the ledgers said at the last
  scan of them; what moves later moves both alike. Where they moved between the first and the last of those scans,
  nobody can tell which were counted: the product is unsure, and counted again or accepted with open eyes.
- A product without a scan was not counted: it is left as it is, unless somebody says that there is none of it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Subquery, Sum

from inventory.counts.models import CountDecision, CountScan, StockCount
from inventory.models import Product, StockLevel
from serials.models import Serial, SerialEvent
from settings_app.models import ShopSettings

Finding = CountScan.Finding
# Found here, known to be somewhere else: their way back is a document of its own.
FOREIGN = (Finding.ELSEWHERE, Finding.SOLD, Finding.IN_TRANSIT, Finding.EXPECTED)


@dataclass
class ProductResult:
    """How one counted product differs. All figures are units."""

    product: Product
    on_hand: int = 0  # now, by the stock level
    on_record: int = 0  # serials in stock now
    scans: list[CountScan] = field(default_factory=list)
    missing: list[Serial] = field(default_factory=list)  # each with its last event as `last`
    held: list[Serial] = field(default_factory=list)  # not seen, on an open document: not written off
    found: list[CountScan] = field(default_factory=list)  # known as written off, standing here
    new: list[CountScan] = field(default_factory=list)  # not on record, confirmed through Add New
    pending: list[CountScan] = field(default_factory=list)  # not on record, and nobody said whether it was read right
    foreign: list[CountScan] = field(default_factory=list)  # known to be somewhere else
    recorded: int = 0  # numbers not on record when they were scanned, given since to units that were on hand
    decision: CountDecision | None = None

    @property
    def is_counted(self) -> bool:
        return any(scan.finding in CountScan.EVIDENCE for scan in self.scans)

    @property
    def _quantities(self) -> list[CountScan]:
        return [scan for scan in self.scans if scan.finding == Finding.COUNTED and not scan.is_numbered]

    @property
    def without_number(self) -> int:
        """Units counted without a number."""
        return sum(scan.quantity for scan in self._quantities)

    @property
    def expected_without_number(self) -> int:
        """Units without a number by the ledgers, when they were last scanned; below zero, serials too many."""
        last = self._quantities or [scan for scan in self.scans if scan.finding in CountScan.EVIDENCE]
        return last[-1].without_number if last else 0

    @property
    def is_unsure(self) -> bool:
        """Whether units without a number moved while they were being counted."""
        if self.on_record or any(scan.on_record for scan in self._quantities):
            return len({scan.without_number for scan in self._quantities}) > 1
        return len({scan.movement for scan in self._quantities}) > 1

    @property
    def shift(self) -> int:
        """By how much the units without a number differ."""
        return self.without_number + self.recorded - self.expected_without_number if self.is_counted else 0

    @property
    def naming(self) -> int:
        """How many new numbers belong to units that were on hand without one: recorded, nothing moves."""
        return max(min(len(self.new), -self.shift, self.on_hand - self.on_record), 0)

    @property
    def gone(self) -> int:
        """How many missing units left earlier without being named: named now, nothing moves."""
        return max(min(len(self.missing), self.shift, self.on_record - self.on_hand), 0)

    @property
    def plus(self) -> int:
        """Units that the adjustment brings without a number."""
        return max(self.shift, 0) - self.gone

    @property
    def minus(self) -> int:
        """Units that the adjustment takes without a number."""
        return max(-self.shift, 0) - self.naming

    @property
    def difference(self) -> int:
        """By how much the stock level changes."""
        came, went = len(self.found) + len(self.new) - self.naming, len(self.missing) - self.gone
        return came + self.plus - went - self.minus

    @property
    def counted(self) -> int:
        """What stands here now, as far as the count says."""
        return self.on_hand + self.difference

    @property
    def differs(self) -> bool:
        """Whether posting does anything, or something must be decided before."""
        return bool(self.missing or self.found or self.new or self.pending or self.shift or self.is_unsure)

    @property
    def signature(self) -> str:
        """What differs, in a form that a decision remembers."""
        parts = [
            [serial.pk for serial in self.missing],
            [scan.serial_id for scan in self.found],
            [scan.number_key for scan in self.new],
            [scan.number_key for scan in self.pending],
            [self.without_number, self.shift, self.is_unsure],
        ]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def is_accepted(self) -> bool:
        return self.decision is not None and self.decision.seen == self.signature and not self.pending


@dataclass(frozen=True)
class Result:
    """What a count comes to."""

    products: Sequence[ProductResult]  # that were counted, or of which something was found
    strays: Sequence[CountScan]  # out of scope, or unknown to everybody

    @property
    def differing(self) -> list[ProductResult]:
        return [one for one in self.products if one.differs]

    @property
    def undecided(self) -> list[ProductResult]:
        return [one for one in self.differing if not one.is_accepted]

    @property
    def missing(self) -> int:
        return sum(len(one.missing) for one in self.products)


def result_of(count: StockCount) -> Result:
    """The result of a count as things stand now."""
    scans = list(count.scans.live().select_related("product", "serial__store", "serial__hold", "staff").order_by("pk"))
    strays = [scan for scan in scans if scan.finding in (Finding.OUT_OF_SCOPE, Finding.UNKNOWN)]
    by_product: dict[int, ProductResult] = {}
    for scan in scans:
        if scan.finding not in (Finding.OUT_OF_SCOPE, Finding.UNKNOWN):
            by_product.setdefault(scan.product_id, ProductResult(scan.product)).scans.append(scan)
    if by_product:
        _read_ledgers(count, by_product)
        _sort_scans(count, by_product.values())
        _find_missing(count, by_product)
        for decision in count.decisions.select_related("staff"):
            if decision.product_id in by_product:
                by_product[decision.product_id].decision = decision
    return Result(sorted(by_product.values(), key=lambda one: one.product.name), strays)


def _read_ledgers(count: StockCount, by_product: dict[int, ProductResult]) -> None:
    levels = StockLevel.objects.filter(store=count.store_id, product__in=by_product)
    has_serials = ShopSettings.load().serial_numbers_enabled
    for level in levels:
        one = by_product[level.product_id]
        one.on_hand = level.on_hand
        if has_serials and one.product.is_tracked:
            one.on_record = level.serials


def _sort_scans(count: StockCount, results: Iterable[ProductResult]) -> None:
    """Sort what was found by what it is now: a unit to which something happened since is no longer found."""
    scans = [scan for one in results for scan in one.scans]
    last = last_events([scan.serial_id for scan in scans if scan.finding in (*FOREIGN, Finding.WRITTEN_OFF)])
    known = _known_by_now(count, [scan for scan in scans if scan.number_key])
    for one in results:
        for scan in one.scans:
            if scan.number_key:
                _sort_number(one, scan, known.get((one.product.pk, scan.number_key)))
            elif scan.finding in (*FOREIGN, Finding.WRITTEN_OFF) and not _moved_since(scan, last.get(scan.serial_id)):
                scan.last = last.get(scan.serial_id)
                is_found = scan.finding == Finding.WRITTEN_OFF and not hasattr(scan.serial, "hold")
                (one.found if is_found else one.foreign).append(scan)


def _sort_number(one: ProductResult, scan: CountScan, recorded: int | None) -> None:
    """Sort a number that was no unit yet; `recorded` is set once it is one, to the event that named a unit on hand."""
    if recorded is not None:
        one.recorded += recorded > scan.event
    elif scan.finding == Finding.EXPECTED:
        one.foreign.append(scan)
    else:
        (one.new if scan.is_confirmed else one.pending).append(scan)


def _moved_since(scan: CountScan, last: SerialEvent | None) -> bool:
    return last is not None and last.pk > scan.event


def _known_by_now(count: StockCount, scans: Sequence[CountScan]) -> dict[tuple[int, str], int]:
    """Numbers that became units since they were scanned, with the event by which a unit on hand here was given it; or 0."""
    recorded = SerialEvent.objects.filter(
        serial=OuterRef("pk"), sequence=1, kind=SerialEvent.Kind.RECORDED, store=count.store_id
    )
    found = Serial.objects.filter(
        product__in={scan.product_id for scan in scans},
        number_key__in={scan.number_key for scan in scans},
        sequence__gt=0,
    ).annotate(recorded=Subquery(recorded.values("pk")))
    return {(one.product_id, one.number_key): one.recorded or 0 for one in found}


def last_events(serials: Sequence[int]) -> dict[int, SerialEvent]:
    """What last happened to each of these units; nothing for one that was only typed."""
    found = SerialEvent.objects.filter(serial__in=serials, sequence=F("serial__sequence")).select_related(
        "staff", "store"
    )
    return {event.serial_id: event for event in found}


def _find_missing(count: StockCount, by_product: dict[int, ProductResult]) -> None:
    first = {
        product: next(scan.event for scan in one.scans if scan.finding in CountScan.EVIDENCE)
        for product, one in by_product.items()
        if one.is_counted and one.on_record
    }
    seen = CountScan.objects.live().filter(count=count, serial=OuterRef("pk"))
    last = SerialEvent.objects.filter(serial=OuterRef("pk"), sequence=OuterRef("sequence"))
    unseen = (
        Serial.objects.in_stock(count.store_id)
        .filter(product__in=first)
        .exclude(Exists(seen))
        .annotate(last_event=Subquery(last.values("pk")))
        .select_related("hold__staff")
        .order_by("pk")
    )
    numbers = {
        (scan.product_id, scan.number_key) for one in by_product.values() for scan in one.scans if scan.number_key
    }
    events = SerialEvent.objects.select_related("staff", "store").in_bulk([serial.last_event for serial in unseen])
    for serial in unseen:
        one = by_product[serial.product_id]
        is_seen = (serial.product_id, serial.number_key) in numbers  # scanned before it was a unit
        if serial.last_event <= first[serial.product_id] and not is_seen:
            serial.last = events[serial.last_event]
            (one.held if hasattr(serial, "hold") else one.missing).append(serial)


def not_counted(count: StockCount):
    """The products of the count that have stock here and of which nothing was scanned."""
    scanned = count.scans.live().filter(finding__in=CountScan.EVIDENCE, product=OuterRef("pk"))
    level = StockLevel.objects.filter(store=count.store_id, product=OuterRef("pk")).exclude(on_hand=0)
    return (
        count.products_in_scope()
        .filter(Exists(level))
        .exclude(Exists(scanned))
        .annotate(on_hand=Subquery(level.values("on_hand")))
        .order_by("name", "pk")
    )


def counted_units(count: StockCount) -> int:
    """How many units were counted so far."""
    counted = count.scans.live().filter(finding=Finding.COUNTED)
    return counted.aggregate(units=Sum("quantity"))["units"] or 0


def extra_scans(count: StockCount):
    """What was scanned and does not simply count, newest first."""
    return (
        count.scans.live().exclude(finding=Finding.COUNTED).select_related("product", "serial", "staff").order_by("-pk")
    )


def units_in_scope(count: StockCount) -> int:
    """How many units should stand here, by the stock levels."""
    levels = StockLevel.objects.filter(store=count.store_id, product__in=count.products_in_scope(), on_hand__gt=0)
    return levels.aggregate(units=Sum("on_hand"))["units"] or 0


def to_find(count: StockCount):
    """The units that should stand here and nobody has scanned yet, with their last event."""
    seen = count.scans.live().filter(serial=OuterRef("pk"))
    here = Serial.objects.in_stock(count.store_id).filter(product__in=count.products_in_scope().tracked())
    return here.exclude(Exists(seen)).with_last_event().select_related("product").order_by("product__name", "pk")
