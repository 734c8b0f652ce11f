"""Customer orders at the till: money taken for them, and a sale that hands one over. The sale is locked first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from microbiz.transactions import operation
from orders.models import Customer, CustomerOrder, OrderLine
from orders.operations.locks import lock_order, require_away_from_register
from orders.operations.payments import (
    SoldLine,
    record_payment,
    require_payable,
    take_from_register,
    take_to_register,
)
from register.errors import OrderElsewhere, OtherCustomer, WrongAmount
from register.models import Sale, SaleLine, SaleOrderPayment
from register.operations.locks import lock_open_sale
from register.operations.totals import retotal
from serials.models import Serial
from serials.operations import pass_on
from settings_app.models import Staff


@operation
def add_order_payment(sale: Sale, order: CustomerOrder, amount: int, *, staff: Staff) -> SaleOrderPayment:
    """Put a payment towards an order, or (negative) a refund of one, on an open sale, in place of one that is there.

    Never more than is to pay, or due back: asked here, and again when the sale is paid. Locks the sale, then the
    order. Raises WrongPayment, OrderAtRegister or OtherCustomer.
    """
    sale = lock_open_sale(sale)
    order = lock_order(order)
    require_away_from_register(order)
    require_payable(order, amount)
    _take_customer(sale, order)
    payment, _made = SaleOrderPayment.objects.update_or_create(sale=sale, order=order, defaults={"amount": amount})
    retotal(sale)
    return payment


@operation
def add_order(sale: Sale, order: CustomerOrder, *, staff: Staff) -> Sale:
    """Sell what is still to come of an open order: its lines, prices and units go onto an open sale.

    The holds pass from the order to the sale, what was paid is set off, as far as it pays for these lines. Until the
    sale is paid or given up, the order is in its hands. Locks the sale, then the order, then serials. Raises OrderNotOpen, OrderAtRegister,
    OrderElsewhere or OtherCustomer.
    """
    sale = lock_open_sale(sale)
    if order.store_id != sale.store_id:
        raise OrderElsewhere(
            _("Order %(number)s is from %(store)s. Its goods are handed over there; payments can be taken here.")
            % {"number": order.number, "store": order.store}
        )
    order, ordered = take_to_register(order, sale, staff=staff)
    _take_customer(sale, order)
    lines = [_sale_line(sale, line) for line in ordered]
    SaleLine.objects.bulk_create(lines)
    pass_on(
        [(before, after, before.serials) for before, after in zip(ordered, lines, strict=True)],
        staff=staff,
        place=sale.register.name,
    )
    retotal(sale)
    return sale


def _sale_line(sale: Sale, line: OrderLine) -> SaleLine:
    return SaleLine(
        sale=sale,
        product=line.product,
        order_line=line,
        name=line.name,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
    )


def _take_customer(sale: Sale, order: CustomerOrder) -> None:
    """A sale for an order is the order's customer's."""
    if sale.customer_id not in (None, order.customer_id):
        raise OtherCustomer(
            _("Order %(number)s is for %(ordered)s, this sale for %(selling)s. Hold this sale, or change its customer.")
            % {"number": order.number, "ordered": order.customer, "selling": sale.customer}
        )
    if sale.customer_id is None:
        sale.customer = order.customer
        sale.save(update_fields=["customer"])


def require_own_orders(sale: Sale, customer: Customer | None) -> None:
    """Raise OtherCustomer while a locked sale takes money for, or hands over, an order that is not `customer`'s."""
    on_sale = Q(sale_payments__sale=sale) | Q(lines__sale_lines__sale=sale)
    order = CustomerOrder.objects.filter(on_sale).exclude(customer=customer).select_related("customer").first()
    if order is not None:
        raise OtherCustomer(
            _("Order %(number)s on this sale is for %(ordered)s. Take the order off the sale first.")
            % {"number": order.number, "ordered": order.customer}
        )


@operation
def remove_order(sale: Sale, order: CustomerOrder, *, staff: Staff) -> Sale:
    """Take an order off an open sale again: its lines and units go back to it, its payment is forgotten."""
    sale = lock_open_sale(sale)
    give_back(sale, _lines_of_orders(sale, order), staff=staff)
    sale.lines.filter(order_line__order=order).delete()
    SaleOrderPayment.objects.filter(sale=sale, order=order).delete()
    retotal(sale)
    return sale


def _lines_of_orders(sale: Sale, order: CustomerOrder | None = None) -> list[SaleLine]:
    lines = sale.lines.with_serials().filter(order_line__isnull=False).select_related("product", "order_line__order")
    return list(lines if order is None else lines.filter(order_line__order=order))


def give_back_units(line: SaleLine, serials: Sequence[Serial], *, staff: Staff) -> None:
    """Pass units of a line that came from an order back to it. The sale is locked; locks the order."""
    order = lock_order(line.order_line.order)
    line.order_line.order = order
    pass_on([(line, line.order_line, serials)], staff=staff, place=order.store.name)


def let_go_without_lines(sale: Sale, order: CustomerOrder, *, staff: Staff) -> None:
    """Take an order out of the locked sale's hands when none of its lines is left on the sale."""
    if not sale.lines.filter(order_line__order=order).exists():
        take_from_register(order, sale, staff=staff)
        SaleOrderPayment.objects.filter(sale=sale, order=order).delete()


def require_ordered(line: SaleLine, quantity: int) -> None:
    """Raise WrongAmount for more units on a line from an order than are still to come of it."""
    if line.order_line_id and quantity > line.order_line.quantity:
        raise WrongAmount(
            _("%(product)s: order %(number)s has %(ordered)d still to come. Scan it once more to sell another one.")
            % {"product": line.name, "number": line.order_line.order.number, "ordered": line.order_line.quantity}
        )


def give_back(sale: Sale, lines: Iterable[SaleLine], *, staff: Staff) -> None:
    """Pass all units of lines that came from orders back, and take the orders out of the locked sale's hands."""
    by_order: dict[CustomerOrder, list[SaleLine]] = defaultdict(list)
    for line in lines:
        by_order[line.order_line.order].append(line)
    for order, own in sorted(by_order.items(), key=lambda pair: pair[0].pk):
        now = take_from_register(order, sale, staff=staff)
        for line in own:
            line.order_line.order = now
        pass_on([(line, line.order_line, line.serials) for line in own], staff=staff, place=now.store.name)


def give_back_all(sale: Sale, *, staff: Staff) -> None:
    """Give every order that a sale was to hand over back, as voiding it does."""
    give_back(sale, _lines_of_orders(sale), staff=staff)


def settle_orders(
    sale: Sale, lines: Sequence[SaleLine], order_payments: Iterable[SaleOrderPayment], *, staff: Staff
) -> None:
    """Write down on its orders what a sale that is being completed pays for them and hands over of them.

    The sale is locked; locks the orders, by pk. `lines` come with their order lines, `order_payments` with their orders.
    """
    payments = {payment.order_id: payment for payment in order_payments}
    sold: dict[int, list[SoldLine]] = defaultdict(list)
    orders = {pk: payment.order for pk, payment in payments.items()}
    for line in lines:
        if line.order_line_id:
            orders[line.order_line.order_id] = line.order_line.order
            sold[line.order_line.order_id].append(_sold(line))
    for pk, order in sorted(orders.items()):
        amount = payments[pk].amount if pk in payments else 0
        record_payment(order, amount, sale=sale, staff=staff, sold=sold[pk])


def _sold(line: SaleLine) -> SoldLine:
    return SoldLine(
        line.order_line,
        line.quantity,
        line.unit_price,
        line.discount,
        line.tax,
        line.total,
        line.product.cost,
    )
