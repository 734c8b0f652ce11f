"""What this app tells of who did what: prices and tracking policies of products."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Product
from microbiz.money import format_money
from microbiz.trail import Source, Told
from settings_app.models import SerialTracking, ShopSettings


def _changes() -> QuerySet:
    """States of products with another price or policy than the state before, which comes along."""
    before = Product.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id")).order_by("-history_id")
    found = Product.history.filter(history_type="~").annotate(
        price_before=Subquery(before.values("price")[:1]),
        tracking_before=Subquery(before.values("serial_tracking")[:1]),
    )
    is_new = Q(price__isnull=True, price_before__isnull=False) | Q(price__isnull=False, price_before__isnull=True)
    return found.filter(is_new | ~Q(price=F("price_before")) | ~Q(serial_tracking=F("tracking_before")))


def _told(record) -> Told:
    parts = []
    if record.price != record.price_before:
        parts.append(_("price: %s") % _from_to(_money(record.price_before), _money(record.price)))
    if record.serial_tracking != record.tracking_before:
        policies = [str(SerialTracking(name).label) for name in (record.tracking_before, record.serial_tracking)]
        parts.append(_("serial numbers: %s") % _from_to(*policies))
    return Told(record.name, "; ".join(parts), url=record.instance.get_absolute_url())


def _from_to(before: str, after: str) -> str:
    return f"{before} → {after}"


def _money(amount: int | None) -> str:
    return _("nothing") if amount is None else format_money(amount, ShopSettings.load().currency)


PRODUCTS = Source(
    "products",
    gettext_lazy("Prices and policies of products"),
    _changes,
    _told,
    at="history_date",
    staff="history_user",
)
