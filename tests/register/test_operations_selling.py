"""The open sale: its lines with quantity, price, discount and customer."""

from decimal import Decimal

import pytest

from microbiz.laws import check_laws
from register.errors import (
    LineGone,
    ReasonMissing,
    ShiftNotOpen,
    WrongAmount,
)
from register.models import Override
from register.operations import (
    add_product,
    change_price,
    close_shift,
    current_sale,
    discount_line,
    discount_sale,
    open_shift,
    remove_line,
    set_customer,
    set_quantity,
)
from serials.errors import TooManySerials
from serials.models import Serial, SerialHold
from serials.operations import attach
from serials.policy import Status
from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import lines, open_till

pytestmark = pytest.mark.django_db


# --- The open sale ----------------------------------------------------------------------------------------------------


def test_a_register_has_one_open_sale_with_the_next_number(till):
    assert till.sale == till.sale
    assert till.sale.number == f"{till.register.prefix}-000001"


def test_a_closed_register_sells_nothing(till):
    register = factories.RegisterFactory(store=till.store)
    with pytest.raises(ShiftNotOpen, match=f"{register} is closed"):
        current_sale(register, staff=till.staff)
    assert not register.sales.exists()


def test_an_empty_sale_goes_on_in_the_next_shift(till):
    sale = till.sale
    close_shift(till.shift, counts={factories.cash().pk: 10_000}, staff=till.staff)
    shift = open_shift(till.register, opening_balance=0, staff=till.staff)
    assert (till.sale, till.sale.shift) == (sale, shift)


# --- Quantity, price, discount ----------------------------------------------------------------------------------------


def test_quantity_1_to_2_turns_a_green_line_red_at_once(till, drive):
    line = till.scan("ZA1").line
    set_quantity(line, 2, staff=till.staff)
    assert lines(till)[0].serial_status is Status.RED
    assert till.sale.total == 2 * 30_999


def test_lowering_the_quantity_below_the_serials_asks_which_leaves(till, drive):
    line = till.scan("ZA1", "ZA2", "ZA3").line
    with pytest.raises(TooManySerials, match="Choose 2 that leave"):
        set_quantity(line, 1, staff=till.staff)
    assert (lines(till)[0].quantity, lines(till)[0].attached) == (3, 3)
    leaving = Serial.objects.filter(number__in=["ZA1", "ZA3"])
    set_quantity(line, 1, detach=leaving, staff=till.staff)
    assert [serial.number for serial in lines(till)[0].serials] == ["ZA2"]
    assert SerialHold.objects.count() == 1
    check_laws()


def test_quantity_0_removes_the_line(till, drive):
    line = till.scan("ZA1").line
    assert set_quantity(line, 0, staff=till.staff) is None
    assert lines(till) == []
    assert not SerialHold.objects.exists()


@pytest.mark.parametrize("quantity", [-1, 100_000])
def test_a_quantity_that_no_line_can_have_is_refused(till, cable, quantity):
    line = till.scan("CBL-2").line
    with pytest.raises(WrongAmount):
        set_quantity(line, quantity, staff=till.staff)
    assert lines(till)[0].quantity == 1


def test_a_discount_keeps_its_share_when_quantity_or_price_change(till, cable):
    line = till.scan("CBL-2", "CBL-2").line
    discount_line(line, percent=Decimal(10), reason="Open box", staff=till.staff)
    assert lines(till)[0].discount == 300
    assert set_quantity(line, 3, staff=till.staff).discount == 450
    assert change_price(line, 2998, reason="Match", staff=till.staff).discount == 900
    check_laws()


def test_a_changed_price_is_recorded_with_who_and_why(till, cable):
    line = till.scan("CBL-2").line
    change_price(line, 999, reason="Price match", staff=till.staff)
    override = Override.objects.get()
    assert (override.kind, override.line, override.reason, override.staff) == ("price", line, "Price match", till.staff)
    assert override.detail == "HDMI cable: 14.99 to 9.99"
    assert till.sale.total == 999


@pytest.mark.parametrize("amount", [-1, 1500])
def test_a_discount_beyond_the_price_is_refused(till, cable, amount):
    line = till.scan("CBL-2").line
    with pytest.raises(WrongAmount, match="between 0 and"):
        discount_line(line, amount=amount, reason="?", staff=till.staff)
    assert till.sale.total == 1499
    assert not Override.objects.exists()


def test_prices_and_discounts_need_a_reason(till, cable):
    line = till.scan("CBL-2").line
    with pytest.raises(ReasonMissing):
        change_price(line, 1, reason=" ", staff=till.staff)
    with pytest.raises(ReasonMissing):
        discount_line(line, amount=1, reason="", staff=till.staff)
    with pytest.raises(ReasonMissing):
        discount_sale(till.sale, amount=1, reason="", staff=till.staff)
    assert till.sale.total == 1499


def test_a_discount_on_the_sale_is_apportioned_to_the_cent(till):
    for price in (333, 333, 334):
        add_product(till.sale, factories.ProductFactory(price=price), staff=till.staff)
    sale = discount_sale(till.sale, amount=100, reason="Club", staff=till.staff)
    assert sorted(line.discount for line in lines(till)) == [33, 33, 34]
    assert sale.total == 900
    assert discount_sale(sale, percent=Decimal(0), reason="Mistake", staff=till.staff).total == 1000
    check_laws()


def test_a_removed_line_lets_its_unit_go(till, drive):
    line = till.scan("ZA1").line
    remove_line(line, staff=till.staff)
    assert open_till(store=till.store).scan("ZA1").ok
    with pytest.raises(LineGone):
        set_quantity(line, 2, staff=till.staff)
    check_laws()


def test_a_customer_is_set_and_taken_off(till):
    customer = factories.CustomerFactory()
    assert set_customer(till.sale, customer, staff=till.staff).customer == customer
    assert set_customer(till.sale, None, staff=till.staff).customer is None


# --- Hold, recall, void -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tracking", "status"),
    [
        (SerialTracking.NONE, None),
        (SerialTracking.OPTIONAL, Status.GRAY),
        (SerialTracking.SALES, Status.RED),
        (SerialTracking.ALL, Status.RED),
    ],
)
def test_the_circle_of_a_new_line_follows_the_policy(till, tracking, status):
    """Bug 6 of the peers: a pure function of policy, quantity and attached count."""
    product = factories.ProductFactory(serial_tracking=tracking)
    factories.unit(product, till.store, "N1")
    line = add_product(till.sale, product, staff=till.staff)
    assert line.serial_status is status
    if status is not None:
        attach(line, ["N1"], staff=till.staff)
        assert lines(till)[0].serial_status is Status.GREEN
