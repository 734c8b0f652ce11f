"""An adjustment drafted line by line, posted, discarded or taken back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.adjustments.errors import (
    LineGone,
    NothingToAdjust,
    NotReversible,
    OverrideNotAllowed,
    ReasonInUse,
    SerialsNotNamed,
    WrongQuantity,
)
from inventory.adjustments.models import Adjustment, ReasonCode
from inventory.adjustments.operations import (
    add_line,
    change_adjustment,
    discard_adjustment,
    post_adjustment,
    remove_line,
    reverse_adjustment,
    save_reason_code,
    set_open_stock,
    set_quantity,
    start_adjustment,
)
from inventory.errors import NotEnoughStock
from inventory.models import StockMovement
from microbiz.laws import check_laws
from serials.errors import DocumentClosed, SerialsMissing, SerialUnavailable, TooManySerials
from serials.models import Serial, SerialHold
from serials.operations import attach, record
from serials.policy import State
from settings_app.models import SerialTracking
from tests.factories import (
    AdminFactory,
    ProductFactory,
    StaffFactory,
    TrackedFactory,
    on_hand,
    stock,
    unit,
    units,
)
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(harbor, staff):
    return start_adjustment(harbor, staff=staff, reason=Adjustment.Reason.MISSING, note=" shelf 4 ")


def plus(draft, product, quantity=1):
    return add_line(draft, product, is_minus=False, quantity=quantity)


def minus(draft, product, quantity=1):
    return add_line(draft, product, is_minus=True, quantity=quantity)


def nothing_moved(draft, *figures):
    assert StockMovement.objects.filter(document_id=draft.pk, document_type="adjustments.adjustment").count() == 0
    for product, count in figures:
        assert on_hand(product, draft.store) == count
    draft.refresh_from_db()
    assert draft.status == Adjustment.Status.DRAFT
    check_laws()


def test_plus_and_minus_in_one_document_move_stock_and_serials_together(draft, harbor, staff):
    drive, cable = TrackedFactory(), stock(ProductFactory(), harbor, 5)
    gone, _stays = units(drive, harbor, "A-1", "A-2")
    attach(minus(draft, drive), ["A-1"], staff=staff)
    attach(plus(draft, drive), ["B-1"], new=["B-1"], staff=staff)
    minus(draft, cable, 3)
    posted = post_adjustment(draft, staff=staff)
    assert (on_hand(drive, harbor), on_hand(cable, harbor)) == (2, 2)
    gone.refresh_from_db()
    assert (gone.state, Serial.objects.get(number="B-1").state) == (State.WRITTEN_OFF, State.IN_STOCK)
    assert (posted.status, posted.note, posted.reason_id) == ("posted", "shelf 4", "missing")
    assert not SerialHold.objects.exists()
    check_laws()


def test_untracked_units_of_one_direction_share_a_line_and_tracked_ones_never_do(draft, harbor):
    cable, drive = ProductFactory(), TrackedFactory()
    for product in (cable, drive):
        plus(draft, product)
        plus(draft, product)
        minus(draft, product)
    assert [(line.product, line.change) for line in draft.lines.all()] == [
        (cable, 2),
        (cable, -1),
        (drive, 1),
        (drive, 1),
        (drive, -1),
    ]


@pytest.mark.parametrize(
    ("tracking", "refusal"),
    [
        (SerialTracking.NONE, None),
        (SerialTracking.OPTIONAL, None),
        (SerialTracking.SALES, None),
        (SerialTracking.ALL, SerialsMissing),
    ],
)
def test_each_policy_asks_an_adjustment_for_what_its_table_says(draft, harbor, staff, tracking, refusal):
    product = ProductFactory(serial_tracking=tracking)
    plus(draft, product, 2)
    if refusal is None:
        post_adjustment(draft, staff=staff)
        assert on_hand(product, harbor) == 2
        check_laws()
    else:
        with pytest.raises(refusal, match="0 of 2"):
            post_adjustment(draft, staff=staff)
        nothing_moved(draft, (product, 0))


def test_a_red_line_is_posted_by_somebody_who_may_and_says_why(draft, harbor):
    product = ProductFactory(serial_tracking=SerialTracking.ALL)
    line = plus(draft, product)
    with pytest.raises(OverrideNotAllowed):
        post_adjustment(draft, staff=StaffFactory(), override_reason="Label torn off")
    nothing_moved(draft, (product, 0))
    post_adjustment(draft, staff=AdminFactory(), override_reason="  Label torn off ")
    line.refresh_from_db()
    assert (on_hand(product, harbor), line.excuse) == (1, "Label torn off")
    check_laws()


def test_units_that_leave_never_leave_more_serials_behind_than_units(draft, harbor, staff):
    drive = TrackedFactory(name="IronWolf")
    units(drive, harbor, "A-1", "A-2")
    stock(drive, harbor, 1)
    line = minus(draft, drive, 2)
    with pytest.raises(
        SerialsNotNamed, match=r"IronWolf: 2 serial numbers for the 1 units left. Say which 1"
    ) as refused:
        post_adjustment(draft, staff=staff)
    assert refused.value.lines == [line.pk]
    nothing_moved(draft, (drive, 3))
    attach(line, ["A-2"], staff=staff)
    post_adjustment(draft, staff=staff)
    assert on_hand(drive, harbor) == 1
    check_laws()


def test_nothing_is_posted_without_a_line(draft, staff):
    with pytest.raises(NothingToAdjust):
        post_adjustment(draft, staff=staff)
    nothing_moved(draft)


def test_more_than_is_on_hand_cannot_leave(draft, harbor, staff):
    cable = stock(ProductFactory(), harbor, 1)
    minus(draft, cable, 2)
    with pytest.raises(NotEnoughStock):
        post_adjustment(draft, staff=staff)
    nothing_moved(draft, (cable, 1))


def test_quantities_step_over_zero_and_no_line_is_senseless(draft, harbor, staff):
    line = set_quantity(plus(draft, ProductFactory()), -1)
    assert (line.change, line.is_minus) == (-1, True)
    for senseless in (0, 1_000_001, -1_000_001):
        with pytest.raises(WrongQuantity):
            set_quantity(line, senseless)
    line.refresh_from_db()
    assert line.change == -1


def test_attached_serials_neither_turn_nor_outnumber_their_units(draft, harbor, staff):
    drive = TrackedFactory()
    units(drive, harbor, "A-1", "A-2")
    line = minus(draft, drive, 2)
    attach(line, ["A-1", "A-2"], staff=staff)
    for change in (-1, 2):
        with pytest.raises(TooManySerials, match="A-1, A-2"):
            set_quantity(line, change)
    line.refresh_from_db()
    assert line.change == -2


def test_a_line_that_is_taken_off_lets_its_units_go(draft, harbor, staff):
    drive = TrackedFactory()
    unit(drive, harbor, "A-1")
    line = minus(draft, drive)
    attach(line, ["A-1"], staff=staff)
    remove_line(line, staff=staff)
    assert not SerialHold.objects.exists()
    for change in (lambda: remove_line(line, staff=staff), lambda: set_quantity(line, 3)):
        with pytest.raises(LineGone):
            change()


def test_a_discarded_draft_keeps_its_number_and_nothing_else(draft, harbor, staff):
    drive = TrackedFactory()
    attach(minus(draft, drive), [unit(drive, harbor, "A-1").number], staff=staff)
    attach(plus(draft, drive), ["NEW"], new=["NEW"], staff=staff)
    discarded = discard_adjustment(draft, staff=staff)
    assert discarded.status == Adjustment.Status.DISCARDED
    assert not SerialHold.objects.exists()
    assert on_hand(drive, harbor) == 1
    for change in (
        lambda: post_adjustment(draft, staff=staff),
        lambda: discard_adjustment(draft, staff=staff),
        lambda: plus(draft, drive),
        lambda: change_adjustment(draft, reason="found", note=""),
    ):
        with pytest.raises(DocumentClosed, match="discarded"):
            change()
    check_laws()


def test_a_posted_adjustment_is_not_posted_or_changed_again(draft, harbor, staff):
    cable = ProductFactory()
    plus(draft, cable)
    post_adjustment(draft, staff=staff)
    for change in (lambda: post_adjustment(draft, staff=staff), lambda: plus(draft, cable)):
        with pytest.raises(DocumentClosed, match="already posted"):
            change()
    assert on_hand(cable, harbor) == 1


# --- Taking back ------------------------------------------------------------------------------------------------------


@pytest.fixture
def posted(draft, harbor, staff):
    """One unit that came, one that went, and two of three cables."""
    drive = TrackedFactory(name="IronWolf")
    unit(drive, harbor, "GONE")
    attach(minus(draft, drive), ["GONE"], staff=staff)
    attach(plus(draft, drive), ["CAME"], new=["CAME"], staff=staff)
    minus(draft, stock(ProductFactory(), harbor, 3), 2)
    return post_adjustment(draft, staff=staff)


def test_a_posted_adjustment_is_taken_back_by_its_opposite(posted, staff):
    back = reverse_adjustment(posted, staff=staff, note="Wrong shelf")
    assert [line.change for line in back.lines.all()] == [1, -1, 2]
    states = {serial.number: serial.state for serial in Serial.objects.all()}
    assert states == {"GONE": State.IN_STOCK, "CAME": State.EXPECTED}
    assert (back.reverses, back.note) == (posted, f"Takes back {posted.number}. Wrong shelf")
    assert [on_hand(line.product, posted.store) for line in posted.lines.all()] == [1, 1, 3]
    assert not SerialHold.objects.exists()
    check_laws()


def test_what_is_taken_back_is_not_taken_back_again(posted, staff):
    back = reverse_adjustment(posted, staff=staff)
    with pytest.raises(NotReversible, match=back.number):
        reverse_adjustment(posted, staff=staff)
    with pytest.raises(NotReversible, match="takes one back itself"):
        reverse_adjustment(back, staff=staff)
    assert Adjustment.objects.filter(reverses=posted).count() == 1
    check_laws()


def test_a_draft_is_not_taken_back(draft, staff):
    with pytest.raises(NotReversible, match="not posted"):
        reverse_adjustment(draft, staff=staff)


def test_a_unit_that_moved_on_keeps_its_adjustment(posted, staff):
    till = open_till(posted.store)
    sale = till.sell("CAME")
    with pytest.raises(SerialUnavailable, match=rf"CAME moved on: Sold, by {sale.number}"):
        reverse_adjustment(posted, staff=staff)
    assert Adjustment.objects.filter(reverses=posted).count() == 0
    assert Serial.objects.get(number="GONE").state == State.WRITTEN_OFF
    check_laws()


def test_a_unit_in_an_open_sale_keeps_its_adjustment(posted, staff):
    open_till(posted.store).scan("CAME")
    with pytest.raises(SerialUnavailable, match="CAME: Held by sale"):
        reverse_adjustment(posted, staff=staff)
    check_laws()


def test_units_that_got_their_serials_since_are_not_taken_back_unnamed(harbor, staff):
    product = ProductFactory(serial_tracking=SerialTracking.ALL)
    opening = set_open_stock(product, harbor, 2, staff=staff, reason=Adjustment.Reason.OPENING)
    record(product, harbor, ["A-1"], staff=staff)
    with pytest.raises(SerialsNotNamed):
        reverse_adjustment(opening, staff=staff)
    assert on_hand(product, harbor) == 2
    check_laws()


def test_open_stock_without_serials_is_taken_back_under_every_policy(harbor, staff):
    for tracking in SerialTracking:
        product = ProductFactory(serial_tracking=tracking)
        opening = set_open_stock(product, harbor, 2, staff=staff, reason=Adjustment.Reason.OPENING)
        reverse_adjustment(opening, staff=staff)
        assert on_hand(product, harbor) == 0
        assert StockMovement.objects.filter(product=product).first().reason == StockMovement.Reason.ADJUSTMENT
    check_laws()


# --- Reasons ----------------------------------------------------------------------------------------------------------


def test_the_built_in_reasons_are_there_and_a_shop_adds_its_own(harbor, staff):
    assert set(ReasonCode.objects.values_list("code", flat=True)) == set(Adjustment.Reason.values)
    assert str(ReasonCode.objects.get(code="damaged")) == "Damaged"
    save_reason_code(ReasonCode(code="07", name="Shop window"))
    renamed = ReasonCode.objects.get(code="damaged")
    renamed.name = "Broken in the shop"
    save_reason_code(renamed)
    assert start_adjustment(harbor, staff=staff, reason="07").reason.name == "Shop window"
    assert str(ReasonCode.objects.get(code="damaged")) == "Broken in the shop"


@pytest.mark.parametrize("code", ["opening", "count"])
def test_a_reason_that_the_program_gives_stays_in_use(code):
    reason = ReasonCode.objects.get(code=code)
    reason.is_active = False
    with pytest.raises(ReasonInUse):
        save_reason_code(reason)
    assert ReasonCode.objects.get(code=code).is_active


# --- Cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_posting_and_taking_back_ask_as_often_for_a_hundred_serials_as_for_two(harbor, staff):
    def statements(count):
        drive = TrackedFactory()
        numbers = [f"{drive.pk}-{n}" for n in range(count)]
        units(drive, harbor, *numbers)
        draft = start_adjustment(harbor, staff=staff, reason="missing")
        for part in (numbers[: count // 2], numbers[count // 2 :]):
            attach(minus(draft, drive, len(part)), part, staff=staff)
        minus(draft, stock(ProductFactory(), harbor, 1))
        with CaptureQueriesContext(connection) as posting:
            posted = post_adjustment(draft, staff=staff)
        with CaptureQueriesContext(connection) as taking_back:
            reverse_adjustment(posted, staff=staff)
        # SQLite takes a thousand values in a statement, so it splits long inserts.
        return [len([one for one in part if "INSERT" not in one["sql"]]) for part in (posting, taking_back)]

    assert statements(2) == statements(100)
