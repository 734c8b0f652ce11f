"""What this app tells of who did what: prices and exceptions on orders, and the stages of orders."""

from django.utils.translation import gettext_lazy

from microbiz.trail import Source, Told
from orders.models import OrderEvent, OrderStatus
from settings_app.audit import changes_of

Kind = OrderEvent.Kind


def _exceptions():
    kinds = (Kind.PRICE, Kind.DISCOUNT, Kind.UNPAID, Kind.SERIALS)
    return OrderEvent.objects.filter(kind__in=kinds).select_related("order__store")


def _told(event: OrderEvent) -> Told:
    detail = "; ".join(filter(None, [str(event.order), event.text, event.reason]))
    return Told(event.get_kind_display(), detail, event.order.store, event.order.get_absolute_url())


SOURCES = [
    Source("orders", gettext_lazy("Overrides and prices on orders"), _exceptions, _told),
    changes_of("order_statuses", gettext_lazy("Stages of orders"), OrderStatus),
]
