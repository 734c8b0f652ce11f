"""What the database refuses of money and the counter, and of settings."""

from uuid import uuid4

import pytest
from django.utils import timezone

from orders.models import (
    Customer,
    StoreCreditEntry,
)
from register.models import (
    CashMovement,
    Payment,
    PaymentMethod,
    Sale,
    SaleLine,
    Shift,
    ShiftCount,
)
from settings_app.models import ShopSettings, TaxClass, TaxRate
from tests import factories

pytestmark = pytest.mark.django_db


# --- Money and the counter --------------------------------------------------------------------------------------------


def test_a_register_has_one_open_shift_and_one_open_sale(refused):
    sale = factories.SaleFactory()
    with refused("register_has_one_open_shift"):
        Shift.objects.bulk_create([Shift(register=sale.register, opened_by=sale.staff, opening_balance=0)])
    with refused("register_has_one_open_sale"):
        factories.SaleFactory(register=sale.register, shift=sale.shift)


def test_a_receipt_number_is_given_once(refused):
    sale = factories.SaleFactory()
    with refused("number"):
        factories.SaleFactory(number=sale.number)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "completed"},
        {"status": "completed", "completed_at": timezone.now()},
        {"completed_at": timezone.now()},
        {"completion_key": uuid4()},
    ],
)
def test_a_sale_is_completed_with_its_time_and_key_or_not_at_all(refused, fields):
    sale = factories.SaleFactory()
    with refused("sale_completed_when_it_says_so"):
        Sale.objects.filter(pk=sale.pk).update(**fields)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("sale_line_kind_known", {"kind": "gift"}),
        ("sale_line_has_units", {"quantity": 0}),
        ("sale_line_", {"unit_price": -1}),  # breaks two at once: no discount fits a negative price
        ("sale_line_discount_within_price", {"discount": -1}),
        ("sale_line_discount_within_price", {"discount": 1001}),
    ],
)
def test_a_sale_line_has_units_a_price_and_a_discount_within_it(refused, constraint, fields):
    line = factories.SaleLineFactory()
    with refused(constraint):
        SaleLine.objects.filter(pk=line.pk).update(**fields)


def test_money_that_passes_is_not_nothing(refused):
    sale = factories.SaleFactory()
    with refused("payment_pays_something"):
        Payment.objects.bulk_create([Payment(sale=sale, method=factories.cash(), amount=0, staff=sale.staff)])
    with refused("cash_movement_moves_something"):
        CashMovement.objects.bulk_create([CashMovement(shift=sale.shift, amount=0, reason="?", staff=sale.staff)])
    customer = factories.CustomerFactory()
    with refused("store_credit_entry_moves_something"):
        StoreCreditEntry.objects.bulk_create([StoreCreditEntry(customer=customer, amount=0, document="?")])


def test_store_credit_never_falls_below_nothing(refused):
    customer = factories.CustomerFactory()
    with refused("customer_credit_not_negative"):
        Customer.objects.filter(pk=customer.pk).update(store_credit=-1)


def test_a_drawer_never_starts_below_nothing(refused):
    shift = factories.ShiftFactory()
    with refused("shift_opening_not_negative"):
        Shift.objects.filter(pk=shift.pk).update(opening_balance=-1)


def test_a_method_is_counted_once_in_a_shift(refused):
    shift = factories.ShiftFactory()
    count = {"shift": shift, "method": factories.cash(), "expected": 0, "counted": 0}
    ShiftCount.objects.create(**count)
    with refused("shift_counts_a_method_once"):
        ShiftCount.objects.bulk_create([ShiftCount(**count)])


@pytest.mark.parametrize("kind", ["cash", "store_credit"])
def test_there_is_one_cash_and_one_store_credit(refused, kind):
    PaymentMethod.objects.filter(kind=kind).delete()
    PaymentMethod.objects.create(name="One", kind=kind)
    with refused("payment_method_one_of_a_kind"):
        PaymentMethod.objects.bulk_create([PaymentMethod(name="Two", kind=kind)])


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_the_settings_are_one_row(refused):
    with refused("shop_settings_is_one_row"):
        ShopSettings.objects.bulk_create([ShopSettings(pk=2, company="Another")])


def test_one_tax_class_is_the_default(refused):
    factories.TaxClassFactory(is_default=True)
    with refused("tax_class_one_default"):
        TaxClass.objects.bulk_create([TaxClass(name="Another", is_default=True)])


def test_a_tax_rate_is_named_once_and_at_most_100_percent(refused):
    rate = factories.TaxRateFactory()
    with refused("tax_rate_named_once"):
        TaxRate.objects.bulk_create([TaxRate(tax_class=rate.tax_class, store=rate.store, name=rate.name, rate=1)])
    with refused("tax_rate_at_most_100_percent"):
        TaxRate.objects.filter(pk=rate.pk).update(rate=100_001)
