"""Units that are not bought from customers, and why."""

import pytest

from register.errors import (
    CustomerMissing,
    OverrideNotAllowed,
    ProductArchived,
    SaleNotOpen,
    WrongAmount,
)
from register.operations import (
    change_price,
    discount_line,
    remove_line,
    set_customer,
    set_quantity,
    take_in_trade,
)
from serials.errors import SerialUnavailable
from serials.policy import State
from tests import factories
from tests.register.till import open_till
from tests.register.trading import ada as ada
from tests.register.trading import buy, nothing_moved, unit
from tests.register.trading import drive as drive
from transfers.operations import add_unit, request_transfer, send_transfer

pytestmark = pytest.mark.django_db


def test_it_is_bought_from_somebody(till, drive):
    with pytest.raises(CustomerMissing):
        take_in_trade(till.sale, drive, price=100, numbers=["OLD-1"], staff=till.staff)
    nothing_moved(drive, till, 2)


def test_the_name_stays_while_a_trade_in_needs_it(till, drive, ada):
    line = buy(till, drive, "OLD-1", customer=ada)
    with pytest.raises(CustomerMissing):
        set_customer(till.sale, None, staff=till.staff)
    remove_line(line, staff=till.staff)
    set_customer(till.sale, None, staff=till.staff)


def test_a_trade_in_without_a_name_is_not_paid(till, drive, ada):
    line = buy(till, drive, "OLD-1", customer=ada)
    type(line.sale).objects.update(customer=None)  # as an earlier version, or a hand, may have left it
    with pytest.raises(CustomerMissing):
        till.pay()
    assert unit("OLD-1").state == State.EXPECTED


@pytest.mark.parametrize(
    "terms", [{"price": -1}, {"quantity": 0, "numbers": []}, {"quantity": 1, "numbers": ["A", "B"]}]
)
def test_terms_that_make_no_sense_are_refused(till, drive, ada, terms):
    set_customer(till.sale, ada, staff=till.staff)
    with pytest.raises(WrongAmount):
        take_in_trade(till.sale, drive, **{"price": 100, "numbers": ["OLD-1"], "staff": till.staff} | terms)
    nothing_moved(drive, till, 2)


def test_an_archived_product_is_not_bought(till, ada):
    product = factories.ProductFactory(is_archived=True)
    with pytest.raises(ProductArchived):
        buy(till, product)
    nothing_moved(product, till, 0)


def test_a_unit_that_stands_in_stock_is_refused_with_where_it_is(till, drive):
    with pytest.raises(SerialUnavailable, match=f"ZA1: In stock at {till.store.name}"):
        buy(till, drive, "ZA1")
    nothing_moved(drive, till, 2)


def test_a_unit_in_stock_elsewhere_is_refused_with_where_it_is(till, drive):
    north = factories.StoreFactory(name="North")
    factories.units(drive, north, "N-1")
    with pytest.raises(SerialUnavailable, match=r"N-1: In stock at North\."):
        buy(till, drive, "OLD-1", "N-1")
    nothing_moved(drive, till, 2)


def test_a_unit_on_its_way_is_refused(till, drive):
    transfer = request_transfer(till.store, factories.StoreFactory(), staff=till.staff)
    add_unit(transfer, unit("ZA1"), staff=till.staff)
    send_transfer(transfer, staff=till.staff)
    with pytest.raises(SerialUnavailable, match="ZA1: In transit"):
        buy(till, drive, "ZA1")


def test_a_unit_on_another_trade_in_is_refused_with_whose_it_is(till, drive):
    other = open_till(store=till.store)
    buy(other, drive, "OLD-1")
    with pytest.raises(SerialUnavailable, match=f"Held by sale {other.sale.number}"):
        buy(till, drive, "OLD-1")
    assert unit("OLD-1").hold.document_id == other.sale.pk


def test_a_paid_sale_buys_nothing_more(till, drive):
    sale = till.sell("IW-16", "ZA1")
    with pytest.raises(SaleNotOpen):
        take_in_trade(sale, drive, price=100, staff=till.staff)


def test_a_trade_in_has_no_discount(till, drive):
    line = buy(till, drive, "OLD-1")
    with pytest.raises(WrongAmount):
        discount_line(line, amount=100, reason="Club", staff=till.staff)


def test_a_cashier_without_the_right_neither_raises_nor_reprices_one(till, drive):
    line = buy(till, drive, "OLD-1")
    junior = factories.StaffFactory()
    with pytest.raises(OverrideNotAllowed):
        set_quantity(line, 2, staff=junior)
    with pytest.raises(OverrideNotAllowed):
        change_price(line, 9999, reason="Friend", staff=junior)
    assert change_price(line, 4500, reason="Complete box", staff=till.staff).total == -4500
    assert till.sale.total == -4500
