"""What is paid back for what comes back."""

import random
from decimal import Decimal

import pytest

from microbiz.laws import check_laws
from register.errors import WrongAmount, WrongPayment
from register.operations import (
    Tender,
    add_product,
    add_return_by_serial,
    change_price,
    discount_line,
    discount_sale,
    void_sale,
)
from register.returnable import returnable
from serials.policy import State
from tests import factories
from tests.register.bringing_back import cable as cable
from tests.register.bringing_back import drive as drive
from tests.register.bringing_back import take_back, unit

pytestmark = pytest.mark.django_db


def test_what_was_paid_is_what_comes_back(till, drive):
    rate = factories.TaxRateFactory(store=till.store, rate=8875)
    drive.tax_class = rate.tax_class
    drive.save()
    line = till.scan("ZA1").line
    change_price(line, 7777, reason="Match", staff=till.staff)
    discount_line(line, amount=100, reason="Box", staff=till.staff)
    receipt = till.pay()
    drive.price, rate.rate = 99_999, 50_000
    drive.save()
    rate.save()
    back = take_back(till, receipt, "ZA1")
    assert (back.unit_price, back.discount, back.tax, back.total) == (7777, 100, 681, -8358)
    assert till.sale.total == -receipt.total
    with pytest.raises(WrongAmount, match="settled"):
        change_price(back, 1, reason="?", staff=till.staff)
    with pytest.raises(WrongAmount, match="settled"):
        discount_line(back, amount=1, reason="?", staff=till.staff)
    till.pay()
    check_laws()


@pytest.mark.parametrize("seed", range(8))
def test_however_the_units_come_back_the_parts_sum_to_the_whole(till, seed):
    """Returns of random sizes, some of them voided in between, over discounts and taxes that do not divide."""
    chance = random.Random(seed)
    first = factories.TaxRateFactory(store=till.store, rate=8875, is_inclusive=seed % 2 == 0)
    factories.TaxRateFactory(tax_class=first.tax_class, store=till.store, rate=1333)
    product = factories.ProductFactory(price=chance.randint(1, 999), tax_class=first.tax_class)
    factories.stock(product, till.store, 7)
    add_product(till.sale, product, quantity=7, staff=till.staff)
    discount_sale(till.sale, percent=Decimal(chance.randint(0, 100)), reason="Club", staff=till.staff)
    receipt = till.pay()
    while left := returnable(receipt)[0].left:
        quantity = chance.randint(1, left)
        promised = returnable(receipt)[0].refund_of(quantity)
        assert take_back(till, receipt, quantity=quantity).total == -promised
        if chance.random() < 0.3:
            void_sale(till.sale, reason="Changed her mind", staff=till.staff)
        else:
            till.pay()
    check_laws()


def test_what_is_left_to_refund_is_told_and_refunded(till, cable):
    add_product(till.sale, cable, quantity=3, staff=till.staff)
    discount_sale(till.sale, amount=100, reason="Club", staff=till.staff)
    receipt = till.pay()
    take_back(till, receipt, quantity=1)
    refund = till.pay()
    [found] = returnable(receipt)
    assert found.refund == receipt.total + refund.total
    take_back(till, receipt, quantity=2)
    assert till.pay().total == -found.refund


def test_a_refund_is_paid_out_and_not_taken(till, drive):
    receipt = till.sell("ZA1")
    take_back(till, receipt, "ZA1")
    with pytest.raises(WrongPayment, match="does not go towards"):
        till.pay(tenders=[Tender(factories.cash(), 10_000)])
    with pytest.raises(WrongPayment, match=r"50\.00 is still to pay out"):
        till.pay(tenders=[Tender(factories.cash(), -5000)])
    with pytest.raises(WrongPayment, match=r"50\.00 more than is due"):
        till.pay(tenders=[Tender(factories.cash(), -15_000)])
    assert unit("ZA1").state == State.SOLD


def test_a_refund_becomes_store_credit_of_the_customer(till, drive):
    till.sell("ZA1")
    line = add_return_by_serial(till.sale, unit("ZA1"), reason="Faulty", staff=till.staff)
    sale = line.sale
    sale.customer = factories.CustomerFactory()
    sale.save()
    till.pay(tenders=[Tender(factories.store_credit(), -10_000)])
    sale.customer.refresh_from_db()
    assert sale.customer.store_credit == 10_000
    check_laws()
