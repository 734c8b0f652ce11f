"""Discounts and taxes: each rounded once, and never a cent lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microbiz.laws import check_laws
from microbiz.money import apportion, scaled
from register.models import SaleTax
from register.operations import Tender, add_product, discount_line, return_without_receipt
from tests import factories
from tests.register.till import open_till


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_shares_sum_to_the_whole_and_are_within_a_cent_of_exact(amount, weights):
    shares = apportion(amount, weights)
    whole = sum(weights)
    assert sum(shares) == (amount if whole else 0)
    if whole:
        assert all(
            abs(share - Decimal(amount) * weight / whole) < 1 for share, weight in zip(shares, weights, strict=True)
        )


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20), st.integers(0, 100))
def test_a_share_of_a_discount_never_exceeds_its_line(weights, percent):
    discount = sum(weights) * percent // 100
    assert all(share <= weight for share, weight in zip(apportion(discount, weights), weights, strict=True))


def test_equal_remainders_go_to_the_first():
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(2, [1, 1, 1]) == [1, 1, 0]


def test_halves_round_away_from_zero():
    assert (scaled(1, 1, 2), scaled(-1, 1, 2), scaled(5, 1, 2)) == (1, -1, 3)


@pytest.fixture
def till(db):
    factories.ShopSettingsFactory()
    return open_till()


def taxed(till, price, *rates, quantity=1, **fields):
    """A line of a product that pays these rates: 8875, or (8875, "inclusive")."""
    tax_class = factories.TaxClassFactory()
    for rate in rates:
        rate, inclusive = rate if isinstance(rate, tuple) else (rate, "")
        factories.TaxRateFactory(tax_class=tax_class, store=till.store, rate=rate, is_inclusive=bool(inclusive))
    product = factories.ProductFactory(price=price, tax_class=tax_class, **fields)
    factories.stock(product, till.store, 100)
    return add_product(till.sale, product, quantity=quantity, staff=till.staff)


@pytest.mark.parametrize(
    ("price", "quantity", "rates", "tax", "total"),
    [
        (1000, 1, [8875], 89, 1089),  # 88.75 up
        (1000, 1, [8250], 83, 1083),  # 82.5: a half goes up
        (999, 3, [8875], 266, 3263),  # 265.98, once for the line and not 3 x 88.66
        (1000, 1, [6000, 2250], 83, 1083),  # 60 + 22.5: each rate rounded by itself
        (1000, 1, [(20_000, "inclusive")], 167, 1000),
        (1200, 1, [(20_000, "inclusive")], 200, 1200),
        (1000, 1, [(5000, "inclusive"), (10_000, "inclusive")], 130, 1000),  # 43.48 + 86.96
        (1100, 1, [(10_000, "inclusive"), 5000], 150, 1150),  # the exclusive one is on the price without the other
        (1, 1, [8875], 0, 1),
        (0, 1, [8875], 0, 0),
        (1000, 1, [0], 0, 1000),
        (1000, 1, [], 0, 1000),
    ],
)
def test_tax_is_rounded_half_up_once_per_line_and_rate(till, price, quantity, rates, tax, total):
    line = taxed(till, price, *rates, quantity=quantity)
    assert (line.tax, line.total) == (tax, total)
    assert (till.sale.tax_total, till.sale.total, till.sale.subtotal) == (tax, total, price * quantity)


def test_the_rate_is_that_of_the_sales_store(till):
    line = taxed(till, 1000, 10_000)
    elsewhere = open_till()
    factories.TaxRateFactory(tax_class=line.product.tax_class, store=elsewhere.store, rate=20_000)
    assert add_product(elsewhere.sale, line.product, staff=elsewhere.staff).total == 1200
    assert till.sale.total == 1100


def test_tax_is_on_what_is_left_after_the_discount(till):
    line = taxed(till, 1000, 10_000)
    line = discount_line(line, percent=Decimal("33.3"), reason="Club", staff=till.staff)
    assert (line.discount, line.tax, line.total) == (333, 67, 734)
    line = discount_line(line, percent=Decimal(100), reason="Gift", staff=till.staff)
    assert (line.tax, line.total) == (0, 0)


def test_each_tax_is_written_down_at_completion(till):
    taxed(till, 1000, 6000, 2250)
    assert not SaleTax.objects.exists()
    till.pay()
    assert [(tax.rate, tax.base, tax.amount) for tax in SaleTax.objects.order_by("-rate")] == [
        (6000, 1000, 60),
        (2250, 1000, 23),
    ]
    check_laws()


def test_a_return_without_a_receipt_gives_the_tax_back_too(till):
    product = taxed(till, 1000, 10_000).product
    till.pay()
    line = return_without_receipt(till.sale, product, price=500, reason="Gift", staff=till.staff)
    assert (line.tax, line.total, till.sale.tax_total) == (50, -550, -50)
    till.pay(tenders=[Tender(factories.cash(), -550)])
    assert [(tax.base, tax.amount) for tax in SaleTax.objects.order_by("pk")] == [(1000, 100), (-500, -50)]
    check_laws()


def test_an_exchange_pays_the_difference(till):
    product = taxed(till, 1000, 10_000).product
    till.pay()
    return_without_receipt(till.sale, product, price=1000, reason="Wrong colour", staff=till.staff)
    taxed(till, 1500, 10_000)
    assert (till.sale.subtotal, till.sale.tax_total, till.sale.total) == (500, 50, 550)
    till.pay()
    check_laws()
