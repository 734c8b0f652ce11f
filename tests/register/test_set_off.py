"""What was paid for an order ahead pays for its lines at the till, and for no more than is left of them there."""

from decimal import Decimal

import pytest

from microbiz.laws import LawBroken, check_laws
from orders.models import OrderLine
from orders.operations import Pick, add_product, hand_over, open_order
from orders.operations import change_price as change_ordered_price
from orders.operations.payments import credit_of
from register.operations import (
    add_order,
    add_order_payment,
    change_price,
    discount_line,
    discount_sale,
    hold_sale,
    recall_sale,
    remove_line,
    remove_order,
    set_quantity,
)
from serials.operations import attach
from settings_app.models import TaxRate
from tests import factories
from tests.factories import stock, units
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    factories.ShopSettingsFactory(serial_numbers_enabled=True)
    return open_till()


@pytest.fixture
def order(till):
    """Two cameras with serials, 11.00 each with tax, and five rolls of film, 3.00 each: 37.00."""
    rate = factories.TaxRateFactory(store=till.store)
    camera = factories.TrackedFactory(tax_class=rate.tax_class, name="Camera")
    film = stock(factories.ProductFactory(name="Film", price=300), till.store, 10)
    units(camera, till.store, "ZA1", "ZA2")
    order = factories.OrderFactory(store=till.store)
    line = add_product(order, camera, quantity=2, staff=till.staff)
    add_product(order, film, quantity=5, staff=till.staff)
    open_order(order, staff=till.staff)
    attach(line, ["ZA1", "ZA2"], staff=till.staff, place=till.store.name)
    order.refresh_from_db()
    return order


@pytest.fixture
def bring(till, order):
    """Pay so much ahead for the order and put it on a sale."""

    def put_on_sale(paid):
        if paid:
            add_order_payment(till.sale, order, paid, staff=till.staff)
            till.pay()
        add_order(till.sale, order, staff=till.staff)
        till.scan(order.lines.get(name="Film").sku)  # one more, which nobody paid ahead

    return put_on_sale


def shrink(till, order):
    """The ways in which a line of the order at the till becomes less, more, or leaves; each with its name."""

    def line(name):
        return till.sale.lines.with_serials().get(name=name, order_line__isnull=False)

    def less(name, quantity):
        serials = line(name).serials
        set_quantity(line(name), quantity, detach=serials[quantity:], staff=till.staff)

    def priced(name, price):
        change_price(line(name), price, reason="Scratched", staff=till.staff)

    def discounted(name, percent):
        discount_line(line(name), percent=Decimal(percent), reason="Scratched", staff=till.staff)

    yield "four rolls", lambda: less("Film", 4)
    yield "the sale is discounted", lambda: discount_sale(till.sale, amount=700, reason="Club", staff=till.staff)
    yield "no discount", lambda: discount_sale(till.sale, amount=0, reason="Club", staff=till.staff)
    yield "the cameras are cheaper", lambda: priced("Camera", 600)
    yield "and at half the price", lambda: discounted("Camera", 50)
    yield "and at their price again", lambda: (discounted("Camera", 0), priced("Camera", 1000))
    yield "one camera", lambda: less("Camera", 1)
    yield "five rolls again", lambda: less("Film", 5)
    yield "the film for nothing", lambda: priced("Film", 0)
    yield "the camera for nothing", lambda: priced("Camera", 0)
    yield "the camera costs something again", lambda: priced("Camera", 1200)
    yield "the film is put back", lambda: remove_line(line("Film"), staff=till.staff)
    yield "the camera is put back", lambda: set_quantity(line("Camera"), 0, staff=till.staff)


def set_off(sale, order):
    """What is set off of the order on the sale, and what its lines there come to; minor units."""
    payment = sale.order_payments.filter(order=order).first()
    lines = sale.lines.filter(order_line__order=order)
    return -payment.amount if payment else 0, sum(line.total for line in lines)


@pytest.mark.parametrize("paid", [0, 500, 2000, 3700])
def test_however_the_lines_shrink_no_more_is_set_off_than_they_come_to(till, order, bring, paid):
    bring(paid)
    assert set_off(till.sale, order) == (paid, 3700)
    for name, act in shrink(till, order):
        act()
        sale = till.sale
        amount, worth = set_off(sale, order)
        assert amount == min(paid, worth), name
        assert sale.total == sum(line.total for line in sale.lines.all()) - amount, name
        assert sale.total >= 0, name
    order.refresh_from_db()
    assert (order.at_register, order.paid, credit_of(order)) == ("", paid, paid)


def test_what_was_not_set_off_stays_on_the_order(till, order, bring):
    bring(3700)
    remove_line(till.sale.lines.get(name="Camera"), staff=till.staff)
    sale = till.pay()
    order.refresh_from_db()
    assert sale.total == 300
    assert (order.status, order.paid, credit_of(order)) == ("open", 3700, 2200)
    add_order(till.sale, order, staff=till.staff)
    assert till.pay().total == 0
    order.refresh_from_db()
    assert (order.status, order.balance) == ("complete", 0)


def test_what_was_paid_beyond_a_cheaper_order_is_not_set_off_but_due_back(till, order):
    add_order_payment(till.sale, order, 3700, staff=till.staff)
    till.pay()
    camera = OrderLine.objects.get(order=order, name="Camera")
    change_ordered_price(camera, 500, reason="Sale week", staff=till.staff)
    add_order(till.sale, order, staff=till.staff)
    assert till.pay().total == 0
    order.refresh_from_db()
    assert (order.status, order.paid, order.balance) == ("complete", 3700, -1100)
    add_order_payment(till.sale, order, -1100, staff=till.staff)
    assert till.pay().total == -1100
    order.refresh_from_db()
    assert order.balance == 0


def test_a_tax_that_ends_before_the_sale_is_paid_makes_less_to_set_off(till, order):
    add_order_payment(till.sale, order, 3700, staff=till.staff)
    till.pay()
    add_order(till.sale, order, staff=till.staff)
    TaxRate.objects.all().delete()
    sale = till.pay()
    order.refresh_from_db()
    assert (sale.total, sale.order_payments.get().amount, order.balance) == (0, -3500, -200)


def test_what_went_out_unpaid_is_asked_for_whatever_is_left_on_the_sale(till, order):
    film = order.lines.get(name="Film")
    hand_over(order, [Pick(film, 2)], staff=till.staff, unpaid_reason="Known for years")
    add_order(till.sale, order, staff=till.staff)
    set_quantity(till.sale.lines.get(name="Film"), 1, staff=till.staff)
    assert till.sale.order_payments.get().amount == 600
    remove_order(till.sale, order, staff=till.staff)
    assert till.sale.total == 0


def test_on_a_held_sale_the_order_stays_set_off(till, order, bring):
    bring(2000)
    sale = till.sale
    hold_sale(sale, staff=till.staff)
    recall_sale(sale, register=till.register, staff=till.staff)
    remove_line(till.sale.lines.get(name="Camera"), staff=till.staff)
    assert set_off(till.sale, order) == (1500, 1500)


def test_the_laws_name_what_is_set_off_too_much(till, order, bring):
    bring(500)
    payments = till.sale.order_payments
    payments.update(amount=-501)
    with pytest.raises(LawBroken, match=f"{order.number}: 501 is set off"):
        check_laws()
    payments.update(amount=-500)
