"""The zip that an XLSX file is, given out part by part only after each was measured.

What costs memory and time is counted before anything is built from it: bytes, elements, the longest tag, how often a
part is asked for. A part that nobody asks for (pictures, pivot tables) may be as it is.
"""

import io
import zipfile
from collections import Counter
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.xml.constants import SHEET_MAIN_NS

from inventory.imports.errors import FileRefused

LARGEST_UNPACKED = 200 * 1024**2  # bytes of all parts together
MOST_PARTS = 5000
MOST_OPENINGS = 5  # of one part: a workbook whose sheets are all the same part would be read again for each
LONGEST_TAG = 64 * 1024  # bytes; the parser begins again from the start of a tag with every piece of it
MOST_RECORDS = 1_048_576  # rows of a sheet, and texts shared by its cells: as many as a spreadsheet has rows
LARGEST_RECORD = 8 * 1024**2  # bytes of a row, a shared text, or everything else of a part
MOST_IN_A_RECORD = 200_000  # elements of the same
UNPACKABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes before their first byte

_RECORDS = {f"{SHEET_MAIN_NS} row", f"{SHEET_MAIN_NS} si"}  # each is read and let go before the next
_CENTRAL_ENTRY = b"PK\x01\x02"
_PIECE = 64 * 1024


class WorkbookArchive(zipfile.ZipFile):
    """The parts of a workbook. Raises FileRefused, here or where a part is opened, for what is made to do harm."""

    def __init__(self, content: bytes):
        if content.count(_CENTRAL_ENTRY) > MOST_PARTS:
            raise _too_much()
        super().__init__(io.BytesIO(content))
        self._openings: Counter[str] = Counter()
        names = self.namelist()
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise FileRefused(
                _("This is a zip file, not a workbook. Unpack it and choose the CSV or XLSX file inside.")
            )
        unpacked = sum(entry.file_size for entry in self.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise FileRefused(
                _("The workbook unpacks to %(size)d MB; up to %(limit)d MB can be read. Save the list alone, as CSV.")
                % {"size": unpacked // 1024**2, "limit": LARGEST_UNPACKED // 1024**2}
            )

    def open(self, name, mode="r", pwd=None, **options):
        """One part, measured the first time. Also what `read` reads by."""
        part = self.getinfo(name) if isinstance(name, str) else name
        self._openings[part.filename] += 1
        if self._openings[part.filename] > MOST_OPENINGS or part.compress_type not in UNPACKABLE:
            raise _too_much()
        if self._openings[part.filename] == 1:
            with super().open(part) as file:
                _Measure().take(file)
        return super().open(part, mode, pwd, **options)


class _Measure:
    """Follows a part as a parser does, building nothing, up to where it is too much or no XML at all."""

    def __init__(self):
        self.records = self.in_record = self.record_began = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._declare

    def take(self, file) -> None:
        taken = 0
        try:
            while piece := file.read(_PIECE):
                self.parser.Parse(piece)
                taken += len(piece)
                in_tag, in_record = taken - self.parser.CurrentByteIndex, taken - self.record_began
                if in_tag > _PIECE + LONGEST_TAG or in_record > _PIECE + LARGEST_RECORD:
                    raise _too_much()
        except expat.ExpatError:
            return  # found damaged where it is read

    def _start(self, name, attributes):
        if name in _RECORDS:
            self.records += 1
            self.in_record, self.record_began = 0, self.parser.CurrentByteIndex
        self.in_record += 1
        if self.in_record > MOST_IN_A_RECORD or self.records > MOST_RECORDS:
            raise _too_much()

    def _declare(self, *_arguments):
        raise FileRefused(_("The workbook defines its own XML entities, which no spreadsheet writes. It is not read."))


def _too_much() -> FileRefused:
    return FileRefused(
        _(
            "The workbook is made in a way that no spreadsheet makes one, and too large to read. Save the list alone, as CSV."
        )
    )
