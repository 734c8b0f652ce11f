"""Saying from whom a product is bought and when it is ordered again."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils.translation import gettext as _

from inventory.errors import OfferTwice, PointAboveUpTo, ProductChanged
from inventory.models import Product, Vendor
from inventory.supply.models import ReorderPoint, VendorProduct
from microbiz.transactions import operation
from settings_app.models import Staff, Store


@dataclass(frozen=True)
class Reorder:
    """When one store orders again, in units; without `point` it orders by hand."""

    store: Store
    point: int | None
    up_to: int | None


@dataclass(frozen=True)
class Offer:
    """What one vendor asks for a unit, in minor units, and calls it; `keeps_cost` leaves what is known as it is."""

    vendor: Vendor
    item_number: str = ""
    cost: int | None = None
    is_preferred: bool = False
    keeps_cost: bool = False


def supply_seen(product: Product) -> str:
    """What a person sees of a product's offers and reorder points, in short: another text once somebody changed one."""
    points = product.reorder_points.order_by("store").values_list("store", "point", "up_to")
    offers = product.offers.order_by("vendor").values_list("vendor", "item_number", "cost", "is_preferred")
    return sha256(repr([*points, *offers]).encode()).hexdigest()[:16]


@operation
def save_supply(
    product: Product,
    *,
    reorders: Sequence[Reorder],
    offers: Sequence[Offer],
    staff: Staff,
    seen: str | None = None,
) -> None:
    """Make the offers of a product exactly these, and its reorder points those of the named stores.

    `seen` is the `supply_seen` of the page. Locks the product. Writes nothing, not even a history record, where
    nothing differs. Raises ProductChanged when somebody saved it since, PointAboveUpTo, OfferTwice.
    """
    product = Product.objects.select_for_update().get(pk=product.pk)
    if seen is not None and seen != supply_seen(product):
        raise ProductChanged(
            _("Somebody saved %(product)s while you were at it. Open this page again and look at what is there now.")
            % {"product": product.name}
        )
    _require_sound(reorders, offers)
    _save_points(product, reorders, staff)
    _save_offers(product, offers, staff)


def _require_sound(reorders: Sequence[Reorder], offers: Sequence[Offer]) -> None:
    wrong = [one for one in reorders if one.point and (one.up_to or 0) < one.point]
    if wrong:
        raise PointAboveUpTo(
            " ".join(
                _("%(store)s: order up to at least %(point)d, the reorder point.")
                % {"store": one.store.name, "point": one.point}
                for one in wrong
            )
        )
    vendors = [offer.vendor for offer in offers]
    twice = sorted({vendor.name for vendor in vendors if vendors.count(vendor) > 1})
    if twice:
        raise OfferTwice(_("%(vendors)s: one row for each vendor.") % {"vendors": ", ".join(twice)})
    if sum(offer.is_preferred for offer in offers) > 1:
        raise OfferTwice(_("Choose one preferred vendor."))


def _save_points(product: Product, reorders: Sequence[Reorder], staff: Staff) -> None:
    known = {one.store_id: one for one in product.reorder_points.all()}
    for reorder in reorders:
        record = known.get(reorder.store.pk)
        if not reorder.point:
            if record is not None:
                record._history_user = staff
                record.delete()
            continue
        record = record or ReorderPoint(product=product, store=reorder.store)
        if (record.point, record.up_to) != (reorder.point, reorder.up_to):
            record.point, record.up_to = reorder.point, reorder.up_to
            record._history_user = staff
            record.save()


def _save_offers(product: Product, offers: Sequence[Offer], staff: Staff) -> None:
    known = {one.vendor_id: one for one in product.offers.all()}
    wanted = {offer.vendor.pk for offer in offers}
    for record in known.values():
        if record.vendor_id not in wanted:
            record._history_user = staff
            record.delete()
    # The preferred one last: the database holds that there is never a second.
    for offer in sorted(offers, key=lambda offer: offer.is_preferred):
        record = known.get(offer.vendor.pk) or VendorProduct(product=product, vendor=offer.vendor)
        cost = record.cost if offer.keeps_cost else offer.cost
        before = (record.item_number, record.cost, record.is_preferred)
        if record.pk is None or before != (offer.item_number, cost, offer.is_preferred):
            record.item_number, record.cost, record.is_preferred = offer.item_number, cost, offer.is_preferred
            record._history_user = staff
            record.save()
