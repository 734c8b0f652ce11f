"""The parsers of what is scanned, typed and pasted: any text has an answer, in words where it is none."""

from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.imports.values import CellProblem, read_barcodes, read_code, read_description, read_price, read_text
from inventory.scans import barcode_key, gtin_problem, read_scan
from microbiz.money import NotAnAmount, parse_money
from serials.errors import InvalidNumber
from serials.numbers import (
    LONGEST,
    LONGEST_RANGE,
    MOST_NEAR_MISSES,
    expand_range,
    near_misses,
    normalise_number,
    number_key,
    split_list,
    valid_number,
)

few = settings(derandomize=True, max_examples=150, deadline=None, database=None)

# Letters that mean something to a parser of codes, among all the others.
marks = st.sampled_from(
    ["(01)", "(21)", "]C1", "]d2", "]E0", "01", "21", "\x1d", "|", "[)>\x1e06\x1d", "https://a/01/", "?", "%", "%ff",
     "\0", "\u202e", "\ud800", "²", "٣", "1e309", "NaN", "-", "(", ")", "\\", "[", "]", "04006381333931", "9" * 30]
)  # fmt: skip
codes = st.one_of(st.text(st.characters(), max_size=60), st.lists(marks | st.text(max_size=4), max_size=8).map("".join))


@few
@given(codes)
@example("9" * 10_000)
@example("(01)" * 2500)
@example("https://a/01/" + "%" * 10_000)
@example("]C1" + "10A" * 3000)
@example("https://[/01/04006381333931")
def test_any_scan_is_read(code):
    scan = read_scan(code)
    assert scan.gtin14 is None or (len(scan.gtin14) == 14 and scan.gtin14.isascii() and scan.gtin14.isdigit())
    assert not any(letter < " " for letter in scan.text)
    gtin_problem(code)
    assert barcode_key(code) == barcode_key(f" {code}\r\n")


@few
@given(codes)
def test_a_number_is_normal_once_it_was_made_so(text):
    number, key = normalise_number(text), number_key(text)
    assert normalise_number(number) == number
    assert number_key(number) == number_key(key) == key
    assert len(near_misses(key)) <= MOST_NEAR_MISSES
    with suppress(InvalidNumber):
        assert len(valid_number(text)) <= LONGEST


@few
@given(st.lists(codes, max_size=5), st.sampled_from(["\n", "\t", ",", "\r\n"]))
@example(["x" * 10_000, "", "\0"], "\n")
def test_a_pasted_list_keeps_its_numbers(texts, separator):
    numbers = split_list(separator.join(texts))
    assert all(numbers)
    assert split_list("\n".join(numbers)) == numbers


@few
@given(codes, codes)
@example("A1", "A999999999")
@example("A1", "A" + "9" * 63)
@example("9" * 10_000, "1")
@example("A²", "A³")
def test_a_range_is_bounded(first, last):
    with suppress(InvalidNumber):
        assert len(expand_range(first, last)) <= LONGEST_RANGE


@few
@given(st.integers(1, 10**9), st.integers(0, LONGEST_RANGE - 1))
def test_a_range_has_each_number_once(start, more):
    width = len(str(start + more))
    found = expand_range(f"A{start:0{width}d}", f"A{start + more:0{width}d}")
    assert len(set(found)) == len(found) == more + 1


@few
@given(codes, st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_text_is_an_amount_or_none(text, currency):
    with suppress(NotAnAmount):
        assert isinstance(parse_money(text, currency), int)


@few
@given(codes, st.sampled_from(["", ".", ","]))
@example("9" * 10_000, ".")
def test_any_cell_has_a_value_or_a_problem(cell, decimal):
    for parse in (read_text, read_description, read_code, read_barcodes):
        with suppress(CellProblem):
            parse(cell)
    with suppress(CellProblem):
        read_price(cell, decimal=decimal, currency="USD")
