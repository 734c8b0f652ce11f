"""Orders from the draft to the hand-over, without the register."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.errors import NotEnoughStock
from inventory.models import StockMovement
from microbiz.laws import check_laws
from orders.errors import (
    LineGone,
    NotAllowed,
    NothingOrdered,
    NothingToHandOver,
    NotPaid,
    OrderNotOpen,
    PriceMissing,
    ProductArchived,
    ReasonMissing,
    WrongAmount,
    WrongPick,
)
from orders.models import HandOver, OrderEvent, OrderLine
from orders.operations import (
    Pick,
    add_product,
    cancel_order,
    change_order,
    change_price,
    create_order,
    discount_line,
    hand_over,
    open_order,
    remove_line,
    set_progress,
    set_quantity,
)
from serials.errors import DocumentClosed, SerialsMissing, SerialUnavailable, TooManySerials
from serials.models import SerialEvent, SerialHold
from serials.operations import attach, pass_on
from serials.policy import State, Status
from settings_app.models import SerialTracking
from tests import factories
from tests.factories import on_hand, stock, units

pytestmark = [pytest.mark.django_db, pytest.mark.lawful]

UNPAID = "The club pays on the first"


@pytest.fixture(autouse=True)
def shop():
    return factories.ShopSettingsFactory(serial_numbers_enabled=True)


@pytest.fixture
def manager():
    return factories.StaffFactory(role="Manager")


@pytest.fixture
def store():
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def order(store):
    return factories.OrderFactory(store=store)


@pytest.fixture
def hand_out(manager):
    """Hand over although nothing is paid, as the manager may."""

    def act(order, picks=None, **more):
        return hand_over(order, picks, staff=manager, unpaid_reason=UNPAID, **more)

    return act


def line_with(order, product, *numbers, quantity=None, staff, opened=True):
    """A line of a product on an order, open from then on, with these units reserved for it."""
    line = add_product(order, product, quantity=quantity or len(numbers) or 1, staff=staff)
    order.refresh_from_db()
    if opened and order.is_draft:
        open_order(order, staff=staff)
    if numbers:
        attach(line, numbers, staff=staff, place=order.store.name)
    return OrderLine.objects.with_serials().select_related("order__store").get(pk=line.pk)


def as_it_was(order, *serials):
    """Nothing moved: no movement, no event, no hand-over."""
    assert not StockMovement.objects.filter(document_type="orders.handover").exists()
    assert not SerialEvent.objects.filter(document_type="orders.handover").exists()
    assert not HandOver.objects.exists()
    for serial in serials:
        serial.refresh_from_db()
        assert serial.state == State.IN_STOCK
        assert SerialHold.objects.get(serial=serial).document == str(order)
    check_laws()


# --- Drafting ---------------------------------------------------------------------------------------------------------


def test_an_order_is_numbered_and_begins_as_a_draft(store, manager):
    customer = factories.CustomerFactory(address="12 Pier Rd")
    first, second = (create_order(store=store, customer=customer, staff=manager) for _ in range(2))
    assert [first.number, second.number] == ["CO-000001", "CO-000002"]
    assert first.is_draft and str(first) == "customer order CO-000001"
    assert first.events.get().kind == OrderEvent.Kind.CREATED


def test_what_is_brought_goes_to_the_customer_unless_another_address_is_given(store, manager):
    customer = factories.CustomerFactory(address="12 Pier Rd")
    fetched = create_order(store=store, customer=customer, staff=manager, address="ignored")
    shipped = create_order(store=store, customer=customer, staff=manager, fulfilment="ship")
    brought = create_order(store=store, customer=customer, staff=manager, fulfilment="deliver", address="9 Hill St")
    assert [fetched.address, shipped.address, brought.address] == ["", "12 Pier Rd", "9 Hill St"]


def test_lines_are_taxed_as_the_register_does(order, manager):
    tax_class = factories.TaxClassFactory()
    factories.TaxRateFactory(tax_class=tax_class, store=order.store, rate=8_250, name="Sales tax")
    product = factories.ProductFactory(price=1999, tax_class=tax_class)
    line = add_product(order, product, quantity=3, staff=manager)
    order.refresh_from_db()
    assert (line.net, line.tax, line.total) == (5997, 495, 6492)
    assert (order.subtotal, order.tax_total, order.total, order.balance) == (5997, 495, 6492, 6492)
    check_laws()


def test_untracked_products_raise_their_line_and_tracked_ones_never_merge(order, manager):
    plain, tracked = factories.ProductFactory(), factories.TrackedFactory()
    for product in (plain, plain, tracked, tracked):
        add_product(order, product, staff=manager)
    assert list(order.lines.values_list("product", "quantity")) == [(plain.pk, 2), (tracked.pk, 1), (tracked.pk, 1)]


def test_name_and_sku_stay_as_they_were_printed(order, manager):
    product = factories.ProductFactory(name="Old name", sku="OLD-1")
    line = add_product(order, product, staff=manager)
    product.name, product.sku = "New name", "NEW-1"
    product.save()
    line.refresh_from_db()
    assert (line.name, line.sku) == ("Old name", "OLD-1")


def test_a_product_without_a_price_asks_for_it(order, manager):
    product = factories.ProductFactory(price=None)
    with pytest.raises(PriceMissing) as asked:
        add_product(order, product, staff=manager)
    assert asked.value.product == product
    assert add_product(order, product, price=250, staff=manager).unit_price == 250


def test_an_archived_product_is_not_ordered(order, manager):
    with pytest.raises(ProductArchived):
        add_product(order, factories.ProductFactory(is_archived=True), staff=manager)


@pytest.mark.parametrize("quantity", [-1, 0, 100_000])
def test_a_line_has_a_plausible_number_of_units(order, manager, quantity):
    with pytest.raises(WrongAmount):
        add_product(order, factories.ProductFactory(), quantity=quantity, staff=manager)


def test_price_and_discount_are_changed_with_a_reason_that_is_kept(order, manager):
    line = add_product(order, factories.ProductFactory(price=1000), quantity=2, staff=manager)
    discount_line(line, percent=Decimal(10), reason="Regular", staff=manager)
    line = change_price(line, 500, reason="Damaged box", staff=manager)
    assert (line.unit_price, line.discount, line.total) == (500, 100, 900)
    assert list(order.events.values_list("kind", "reason")) == [("price", "Damaged box"), ("discount", "Regular")]
    for change in (
        lambda: change_price(line, 400, reason=" ", staff=manager),
        lambda: discount_line(line, amount=1, reason="", staff=manager),
    ):
        with pytest.raises(ReasonMissing):
            change()
    for change in (
        lambda: change_price(line, -1, reason="x", staff=manager),
        lambda: discount_line(line, amount=1001, reason="x", staff=manager),
    ):
        with pytest.raises(WrongAmount):
            change()
    line.refresh_from_db()
    assert (line.unit_price, line.discount) == (500, 100)
    check_laws()


def test_fewer_units_than_serials_ask_which_leave(order, manager, store):
    product = factories.TrackedFactory()
    first, second = units(product, store, "ZA1", "ZA2")
    line = line_with(order, product, "ZA1", "ZA2", staff=manager)
    with pytest.raises(TooManySerials):
        set_quantity(line, 1, staff=manager)
    set_quantity(line, 1, staff=manager, detach=[first])
    assert not SerialHold.objects.filter(serial=first).exists()
    assert SerialHold.objects.filter(serial=second).exists()
    check_laws()


def test_a_removed_line_is_told_and_lets_its_units_go(order, manager, store):
    product = factories.TrackedFactory()
    units(product, store, "ZA1")
    line = line_with(order, product, "ZA1", staff=manager)
    remove_line(line, staff=manager)
    order.refresh_from_db()
    assert (order.total, SerialHold.objects.count()) == (0, 0)
    with pytest.raises(LineGone):
        set_quantity(line, 2, staff=manager)


def test_it_can_be_for_somebody_else_until_it_is_settled(order, manager):
    other = factories.CustomerFactory(address="4 Lake Dr")
    values = {"customer": other, "fulfilment": "deliver", "address": "", "wanted_by": None, "note": "Ring twice"}
    changed = change_order(order, **values, staff=manager)
    assert (changed.customer, changed.address, changed.note) == (other, "4 Lake Dr", "Ring twice")
    cancel_order(order, reason="Changed their mind", staff=manager)
    with pytest.raises(OrderNotOpen):
        change_order(order, **values, staff=manager)


# --- Status and serials -----------------------------------------------------------------------------------------------


def test_an_empty_draft_is_not_opened_and_nothing_is_opened_twice(order, manager):
    with pytest.raises(NothingOrdered):
        open_order(order, staff=manager)
    add_product(order, factories.ProductFactory(), staff=manager)
    open_order(order, staff=manager)
    with pytest.raises(OrderNotOpen):
        open_order(order, staff=manager)


def test_a_draft_takes_no_serials_an_open_order_holds_them(order, manager, store):
    product = factories.TrackedFactory()
    [unit] = units(product, store, "ZA1")
    line = line_with(order, product, staff=manager, opened=False)
    with pytest.raises(DocumentClosed):
        attach(line, ["ZA1"], staff=manager)
    open_order(order, staff=manager)
    attach(line, ["ZA1"], staff=manager, place="Harbor")
    hold = SerialHold.objects.get(serial=unit)
    assert (hold.document, hold.place, hold.staff) == (str(order), "Harbor", manager)
    other = line_with(factories.OrderFactory(store=store), product, staff=manager)
    with pytest.raises(SerialUnavailable, match=order.number):
        attach(other, ["ZA1"], staff=manager)
    check_laws()


def test_stages_of_the_shop_come_after_open_and_keep_lines_and_serials_free_to_change(order, manager, store):
    stage = factories.OrderStatusFactory(name="Ready to collect")
    product = factories.TrackedFactory()
    units(product, store, "ZA1")
    with pytest.raises(OrderNotOpen):
        set_progress(order, stage, staff=manager)
    line = line_with(order, product, staff=manager)
    order = set_progress(order, stage, staff=manager)
    assert order.get_status_display() == "Ready to collect"
    attach(line, ["ZA1"], staff=manager)
    assert set_progress(order, None, staff=manager).get_status_display() == "Open"
    assert [event.text for event in order.events.filter(kind="status")] == ["Open", "Ready to collect"]


def test_cancelling_needs_a_reason_and_frees_the_units_at_once(order, manager, store):
    product = factories.TrackedFactory()
    units(product, store, "ZA1")
    line_with(order, product, "ZA1", staff=manager)
    with pytest.raises(ReasonMissing):
        cancel_order(order, reason="", staff=manager)
    assert SerialHold.objects.count() == 1
    order = cancel_order(order, reason="Found it cheaper", staff=manager)
    assert (order.status, order.total, SerialHold.objects.count()) == ("cancelled", 0, 0)
    with pytest.raises(OrderNotOpen):
        cancel_order(order, reason="again", staff=manager)
    with pytest.raises(OrderNotOpen):
        hand_over(order, staff=manager)
    check_laws()


# --- Handing over -----------------------------------------------------------------------------------------------------


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
