"""The first lock of everything that happens to an order, and what is asked of it then."""

from django.utils.translation import gettext as _

from orders.errors import LineGone, OrderAtRegister, OrderNotOpen, ReasonMissing
from orders.models import CustomerOrder, OrderEvent, OrderLine
from settings_app.models import Staff


def lock_order(order: CustomerOrder) -> CustomerOrder:
    """The order as it is now, locked, in whatever status."""
    # Two queries: a locking query that waited and joins finds no row when the waited-for change moved a foreign key.
    CustomerOrder.objects.select_for_update().only("pk").get(pk=order.pk)
    return CustomerOrder.objects.select_related("store", "customer", "progress").get(pk=order.pk)


def lock_editable(order: CustomerOrder) -> CustomerOrder:
    """The order as it is now, locked, its lines free to change. Raises OrderNotOpen or OrderAtRegister."""
    order = lock_order(order)
    require_away_from_register(order)
    if order.is_settled:
        raise OrderNotOpen(
            _("Order %(number)s is %(status)s, so it stays as it is.")
            % {"number": order.number, "status": order.get_status_display().lower()}
        )
    return order


def lock_open(order: CustomerOrder) -> CustomerOrder:
    """The order as it is now, locked and open. Raises OrderNotOpen or OrderAtRegister."""
    order = lock_editable(order)
    if order.is_draft:
        raise OrderNotOpen(_("Order %(number)s is a draft. Open it first.") % {"number": order.number})
    return order


def lock_line(line: OrderLine) -> OrderLine:
    """The line as it is now with its serials, its order locked and free to change. Raises LineGone too."""
    order = lock_editable(line.order)
    found = order.lines.with_serials().filter(pk=line.pk).first()
    if found is None:
        raise LineGone(_("This line was removed from %(order)s in the meantime.") % {"order": order})
    found.order = order
    return found


def require_away_from_register(order: CustomerOrder) -> None:
    if order.at_register:
        raise OrderAtRegister(
            _("Order %(number)s is at the register, on sale %(sale)s. Complete that sale, or take the order off it.")
            % {"number": order.number, "sale": order.at_register}
        )


def require_reason(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(_("Say why: the reason is kept with the order."))
    return reason.strip()[:200]


def record_event(order: CustomerOrder, kind: str, text: str = "", *, staff: Staff, reason: str = "") -> None:
    """Append to what was done to an order."""
    OrderEvent.objects.create(order=order, kind=kind, text=text[:300], reason=reason, staff=staff)
