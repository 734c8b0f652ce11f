"""Workbooks of a few kilobytes that would unpack to more than a server has: refused in words, by what is counted."""

import io
import tracemalloc
import zipfile
from functools import partial

import pytest

from inventory.imports import archives
from inventory.imports.errors import FileRefused
from inventory.imports.reading import detect, lines
from tests.hostile.test_files import WHOLE, book, with_part

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TEXTS = '<Override PartName="/xl/texts.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
deflated = partial(with_part, method=zipfile.ZIP_DEFLATED)
MANY = 3_000_000


def sheet(rows="", before="", after=""):
    return f"<worksheet {MAIN}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>".encode()


def refused(content) -> str:
    """The words with which a file is refused, and little memory was taken meanwhile."""
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused) as caught:
            list(lines(content, detect(content, "list.xlsx")))
        assert tracemalloc.get_traced_memory()[1] < 20 * 1024**2
    finally:
        tracemalloc.stop()
    return str(caught.value)


def with_texts(texts):
    """With the table of texts that cells share."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as box:
        for part in source.namelist():
            box.writestr(part, source.read(part).replace(b"</Types>", TEXTS.encode() + b"</Types>"))
        box.writestr("xl/texts.xml", texts)
    return file.getvalue()


def many_parts(count):
    file = io.BytesIO(WHOLE)
    with zipfile.ZipFile(file, "a") as box:
        for at in range(count):
            box.writestr(f"xl/worksheets/more{at}.xml", b"")
    return file.getvalue()


def one_sheet_many_times():
    """A workbook whose hundred sheets are all the same part, which would be read once for each."""
    named = "".join(f'<sheet name="S{at}" sheetId="{at + 1}" r:id="rId1"/>' for at in range(100))
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return deflated(
        "xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{relations}"><sheets>{named}</sheets></workbook>'.encode()
    )


TOO_MUCH = "no spreadsheet makes one"
BOMBS = {
    "many parts": lambda: many_parts(5001),
    "one sheet many times": one_sheet_many_times,
    "one row of cells": lambda: deflated(SHEET, sheet(f"<row>{MANY * '<c/>'}</row>")),
    "elements behind the rows": lambda: deflated(SHEET, sheet("<row/>", after=MANY * "<a/>")),
    "elements inside each other": lambda: deflated(SHEET, sheet(MANY * "<a>")),
    "rows": lambda: deflated(SHEET, sheet(MANY * "<row/>")),
    "one text": lambda: deflated(SHEET, sheet(f"<row><c t='str'><v>{MANY * 'x'}</v></c></row>")),
    "one tag": lambda: deflated(SHEET, sheet(f"<row r='{MANY * '1'}'/>")),
    "one comment": lambda: deflated(SHEET, b"<!--" + MANY * b" " + b"-->" + sheet()),
    "one comment in the manifest": lambda: deflated("[Content_Types].xml", b"<!--" + MANY * b" "),
    "texts of cells": lambda: with_texts(f"<sst {MAIN}>{MANY * '<si/>'}</sst>"),
    "styles": lambda: deflated("xl/styles.xml", f"<styleSheet {MAIN}>{MANY * '<xf/>'}</styleSheet>".encode()),
    "another way of packing": lambda: with_part(SHEET, sheet(), method=zipfile.ZIP_LZMA),
}


@pytest.fixture
def low(monkeypatch):
    """Limits that are reached at once."""
    monkeypatch.setattr(archives, "MOST_RECORDS", 10_000)
    monkeypatch.setattr(archives, "MOST_IN_A_RECORD", 10_000)
    monkeypatch.setattr(archives, "LARGEST_RECORD", 100_000)


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_words_and_takes_little_memory(make, low):
    assert TOO_MUCH in refused(make())


def test_a_workbook_inside_a_workbook_is_a_part_that_nobody_reads():
    file = io.BytesIO(WHOLE)
    with zipfile.ZipFile(file, "a") as box:
        box.writestr("xl/embeddings/again.xlsx", WHOLE)
    assert [line.cells for line in lines(file.getvalue(), detect(file.getvalue(), "list.xlsx"))][1] == ["A1", "CAM"]


def test_a_zip_of_workbooks_is_no_workbook():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as box:
        box.writestr("list.xlsx", WHOLE)
    assert "zip file" in refused(file.getvalue())


@pytest.mark.parametrize("dimension", ["A1:XFD1048576", "A1:ZZZ99999999999", "A1", "B7:A1", "A1:A1048576"])
def test_what_a_sheet_says_of_its_own_size_is_not_believed(dimension):
    rows = '<row><c t="str"><v>serial</v></c></row><row r="7"><c t="str"><v>A1</v></c></row>'
    content = deflated(SHEET, sheet(rows, before=f'<dimension ref="{dimension}"/>'))
    read = [line.cells for line in lines(content, detect(content, "list.xlsx")) if line.cells]
    assert read == [["serial"], ["A1"]]


@pytest.mark.parametrize("row", ['<row r="99999999999"><c><v>1</v></c></row>', '<row><c r="ZZZ1"><v>1</v></c></row>'])
def test_a_cell_far_out_does_not_fill_what_is_before_it(row):
    content = deflated(SHEET, sheet('<row><c t="str"><v>serial</v></c></row>' + row))
    read = [line.cells for line in lines(content, detect(content, "list.xlsx")) if line.cells]
    assert read == [["serial"]]


def test_rows_that_break_off_behind_a_sound_head_are_refused():
    content = deflated(SHEET, sheet('<row r="x"/>', before='<dimension ref="A1:B2"/>'))
    assert "cannot be opened" in refused(content)


def test_a_part_is_measured_once(monkeypatch):
    measured = []
    take = archives._Measure.take
    monkeypatch.setattr(archives._Measure, "take", lambda one, file: measured.append(file.name) or take(one, file))
    detect(book(), "list.xlsx")
    assert len(measured) == len(set(measured)) > 5
