import pytest

from inventory.adjustments.errors import SerialsLeave, StockChanged
from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import OpenStock, enter_open_stock, post_adjustment, set_open_stock
from inventory.errors import NotEnoughStock
from inventory.models import StockMovement
from serials.errors import DocumentClosed, SerialsMissing, SerialUnavailable, TooManySerials
from serials.models import Serial
from serials.operations import attach
from serials.policy import State
from settings_app.models import SerialTracking
from tests.factories import (
    AdjustmentFactory,
    AdjustmentLineFactory,
    ProductFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    TrackedFactory,
    on_hand,
    stock,
    units,
)

pytestmark = pytest.mark.django_db


def enter(product, staff, *entries):
    return enter_open_stock(product, entries, staff=staff, reason=Adjustment.Reason.FOUND)


def test_open_stock_is_an_adjustment_with_its_reason_and_a_movement(staff, harbor):
    product = ProductFactory()
    adjustment = set_open_stock(product, harbor, 5, staff=staff, reason=Adjustment.Reason.OPENING, note="first count")
    movement = product.movements.get()
    assert on_hand(product, harbor) == 5
    assert (movement.quantity, movement.reason, movement.note) == (5, StockMovement.Reason.OPENING, "first count")
    assert (movement.document, movement.staff) == (adjustment.number, staff)
    assert (adjustment.status, adjustment.staff) == (Adjustment.Status.POSTED, staff)


def test_entering_what_is_there_already_writes_nothing(staff, harbor):
    product = stock(ProductFactory(), harbor, 5)
    assert set_open_stock(product, harbor, 5, staff=staff, reason=Adjustment.Reason.FOUND) is None
    assert Adjustment.objects.count() == 1


def test_two_stores_are_entered_together_or_not_at_all(staff, harbor, northgate):
    product = stock(ProductFactory(), harbor, 3)
    enter(product, staff, OpenStock(harbor, 4), OpenStock(northgate, 2))
    assert (on_hand(product, harbor), on_hand(product, northgate)) == (4, 2)
    with pytest.raises(StockChanged, match="Northgate: 2 on hand now, 3 when you looked"):
        enter(product, staff, OpenStock(harbor, 9, seen=4), OpenStock(northgate, 5, seen=3))
    assert (on_hand(product, harbor), on_hand(product, northgate)) == (4, 2)


def test_a_figure_that_moved_since_it_was_seen_is_not_overwritten(staff, harbor):
    product = stock(ProductFactory(), harbor, 5)
    with pytest.raises(StockChanged, match="Harbor: 5 on hand now, 6 when you looked"):
        enter(product, staff, OpenStock(harbor, 7, seen=6))
    assert on_hand(product, harbor) == 5


@pytest.mark.parametrize("tracking", [SerialTracking.OPTIONAL, SerialTracking.SALES, SerialTracking.ALL])
def test_stock_may_be_raised_before_its_serials_are_known(staff, harbor, tracking):
    product = ProductFactory(serial_tracking=tracking)
    set_open_stock(product, harbor, 4, staff=staff, reason=Adjustment.Reason.OPENING)
    assert on_hand(product, harbor) == 4
    assert not Serial.objects.exists()


def test_serials_known_already_come_in_with_their_units(staff, harbor):
    product = TrackedFactory()
    set_open_stock(product, harbor, 2, staff=staff, reason=Adjustment.Reason.FOUND, serials=["A-1", "A-2"])
    assert product.serials.in_stock(harbor).count() == 2


def test_lowering_below_the_serials_asks_which_of_them_leave(staff, harbor):
    product = TrackedFactory()
    units(product, harbor, "A-1", "A-2", "A-3")
    with pytest.raises(SerialsLeave, match="3 serial numbers are on record at Harbor: choose 2 that leave") as refusal:
        set_open_stock(product, harbor, 1, staff=staff, reason=Adjustment.Reason.MISSING)
    assert [(one.store, one.at_least, one.at_most) for one in refusal.value.stores] == [(harbor, 2, 2)]
    assert isinstance(refusal.value, TooManySerials)
    assert on_hand(product, harbor) == 3
    assert product.serials.in_stock(harbor).count() == 3


def test_the_serials_that_were_named_leave_and_no_other(staff, harbor):
    product = TrackedFactory()
    first, second, third = units(product, harbor, "A-1", "A-2", "A-3")
    set_open_stock(product, harbor, 1, staff=staff, reason=Adjustment.Reason.MISSING, leaving=[first, third])
    assert on_hand(product, harbor) == 1
    assert list(product.serials.in_stock(harbor)) == [second]
    first.refresh_from_db()
    assert first.state == State.WRITTEN_OFF


def test_more_serials_than_units_cannot_leave(staff, harbor):
    product = TrackedFactory()
    serials = units(product, harbor, "A-1", "A-2", "A-3")
    with pytest.raises(SerialsLeave, match="3 serial numbers are chosen at Harbor, but only 2 units leave"):
        set_open_stock(product, harbor, 1, staff=staff, reason=Adjustment.Reason.MISSING, leaving=serials)
    assert product.serials.in_stock(harbor).count() == 3


def test_units_without_a_serial_leave_without_a_question(staff, harbor):
    product = TrackedFactory()
    units(product, harbor, "A-1", "A-2")
    stock(product, harbor, 2)
    set_open_stock(product, harbor, 2, staff=staff, reason=Adjustment.Reason.MISSING)
    assert on_hand(product, harbor) == 2
    assert product.serials.in_stock(harbor).count() == 2


def test_a_unit_that_an_open_sale_holds_cannot_leave(staff, harbor):
    product = TrackedFactory()
    held, _other = units(product, harbor, "A-1", "A-2")
    money = {"sale__subtotal": 1_000, "sale__total": 1_000}
    line = SaleLineFactory(product=product, sale__register__store=harbor, **money)
    attach(line, ["A-1"], staff=staff)
    with pytest.raises(SerialUnavailable, match=r"A-1: Held by sale"):
        set_open_stock(product, harbor, 1, staff=staff, reason=Adjustment.Reason.MISSING, leaving=[held])
    assert on_hand(product, harbor) == 2


def test_with_the_add_on_off_nothing_is_asked_about_serials(staff, harbor):
    product = TrackedFactory()
    units(product, harbor, "A-1", "A-2")
    ShopSettingsFactory(serial_numbers_enabled=False)
    set_open_stock(product, harbor, 0, staff=staff, reason=Adjustment.Reason.MISSING)
    assert on_hand(product, harbor) == 0
    assert product.serials.count() == 2


def test_serials_that_are_too_many_already_can_be_repaired(staff, harbor):
    product = TrackedFactory()
    first, *_rest = units(product, harbor, "A-1", "A-2", "A-3")
    ShopSettingsFactory(serial_numbers_enabled=False)
    set_open_stock(product, harbor, 1, staff=staff, reason=Adjustment.Reason.MISSING)
    ShopSettingsFactory(serial_numbers_enabled=True)
    set_open_stock(product, harbor, 2, staff=staff, reason=Adjustment.Reason.FOUND)
    assert on_hand(product, harbor) == 2
    set_open_stock(product, harbor, 1, staff=staff, reason=Adjustment.Reason.MISSING, leaving=[first])
    assert product.serials.in_stock(harbor).count() == 2


def test_an_adjustment_is_posted_once(staff, harbor):
    adjustment = AdjustmentFactory(store=harbor)
    AdjustmentLineFactory(adjustment=adjustment, quantity=3)
    product = adjustment.lines.get().product
    post_adjustment(adjustment, staff=staff)
    with pytest.raises(DocumentClosed):
        post_adjustment(adjustment, staff=staff)
    assert on_hand(product, harbor) == 3


def test_an_adjustment_below_zero_moves_nothing(staff, harbor):
    adjustment = AdjustmentFactory(store=harbor)
    line = AdjustmentLineFactory(adjustment=adjustment, is_minus=True)
    with pytest.raises(NotEnoughStock):
        post_adjustment(adjustment, staff=staff)
    adjustment.refresh_from_db()
    assert adjustment.is_open
    assert not line.product.movements.exists()


def test_an_adjustment_lacking_required_serials_is_not_posted(staff, harbor):
    line = AdjustmentLineFactory(adjustment__store=harbor, product__serial_tracking=SerialTracking.ALL)
    with pytest.raises(SerialsMissing):
        post_adjustment(line.adjustment, staff=staff)
    assert on_hand(line.product, harbor) == 0
