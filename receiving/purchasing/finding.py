"""Finding purchase orders by what people have in hand: a number, a vendor, a product."""

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from microbiz.lookups import Found
from receiving.models import PurchaseOrder, PurchaseOrderLine

MOST = 5


def orders_found_by(orders: QuerySet[PurchaseOrder], text: str) -> QuerySet[PurchaseOrder]:
    """Orders that a person means by their number, vendor, or a word or SKU of what is on them."""
    for word in text.split()[:8]:
        lines = PurchaseOrderLine.objects.filter(Q(product__sku__iexact=word) | Q(product__name__icontains=word))
        orders = orders.filter(
            Q(number__icontains=word) | Q(vendor__name__icontains=word) | Q(pk__in=lines.values("order"))
        )
    return orders


def with_sums(orders: QuerySet[PurchaseOrder]) -> QuerySet[PurchaseOrder]:
    """Adds lines, units, units to come and the sum of costs (minor units) of each order."""
    lines = PurchaseOrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")

    def summed(expression):
        return Coalesce(Subquery(lines.annotate(sum=expression).values("sum")), 0)

    return orders.annotate(
        line_count=summed(Count("pk")),
        units=summed(Sum("quantity")),
        came=summed(Sum("received")),
        to_come=summed(Sum(F("quantity") - F("received") - F("given_up"), filter=_still_to_come())),
        total=summed(Sum(F("quantity") * F("unit_cost"))),
    )


def _still_to_come() -> Q:
    return Q(quantity__gt=F("received") + F("given_up"))


def find_orders(code: str, staff) -> list[Found]:
    """For the look-up: the purchase order with this number."""
    if not staff.has_perm("receiving.view_purchaseorder"):
        return []
    orders = PurchaseOrder.objects.for_staff(staff).filter(number=code.strip().upper()).select_related("vendor")
    return [
        Found(
            _("Purchase order"),
            order.number,
            _("%(vendor)s. %(status)s") % {"vendor": order.vendor, "status": order.get_status_display()},
            order.get_absolute_url(),
            "shopping-cart",
        )
        for order in orders[:MOST]
    ]
