"""Customer orders at the till: handed over as a sale, and taken back."""

import pytest

from microbiz.laws import check_laws
from orders.errors import OrderAtRegister, OrderNotOpen
from orders.operations import (
    Pick,
    add_product,
    cancel_order,
    change_price,
    hand_over,
    open_order,
    set_progress,
    set_quantity,
)
from orders.operations import discount_line as discount_order_line
from register.errors import NotReturnable, OrderElsewhere, WrongAmount
from register.errors import WrongPayment as WrongTender
from register.models import Sale
from register.operations import (
    ReturnPick,
    Tender,
    add_order,
    add_order_payment,
    add_return,
    add_return_by_serial,
    discount_line,
    hold_sale,
    recall_sale,
    remove_line,
    remove_order,
    return_without_receipt,
    scan,
    void_sale,
)
from register.operations import set_quantity as set_sale_quantity
from register.returnable import returnable
from serials.policy import State
from tests import factories
from tests.factories import on_hand, stock
from tests.register.reserving import camera as camera
from tests.register.reserving import holders, line_of, pay
from tests.register.reserving import order as order
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


# --- A sale hands the order over --------------------------------------------------------------------------------------


def test_an_order_becomes_a_sale_with_its_prices_units_and_deposit(till, order, camera):
    change_price(line_of(order), 900, reason="Old client", staff=till.staff)
    pay(till, order, 500)
    add_order(till.sale, order, staff=till.staff)
    sale = till.sale
    line = sale.lines.with_serials().get()
    assert (line.unit_price, [serial.number for serial in line.serials]) == (900, ["ZA1", "ZA2"])
    assert (sale.total, sale.customer) == (1980 - 500, order.customer)
    assert holders() == {"ZA1": str(sale), "ZA2": str(sale)}
    check_laws()
    sale = till.pay()
    order.refresh_from_db()
    assert (order.status, order.total, order.paid, order.balance) == ("complete", 1980, 1980, 0)
    assert (order.hand_overs.get().document, order.at_register) == (sale.number, "")
    assert [entry.amount for entry in order.payment_entries.all()] == [500, 1480]
    assert (on_hand(camera, till.store), holders()) == (0, {})
    assert set(camera.serials.values_list("state", flat=True)) == {State.SOLD}
    check_laws()


def test_an_order_that_was_paid_in_full_leaves_for_nothing_more(till, order):
    pay(till, order, 2200)
    add_order(till.sale, order, staff=till.staff)
    sale = till.pay()
    order.refresh_from_db()
    assert (sale.total, sale.tax_total, order.status, order.paid) == (0, 200, "complete", 2200)
    check_laws()


def test_while_at_the_register_nothing_else_touches_the_order(till, order):
    other = open_till(store=till.store, staff=till.staff)
    add_order(till.sale, order, staff=till.staff)
    for act in (
        lambda: hand_over(order, staff=till.staff, unpaid_reason="x"),
        lambda: cancel_order(order, reason="x", staff=till.staff),
        lambda: set_progress(order, None, staff=till.staff),
        lambda: set_quantity(line_of(order), 1, staff=till.staff),
        lambda: add_order(other.sale, order, staff=till.staff),
        lambda: add_order_payment(other.sale, order, 100, staff=till.staff),
    ):
        with pytest.raises(OrderAtRegister, match=till.sale.number):
            act()
    check_laws()


def test_a_voided_sale_gives_units_and_quantities_back_once(till, order):
    pay(till, order, 500)
    add_order(till.sale, order, staff=till.staff)
    sale = void_sale(till.sale, reason="Forgot the wallet", staff=till.staff)
    order.refresh_from_db()
    assert (order.status, order.at_register, order.paid) == ("open", "", 500)
    assert holders() == {"ZA1": str(order), "ZA2": str(order)}
    assert [serial.number for serial in line_of(order).serials] == ["ZA1", "ZA2"]
    assert not sale.lines.get().serials
    check_laws()
    add_order(till.sale, order, staff=till.staff)
    till.pay()
    check_laws()


def test_one_on_hold_keeps_the_order_until_it_goes_on(till, order):
    add_order(till.sale, order, staff=till.staff)
    sale = till.sale
    hold_sale(sale, staff=till.staff)
    check_laws()
    recall_sale(sale, register=till.register, staff=till.staff)
    till.pay()
    order.refresh_from_db()
    assert order.status == "complete"


def test_fewer_units_at_the_till_leave_the_rest_on_the_order(till, order, camera):
    add_order(till.sale, order, staff=till.staff)
    line = till.sale.lines.with_serials().get()
    set_sale_quantity(line, 1, staff=till.staff, detach=[line.serials[1]])
    assert holders() == {"ZA1": str(till.sale), "ZA2": str(order)}
    till.pay()
    order.refresh_from_db()
    rest = line_of(order)
    assert (order.status, rest.quantity, rest.handed_over) == ("open", 1, 1)
    assert [serial.number for serial in rest.serials] == ["ZA2"]
    check_laws()


def test_more_than_was_ordered_is_another_line(till, order, camera):
    stock(camera, till.store, 1)
    add_order(till.sale, order, staff=till.staff)
    with pytest.raises(WrongAmount, match="2 still to come"):
        set_sale_quantity(till.sale.lines.get(), 3, staff=till.staff)
    till.scan(camera.sku)
    assert list(till.sale.lines.values_list("quantity", flat=True)) == [2, 1]


def test_taking_its_last_line_off_the_sale_takes_the_order_off(till, order):
    pay(till, order, 500)
    add_order(till.sale, order, staff=till.staff)
    remove_line(till.sale.lines.get(), staff=till.staff)
    order.refresh_from_db()
    assert (till.sale.total, order.at_register, till.sale.is_empty) == (0, "", True)
    assert set(holders().values()) == {str(order)}
    check_laws()


def test_an_order_is_taken_off_the_sale_again(till, order):
    pay(till, order, 500)
    add_order(till.sale, order, staff=till.staff)
    remove_order(till.sale, order, staff=till.staff)
    order.refresh_from_db()
    assert (till.sale.is_empty, order.at_register, set(holders().values())) == (True, "", {str(order)})
    add_order_payment(till.sale, order, 200, staff=till.staff)
    remove_order(till.sale, order, staff=till.staff)
    assert till.sale.is_empty
    check_laws()


def test_a_discount_at_the_till_is_what_the_order_came_to(till, order):
    add_order(till.sale, order, staff=till.staff)
    discount_line(till.sale.lines.get(), amount=200, reason="Scratched", staff=till.staff)
    till.pay()
    order.refresh_from_db()
    assert (order.total, order.paid) == (1980, 1980)
    check_laws()


def test_what_went_out_unpaid_is_paid_with_the_rest(till, order):
    line = line_of(order)
    hand_over(order, [Pick(line, 1, line.serials[:1])], staff=till.staff, unpaid_reason="Known for years")
    add_order(till.sale, order, staff=till.staff)
    assert till.sale.total == 2200
    till.pay()
    order.refresh_from_db()
    assert (order.status, order.balance) == ("complete", 0)
    check_laws()


def test_drafts_settled_orders_and_those_of_other_stores_are_refused(till, camera):
    draft = factories.OrderFactory(store=till.store)
    add_product(draft, camera, staff=till.staff)
    with pytest.raises(OrderNotOpen, match="Open it first"):
        add_order(till.sale, draft, staff=till.staff)
    cancel_order(draft, reason="x", staff=till.staff)
    with pytest.raises(OrderNotOpen):
        add_order(till.sale, draft, staff=till.staff)
    elsewhere = factories.OrderFactory()
    with pytest.raises(OrderElsewhere):
        add_order(till.sale, elsewhere, staff=till.staff)
    assert till.sale.is_empty


def test_payment_that_does_not_add_up_leaves_order_and_goods(till, order, camera):
    add_order(till.sale, order, staff=till.staff)
    with pytest.raises(WrongTender):
        till.pay(tenders=[Tender(factories.cash(), 100)])
    order.refresh_from_db()
    assert (order.at_register, order.paid, on_hand(camera, till.store)) == (till.sale.number, 0, 2)
    assert Sale.objects.completed().count() == 0
    check_laws()


def test_the_number_of_an_order_is_read_at_the_scan_box(till, order):
    result = till.scan(order.number.lower())
    assert (result.ok, result.kind, result.document) == (True, "order", order)
    stranger = factories.OrderFactory()
    cashier = factories.StaffFactory(role="Senior Cashier", stores=[till.store])
    refused = scan(till.sale, stranger.number, staff=cashier)
    assert (refused.ok, str(stranger.store) in refused.message) == (False, True)


# --- Taking back what an order handed over ----------------------------------------------------------------------------


@pytest.fixture
def handed(till, order):
    """Both cameras paid and handed over by the order itself."""
    pay(till, order, 2200)
    return hand_over(order, staff=till.staff)


def test_a_unit_that_an_order_handed_over_comes_back_for_what_it_cost(till, handed, camera):
    result = till.scan("ZA1")
    assert (result.kind, result.document) == ("sold", handed)
    line = add_return_by_serial(till.sale, camera.serials.get(number="ZA1"), reason="Faulty", staff=till.staff)
    assert (line.handed_line, line.returned_line, line.total) == (handed.lines.get(), None, -1100)
    sale = till.pay()
    assert (sale.total, sale.tax_total, on_hand(camera, till.store)) == (-1100, -100, 1)
    unit = camera.serials.get(number="ZA1")
    assert (unit.state, unit.store, unit.events.first().kind) == (State.IN_STOCK, till.store, "return")
    assert till.sale.lines.count() == 0
    check_laws()


def test_only_what_is_not_yet_back_comes_back(till, handed, camera):
    first, second = camera.serials.order_by("number")
    line = handed.lines.get()
    add_return(till.sale, handed, [ReturnPick(line, 1, [first])], reason="x", staff=till.staff)
    [found] = returnable(handed)
    assert (found.left, [unit.is_returnable for unit in found.units]) == (1, [False, True])
    assert "not yet paid" in found.units[0].text
    for picks in ([ReturnPick(line, 1, [first])], [ReturnPick(line, 2, [second])]):
        with pytest.raises(NotReturnable):
            add_return(till.sale, handed, picks, reason="x", staff=till.staff)
    till.pay()
    with pytest.raises(NotReturnable):
        add_return_by_serial(till.sale, first, reason="x", staff=till.staff)
    add_return_by_serial(till.sale, second, reason="x", staff=till.staff)
    till.pay()
    assert returnable(handed)[0].left == 0
    check_laws()


def test_a_voided_return_gives_the_hand_over_back_its_units(till, handed, camera):
    add_return_by_serial(till.sale, camera.serials.first(), reason="x", staff=till.staff)
    void_sale(till.sale, reason="Kept it after all", staff=till.staff)
    assert returnable(handed)[0].left == 2
    check_laws()


def test_parts_of_a_hand_over_come_back_to_the_cent(till):
    tax_class = factories.TaxClassFactory()
    factories.TaxRateFactory(tax_class=tax_class, store=till.store, rate=8_875)
    product = stock(factories.ProductFactory(price=333, tax_class=tax_class), till.store, 7)
    order = factories.OrderFactory(store=till.store)
    line = add_product(order, product, quantity=7, staff=till.staff)
    discount_order_line(line, amount=100, reason="Seven", staff=till.staff)
    open_order(order, staff=till.staff)
    document = hand_over(order, staff=till.staff, unpaid_reason="x")
    for quantity in (3, 1, 2, 1):
        picks = [ReturnPick(document.lines.get(), quantity)]
        add_return(till.sale, document, picks, reason="x", staff=till.staff)
        till.pay()
    assert returnable(document)[0].left == 0
    check_laws()


def test_without_a_receipt_the_hand_over_is_named(till, handed, camera):
    with pytest.raises(NotReturnable, match=handed.number):
        return_without_receipt(
            till.sale, camera, price=1, serials=[camera.serials.first()], reason="x", staff=till.staff
        )


def test_what_a_sale_handed_over_comes_back_by_its_receipt_alone(till, order, camera):
    add_order(till.sale, order, staff=till.staff)
    sale = till.pay()
    assert returnable(order.hand_overs.get()) == []
    line = add_return_by_serial(till.sale, camera.serials.first(), reason="x", staff=till.staff)
    assert line.returned_line.sale == sale
    till.pay()
    check_laws()
