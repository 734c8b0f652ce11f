"""What the database refuses of serials, stock, and what is bought of vendors."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from inventory.models import Product, ReorderPoint, StockLevel, StockMovement, VendorProduct
from orders.models import (
    StoreCreditEntry,
)
from register.models import (
    Sale,
    SaleLineSerial,
)
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import attach
from serials.policy import State
from tests import factories
from tests.lawful import as_a_hand_left_them

pytestmark = pytest.mark.django_db


def _line_of(serial):
    return factories.SaleLineFactory(product=serial.product, sale__register__store=serial.store)


# --- The six of the architecture --------------------------------------------------------------------------------------


def test_two_serials_with_one_normalised_number_for_a_product(refused, serial, store):
    twin = Serial(product=serial.product, number="za1", number_key=serial.number_key, state=State.IN_STOCK, store=store)
    with refused("serial_number_once_per_product"):
        Serial.objects.bulk_create([twin])
    other = factories.unit(serial.product, store, "ZA2")
    with refused("serial_number_once_per_product"):
        Serial.objects.filter(pk=other.pk).update(number_key=serial.number_key)


def test_one_unit_on_two_open_documents(refused, serial):
    attach(_line_of(serial), [serial.number], staff=factories.StaffFactory())
    other = {"document_type": "register.sale", "line_type": "register.saleline", "line_id": 1, "document": "sale"}
    with refused("serials_serialhold_pkey"):
        SerialHold.objects.bulk_create([SerialHold(serial=serial, document_id=1, **other)])


def test_two_next_events_for_one_unit(refused, serial):
    with refused("serial_event_one_next"):
        SerialEvent.objects.bulk_create(
            [SerialEvent(serial=serial, sequence=serial.sequence, kind="sale", state=State.SOLD)]
        )


def test_a_negative_stock_level_unless_the_store_allows_it(refused, serial, store):
    level = StockLevel.objects.filter(store=store)
    with refused("stock_level_not_negative"):
        level.update(on_hand=-1)
    with as_a_hand_left_them(level, on_hand=-1, may_go_negative=True):
        assert level.get().on_hand == -1


@pytest.mark.by_hand
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
    line = _line_of(serial)
    attach(line, [serial.number], staff=factories.StaffFactory())
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
