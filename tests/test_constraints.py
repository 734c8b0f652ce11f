"""What the database itself refuses, whatever the code does: each test goes around the operations and meets it."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from inventory.models import Product, ReorderPoint, StockLevel, StockMovement, VendorProduct
from orders.models import (
    Customer,
    CustomerOrder,
    HandOver,
    HandOverLine,
    OrderLine,
    OrderPaymentEntry,
    StoreCreditEntry,
)
from receiving.models import (
    ExpectedSerial,
    ShipmentLine,
    ShipmentLineSerial,
    ShipmentReversal,
    VendorShipment,
)
from register.models import (
    CashMovement,
    Payment,
    PaymentMethod,
    Sale,
    SaleLine,
    SaleLineSerial,
    SaleOrderPayment,
    Shift,
    ShiftCount,
)
from serials.models import Serial, SerialEvent, SerialHold
from serials.policy import State
from settings_app.models import ShopSettings, TaxClass, TaxRate
from tests import factories
from transfers.models import ArrivalLine, Discrepancy, Transfer, TransferLine

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
            cursor.execute(f"DELETE FROM {table}")
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


# --- Purchasing -------------------------------------------------------------------------------------------------------


def test_a_vendor_offers_a_product_once_and_one_offer_is_preferred(refused):
    offer = factories.VendorProductFactory()
    with refused("vendor_product_once"):
        VendorProduct.objects.bulk_create([VendorProduct(product=offer.product, vendor=offer.vendor)])
    other = factories.VendorFactory()
    with refused("vendor_product_one_preferred"):
        VendorProduct.objects.bulk_create([VendorProduct(product=offer.product, vendor=other, is_preferred=True)])
    with refused("vendor_product_cost_not_negative"):
        VendorProduct.objects.filter(pk=offer.pk).update(cost=-1)


def test_a_store_has_one_reorder_point_for_a_product_and_it_leads_upwards(refused):
    point = factories.ReorderPointFactory()
    with refused("reorder_point_once_per_store"):
        ReorderPoint.objects.bulk_create([ReorderPoint(product=point.product, store=point.store, point=1, up_to=1)])
    with refused("reorder_point_leads_upwards"):
        ReorderPoint.objects.filter(pk=point.pk).update(up_to=point.point - 1)


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


# --- Transfers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def transfer(store):
    return Transfer.objects.create(number="ST-1", from_store=store, to_store=factories.StoreFactory())


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("transfer_between_two_stores", {"to_store": F("from_store")}),
        ("transfer_sent_when_it_says_so", {"status": "sent"}),
        ("transfer_sent_when_it_says_so", {"sent_at": timezone.now()}),
        ("transfer_ended_when_it_says_so", {"status": "cancelled"}),
        ("transfer_ended_when_it_says_so", {"ended_at": timezone.now()}),
    ],
)
def test_a_transfer_says_truly_where_it_stands(refused, transfer, constraint, fields):
    with refused(constraint):
        Transfer.objects.filter(pk=transfer.pk).update(**fields)


def test_a_product_twice_on_a_request_and_a_line_of_nothing(refused, transfer, product):
    line = TransferLine.objects.create(transfer=transfer, product=product)
    with refused("transfer_line_once_per_product"):
        TransferLine.objects.bulk_create([TransferLine(transfer=transfer, product=product)])
    with refused("transfer_line_has_units"):
        TransferLine.objects.filter(pk=line.pk).update(quantity=0)


def test_two_lines_that_wait_for_one_product_and_a_receipt_of_nothing(refused, transfer, product):
    line = ArrivalLine.objects.create(transfer=transfer, product=product)
    with refused("arrival_waits_once_per_product"):
        ArrivalLine.objects.bulk_create([ArrivalLine(transfer=transfer, product=product)])
    with refused("posted_arrival_has_units"):
        ArrivalLine.objects.filter(pk=line.pk).update(quantity=0, posted_at=timezone.now())


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("discrepancy_decided_when_it_says_so", {"decision": "send_back"}),
        ("discrepancy_decided_when_it_says_so", {"posted_at": timezone.now()}),
        ("missing_is_recorded_by_its_decision", {"kind": "missing"}),
        ("discrepancy_has_units", {"quantity": 0}),
    ],
)
def test_a_discrepancy_is_posted_only_when_it_is_decided(refused, transfer, serial, constraint, fields):
    told = Discrepancy.objects.create(
        transfer=transfer, kind="unexpected", product=serial.product, serial=serial, decision=""
    )
    with refused(constraint):
        Discrepancy.objects.filter(pk=told.pk).update(**fields)
    with refused("discrepancy_once_per_unit_until_posted"):
        Discrepancy.objects.bulk_create(
            [Discrepancy(transfer=transfer, kind="unexpected", product=serial.product, serial=serial)]
        )


# --- Receiving --------------------------------------------------------------------------------------------------------


def test_one_reversal_of_a_shipment_at_a_time(refused, store):
    shipment = factories.VendorShipmentFactory(store=store)
    twins = [ShipmentReversal(number=f"VR-{at}", shipment=shipment, store=store, reason="x") for at in range(2)]
    with refused("shipment_one_reversal_at_a_time"):
        ShipmentReversal.objects.bulk_create(twins)


def test_a_received_shipment_without_its_time(refused, store):
    shipment = factories.VendorShipmentFactory(store=store)
    with refused("shipment_received_means_dated"):
        VendorShipment.objects.filter(pk=shipment.pk).update(status="received")


def test_a_number_twice_on_a_vendors_list(refused, product):
    line = factories.ShipmentLineFactory(product=product)
    with refused("expected_serial_once_per_line"):
        ExpectedSerial.objects.bulk_create([ExpectedSerial(line=line, number="A", number_key="a") for _one in range(2)])


def test_a_unit_twice_on_a_shipment_line(refused, serial):
    line = factories.ShipmentLineFactory(product=serial.product)
    with refused("receiving_shipmentlineserial_once"):
        ShipmentLineSerial.objects.bulk_create([ShipmentLineSerial(line=line, serial=serial) for _one in range(2)])


@pytest.mark.parametrize(
    ("constraint", "change"),
    [("shipment_line_cost_not_negative", {"unit_cost": -1}), ("shipment_line_freight_not_negative", {"freight": -1})],
)
def test_goods_that_cost_less_than_nothing(refused, product, constraint, change):
    line = factories.ShipmentLineFactory(product=product)
    with refused(constraint):
        ShipmentLine.objects.filter(pk=line.pk).update(**change)
    with refused("product_average_cost_not_negative"):
        Product.objects.filter(pk=product.pk).update(average_cost=-1)
    with refused("shipment_freight_not_negative"):
        VendorShipment.objects.filter(pk=line.shipment_id).update(freight=-1)


# --- Customer orders --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("order_paid_not_negative", {"paid": -1}),
        ("order_in_progress_means_open", {"at_register": "R1-000001"}),
        ("order_completed_when_it_says_so", {"status": "complete"}),
        ("order_cancelled_when_it_says_so", {"cancelled_at": timezone.now()}),
    ],
)
def test_an_order_makes_sense(refused, constraint, fields):
    order = factories.OrderFactory()
    with refused(constraint):
        CustomerOrder.objects.filter(pk=order.pk).update(**fields)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("order_line_has_or_had_units", {"quantity": 0, "discount": 0}),
        ("order_line_price_not_negative", {"unit_price": -1, "quantity": 0, "handed_over": 1}),
        ("order_line_discount_within_price", {"discount": 2}),
    ],
)
def test_an_order_line_makes_sense(refused, product, constraint, fields):
    line = OrderLine.objects.create(order=factories.OrderFactory(), product=product, unit_price=1, quantity=1)
    with refused(constraint):
        OrderLine.objects.filter(pk=line.pk).update(**fields)


def test_a_hand_over_line_has_units_and_a_discount_within_its_price(refused, product):
    order = factories.OrderFactory()
    line = OrderLine.objects.create(order=order, product=product, unit_price=1, quantity=1)
    document = HandOver.objects.create(order=order, store=order.store, number="CO-1-1", staff=order.staff)
    values = {"hand_over": document, "order_line": line, "product": product, "unit_price": 1}
    with refused("hand_over_line_has_units"):
        HandOverLine.objects.create(**values, quantity=0)
    with refused("hand_over_line_discount_within_price"):
        HandOverLine.objects.create(**values, quantity=1, discount=2)
    with refused("number"):
        HandOver.objects.create(order=order, store=order.store, number="CO-1-1", staff=order.staff)


def test_money_for_an_order_moves_something_once_per_sale(refused):
    order, sale = factories.OrderFactory(), factories.SaleFactory()
    with refused("sale_order_payment_moves_something"):
        SaleOrderPayment.objects.create(sale=sale, order=order, amount=0)
    SaleOrderPayment.objects.create(sale=sale, order=order, amount=1)
    with refused("sale_order_payment_once"):
        SaleOrderPayment.objects.create(sale=sale, order=order, amount=1)
    entry = {"order": order, "document_type": "register.sale", "document_id": sale.pk, "document": sale.number}
    with refused("order_payment_entry_moves_something"):
        OrderPaymentEntry.objects.create(**entry, amount=0)
    OrderPaymentEntry.objects.create(**entry, amount=1)
    with refused("order_payment_entry_once_per_document"):
        OrderPaymentEntry.objects.create(**entry, amount=1)


# --- Tables as the migrations made them -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", [one for one in apps.get_models() if one._meta.managed], ids=lambda one: one._meta.label
)
def test_what_a_model_promises_is_in_the_database(model):
    """PostgreSQL's tables are made by the migrations, where taking away one index may take another with it."""
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert {one.name for one in [*model._meta.constraints, *model._meta.indexes]} <= set(there)
