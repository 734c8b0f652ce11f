"""Customer orders until they are handed over: drafts, lines, status and reserved units."""

from decimal import Decimal

import pytest

from microbiz.laws import check_laws
from orders.errors import (
    LineGone,
    NothingOrdered,
    OrderNotOpen,
    PriceMissing,
    ProductArchived,
    ReasonMissing,
    WrongAmount,
)
from orders.models import OrderEvent
from orders.operations import (
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
from serials.errors import DocumentClosed, SerialUnavailable, TooManySerials
from serials.models import SerialHold
from serials.operations import attach
from tests import factories
from tests.factories import units
from tests.orders.desk import line_with
from tests.orders.desk import manager as manager
from tests.orders.desk import order as order
from tests.orders.desk import shop as shop
from tests.orders.desk import store as store

pytestmark = pytest.mark.django_db


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
