"""Scanning what stands on the shelf: what each code means for a product and a store whose units lack serials. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from inventory.models import Barcode, Product
from inventory.scans import barcode_key, read_scan
from serials.differences import Balance, balances
from serials.errors import InvalidNumber
from serials.models import Serial, SerialEvent
from serials.numbers import number_key, valid_number
from serials.policy import State
from serials.verdicts import away_text, held_text
from settings_app.models import Store

MOST_SUGGESTIONS = 3


@dataclass(frozen=True)
class Progress:
    """How far the units of a product at a store have their serials."""

    store: Store
    balance: Balance

    @property
    def done(self) -> int:
        return min(self.balance.serials, self.balance.units)

    @property
    def of(self) -> int:
        return max(self.balance.units, 0)

    @property
    def is_done(self) -> bool:
        return not self.balance.lacking


def progress(product: Product, stores: Sequence[Store]) -> list[Progress]:
    """The progress at each store that has units or serials, in one query."""
    found = balances([product], stores)
    return [Progress(store, found[product.pk, store.pk]) for store in stores if (product.pk, store.pk) in found]


@dataclass(frozen=True)
class Reading:
    """One code on the shelf: a new number, one that is on record here, or why it is neither, with the next step."""

    number: str
    problem: str = ""
    serial: Serial | None = None
    near: Sequence[Serial] = field(default_factory=list)  # what it may be a slip of
    may_be_new: bool = False  # a person may say that it is new all the same
    may_move: bool = False  # on record at another store, where it has no unit

    @property
    def is_new(self) -> bool:
        return not self.problem and self.serial is None

    @property
    def is_here(self) -> bool:
        return not self.problem and self.serial is not None


def read_shelf(product: Product, store: Store, codes: Sequence[str], *, sure: bool = False) -> list[Reading]:
    """What each code means on the shelf, in order; a repeat counts once. With `sure` no near miss is asked about.

    A fixed number of queries, and one more for each of a few codes that are new.
    """
    scans = [read_scan(code) for code in codes]
    keys = {number_key(text) for scan in scans for text in (scan.text, scan.serial) if text}
    units = Serial.objects.exclude(pk__in=Serial.objects.not_ours()).select_related("store", "product", "hold__staff")
    own = {unit.number_key: unit for unit in units.filter(product=product, number_key__in=keys)}
    others = {unit.number_key: unit for unit in units.exclude(product=product).filter(number_key__in=keys)}
    barcodes = {key for scan in scans if scan.text for key in (barcode_key(scan.text), *scan.gtins)}
    owners = {code.key: code.product for code in Barcode.objects.filter(key__in=barcodes).select_related("product")}
    skus = Product.objects.annotate(folded=Lower("sku")).filter(folded__in=[scan.text.lower() for scan in scans])
    by_sku: dict[str, Product] = {product.sku.lower(): product for product in skus}
    last = {
        event.serial_id: event
        for event in SerialEvent.objects.filter(
            serial__in=[unit.pk for unit in own.values()], sequence=F("serial__sequence")
        )
    }
    surplus = _stores_with_surplus(product, [unit.store for unit in own.values() if unit.store_id])
    readings = [_ask_sku(_read(scan, product, store, own, others, owners, last, surplus), by_sku) for scan in scans]
    asks = not sure and sum(reading.is_new for reading in readings) <= 20
    return [_ask_near(reading, product) if asks and reading.is_new else reading for reading in _once(readings)]


def _read(scan, product, store, own, others, owners, last, surplus) -> Reading:
    if not scan.text:
        return Reading("", scan.problem or _("The scanner sent an empty code. Scan it again."))
    number = scan.text if number_key(scan.text) in own or not scan.serial else scan.serial
    unit = own.get(number_key(number))
    if unit is not None:
        return _known(unit, store, last.get(unit.pk), surplus)
    owner = next((owners[gtin] for gtin in scan.gtins if gtin in owners), None)
    if scan.serial and owner is not None and owner != product:
        return Reading(number, _("This code is of a unit of %(product)s.") % {"product": owner.name})
    if not scan.serial:
        owner = owner or owners.get(barcode_key(scan.text))
        if owner is not None:
            text = _("This is the barcode of %(product)s, not a serial number. Scan the number on the unit.")
            return Reading(number, text % {"product": owner.name})
        if scan.problem:
            return Reading(number, scan.problem)
    try:
        number = valid_number(number)
    except InvalidNumber as reason:
        return Reading(number, str(reason))
    stranger = others.get(number_key(number))
    if stranger is not None:
        text = _("This number is on record for %(product)s. Is this unit really a %(own)s?")
        told = {"product": stranger.product.name, "own": product.name}
        return Reading(number, text % told, stranger, may_be_new=True)
    return Reading(number)


def _known(unit: Serial, store: Store, event, surplus) -> Reading:
    hold = getattr(unit, "hold", None)
    if unit.state == State.IN_STOCK and unit.store_id == store.pk:
        return Reading(unit.number, serial=unit)
    if hold is not None:
        return Reading(unit.number, held_text(hold), unit)
    if unit.state == State.IN_STOCK:
        has_surplus = unit.store_id in surplus
        text = (
            _("On record at %(store)s, which has no unit for it.")
            if has_surplus
            else _("On record at %(store)s, which has a unit for each of its serials. Transfer it from there.")
        )
        return Reading(unit.number, text % {"store": unit.store.name}, unit, may_move=has_surplus)
    text = away_text(unit, event)
    if unit.state == State.SOLD:
        text += " " + _("If it came back, take it back at the register.")
    return Reading(unit.number, text, unit)


def _stores_with_surplus(product: Product, stores: Sequence[Store]) -> set[int]:
    found = balances([product], stores) if stores else {}
    return {store for (_product, store), balance in found.items() if balance.surplus}


def _once(readings: Sequence[Reading]) -> list[Reading]:
    return list({number_key(reading.number): reading for reading in reversed(readings)}.values())[::-1]


def _ask_sku(reading: Reading, by_sku: dict[str, Product]) -> Reading:
    owner = by_sku.get(reading.number.lower()) if reading.is_new else None
    if owner is None:
        return reading
    text = _("This is the SKU of %(product)s. Is it the serial number of the unit, too?")
    return Reading(reading.number, text % {"product": owner.name}, may_be_new=True)


def _ask_near(reading: Reading, product: Product) -> Reading:
    near = Serial.objects.near(product, reading.number).exclude(pk__in=Serial.objects.not_ours())
    found = [unit for unit in near.select_related("store") if not _is_run(unit.number_key, number_key(reading.number))]
    if not found:
        return reading
    text = _("One slip away from a number that is on record. Look at the unit once more.")
    return Reading(reading.number, text, near=found[:MOST_SUGGESTIONS], may_be_new=True)


def _is_run(one: str, other: str) -> bool:
    """Whether two numbers differ by digits alone, as neighbours of one delivery do: nobody is asked at each of them."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return len(one) == len(other) and all(a.isdigit() and b.isdigit() for a, b in pairs)
