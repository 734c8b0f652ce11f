"""Finding orders by what people have in hand: a number, a name, a serial that is reserved."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.scans import read_scan
from microbiz.lookups import Found
from orders.models import Customer, CustomerOrder, HandOverLineSerial, OrderLineSerial
from serials.numbers import number_key


def orders_found_by(orders, text: str):
    """The orders that somebody means by `text`: number, customer, or a serial on it."""
    code = read_scan(text).text
    key = number_key(code)
    means = Q(number__icontains=code) | Q(customer__in=Customer.objects.found_by(text).values("pk"))
    if key:
        reserved = OrderLineSerial.objects.filter(serial__number_key=key).values("line__order")
        gone = HandOverLineSerial.objects.filter(serial__number_key=key).values("line__hand_over__order")
        means |= Q(pk__in=reserved) | Q(pk__in=gone)
    return orders.filter(means)


def orders_with_status(orders, status: str | None):
    """The orders at a status, or at a stage of the shop's own; without one those that still have goods to hand over."""
    if status is None:
        return orders.unsettled()
    if status.startswith("stage-"):
        return orders.filter(progress=status.removeprefix("stage-"))
    if status == "open":
        return orders.filter(status=status, progress__isnull=True)
    if status == "refund":
        return orders.filter(paid__gt=F("total"))
    return orders if status == "all" else orders.filter(status=status)


def orders_wanted(orders, wanted: str):
    """The orders whose goods are overdue, or wanted within so many days of the store's wall calendar."""
    today = timezone.localdate()
    if wanted == "late":
        return orders.unsettled().filter(wanted_by__lt=today)
    return orders.filter(wanted_by__gte=today, wanted_by__lte=today + timedelta(days=int(wanted)))


def find_orders(code: str, staff) -> list[Found]:
    """For the look-up in the header: the order with this number."""
    number = read_scan(code).text
    if not number or not staff.has_perm("orders.view_customerorder"):
        return []
    orders = CustomerOrder.objects.for_staff(staff).filter(number=number.upper())
    return [
        Found(
            _("Order"),
            order.number,
            _("%(customer)s, %(status)s, at %(store)s")
            % {"customer": order.customer, "status": order.get_status_display().lower(), "store": order.store},
            order.get_absolute_url(),
            "clipboard-list",
        )
        for order in orders.select_related("store", "customer", "progress")
    ]
