import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serials.errors import InvalidNumber
from serials.numbers import (
    LONGEST,
    MOST_NEAR_MISSES,
    expand_range,
    near_misses,
    normalise_number,
    number_key,
    split_list,
    valid_number,
)

REAL_LETTERS = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789-&'\"<>/. ", min_size=1, max_size=64)


@given(st.text(max_size=80))
@example("ΐ")
@example("ﬁ\u200b－Ａ")
def test_normalising_twice_changes_nothing_more(raw):
    once = normalise_number(raw)
    assert normalise_number(once) == once
    assert number_key(number_key(raw)) == number_key(raw) == number_key(once)


@given(REAL_LETTERS)
def test_what_makers_print_survives_the_round_trip(number):
    assert normalise_number(f" \t{number}\r\n") == number.strip()


@given(REAL_LETTERS)
def test_case_does_not_make_another_unit(number):
    assert number_key(number.lower()) == number_key(number.upper())


@given(st.integers(0, 10**12), st.integers(0, 6))
def test_leading_zeros_count(number, zeros):
    text = "0" * zeros + str(number)
    assert normalise_number(text) == text
    assert number_key("0" + text) != number_key(text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("  SN-01 ", "SN-01"),
        ("490154203237518\r", "490154203237518"),
        ("\x02ABC\x03", "ABC"),
        ("ABC\u200b123", "ABC123"),
        ("\ufeffABC", "ABC"),
        ("A\u00a0", "A"),
        ("WTU 123 AB", "WTU 123 AB"),
        ("</script>&'\"", "</script>&'\""),
        ("S1F0CSW8", "S1F0CSW8"),
    ],
)
def test_only_blanks_at_the_ends_and_invisible_marks_go(raw, shown):
    assert normalise_number(raw) == shown


@pytest.mark.parametrize("twin", ["abc-123", "ＡＢＣ－１２３", "ABC\u2010123", "ABC\u2212123", " ABC-1\u200d23 "])
def test_the_same_label_typed_otherwise_is_the_same_unit(twin):
    assert number_key(twin) == number_key("ABC-123")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MJ0351YNG9YK5A", "MJ0351YNG9YKSA"),  # both are real drives
        ("S1F0CSW8", "S1F0CSWB"),
        ("S5RFDP01", "5RFDP01"),
        ("00109", "10109"),
        ("WD-WCAV5A957134", "WCAV5A957134"),
        ("АВС123", "ABC123"),  # the first in Cyrillic
        ("AB C", "ABC"),
    ],
)
def test_units_that_only_look_alike_stay_apart(one, other):
    assert number_key(one) != number_key(other)


@pytest.mark.parametrize("raw", ["", "  ", "\u200b", "\r\n", "A" * (LONGEST + 1), "\ufdfa" * 20])
def test_nothing_and_too_much_are_refused(raw):
    with pytest.raises(InvalidNumber):
        valid_number(raw)


def test_64_characters_are_a_number():
    assert valid_number("9" * LONGEST) == "9" * LONGEST


def test_a_pasted_list_is_split_at_lines_tabs_and_commas_and_keeps_repeats():
    assert split_list("A1\r\nA2\tA3, A4 ,,\n\n A1\n") == ["A1", "A2", "A3", "A4", "A1"]


def test_blanks_and_semicolons_inside_a_pasted_number_stay():
    assert split_list("WTU 123;4\nB") == ["WTU 123;4", "B"]


@given(st.lists(st.text("ABC019-", min_size=1, max_size=12), max_size=30), st.sampled_from(["\n", "\t", ",", "\r\n"]))
def test_no_pasted_number_is_lost(numbers, separator):
    assert split_list(separator.join(numbers)) == numbers


@pytest.mark.parametrize(
    ("first", "last", "numbers"),
    [
        ("A008", "A011", ["A008", "A009", "A010", "A011"]),
        ("8", "11", ["8", "9", "10", "11"]),
        ("X1-09-B", "X1-10-B", ["X1-09-B", "X1-10-B"]),
        ("a1", "A3", ["a1", "a2", "a3"]),
        ("SN5", "SN5", ["SN5"]),
    ],
)
def test_a_range_counts_up_and_keeps_its_width(first, last, numbers):
    assert expand_range(first, last) == numbers


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("A1", "B2", "more than one"),
        ("A1", "B1", "more than one"),
        ("A1-1", "A2-9", "more than one"),
        ("A1", "A", "more than one"),
        ("A09", "A100", "leading zeros"),
        ("A20", "A10", "comes before"),
        ("A0001", "A1001", "at most 1000"),
        ("", "A1", "missing"),
    ],
)
def test_a_range_that_is_not_one_says_why(first, last, reason):
    with pytest.raises(InvalidNumber, match=reason):
        expand_range(first, last)


@given(st.integers(0, 99_000), st.integers(1, 900))
def test_a_range_has_as_many_numbers_as_it_says(start, count):
    numbers = expand_range(f"S{start:06d}", f"S{start + count - 1:06d}")
    assert len(set(numbers)) == count


@pytest.mark.parametrize(
    "meant",
    ["mj0351yng9yksa", "mj0351ygn9yk5a", "mj351yng9yk5a", "mj0351yng9yk5a1", "mjo351yng9yk5a", "mj0351yng9yk6a"],
)
def test_one_slip_away_is_found(meant):
    assert meant in near_misses("mj0351yng9yk5a")


@given(REAL_LETTERS)
def test_near_misses_are_bounded_and_never_the_number_itself(number):
    misses = near_misses(number_key(number))
    assert len(misses) <= MOST_NEAR_MISSES
    assert number_key(number) not in misses
    assert "" not in misses
