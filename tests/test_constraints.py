"""What the database itself refuses, whatever the code does: each test goes around the operations and meets it."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from inventory.models import Product, StockLevel, StockMovement
from orders.models import Customer, StoreCreditEntry
from register.models import (
    CashMovement,
    Payment,
    PaymentMethod,
    Sale,
    SaleLine,
    SaleLineSerial,
    Shift,
    ShiftCount,
)
from serials.models import Serial, SerialEvent, SerialHold
from serials.policy import State
from settings_app.models import ShopSettings, TaxClass, TaxRate
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused():
    """A block whose write the database refuses, naming the constraint where it has a name of ours."""

    class Refused:
        def __init__(self, constraint):
            self.constraint = constraint

        def __enter__(self):
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()

        def __exit__(self, kind, error, traceback):
            self.savepoint.__exit__(kind, error, traceback)
            assert kind is not None, f"{self.constraint} let it pass"
            assert issubclass(kind, IntegrityError), error
            text = str(error)
            # SQLite names the columns of a unique constraint instead of the constraint.
            assert self.constraint in text or "UNIQUE constraint failed" in text, text
            return True

    return Refused


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def product():
    return factories.TrackedFactory()


@pytest.fixture
def serial(product, store):
    return factories.unit(product, store, "ZA1")


# --- The six of the architecture --------------------------------------------------------------------------------------


def test_two_serials_with_one_normalised_number_for_a_product(refused, serial, store):
    twin = Serial(product=serial.product, number="za1", number_key=serial.number_key, state=State.IN_STOCK, store=store)
    with refused("serial_number_once_per_product"):
        Serial.objects.bulk_create([twin])
    other = factories.unit(serial.product, store, "ZA2")
    with refused("serial_number_once_per_product"):
        Serial.objects.filter(pk=other.pk).update(number_key=serial.number_key)


def test_one_unit_on_two_open_documents(refused, serial):
    hold = {"document_type": "register.sale", "line_type": "register.saleline", "line_id": 1, "document": "sale"}
    SerialHold.objects.bulk_create([SerialHold(serial=serial, document_id=1, **hold)])
    with refused("serials_serialhold_pkey"):
        SerialHold.objects.bulk_create([SerialHold(serial=serial, document_id=2, **hold)])


def test_two_next_events_for_one_unit(refused, serial):
    with refused("serial_event_one_next"):
        SerialEvent.objects.bulk_create(
            [SerialEvent(serial=serial, sequence=serial.sequence, kind="sale", state=State.SOLD)]
        )


def test_a_negative_stock_level_unless_the_store_allows_it(refused, serial, store):
    level = StockLevel.objects.filter(store=store)
    with refused("stock_level_not_negative"):
        level.update(on_hand=-1)
    level.update(on_hand=-1, may_go_negative=True)


def test_a_returned_link_returned_again(refused, serial):
    sold, first, second = (factories.SaleLineFactory(product=serial.product) for _ in range(3))
    link = SaleLineSerial.objects.create(line=sold, serial=serial)
    SaleLineSerial.objects.create(line=first, serial=serial, returned_link=link)
    with refused("returned_link_id"):
        SaleLineSerial.objects.bulk_create([SaleLineSerial(line=second, serial=serial, returned_link=link)])


def test_the_same_submit_twice(refused):
    key = uuid4()
    first, second = factories.SaleFactory(), factories.SaleFactory()
    paid = {"status": "completed", "completed_at": timezone.now(), "completion_key": key}
    Sale.objects.filter(pk=first.pk).update(**paid)
    with refused("completion_key"):
        Sale.objects.filter(pk=second.pk).update(**paid)


# --- Serials and stock ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("serial_state_known", {"state": "lost", "store": None}),
        ("serial_in_stock_means_in_a_store", {"state": State.IN_STOCK, "store": None}),
        ("serial_in_stock_means_in_a_store", {"state": State.SOLD}),
    ],
)
def test_a_unit_is_in_one_state_and_stands_in_a_store_only_when_in_stock(refused, serial, constraint, fields):
    with refused(constraint):
        Serial.objects.filter(pk=serial.pk).update(**fields)


def test_a_unit_stands_once_on_a_line(refused, serial):
    line = factories.SaleLineFactory(product=serial.product)
    SaleLineSerial.objects.create(line=line, serial=serial)
    with refused("register_salelineserial_once"):
        SaleLineSerial.objects.bulk_create([SaleLineSerial(line=line, serial=serial)])


def test_a_product_has_one_stock_level_in_a_store(refused, serial, store):
    with refused("stock_level_once_per_store"):
        StockLevel.objects.bulk_create([StockLevel(product=serial.product, store=store)])


def test_a_movement_moves_something(refused, product, store):
    with refused("movement_moves_something"):
        StockMovement.objects.bulk_create(
            [StockMovement(product=product, store=store, quantity=0, reason="sale", document="x")]
        )


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("product_price_not_negative", {"price": -1}),
        ("product_cost_not_negative", {"cost": -1}),
        ("product_tracking_known", {"serial_tracking": "sometimes"}),
    ],
)
def test_a_product_makes_sense(refused, product, constraint, fields):
    with refused(constraint):
        Product.objects.filter(pk=product.pk).update(**fields)


def test_a_barcode_belongs_to_one_product(refused):
    first, second = factories.BarcodeFactory(), factories.BarcodeFactory()
    with refused("key"):
        type(first).objects.filter(pk=second.pk).update(key=first.key)


@pytest.mark.parametrize("ledger", [StockMovement, SerialEvent, StoreCreditEntry])
def test_a_ledger_is_never_edited(ledger, serial):
    with pytest.raises(TypeError, match="never changed"):
        ledger.objects.update(staff=None)
    with pytest.raises(TypeError, match="never deleted"):
        ledger.objects.all().delete()


@pytest.mark.parametrize("table", ["inventory_product", "settings_app_store", "serials_serial", "settings_app_staff"])
def test_what_has_history_is_not_deleted_even_by_sql(table, serial):
    with pytest.raises(IntegrityError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant of this test
        connection.check_constraints()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if connection.vendor == "postgresql" else "SELECT 1")


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
