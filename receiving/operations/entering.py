"""Putting many serial numbers on a draft at once: each code gets its verdict, and none costs the others."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from inventory.models import Barcode, Product
from inventory.scans import barcode_key
from microbiz.transactions import operation
from receiving.errors import NoLineChosen
from receiving.files import Entry
from receiving.models import LONGEST_CODE, ShipmentLine, UnsettledCode, VendorShipment
from receiving.operations.locks import lock_line, lock_open_shipment
from receiving.operations.preparing import add_line, expect_serials
from serials.errors import InvalidNumber
from serials.numbers import number_key, valid_number
from serials.operations import attach_each, detach
from serials.policy import State
from serials.staging import Row, Staging
from serials.verdicts import Finding
from settings_app.models import Staff


@dataclass(frozen=True)
class Entered:
    """What became of a list: how many codes it had, and which went where."""

    read: int
    attached: Sequence[str]
    duplicates: Sequence[str]  # twice in the list, or on the line already: counted once
    unsettled: Sequence[str]


def imei_problem(code: str) -> str:
    """Why 15 digits that begin as the number of a phone does cannot be one, or nothing."""
    if len(code) != 15 or not (code.isascii() and code.isdigit()) or code[:2] not in ("01", "35", "86", "99"):
        return ""
    digit = _luhn(code[:-1])
    if digit == code[-1]:
        return ""
    return _("Wrong check digit. The last digit would be %(digit)s.") % {"digit": digit}


def _luhn(digits: str) -> str:
    doubled = [int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def is_back_again(row: Row) -> bool:
    """Whether the unit was ours, left, and now seems to come from a vendor: likely, but to be said by somebody."""
    return row.finding == Finding.READY.value and row.serial is not None and row.serial.state != State.EXPECTED


def is_plain(row: Row) -> bool:
    """Whether the code can go on its line without a question."""
    return row.is_settled and not is_back_again(row) and not imei_problem(row.number)


@operation
def enter_codes(line: ShipmentLine, codes: Sequence[str], *, staff: Staff, place: str = "") -> Entered:
    """Attach every code of a list that can go on the line, and keep the others waiting on the draft.

    Unknown numbers are what one expects here and go on record. Repeats count once. A fixed number of statements.
    Raises ShipmentNotOpen, LineGone.
    """
    line = lock_line(line)
    rows = Staging(line, []).rows(codes)
    seen: set[str] = set()
    once: list[Row] = []
    duplicates: list[str] = []
    for row in rows:
        if row.is_attached or row.key in seen:
            duplicates.append(row.number)
        else:
            once.append(row)
        seen.add(row.key)
    plain = [row.number for row in once if is_plain(row)]
    refused = {
        number_key(verdict.number)
        for verdict in attach_each(line, plain, new=plain, staff=staff, place=place)
        if not verdict.is_fine
    }
    unsettled = [row.number for row in once if not is_plain(row) or row.key in refused]
    waiting = {number_key(code) for code in line.unsettled_codes.values_list("code", flat=True)}
    UnsettledCode.objects.bulk_create(
        UnsettledCode(line=line, code=code[:LONGEST_CODE]) for code in unsettled if number_key(code) not in waiting
    )
    attached = [number for number in plain if number_key(number) not in refused]
    _settle(line, attached)
    return Entered(len(codes), attached, duplicates, unsettled)


@dataclass(frozen=True)
class EnteredFile:
    """What became of a file: line by line, and the rows whose product nobody knows here."""

    lines: Sequence[tuple[ShipmentLine, Entered]]
    strangers: Sequence[Entry]


@operation
def enter_file(
    shipment: VendorShipment,
    entries: Sequence[Entry],
    *,
    selected: ShipmentLine | None,
    announced: bool,
    staff: Staff,
    place: str = "",
) -> EnteredFile:
    """Put the numbers of a file on the lines of their products, made where they are missing.

    `announced` says that they are the vendor's list, to be compared with what is scanned; otherwise they arrived. Rows
    without a product go on `selected`. Raises ShipmentNotOpen, NoLineChosen.
    """
    shipment = lock_open_shipment(shipment)
    if selected is None and any(not entry.product for entry in entries):
        raise NoLineChosen(_("The file has no products in it. Select the line that its numbers belong to first."))
    products = _products_of({entry.product for entry in entries} - {""})
    numbers: dict[int, list[str]] = {}
    for entry in entries:
        owner = products.get(_code(entry.product)) if entry.product else selected.product
        if owner is not None:
            numbers.setdefault(owner.pk, []).append(entry.number)
    by_pk = {product.pk: product for product in products.values()}
    done = []
    for pk, own in numbers.items():
        if selected is not None and selected.product_id == pk:
            line = selected
        else:
            line = shipment.lines.filter(product=pk).first() or add_line(shipment, by_pk[pk], quantity=0)
        done.append((line, _announce(line, own) if announced else enter_codes(line, own, staff=staff, place=place)))
    strangers = [entry for entry in entries if entry.product and _code(entry.product) not in products]
    return EnteredFile(done, strangers)


def _announce(line: ShipmentLine, numbers: Sequence[str]) -> Entered:
    sound = {number_key(number): number for number in numbers if is_sound(number)}
    expect_serials(line, list(sound.values()))
    repeats = [number for number in numbers if is_sound(number) and number not in sound.values()]
    return Entered(len(numbers), list(sound.values()), repeats, [one for one in numbers if not is_sound(one)])


def is_sound(number: str) -> bool:
    """Whether a text can be a serial number at all."""
    try:
        valid_number(number)
    except InvalidNumber:
        return False
    return True


def _code(text: str) -> str:
    return text.strip().casefold()


def _products_of(codes: Collection[str]) -> dict[str, Product]:
    """The tracked products that these SKUs and barcodes mean."""
    tracked = Product.objects.tracked()
    keys = {barcode_key(code): code for code in codes}
    barcodes = Barcode.objects.filter(key__in=keys, product__in=tracked).select_related("product")
    found = {_code(keys[one.key]): one.product for one in barcodes}
    by_sku = tracked.annotate(folded=Lower("sku")).filter(folded__in=[code.strip().lower() for code in codes])
    return found | {_code(product.sku): product for product in by_sku}


@operation
def settle_code(line: ShipmentLine, code: str, *, staff: Staff, taking: bool = False, place: str = "") -> str:
    """Put a waiting code on its line after all: kept as typed, received back, or taken over from another document.

    A number that another product's unit has may be this one's as well. Returns why it still cannot be, or nothing.
    """
    line = lock_line(line)
    [row] = Staging(line, []).rows([code], taking=taking)
    if not row.is_settled and row.finding != Finding.OTHER_PRODUCT.value:
        return row.problem or row.short_reason
    number = row.number
    [verdict] = attach_each(line, [number], new=[number], taking=[number] if taking else (), staff=staff, place=place)
    if verdict.is_fine:
        _settle(line, [code, number])
    return "" if verdict.is_fine else verdict.text


@operation
def drop_codes(line: ShipmentLine, codes: Collection[str]) -> None:
    """Take codes off a line, those that wait as well as those that are attached."""
    line = lock_line(line)
    _settle(line, codes)
    detach(line, codes)


def _settle(line: ShipmentLine, codes: Iterable[str]) -> None:
    keys = {number_key(code) for code in codes}
    waiting = line.unsettled_codes.all()
    line.unsettled_codes.filter(pk__in=[one.pk for one in waiting if number_key(one.code) in keys]).delete()
