"""What is under way when a walk begins: a document of every kind in every status that has a next step."""

from uuid import uuid4

from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import add_line as add_adjusted
from inventory.adjustments.operations import post_adjustment, start_adjustment
from inventory.counts.operations import scan as count_scan
from inventory.counts.operations import start_count
from orders.operations import add_product as add_ordered
from orders.operations import create_order, hand_over, open_order
from receiving.operations import add_line, enter_codes, receive_shipment, start_reversal, start_shipment
from receiving.purchasing.operations import add_to_order, send_order, start_order
from register.operations import Tender, complete_sale, current_sale, hold_sale, scan, set_customer, take_in_trade
from serials.models import Serial
from serials.operations import attach
from tests.machine.shop import Shop
from transfers.operations import add_product as add_sent
from transfers.operations import add_unit, request_transfer, scan_arrival, send_transfer


def begin_everything(shop: Shop) -> None:
    """One document of every kind, as far as a walk may carry it on."""
    _vendors(shop)
    _orders(shop)
    _transfers(shop)
    _corrections(shop)
    _sales(shop)


def _free(product, store) -> Serial:
    return Serial.objects.in_stock(store).filter(product=product, hold=None).order_by("pk").first()


def _vendors(shop: Shop) -> None:
    """A purchase order that waits, a shipment being unpacked, one received, and one on its way back."""
    harbor, tracked = shop.stores[0], [product for product in shop.products if product.is_tracked]
    order = start_order(shop.vendors[0], harbor, staff=shop.staff)
    for product in shop.products[:3]:
        add_to_order(order, product, quantity=2)
    send_order(order, staff=shop.staff)
    draft = start_shipment(shop.vendors[0], harbor, orders=[order], staff=shop.staff)
    enter_codes(draft.lines.get(product=tracked[0]), ["VS-1", "VS-2"], staff=shop.staff)
    for at in range(2):
        shipment = start_shipment(shop.vendors[1], harbor, staff=shop.staff)
        for product in tracked:
            line = add_line(shipment, product, quantity=2, unit_cost=500)
            enter_codes(line, [f"{product.sku}-{at}-{n}" for n in range(2)], staff=shop.staff)
        receive_shipment(shipment, staff=shop.staff)
    start_reversal(shipment, reason="Wrong colour", staff=shop.staff)


def _orders(shop: Shop) -> None:
    """One draft, one reserved, one handed over in part and not paid."""
    north = shop.stores[1]
    for status in ("draft", "reserved", "handed over"):
        order = create_order(store=north, customer=shop.customers[0], staff=shop.staff)
        lines = [add_ordered(order, product, quantity=2, staff=shop.staff) for product in shop.products[:4]]
        if status == "draft":
            continue
        open_order(order, staff=shop.staff)
        for line in lines:
            if line.product.is_tracked:
                attach(line, [_free(line.product, north).number], staff=shop.staff)
    hand_over(order, staff=shop.staff, unpaid_reason="A friend", serials_reason="No label")


def _transfers(shop: Shop) -> None:
    """One asked for, one on the road, one being unpacked with a unit too many."""
    harbor, north, depot = shop.stores
    for at in range(3):
        transfer = request_transfer(harbor, (north, depot, depot)[at], staff=shop.staff)
        sent = [_free(product, harbor) for product in shop.products if product.is_tracked]
        for serial in sent:
            add_unit(transfer, serial, staff=shop.staff)
        add_sent(transfer, shop.products[1], quantity=2, staff=shop.staff)
        if at:
            send_transfer(transfer, staff=shop.staff)
    scan_arrival(transfer, sent[0].number, staff=shop.staff)
    scan_arrival(transfer, _free(sent[0].product, harbor).number, staff=shop.staff)


def _corrections(shop: Shop) -> None:
    """An adjustment to post, one to take back, a count to go on with."""
    north = shop.stores[1]
    for is_posted in (True, False):
        adjustment = start_adjustment(north, staff=shop.staff, reason=Adjustment.Reason.FOUND)
        line = add_adjusted(adjustment, shop.products[0], is_minus=False, quantity=2)
        attach(line, [f"ADJ-{is_posted:d}"], new=[f"ADJ-{is_posted:d}"], staff=shop.staff)
        if is_posted:
            post_adjustment(adjustment, staff=shop.staff)
    count = start_count(north, staff=shop.staff)
    for product in shop.products:
        count_scan(count, _free(product, north).number if product.is_tracked else product.sku, staff=shop.staff)


def _sales(shop: Shop) -> None:
    """A receipt with something of everything, one of a trade-in, a sale on hold, and one in hand."""
    till, other = shop.registers[0], shop.registers[2]
    sale = current_sale(till, staff=shop.staff)
    for product in shop.products:
        code = _free(product, till.store).number if product.is_tracked else product.sku
        assert scan(sale, code, staff=shop.staff).ok
    _pay(shop, sale)
    sale = set_customer(current_sale(till, staff=shop.staff), shop.customers[1], staff=shop.staff)
    take_in_trade(sale, shop.products[2], price=300, numbers=["OLD-1"], staff=shop.staff)
    _pay(shop, sale)
    for register, is_held in ((till, True), (till, False), (other, False)):
        sale = current_sale(register, staff=shop.staff)
        scan(sale, _free(shop.products[3], register.store).number, staff=shop.staff)
        if is_held:
            hold_sale(sale, note="Later", staff=shop.staff)


def _pay(shop: Shop, sale) -> None:
    sale.refresh_from_db()
    complete_sale(sale, tenders=[Tender(shop.methods[0], sale.total)], key=uuid4(), staff=shop.staff)
