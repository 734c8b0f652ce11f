"""Files made to do harm: whatever their bytes are, they are read as a list or refused in words."""

import io
import zipfile
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from inventory.imports.errors import FileRefused
from inventory.imports.formats import LONGEST_CELL
from inventory.imports.reading import detect, lines
from receiving.files import read_entries

few = settings(derandomize=True, max_examples=60, deadline=None, database=None)

BOOK_PARTS = ["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"]
XML_HARM = [
    b"",
    b"\xff\xfe<\0",
    b"<",
    b"<a/>",
    b"<row r='x'/>",
    b"\0" * 40,
    "<a>\u202e</a>".encode("utf-16"),
    b"<!--" + b" " * 3000 + b"--><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
]


def book(shape="General", value="A1"):
    made = Workbook()
    made.active.append(["serial", "sku"])
    made.active.append([value, "CAM"])
    made.active["A2"].number_format = shape
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


WHOLE = book()


def read(content, name="list.xlsx"):
    """The cells of a file, or None where it was refused; every other exception is a failure."""
    try:
        return [line.cells for line in lines(content, detect(content, name))]
    except FileRefused as refused:
        assert str(refused)
        return None


def with_part(name, content, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as source, zipfile.ZipFile(file, "w", method) as box:
        for part in source.namelist():
            box.writestr(part, content if part == name else source.read(part))
    return file.getvalue()


@few
@given(st.binary(max_size=400), st.sampled_from(["list.csv", "list.xlsx", "../../etc/passwd", "C:\\a.xlsx", "a\0.csv"]))
def test_any_bytes_are_a_list_or_refused(content, name):
    read(content, name)


@few
@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32"]))
@example("=HYPERLINK(1)\n" + "x" * 10_000, "utf-8")
@example("\u202eserial\n<b>\0", "utf-16")
def test_any_text_is_a_list_or_refused(text, encoding):
    content = text.encode(encoding, "surrogatepass")
    read(content, "list.csv")
    try:
        read_entries(content, "list.csv")
    except FileRefused as refused:
        assert str(refused)


@few
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=30))
def test_a_workbook_with_bytes_changed_is_read_or_refused(at, harm):
    read(WHOLE[:at] + harm + WHOLE[at + len(harm) :])


@pytest.mark.parametrize("part", BOOK_PARTS)
@pytest.mark.parametrize("harm", XML_HARM)
def test_a_workbook_with_a_part_exchanged_is_read_or_refused(part, harm):
    read(with_part(part, harm))


def test_packed_bytes_that_do_not_unpack_are_refused():
    content = with_part("xl/workbook.xml", b"<a/>" * 500, zipfile.ZIP_DEFLATED)
    packed = zlib.compress(b"<a/>" * 500)[2:-4]
    at = content.index(packed[:8])
    assert read(content[:at] + b"\xff" * 8 + content[at + 8 :]) is None


def test_entities_behind_a_long_comment_are_refused():
    assert read(with_part("xl/workbook.xml", XML_HARM[-1])) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16be"])
def test_entities_in_another_encoding_are_refused(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(FileRefused, match="entities"):
        detect(with_part("xl/workbook.xml", text.encode(encoding)), "list.xlsx")


def test_a_number_is_never_padded_beyond_what_a_cell_holds():
    cells = read(book(shape="0" * 100_000, value=7))
    assert len(cells[1][0]) <= LONGEST_CELL
