"""Reports as files: exactly the rows of the selection, figures as figures, and texts that stay texts.

A spreadsheet runs what begins like a formula. In CSV such a text gets an apostrophe; in XLSX the cell says itself
that it is text, so that its value is unchanged.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

from babel.numbers import get_currency_precision
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from microbiz.money import to_decimal
from microbiz.outgoing import csv_lines, plain_text
from microbiz.reports.tables import Column, Kind, Table


def plain(value: Any, column: Column, currency: str) -> Any:
    """A value for a file: amounts in the currency itself, shares in percent."""
    if value is None:
        return None
    if column.kind is Kind.MONEY:
        return to_decimal(value, currency)
    if column.kind is Kind.SHARE:
        return Decimal(value * 100).quantize(Decimal("0.1"))
    if column.kind in (Kind.COUNT, Kind.DAY, Kind.MOMENT):
        return value
    return str(value)


# --- CSV -------------------------------------------------------------------------------------------------------------


def csv_table(table: Table, currency: str) -> Iterator[str]:
    """The table line by line, with a head."""
    columns = table.filed
    rows = ([plain(row.get(column.key), column, currency) for column in columns] for row in table.rows)
    return csv_lines(chain([[str(column.label) for column in columns]], rows))


# --- XLSX ------------------------------------------------------------------------------------------------------------


def write_workbook(table: Table, currency: str, title: str) -> IO[bytes]:
    """The table as a workbook in a temporary file, written row by row. The caller closes it."""
    columns = table.filed
    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(letter for letter in title if letter not in "[]:*?/\\")[:31])
    sheet.freeze_panes = "A2"
    for at, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = 12 if column.is_number else 24
    sheet.append([_head(sheet, column) for column in columns])
    # A cell is written as soon as it is appended, so that one for each column and kind of value does for all rows.
    cells = [(_text(sheet), _figure(sheet, column, currency)) for column in columns]
    for row in table.rows:
        sheet.append(
            [
                _filled(*pair, plain(row.get(column.key), column, currency))
                for pair, column in zip(cells, columns, strict=True)
            ]
        )
    file = TemporaryFile()  # noqa: SIM115  the answer closes it, once it is sent
    book.save(file)
    file.seek(0)
    return file


def _head(sheet, column: Column):
    cell = WriteOnlyCell(sheet, value=str(column.label))
    cell.font = Font(bold=True)
    return cell


def _text(sheet):
    cell = WriteOnlyCell(sheet)
    cell.number_format, cell.quotePrefix = "@", True
    return cell


def _figure(sheet, column: Column, currency: str):
    cell = WriteOnlyCell(sheet)
    if column.kind is Kind.MONEY:
        places = get_currency_precision(currency)
        cell.number_format = "#,##0" + ("." + "0" * places if places else "")
    elif column.kind is Kind.DAY:
        cell.number_format = "yyyy-mm-dd"
    elif column.kind is Kind.MOMENT:
        cell.number_format = "yyyy-mm-dd hh:mm"
    return cell


def _filled(text, figure, value: Any):
    """The cell for a value, holding it until it is written."""
    if value is None:
        return None
    if not isinstance(value, str):
        if hasattr(value, "year"):  # setting a day changes the format to the library's own
            number_format, figure.value = figure.number_format, value
            figure.number_format = number_format
        else:
            figure.value = value
        return figure
    text.value = plain_text(value)
    text.data_type = "s"  # never a formula
    return text
