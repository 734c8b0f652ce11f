"""Handing over what was ordered: all of it, a part, and what is refused."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.errors import NotEnoughStock
from inventory.models import StockMovement
from microbiz.laws import check_laws
from orders.errors import (
    NotAllowed,
    NothingToHandOver,
    NotPaid,
    OrderNotOpen,
    WrongPick,
)
from orders.models import HandOver, OrderEvent
from orders.operations import (
    Pick,
    cancel_order,
    discount_line,
    hand_over,
    set_quantity,
)
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import SerialHold
from serials.operations import attach, pass_on
from serials.policy import State, Status
from settings_app.models import SerialTracking
from tests import factories
from tests.factories import on_hand, stock, units
from tests.orders.desk import UNPAID, as_it_was, line_with
from tests.orders.desk import hand_out as hand_out
from tests.orders.desk import manager as manager
from tests.orders.desk import order as order
from tests.orders.desk import shop as shop
from tests.orders.desk import store as store

pytestmark = pytest.mark.django_db


def test_everything_is_handed_over_with_its_serials(order, manager, store, hand_out):
    product = factories.TrackedFactory(cost=700)
    first, second = units(product, store, "ZA1", "ZA2")
    line = line_with(order, product, "ZA1", "ZA2", staff=manager)
    document = hand_out(order)
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.status, line.quantity, line.handed_over) == ("complete", 0, 2)
    assert document.number == f"{order.number}-1"
    handed = document.lines.get()
    assert (handed.quantity, handed.total, handed.cost) == (2, 2000, 700)
    assert on_hand(product, store) == 0
    for serial in (first, second):
        serial.refresh_from_db()
        last = serial.events.first()
        assert (serial.state, last.kind, last.document) == (State.SOLD, "order", document.number)
    assert product.movements.first().reason == StockMovement.Reason.ORDER
    assert SerialHold.objects.count() == 0
    check_laws()


def test_a_part_leaves_and_the_rest_stays_reserved(order, manager, store, hand_out):
    product = factories.TrackedFactory()
    first, second = units(stock(product, store, 1), store, "ZA1", "ZA2")
    line = line_with(order, product, "ZA1", "ZA2", quantity=3, staff=manager)
    hand_out(order, [Pick(line, 1, [second])])
    order.refresh_from_db()
    line = order.lines.with_serials().get()
    assert (order.status, line.quantity, line.handed_over, line.serials) == ("open", 2, 1, [first])
    assert SerialHold.objects.get().serial == first
    assert line.serial_status is Status.RED  # one more is still to be reserved
    check_laws()
    with pytest.raises(SerialsMissing):
        hand_out(order)
    assert on_hand(product, store) == 2


def test_parts_come_to_the_cent_of_the_whole(order, manager, store, hand_out):
    tax_class = factories.TaxClassFactory()
    for name, rate, inclusive in (("County", 8_875, False), ("Deposit", 19_000, True)):
        factories.TaxRateFactory(tax_class=tax_class, store=order.store, rate=rate, name=name, is_inclusive=inclusive)
    product = stock(factories.ProductFactory(price=3333, tax_class=tax_class), store, 7)
    line = line_with(order, product, quantity=7, staff=manager)
    discount_line(line, amount=1000, reason="Seven of them", staff=manager)
    order.refresh_from_db()
    total, tax = order.total, order.tax_total
    for quantity in (2, 1, 3, 1):
        hand_out(order, [Pick(line, quantity)])
        order.refresh_from_db()
        assert (order.total, order.tax_total) == (total, tax)
        check_laws()
    assert order.status == "complete"
    handed = [line for document in order.hand_overs.all() for line in document.lines.all()]
    assert (sum(line.total for line in handed), sum(line.discount for line in handed)) == (total, 1000)


@pytest.mark.parametrize(
    ("tracking", "without_serial"),
    [
        (SerialTracking.NONE, "leaves"),
        (SerialTracking.OPTIONAL, "leaves"),
        (SerialTracking.SALES, "is refused"),
        (SerialTracking.ALL, "is refused"),
    ],
)
def test_what_each_policy_asks_of_a_hand_over(order, manager, store, hand_out, tracking, without_serial):
    product = stock(factories.ProductFactory(serial_tracking=tracking), store, 1)
    line_with(order, product, staff=manager)
    if without_serial == "is refused":
        with pytest.raises(SerialsMissing, match=product.name):
            hand_out(order)
        as_it_was(order)
    else:
        hand_out(order)
        assert on_hand(product, store) == 0
        check_laws()


def test_a_red_line_passes_with_a_reason_by_those_who_may(order, manager, store, hand_out):
    product = stock(factories.TrackedFactory(), store, 1)
    line_with(order, product, staff=manager)
    cashier = factories.StaffFactory(permissions=["orders.hand_over", "orders.hand_over_unpaid"])
    with pytest.raises(NotAllowed):
        hand_over(order, staff=cashier, unpaid_reason=UNPAID, serials_reason="Label torn off")
    as_it_was(order)
    hand_out(order, serials_reason="Label torn off")
    event = order.events.get(kind=OrderEvent.Kind.SERIALS)
    assert (event.reason, event.text) == ("Label torn off", f"0/1 {product.name}")


def test_what_is_not_paid_stays_unless_somebody_may_say_why(order, manager, store):
    product = factories.TrackedFactory()
    [unit] = units(product, store, "ZA1")
    line_with(order, product, "ZA1", staff=manager)
    with pytest.raises(NotPaid, match=r"10\.00") as refusal:
        hand_over(order, staff=manager)
    assert refusal.value.missing == 1000
    as_it_was(order, unit)
    with pytest.raises(NotAllowed):
        hand_over(order, staff=factories.StaffFactory(role="Senior Cashier"), unpaid_reason=UNPAID)
    as_it_was(order, unit)
    hand_over(order, staff=manager, unpaid_reason=UNPAID)
    assert order.events.get(kind=OrderEvent.Kind.UNPAID).reason == UNPAID


def test_what_is_not_in_stock_is_not_handed_over(order, manager, store, hand_out):
    product = factories.ProductFactory()
    line_with(order, product, staff=manager)
    with pytest.raises(NotEnoughStock, match=product.name):
        hand_out(order)
    as_it_was(order)


def test_a_draft_hands_nothing_over(order, manager, hand_out):
    line_with(order, factories.ProductFactory(), staff=manager, opened=False)
    with pytest.raises(OrderNotOpen, match="Open it first"):
        hand_out(order)
    as_it_was(order)


def test_wrong_picks_are_named_and_nothing_leaves(order, manager, store, hand_out):
    product = factories.TrackedFactory()
    first, second, third = units(product, store, "ZA1", "ZA2", "ZA3")
    line = line_with(order, product, "ZA1", "ZA2", staff=manager)
    foreign = line_with(factories.OrderFactory(store=store), product, staff=manager)
    for picks, words in [
        ([Pick(line, 3, [first, second])], "2 still to come, not 3"),
        ([Pick(line, -1)], "2 still to come, not -1"),
        ([Pick(line, 1)], "choose which serial number leaves"),
        ([Pick(line, 1, [first, second])], "choose which serial number leaves"),
        ([Pick(line, 1, [third])], "ZA3 is not reserved"),
        ([Pick(foreign, 1)], "0 still to come"),
    ]:
        with pytest.raises(WrongPick, match=words):
            hand_out(order, picks)
    with pytest.raises(NothingToHandOver):
        hand_out(order, [])
    as_it_was(order, first, second)


def test_a_unit_that_was_taken_over_meanwhile_is_missed(order, manager, store, hand_out):
    product = factories.TrackedFactory()
    units(product, store, "ZA1")
    line_with(order, product, "ZA1", staff=manager)
    thief = line_with(factories.OrderFactory(store=store), product, staff=manager)
    attach(thief, ["ZA1"], taking=["ZA1"], staff=manager)
    with pytest.raises(SerialsMissing):
        hand_out(order)
    assert not HandOver.objects.exists()
    check_laws()


def test_cancelling_the_rest_keeps_what_was_handed_over(order, manager, store, hand_out):
    product = stock(factories.ProductFactory(price=1000), store, 3)
    line = line_with(order, product, quantity=3, staff=manager)
    hand_out(order, [Pick(line, 1)])
    order = cancel_order(order, reason="Enough", staff=manager)
    assert (order.status, order.total, order.balance) == ("cancelled", 1000, 1000)
    check_laws()


def test_removing_the_last_open_line_completes_what_was_partly_handed_over(order, manager, store, hand_out):
    product = stock(factories.ProductFactory(), store, 3)
    line = line_with(order, product, quantity=3, staff=manager)
    hand_out(order, [Pick(line, 2)])
    set_quantity(line, 0, staff=manager)
    order.refresh_from_db()
    assert (order.status, order.total, order.lines.get().ordered) == ("complete", 2000, 2)
    check_laws()


def test_the_add_on_switched_off_asks_for_no_serials(order, manager, store, hand_out, shop):
    product = stock(factories.TrackedFactory(), store, 1)
    line_with(order, product, staff=manager)
    shop.serial_numbers_enabled = False
    shop.save()
    hand_out(order)
    assert on_hand(product, store) == 0


def test_passing_on_names_every_unit_that_is_not_held_here(order, manager, store):
    product = factories.TrackedFactory()
    held, free, other = units(product, store, "ZA1", "ZA2", "ZA3")
    line = line_with(order, product, "ZA1", quantity=2, staff=manager)
    target = line_with(factories.OrderFactory(store=store), product, quantity=3, staff=manager)
    with pytest.raises(SerialUnavailable, match="ZA2, ZA3"):
        pass_on([(line, target, [held, free, other])], staff=manager)
    assert SerialHold.objects.get().line_id == line.pk


@pytest.mark.once
def test_a_hand_over_takes_a_fixed_number_of_statements(manager, store):
    def statements(count):
        order = factories.OrderFactory(store=store)
        product = factories.TrackedFactory()
        numbers = [f"ZA{at}" for at in range(count)]
        units(product, store, *numbers)
        line_with(order, product, *numbers, staff=manager)
        with CaptureQueriesContext(connection) as queries:
            hand_over(order, staff=manager, unpaid_reason=UNPAID)
        return len(queries)

    statements(1)  # asks once what the manager may
    assert statements(1) == statements(60)  # SQLite takes hardly more rows than that in one INSERT
