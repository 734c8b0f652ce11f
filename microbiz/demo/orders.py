"""Customer orders in the demo: one of every kind, as they lie about in a shop on an ordinary day."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from inventory.models import Product
from microbiz.transactions import operation
from orders.models import Customer, CustomerOrder, OrderLine, OrderStatus
from orders.operations import (
    Pick,
    add_product,
    cancel_order,
    change_order,
    create_order,
    hand_over,
    open_order,
    save_order_status,
    set_progress,
)
from register.models import PaymentMethod, Register
from register.operations import Tender, add_order_payment, complete_sale, current_sale
from serials.models import Serial
from serials.operations import attach
from settings_app.models import Staff

REGISTER = "E2"
STAGES = ("Ordered", "Ready to collect")


@operation
def take_orders(staff: Staff) -> None:
    """A draft, open ones with a deposit and reserved units, one partly handed over, one complete, one cancelled."""
    stages = [OrderStatus(name=name, position=position) for position, name in enumerate(STAGES)]
    for stage in stages:
        save_order_status(stage)
    register = Register.objects.get(prefix=REGISTER)
    _order(register, "Hannah O’Neil", [("ELE-1016", 1), ("GEN-1003", 2)], staff=staff, is_draft=True)
    open_ = _order(register, "Priya Raman", [("ELE-1002", 1), ("ELE-1018", 2), ("GEN-1010", 1)], staff=staff, days=3)
    _reserve(open_, "ELE-1002", 1, staff=staff)
    _reserve(open_, "ELE-1018", 1, staff=staff)
    _pay(register, open_, 150_00, staff=staff, key=UUID(int=801))
    ready = _order(register, "Tom Halvorsen", [("APP-1004", 1)], staff=staff, days=1)
    _reserve(ready, "APP-1004", 1, staff=staff)
    _pay(register, ready, None, staff=staff, key=UUID(int=802))
    set_progress(ready, stages[1], staff=staff)
    partly = _order(register, "Rock River Robotics Club", [("ELE-1018", 6)], staff=staff, days=-2, fulfilment="ship")
    line = _reserve(partly, "ELE-1018", 4, staff=staff)
    _pay(register, partly, None, staff=staff, key=UUID(int=803))
    hand_over(partly, [Pick(line, 3, line.serials[:3])], staff=staff)
    done = _order(register, "Lakeside Dental", [("ELE-1005", 1), ("GEN-1007", 3)], staff=staff)
    _reserve(done, "ELE-1005", 1, staff=staff)
    _pay(register, done, None, staff=staff, key=UUID(int=804))
    hand_over(done, staff=staff)
    given_up = _order(register, "Miguel Ortiz", [("ELE-1016", 1)], staff=staff, days=5)
    _pay(register, given_up, 50_00, staff=staff, key=UUID(int=805))
    cancel_order(given_up, reason="Found one at his brother’s", staff=staff)


def _order(
    register: Register,
    name: str,
    goods: Sequence[tuple[str, int]],
    *,
    staff: Staff,
    days: int | None = None,
    fulfilment: str = CustomerOrder.Fulfilment.PICK_UP,
    is_draft: bool = False,
) -> CustomerOrder:
    customer = Customer.objects.get(name=name)
    order = create_order(store=register.store, customer=customer, staff=staff)
    wanted_by = timezone.localdate() + timedelta(days=days) if days is not None else None
    order = change_order(
        order, customer=customer, fulfilment=fulfilment, address="", wanted_by=wanted_by, note="", staff=staff
    )
    for sku, quantity in goods:
        add_product(order, Product.objects.get(sku=sku), quantity=quantity, staff=staff)
    return order if is_draft else open_order(order, staff=staff)


def _reserve(order: CustomerOrder, sku: str, count: int, *, staff: Staff) -> OrderLine:
    line = order.lines.with_serials().get(sku=sku)
    free = Serial.objects.in_stock(order.store).filter(product__sku=sku, hold__isnull=True)
    attach(line, [serial.number for serial in free[:count]], staff=staff, place=order.store.name)
    return order.lines.with_serials().get(sku=sku)


def _pay(register: Register, order: CustomerOrder, amount: int | None, *, staff: Staff, key: UUID) -> None:
    order.refresh_from_db()
    sale = current_sale(register, staff=staff)
    add_order_payment(sale, order, order.balance if amount is None else amount, staff=staff)
    sale.refresh_from_db()
    card = PaymentMethod.objects.get(kind=PaymentMethod.Kind.CARD)
    complete_sale(sale, tenders=[Tender(card, sale.total)], key=key, staff=staff)
