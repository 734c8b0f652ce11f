"""Lists of serial numbers that a vendor sends as a file: a column of numbers, or numbers beside their products."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inventory.imports.formats import Line
from inventory.imports.reading import detect, lines
from receiving.models import LONGEST_CODE

SERIAL_HEADINGS = {
    "serial",
    "serials",
    "serialnumber",
    "serialnumbers",
    "serialno",
    "sn",
    "imei",
    "imei1",
    "esn",
    "meid",
}
PRODUCT_HEADINGS = {"sku", "product", "productcode", "item", "itemnumber", "itemno", "partnumber", "partno", "mpn", "upc", "ean", "gtin", "barcode"}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One serial number of a file, the row where it stands, and its product's code where the file has one."""

    row: int
    number: str
    product: str = ""


def read_entries(content: bytes, name: str = "") -> list[Entry]:
    """Every serial number of a CSV or XLSX file, in order. Raises FileRefused where it is no list.

    Without known headings the last column with something in it is the numbers', and of two the first the products'.
    """
    records = [line for line in lines(content, detect(content, name)) if not line.problem]
    if not records:
        return []
    headings = [_plain(cell) for cell in records[0].cells]
    serial = next((at for at, text in enumerate(headings) if text in SERIAL_HEADINGS), None)
    product = next((at for at, text in enumerate(headings) if text in PRODUCT_HEADINGS), None)
    if serial is None and product is None:
        return _without_headings(records)
    if serial is None:
        serial = next((at for at, text in enumerate(headings) if at != product and text), product)
    return _entries(records[1:], serial, None if product == serial else product)


def _without_headings(records: Sequence[Line]) -> list[Entry]:
    width = max(max((at for at, cell in enumerate(line.cells) if cell.strip()), default=0) for line in records)
    return _entries(records, width, 0 if width else None)


def _entries(records: Sequence[Line], serial: int, product: int | None) -> list[Entry]:
    found = []
    for line in records:
        number = _cell(line, serial)
        if number:
            found.append(Entry(line.number, number, _cell(line, product) if product is not None else ""))
    return found


def _cell(line: Line, at: int) -> str:
    return line.cells[at].strip()[:LONGEST_CODE] if at < len(line.cells) else ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
