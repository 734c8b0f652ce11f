"""Freight shared to the last cent, and averages that do not drift."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiving.costs import Lot, average_after, average_without, share_freight

LINES = st.lists(st.tuples(st.integers(1, 500), st.none() | st.integers(0, 10**6)), min_size=1, max_size=12)


def test_freight_goes_by_value_and_the_largest_remainder_gets_the_last_cent():
    assert share_freight(1000, [(1, 100), (1, 100), (1, 100)]) == [334, 333, 333]
    assert share_freight(100, [(10, 870), (1, 4350)]) == [67, 33]


def test_freight_goes_by_units_where_nothing_has_a_cost():
    assert share_freight(100, [(1, None), (3, None)]) == [25, 75]
    assert share_freight(100, [(1, 0), (1, None)]) == [50, 50]


def test_a_line_without_a_cost_carries_no_freight_beside_lines_that_have_one():
    assert share_freight(100, [(5, None), (1, 10)]) == [0, 100]


@given(st.integers(0, 10**7), LINES)
def test_no_cent_of_freight_is_lost_and_none_is_shared_twice(freight, lines):
    shares = share_freight(freight, lines)
    assert sum(shares) == freight
    assert all(share >= 0 for share in shares)


def test_the_first_units_set_the_average():
    assert average_after(0, None, Lot(3, 1000)) == Decimal("333.3333")
    assert average_after(5, None, Lot(2, 500)) == Decimal(250)


def test_units_sold_below_zero_do_not_weigh_on_the_average():
    assert average_after(-4, Decimal(900), Lot(2, 500)) == Decimal(250)


def test_the_average_weighs_what_is_there_against_what_comes():
    assert average_after(10, Decimal(100), Lot(30, 6000)) == Decimal(175)


@pytest.mark.parametrize("units", [1, 7, 40])
def test_taking_a_lot_back_restores_the_average(units):
    lot = Lot(units, units * 333 + 1)
    after = average_after(10, Decimal("123.4567"), lot)
    assert abs(average_without(10 + units, after, lot) - Decimal("123.4567")) < Decimal("0.001")


def test_the_average_stays_where_nothing_or_less_than_nothing_would_be_left():
    assert average_without(3, Decimal(100), Lot(3, 900)) == Decimal(100)
    assert average_without(4, Decimal(100), Lot(3, 900)) == Decimal(100)
    assert average_without(4, None, Lot(3, 900)) is None


def test_the_cost_of_a_unit_is_rounded_once():
    assert Lot(3, 1000).unit_cost == 333
    assert Lot(2, 1001).unit_cost == 501
