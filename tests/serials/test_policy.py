"""The policy table of PRODUCT.md section 2, cell by cell."""

import pytest

from serials.policy import STEPS, Moment, Need, State, Status, may_add_new, need, status
from settings_app.models import SerialTracking

TABLE = {
    # moments: (No Tracking, Optional, Sales Required, All Transactions Required)
    (Moment.RECEIVE,): (Need.HIDDEN, Need.OPTIONAL, Need.OPTIONAL, Need.REQUIRED),
    (Moment.SALE, Moment.RETURN, Moment.TRADE_IN): (Need.HIDDEN, Need.OPTIONAL, Need.REQUIRED, Need.REQUIRED),
    (Moment.ORDER,): (Need.HIDDEN, Need.OPTIONAL, Need.REQUIRED, Need.REQUIRED),
    (Moment.TRANSFER_OUT, Moment.TRANSFER_IN, Moment.MOVE, Moment.LOST): (
        Need.HIDDEN,
        Need.OPTIONAL,
        Need.OPTIONAL,
        Need.REQUIRED,
    ),
    (Moment.ADJUST_IN, Moment.ADJUST_OUT, Moment.REVERSE): (
        Need.HIDDEN,
        Need.OPTIONAL,
        Need.OPTIONAL,
        Need.REQUIRED,
    ),
}
POLICIES = (SerialTracking.NONE, SerialTracking.OPTIONAL, SerialTracking.SALES, SerialTracking.ALL)
CELLS = [
    (policy, moment, wanted)
    for moments, row in TABLE.items()
    for moment in moments
    for policy, wanted in zip(POLICIES, row, strict=True)
]


@pytest.mark.parametrize(("policy", "moment", "wanted"), CELLS)
def test_each_cell_of_the_table(policy, moment, wanted):
    assert need(policy, moment) is wanted


def test_the_table_is_whole():
    assert {(policy, moment) for policy, moment, _wanted in CELLS} == {(p, m) for p in SerialTracking for m in Moment}


@pytest.mark.parametrize("moment", Moment)
def test_every_moment_has_a_step_that_changes_the_unit(moment):
    is_store_alone = moment is Moment.MOVE
    assert (STEPS[moment].leaves in STEPS[moment].takes) == is_store_alone


@pytest.mark.parametrize(
    ("need_", "quantity", "attached", "wanted"),
    [
        (Need.HIDDEN, 1, 0, None),
        (Need.HIDDEN, 2, 2, None),
        (Need.OPTIONAL, 1, 0, Status.GRAY),
        (Need.OPTIONAL, 2, 1, Status.GRAY),
        (Need.OPTIONAL, 2, 2, Status.GREEN),
        (Need.OPTIONAL, 1, 2, Status.RED),
        (Need.REQUIRED, 1, 0, Status.RED),
        (Need.REQUIRED, 3, 2, Status.RED),
        (Need.REQUIRED, 3, 3, Status.GREEN),
        (Need.REQUIRED, 1, 2, Status.RED),
    ],
)
def test_the_circle_is_green_only_when_every_unit_has_its_serial(need_, quantity, attached, wanted):
    assert status(need_, quantity, attached) is wanted


def test_what_comes_back_or_arrives_from_a_store_is_found_and_never_created():
    found = {moment for moment in Moment if not may_add_new(moment)}
    assert found == {Moment.RETURN, Moment.TRANSFER_IN, Moment.MOVE, Moment.LOST, Moment.REVERSE}


def test_only_what_is_in_stock_can_leave():
    for moment in (Moment.SALE, Moment.ORDER, Moment.TRANSFER_OUT, Moment.MOVE, Moment.ADJUST_OUT):
        assert STEPS[moment].takes == {State.IN_STOCK}
