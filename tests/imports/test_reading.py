"""Files are read as they were written, and what was detected is said."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from inventory.imports.errors import FileRefused
from inventory.imports.formats import FileFormat, Line
from inventory.imports.reading import decimal_sign_of, detect, lines, with_decimal, with_looks
from microbiz.uploads import LARGEST_UPLOAD
from tests.imports.conftest import messy, text_file


def cells(content, name="list.csv", **chosen):
    return [line.cells for line in lines(content, detect(content, name).chosen(**chosen))]


def workbook(*rows, title="Prices", formats=None):
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for place, shape in (formats or {}).items():
        sheet[place].number_format = shape
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "encoding, found", [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")]
)
def test_the_encoding_is_detected(encoding, found):
    content = text_file("SKU,Name", "1,Jalapeño für 5 €", "2,Crème brûlée", encoding=encoding)
    assert detect(content).encoding == found
    assert cells(content)[1] == ["1", "Jalapeño für 5 €"]


def test_utf16_without_a_mark_is_detected():
    assert detect("SKU,Name\r\n1,Café\r\n".encode("utf-16-le")).encoding == "utf-16"


def test_an_encoding_that_the_file_does_not_prove_is_said_to_be_in_doubt():
    fmt = detect(messy("datakick_latin1.csv"))
    assert fmt.encoding == "cp1252"
    assert "Jalapeño" in fmt.doubts["encoding"]
    assert "encoding" not in fmt.chosen(encoding="cp1250").doubts


def test_a_wrong_encoding_names_the_line():
    content = text_file("SKU,Name", "1,plain", "2,Crème", encoding="cp1252")
    with pytest.raises(FileRefused, match="line 3"):
        list(lines(content, FileFormat(encoding="utf-8")))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(delimiter):
    content = text_file(
        *(delimiter.join(row) for row in (["SKU", "Name", "Price"], ["1", "Lens", "9.99"], ["2", "Cap", "5"]))
    )
    assert detect(content).delimiter == delimiter


def test_semicolons_win_over_decimal_commas():
    assert detect(messy("bestbuy_semicolon_decimal_comma.csv")).delimiter == ";"


def test_line_breaks_inside_quotes_stay_in_their_cell_and_rows_keep_their_line_number():
    found = list(lines(messy("stores_quoted_newlines.csv"), FileFormat()))
    assert found[1].cells[2] == "138 E Interstate 20\nSte 120\nWeatherford, TX 76087"
    assert [line.number for line in found[:3]] == [1, 2, 5]


def test_a_byte_order_mark_is_no_part_of_the_first_heading():
    assert cells(messy("stores_utf8bom_crlf.csv"))[0][0] == "id"


def test_blank_lines_are_no_rows():
    assert cells(text_file("SKU,Name", "", "1,Lens", " , ", "2,Cap")) == [["SKU", "Name"], ["1", "Lens"], ["2", "Cap"]]


def test_a_quotation_mark_that_never_ends_is_a_problem_of_its_row():
    content = text_file("SKU,Name", '1,"Lens', *(f"{n},Cap" for n in range(2, 700)))
    found = list(lines(content, FileFormat()))
    assert "quotation mark" in found[-1].problem
    assert found[-1].number == 2


def test_a_nul_is_a_problem_of_its_row_alone():
    found = list(lines(b"SKU,Name\r\n1,Le\x00ns\r\n2,Cap\r\n", FileFormat()))
    assert "control character" in found[1].problem
    assert not found[2].problem


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls"),
        (b"\x89PNG\r\n", "picture"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"PK\x03\x04 not a zip at all", "cannot be opened"),
        (b"x" * (LARGEST_UPLOAD + 1), "Split it"),
    ],
)
def test_what_is_no_list_is_refused_in_plain_words(content, words):
    with pytest.raises(FileRefused, match=words):
        detect(content, "list.csv")


# --- headings and decimals ---


def test_a_first_row_of_values_is_no_heading():
    first = Line(1, ["Book", "9780131103627", "The C Programming Language", "9.99"])
    assert not with_looks(FileFormat(), first, 0).has_headings


def test_headings_that_nobody_knows_are_taken_with_a_doubt():
    fmt = with_looks(FileFormat(), Line(1, ["Ding", "Preisle"]), 0)
    assert fmt.has_headings and "has_headings" in fmt.doubts


@pytest.mark.parametrize(
    "amount, sign",
    [
        ("44.99", "."), ("44,99", ","), ("1.299,00", ","), ("1,299.00", "."), ("1,299", "?"), ("1.299", "?"),
        ("1.299.000", ","), ("0,125", ","), ("12", ""), ("", ""), ("$ 5.00", "."),
    ],
)  # fmt: skip
def test_what_an_amount_says_about_the_decimal_sign(amount, sign):
    assert decimal_sign_of(amount) == sign


def test_the_decimal_sign_is_never_guessed():
    assert with_decimal(FileFormat(), ["44,99", "1.299"]).decimal == ","
    unsure = with_decimal(FileFormat(), ["1,299", "2,499"])
    assert unsure.decimal == "" and "1,299" in unsure.doubts["decimal"]


def test_amounts_written_both_ways_are_said_to_be():
    fmt = with_decimal(FileFormat(), ["44,99", "12,50", "9.95"])
    assert fmt.decimal == "," and "9.95" in fmt.doubts["decimal"]


def test_a_chosen_sign_is_not_detected_again():
    assert with_decimal(FileFormat().chosen(decimal=","), ["44.99"]).decimal == ","


# --- workbooks ---


def test_numbers_in_a_workbook_become_the_text_that_stands_in_the_cell():
    content = workbook(
        ["SKU", "UPC", "Price"],
        [1234, 783750002448, 44.5],
        ["00042", 4006381333931.0, 9],
        [42, 6.02652123456789e17, 1.25],
        formats={"A4": "00000"},
    )
    assert cells(content, "prices.xlsx") == [
        ["SKU", "UPC", "Price"],
        ["1234", "783750002448", "44.5"],
        ["00042", "4006381333931", "9"],
        ["00042", "6.02652E+17", "1.25"],
    ]


def test_the_first_sheet_with_something_in_it_is_taken_and_said():
    book = Workbook()
    book.active.title = "Cover"
    book.create_sheet("Prices").append(["SKU", "Name"])
    book.create_sheet("Old").append(["SKU", "Name"])
    file = io.BytesIO()
    book.save(file)
    fmt = detect(file.getvalue(), "prices.xlsx")
    assert (fmt.sheet, fmt.sheets) == ("Prices", ("Cover", "Prices", "Old"))
    assert "sheet" in fmt.doubts


def test_a_zip_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as box:
        box.writestr("hello.txt", "world")
    with pytest.raises(FileRefused, match="zip file"):
        detect(file.getvalue(), "list.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as box:
        box.writestr("[Content_Types].xml", "<Types/>")
        with box.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(210):
                sheet.write(b"0" * 1024 * 1024)
    assert len(file.getvalue()) < 1024 * 1024
    with pytest.raises(FileRefused, match="unpacks to"):
        detect(file.getvalue(), "list.xlsx")
