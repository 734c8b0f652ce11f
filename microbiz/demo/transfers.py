"""Goods between the demo's stores: one transfer received, one half unpacked, one on the road, one asked for."""

from collections.abc import Sequence

from inventory.models import Product
from microbiz.transactions import operation
from serials.models import Serial
from settings_app.models import Staff, Store
from transfers.models import Discrepancy, Transfer
from transfers.operations import (
    add_product,
    add_unit,
    change_transfer,
    decide,
    mark_all_arrived,
    receive_transfer,
    request_transfer,
    scan_arrival,
    send_transfer,
    set_counts,
)

# What travels: SKU and units. Tracked products travel with their serial numbers.
STICK, CONSOLE, FREEZER, RANGE, CABLE = "9999119", "9990319", "APP-1005", "9988536", "GEN-1003"


@operation
def drive(staff: dict[str, Staff]) -> None:
    """Carry units between the stores, through the operations."""
    west, east, janesville, la_crosse = (Store.objects.get(code=code) for code in ("WMAD", "EMAD", "JANE", "LACR"))
    _received(east, janesville, staff)
    _half_unpacked(west, east, staff)
    _send(east, la_crosse, [(FREEZER, 2), (CABLE, 1)], staff, note="Restock for the weekend", boxes=3)
    request = request_transfer(west, east, staff=staff["junior"], note="For Priya Raman, before Saturday")
    _fill(request, [(RANGE, 1), (CONSOLE, 1)], staff["junior"])


def _fill(transfer: Transfer, goods: Sequence[tuple[str, int]], staff: Staff) -> None:
    for sku, quantity in goods:
        product = Product.objects.get(sku=sku)
        free = Serial.objects.in_stock(transfer.from_store).filter(product=product, hold__isnull=True)
        for serial in free.select_related("product")[:quantity]:
            add_unit(transfer, serial, staff=staff)
        if not product.is_tracked:
            add_product(transfer, product, quantity=quantity, staff=staff)


def _send(sender: Store, receiver: Store, goods, staff: dict[str, Staff], *, note: str, boxes: int) -> Transfer:
    transfer = request_transfer(sender, receiver, staff=staff["manager"])
    change_transfer(transfer, note=note, boxes=boxes)
    _fill(transfer, goods, staff["manager"])
    return send_transfer(transfer, staff=staff["backoffice"])


def _received(sender: Store, receiver: Store, staff: dict[str, Staff]) -> None:
    transfer = _send(sender, receiver, [(STICK, 2), (CABLE, 2)], staff, note="", boxes=1)
    mark_all_arrived(transfer, staff=staff["manager"])
    receive_transfer(transfer, staff=staff["manager"])


def _half_unpacked(sender: Store, receiver: Store, staff: dict[str, Staff]) -> None:
    """Some arrived, one is missing, one was taken from the wrong shelf, one is said to come with the next car."""
    goods = [(STICK, 5), (CONSOLE, 4), (RANGE, 3), (CABLE, 2)]
    transfer = _send(sender, receiver, goods, staff, note="Weekly van", boxes=2)
    clerk = staff["backoffice"]
    sent = [serial for line in transfer.lines.with_serials() for serial in line.serials]
    sticks = [serial for serial in sent if serial.product.sku == STICK]
    missing = {sticks[3].pk, sticks[4].pk, next(serial.pk for serial in sent if serial.product.sku == CONSOLE)}
    for serial in sent:
        if serial.pk not in missing:
            scan_arrival(transfer, serial.number, staff=clerk)
    not_sent = Serial.objects.in_stock(sender).filter(product__sku=CONSOLE, hold__isnull=True).first()
    scan_arrival(transfer, not_sent.number, staff=clerk)
    set_counts(transfer, {Product.objects.get(sku=CABLE): 2}, staff=clerk)
    decide(transfer, Discrepancy.Decision.STILL, serial=sticks[4], reason="On the next van", staff=clerk)
