"""What the database refuses of transfers, shipments and customer orders."""

import pytest
from django.db.models import F
from django.utils import timezone

from inventory.models import Product
from orders.models import (
    CustomerOrder,
    HandOver,
    HandOverLine,
    OrderLine,
    OrderPaymentEntry,
)
from orders.operations import add_product
from receiving.models import (
    ExpectedSerial,
    ShipmentLine,
    ShipmentLineSerial,
    ShipmentReversal,
    VendorShipment,
)
from register.models import (
    SaleOrderPayment,
)
from tests import factories
from transfers.models import ArrivalLine, Discrepancy, Transfer, TransferLine

pytestmark = pytest.mark.django_db


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
        ("order_line_discount_within_price", {"discount": 1001}),
    ],
)
def test_an_order_line_makes_sense(refused, product, constraint, fields):
    line = add_product(factories.OrderFactory(), product, staff=factories.AdminFactory())
    with refused(constraint):
        OrderLine.objects.filter(pk=line.pk).update(**fields)


def test_a_hand_over_line_has_units_and_a_discount_within_its_price(refused, product):
    order = factories.OrderFactory()
    line = add_product(order, product, staff=order.staff)
    document = HandOver.objects.create(order=order, store=order.store, number="CO-1-1", staff=order.staff)
    values = {"hand_over": document, "order_line": line, "product": product, "unit_price": 1}
    with refused("hand_over_line_has_units"):
        HandOverLine.objects.create(**values, quantity=0)
    with refused("hand_over_line_discount_within_price"):
        HandOverLine.objects.create(**values, quantity=1, discount=2)
    with refused("number"):
        HandOver.objects.create(order=order, store=order.store, number="CO-1-1", staff=order.staff)


@pytest.mark.by_hand
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
