"""Reading XLSX files as the text that a person sees in them, and refusing those that are made to do harm."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from inventory.imports.errors import FileRefused
from inventory.imports.formats import LARGEST_UNPACKED, MOST_COLUMNS, FileFormat, Line, problem_with

_PADDED_FORMAT = re.compile(r"^0+$")


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
    finally:
        book.close()
    if not filled:
        raise FileRefused(_("The workbook is empty. Choose another file."))
    doubts = {}
    if len(filled) > 1:
        doubts["sheet"] = _("The workbook has %(count)d sheets. Check that this is the one.") % {"count": len(filled)}
    return FileFormat(kind="xlsx", encoding="utf-8", delimiter="", sheet=filled[0], sheets=sheets, doubts=doubts)


def _open_workbook(content: bytes):
    _refuse_bomb(content)
    try:
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError):
        raise FileRefused(
            _("The workbook cannot be opened; it may be damaged or locked. Save it again as .xlsx or CSV.")
        ) from None


def _refuse_bomb(content: bytes) -> None:
    """Refuse a zip that is no workbook, that unpacks to an absurd size or that defines entities of its own."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            inside = box.infolist()
            if "[Content_Types].xml" not in box.namelist() or not any(i.filename.startswith("xl/") for i in inside):
                raise FileRefused(
                    _("This is a zip file, not a workbook. Unpack it and choose the CSV or XLSX file inside.")
                )
            unpacked = sum(entry.file_size for entry in inside)
            if unpacked > LARGEST_UNPACKED or len(inside) > 5000:
                raise FileRefused(
                    _(
                        "The workbook unpacks to %(size)d MB; up to %(limit)d MB can be read. Save the list alone, as CSV."
                    )
                    % {"size": unpacked // 1024**2, "limit": LARGEST_UNPACKED // 1024**2}
                )
            for entry in inside:
                if entry.filename.endswith((".xml", ".rels")):
                    with box.open(entry) as part:
                        if b"<!DOCTYPE" in part.read(2048):
                            raise FileRefused(
                                _(
                                    "The workbook defines its own XML entities, which no spreadsheet writes. It is not read."
                                )
                            )
    # zipfile says NotImplementedError of a compression that it does not know, RuntimeError of a locked file.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        raise FileRefused(
            _("The workbook cannot be opened; it may be damaged or locked. Save it again as .xlsx or CSV.")
        ) from None


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
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, SyntaxError):
            raise FileRefused(_("The workbook is damaged. Save it again as .xlsx or CSV.")) from None
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
        return text.zfill(len(shape)) if _PADDED_FORMAT.match(shape) else text
    if isinstance(value, float):
        text = f"{value:.10f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if decimal == "," else text
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
