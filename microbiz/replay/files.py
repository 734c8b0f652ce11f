"""The files that a day is replayed from, read. Their formats and where to have them: docs/replay.md."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from microbiz.money import from_decimal


class WrongFile(Exception):
    """A file cannot be read as what it should be; the text says which and why."""


@dataclass(frozen=True)
class StoreRow:
    code: str
    name: str
    address: str
    city: str
    region: str
    postal_code: str


@dataclass(frozen=True)
class GoodsRow:
    """A product of the catalogue that has a price. Money in minor units."""

    sku: str
    name: str
    manufacturer: str
    model: str
    barcode: str
    category: str
    price: int


@dataclass(frozen=True)
class InvoiceLine:
    """So many units of a stock code; negative where they came back. Money in minor units."""

    code: str
    name: str
    quantity: int
    price: int


@dataclass
class Invoice:
    """What one customer took at once, or (`is_return`) brought back."""

    number: str
    customer: str
    lines: list[InvoiceLine] = field(default_factory=list)

    @property
    def is_return(self) -> bool:
        return self.number.startswith("C")


def _rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise WrongFile(f"{path}: it has no column {', '.join(missing)}.")
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        raise WrongFile(f"{path}: {reason}") from reason


def _money(text: str, currency: str) -> int | None:
    try:
        return from_decimal(Decimal(text), currency)
    except InvalidOperation:
        return None


def read_stores(path: Path, count: int = 4) -> list[StoreRow]:
    """The first stores of the file, by whatever name each is first."""
    columns = ("id", "name", "address", "city", "state", "postal_code")
    found: dict[str, StoreRow] = {}
    for row in _rows(path, *columns):
        name = row["name"].strip()
        if name and name not in found:
            zip_code = row["postal_code"].strip().zfill(5)
            code = f"R{row['id'].strip()}"[:5]
            found[name] = StoreRow(code, name, row["address"].strip(), row["city"].strip(), row["state"], zip_code)
        if len(found) == count:
            return list(found.values())
    raise WrongFile(f"{path}: it names {len(found)} stores, and a day needs {count}.")


def read_catalogue(path: Path, currency: str, most: int = 200) -> list[GoodsRow]:
    """The first products that have a price and a sound barcode, each barcode once."""
    columns = ("source_id", "name", "manufacturer", "model", "gtin", "gtin_check", "category", "price")
    found: dict[str, GoodsRow] = {}
    for row in _rows(path, *columns):
        price = _money(row["price"], currency)
        if price is None or row["gtin_check"] != "valid" or row["gtin"] in found:
            continue
        found[row["gtin"]] = GoodsRow(
            sku=row["source_id"][:64],
            name=row["name"][:300],
            manufacturer=row["manufacturer"][:160],
            model=row["model"][:120],
            barcode=row["gtin"],
            category=row["category"],
            price=price,
        )
        if len(found) == most:
            break
    return list(found.values())


def read_serials(path: Path) -> dict[str, list[str]]:
    """The serial numbers by model, in the order of the file, each once."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in _rows(path, "serial_number", "model"):
        if row["serial_number"].strip() and row["model"].strip():
            found[row["model"].strip()][row["serial_number"].strip()] = None
    return {model: list(numbers) for model, numbers in found.items()}


def read_invoices(path: Path, currency: str, day: str = "") -> list[Invoice]:
    """The invoices of one day (the first of the file, unless named), in the order of the file.

    Lines without units or a price are no goods: postage, corrections, gifts. They are left out.
    """
    columns = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
    found: dict[str, Invoice] = {}
    for row in _rows(path, *columns):
        day = day or row["InvoiceDate"][:10]
        if row["InvoiceDate"][:10] != day:
            continue
        price, quantity = _money(row["UnitPrice"], currency), row["Quantity"].strip()
        if not price or price < 0 or not quantity.lstrip("-").isdigit() or int(quantity) == 0:
            continue
        customer = row["CustomerID"].removesuffix(".0").strip()
        invoice = found.setdefault(row["InvoiceNo"], Invoice(row["InvoiceNo"], customer))
        name = row["Description"].strip() or row["StockCode"]
        invoice.lines.append(InvoiceLine(row["StockCode"].strip(), name[:300], int(quantity), price))
    if not found:
        raise WrongFile(f"{path}: no invoice of {day or 'any day'} in it.")
    return list(found.values())
