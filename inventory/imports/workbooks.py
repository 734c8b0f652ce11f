"""Reading XLSX files as the text that a person sees in them, and refusing those that are made to do harm."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException

from inventory.imports.archives import WorkbookArchive
from inventory.imports.errors import FileRefused
from inventory.imports.formats import LONGEST_CELL, MOST_COLUMNS, FileFormat, Line, problem_with

_PADDED_FORMAT = re.compile(r"^0+$")

# What zipfile and openpyxl say of bytes that are no sound workbook: they read parts straight into objects, so that
# an attribute too many is a TypeError and a part too few an AttributeError.
_DAMAGE = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    OSError,
    EOFError,
)


def detect_workbook(content: bytes) -> FileFormat:
    book = _open_workbook(content)
    try:
        sheets = tuple(sheet.title for sheet in book.worksheets)
        filled = [
            sheet.title
            for sheet in book.worksheets
            if any(
                any(c is not None for c in row)
                for row in sheet.iter_rows(max_row=50, max_col=MOST_COLUMNS, values_only=True)
            )
        ]
    except _DAMAGE:
        raise _damaged() from None
    finally:
        book.close()
    if not filled:
        raise FileRefused(_("The workbook is empty. Choose another file."))
    doubts = {}
    if len(filled) > 1:
        doubts["sheet"] = _("The workbook has %(count)d sheets. Check that this is the one.") % {"count": len(filled)}
    return FileFormat(kind="xlsx", encoding="utf-8", delimiter="", sheet=filled[0], sheets=sheets, doubts=doubts)


def _open_workbook(content: bytes):
    """The workbook, its parts to be had through a WorkbookArchive alone."""
    try:
        archive = WorkbookArchive(content)
        reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        reader.archive.close()
        reader.archive = archive
        reader.read()
    except _DAMAGE:
        raise _damaged() from None
    return reader.wb


def _damaged() -> FileRefused:
    return FileRefused(_("The workbook cannot be opened; it may be damaged or locked. Save it again as .xlsx or CSV."))


def workbook_lines(content: bytes, fmt: FileFormat) -> Iterator[Line]:
    book = _open_workbook(content)
    try:
        if fmt.sheet not in book.sheetnames:
            raise FileRefused(_("The workbook has no sheet “%(name)s”.") % {"name": fmt.sheet})
        sheet = book[fmt.sheet]
        sheet.reset_dimensions()  # what a workbook says of its own size may be wrong
        empty = 0
        try:
            for number, row in enumerate(sheet.iter_rows(), start=1):
                cells = [_cell_text(cell, fmt.decimal) for cell in row[: MOST_COLUMNS + 1]]
                while cells and not cells[-1]:
                    cells.pop()
                empty = 0 if cells else empty + 1
                if empty > 10_000:
                    return  # formatted but never filled
                yield Line(number, cells, problem_with(cells))
        except _DAMAGE:
            raise _damaged() from None
    finally:
        book.close()


def _cell_text(cell, decimal: str) -> str:
    """A workbook cell as the text that a person sees in it; zeros that only the format shows are kept."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float) and abs(value) >= 1e15:
        return f"{value:.5E}"  # more digits than a spreadsheet keeps: the last ones are lost, so show it as damaged
    if isinstance(value, int | float) and value == int(value):
        text = str(int(value))
        shape = cell.number_format or ""
        return text.zfill(min(len(shape), LONGEST_CELL)) if _PADDED_FORMAT.match(shape) else text
    if isinstance(value, float):
        text = f"{value:.10f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if decimal == "," else text
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
