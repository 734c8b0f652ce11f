"""What happens to an order before its goods leave. Every change locks the order and brings its totals up to date."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from inventory.models import Product
from microbiz.money import half_up, scaled
from microbiz.transactions import operation
from orders.errors import NothingOrdered, OrderNotOpen, PriceMissing, ProductArchived, WrongAmount
from orders.models import Customer, CustomerOrder, OrderEvent, OrderLine, OrderStatus
from orders.operations.locks import lock_editable, lock_line, lock_open, lock_order, record_event, require_reason
from orders.operations.totals import money, require_quantity, retotal
from serials.models import Serial
from serials.operations import attach, release, serials_staying
from settings_app.models import ShopSettings, Staff, Store
from settings_app.operations import next_number

Kind = OrderEvent.Kind


@operation
def create_order(
    *,
    store: Store,
    customer: Customer,
    staff: Staff,
    fulfilment: str = CustomerOrder.Fulfilment.PICK_UP,
    address: str = "",
    wanted_by: date | None = None,
    note: str = "",
) -> CustomerOrder:
    """A new order, a draft without lines, with the next number. To be brought, it takes the customer's address."""
    order = CustomerOrder(number=next_number("CO"), store=store, customer=customer, staff=staff)
    _describe(order, fulfilment, address, wanted_by, note)
    order.save()
    record_event(order, Kind.CREATED, staff=staff)
    return order


@operation
def change_order(
    order: CustomerOrder,
    *,
    customer: Customer,
    fulfilment: str,
    address: str,
    wanted_by: date | None,
    note: str,
    staff: Staff,
) -> CustomerOrder:
    """Change for whom an order is, how it reaches them and by when. Raises OrderNotOpen once it is settled."""
    order = lock_editable(order)
    before = _description(order)
    order.customer = customer
    _describe(order, fulfilment, address, wanted_by, note)
    order.save()
    if _description(order) != before:
        record_event(order, Kind.CHANGED, _description(order), staff=staff)
    return order


def _describe(order, fulfilment, address, wanted_by, note) -> None:
    order.fulfilment, order.wanted_by, order.note = fulfilment, wanted_by, note[:200]
    is_fetched = fulfilment == CustomerOrder.Fulfilment.PICK_UP
    order.address = "" if is_fetched else (address.strip() or order.customer.address)


def _description(order: CustomerOrder) -> str:
    parts = [order.customer.name, order.get_fulfilment_display(), order.address, order.note]
    if order.wanted_by:
        parts.append(_("wanted by %(day)s") % {"day": date_format(order.wanted_by, "j M Y")})
    return ", ".join(str(part) for part in parts if part)


@operation
def add_product(
    order: CustomerOrder, product: Product, *, quantity: int = 1, price: int | None = None, staff: Staff
) -> OrderLine:
    """Put units of a product on an order, at `price` or its own, and return their line.

    An untracked product raises its plain line of the same price; lines of products with serials never merge.
    Raises ProductArchived, PriceMissing, WrongAmount or OrderNotOpen.
    """
    order = lock_editable(order)
    line = new_line(order, product, quantity=quantity, price=price)
    return _retotalled(line)


def new_line(order: CustomerOrder, product: Product, *, quantity: int = 1, price: int | None = None) -> OrderLine:
    """As `add_product`, on a locked order and without new totals."""
    if product.is_archived:
        raise ProductArchived(
            _("%(product)s is archived and no longer sold. Take it out of the archive to sell it.")
            % {"product": product.name}
        )
    price = product.price if price is None else price
    if price is None:
        raise PriceMissing(_("%(product)s has no price. Type what it costs.") % {"product": product.name}, product)
    _require_price(price)
    if not (product.is_tracked and ShopSettings.load().serial_numbers_enabled):
        line = order.lines.filter(product=product, unit_price=price, discount=0, handed_over=0).last()
        if line is not None:
            require_quantity(line.quantity + quantity)
            line.quantity += quantity
            line.save(update_fields=["quantity"])
            return line
    require_quantity(quantity)
    return OrderLine.objects.create(
        order=order, product=product, name=product.name, sku=product.sku, quantity=quantity, unit_price=price
    )


@operation
def set_quantity(line: OrderLine, quantity: int, *, staff: Staff, detach: Collection[Serial] = ()) -> OrderLine | None:
    """Set the units of a line that are still to come; 0 removes what is, and the line where nothing was handed over.

    A discount keeps its share of the price. Where fewer units than serials remain, `detach` says which serials
    leave, or TooManySerials asks. Returns None for a line that is gone.
    """
    line = lock_line(line)
    if quantity == 0:
        return remove_line(line, staff=staff)
    require_quantity(quantity)
    staying = serials_staying(line, quantity, leaving=detach)
    if len(staying) != line.attached:
        attach(line, staying, staff=staff, place=line.order.store.name)
    line.discount = scaled(line.discount, quantity, line.quantity)
    line.quantity = quantity
    line.save(update_fields=["quantity", "discount"])
    return _retotalled(line)


@operation
def change_price(line: OrderLine, price: int, *, reason: str, staff: Staff) -> OrderLine:
    """Sell what is still to come of a line at another price, and record who did so and why."""
    line = lock_line(line)
    _require_price(price)
    text = _("%(product)s: %(before)s to %(after)s") % {
        "product": line.name[:120],
        "before": money(line.unit_price),
        "after": money(price),
    }
    line.discount = scaled(line.discount, price, line.unit_price)
    line.unit_price = price
    line.save(update_fields=["unit_price", "discount"])
    record_event(line.order, Kind.PRICE, text, staff=staff, reason=require_reason(reason))
    return _retotalled(line)


@operation
def discount_line(
    line: OrderLine, *, amount: int | None = None, percent: Decimal | None = None, reason: str, staff: Staff
) -> OrderLine:
    """Give what is still to come of a line a discount in place of the one it has: an amount, or a percentage. 0 ends it."""
    line = lock_line(line)
    full = line.unit_price * line.quantity
    discount = half_up(Decimal(full) * Decimal(percent) / 100) if percent is not None else amount
    if discount is None or not 0 <= discount <= full:
        raise WrongAmount(
            _("A discount is between 0 and the price, %(full)s; not %(discount)s.")
            % {"full": money(full), "discount": money(discount or 0)}
        )
    text = _("%(product)s: −%(discount)s of %(full)s") % {
        "product": line.name[:120],
        "discount": money(discount),
        "full": money(full),
    }
    line.discount = discount
    line.save(update_fields=["discount"])
    record_event(line.order, Kind.DISCOUNT, text, staff=staff, reason=require_reason(reason))
    return _retotalled(line)


@operation
def remove_line(line: OrderLine, *, staff: Staff) -> None:
    """Take what is still to come of a line off an order, and let its units go. What was handed over stays."""
    line = lock_line(line)
    if line.attached:
        attach(line, [], staff=staff)
    if line.handed_over:
        line.quantity = line.discount = 0
        line.save(update_fields=["quantity", "discount"])
    else:
        line.delete()
    retotal(line.order, touched={line.pk})
    complete_if_done(line.order, staff=staff)


@operation
def open_order(order: CustomerOrder, *, staff: Staff) -> CustomerOrder:
    """Make a draft binding: from now on units can be reserved for it and goods handed over."""
    order = lock_editable(order)
    if not order.is_draft:
        raise OrderNotOpen(_("Order %(number)s is open already.") % {"number": order.number})
    if not order.lines.exists():
        raise NothingOrdered(_("There is nothing on this order. Scan something first."))
    order.status = CustomerOrder.Status.OPEN
    order.opened_at = timezone.now()
    order.save(update_fields=["status", "opened_at"])
    record_event(order, Kind.OPENED, staff=staff)
    return order


@operation
def set_progress(order: CustomerOrder, progress: OrderStatus | None, *, staff: Staff) -> CustomerOrder:
    """Say at which of the shop's own stages an open order is; None is plainly open."""
    order = lock_open(order)
    if order.progress != progress:
        order.progress = progress
        order.save(update_fields=["progress"])
        record_event(order, Kind.STATUS, order.get_status_display(), staff=staff)
    return order


@operation
def cancel_order(order: CustomerOrder, *, reason: str, staff: Staff) -> CustomerOrder:
    """Give up what is still to come of an order: its units are free at once.

    What was handed over stays handed over; what was paid beyond it is due back (`balance` below zero) and refunded
    at the register.
    """
    order = lock_editable(order)
    why = require_reason(reason)
    release(order)
    order.status = CustomerOrder.Status.CANCELLED
    order.progress = None
    order.cancelled_at = timezone.now()
    order.save(update_fields=["status", "progress", "cancelled_at"])
    retotal(order)
    record_event(order, Kind.CANCELLED, staff=staff, reason=why)
    return order


def complete_if_done(order: CustomerOrder, *, staff: Staff) -> None:
    """A locked order is complete once something was handed over and nothing is still to come."""
    if not order.lines.exists() or order.lines.filter(quantity__gt=0).exists():
        return
    order.status = CustomerOrder.Status.COMPLETE
    order.progress = None
    order.completed_at = timezone.now()
    order.save(update_fields=["status", "progress", "completed_at"])
    record_event(order, Kind.COMPLETED, staff=staff)


@operation
def save_order_status(status: OrderStatus) -> None:
    """Keep one of the shop's own stages. One that is no longer active stays on the orders that stand at it."""
    status.save()


def _require_price(price: int) -> None:
    if price < 0:
        raise WrongAmount(_("A price is never negative."))


def _retotalled(line: OrderLine) -> OrderLine:
    order = lock_order(line.order)
    retotal(order, touched={line.pk})
    line.refresh_from_db(fields=["quantity", "unit_price", "discount", "tax", "total"])
    line.order = order
    return line
