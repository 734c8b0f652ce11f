"""What stores have, expect and have promised, and what they should order. Reads only."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, Sum
from django.utils.translation import ngettext

from inventory.models import Product, ReorderPoint, StockLevel, Vendor, VendorProduct
from receiving.models import PurchaseOrder, PurchaseOrderLine
from serials.promises import promised
from settings_app.models import Store

Pair = tuple[int, int]  # the pks of product and store


@dataclass(frozen=True)
class Supply:
    """One product at one store, in units. `drafted` stands on orders that are not sent yet."""

    on_hand: int = 0
    on_order: int = 0
    drafted: int = 0
    promised: int = 0
    point: int | None = None
    up_to: int | None = None

    @property
    def available(self) -> int:
        """What will be there for new customers."""
        return self.on_hand + self.on_order - self.promised

    @property
    def to_order(self) -> int:
        """How many to order now: none above the reorder point, else up to the wanted stock. Drafts count as ordered."""
        expected = self.available + self.drafted
        if not self.point or expected >= self.point:
            return 0
        return max((self.up_to or 0) - expected, 0)


def on_order(products: Collection[Product], stores: Collection[Store]) -> dict[Pair, int]:
    """Units that are still to come on orders that were sent, by (product, store)."""
    lines = PurchaseOrderLine.objects.outstanding().filter(product__in=products, order__store__in=stores)
    return _sums(lines, F("quantity") - F("received") - F("given_up"))


def _drafted(products: Collection[Product], stores: Collection[Store]) -> dict[Pair, int]:
    drafts = PurchaseOrderLine.objects.filter(order__status=PurchaseOrder.Status.DRAFT)
    return _sums(drafts.filter(product__in=products, order__store__in=stores), F("quantity"))


def _sums(lines, units) -> dict[Pair, int]:
    found = lines.order_by().values_list("product", "order__store").annotate(units=Sum(units))
    return {(product, store): count for product, store, count in found}


def supplies(products: Collection[Product], stores: Collection[Store]) -> dict[Pair, Supply]:
    """The supply of every product at every store. A fixed number of queries."""
    levels = StockLevel.objects.filter(product__in=products, store__in=stores)
    on_hand = {(level.product_id, level.store_id): level.on_hand for level in levels}
    points = {
        (point.product_id, point.store_id): point
        for point in ReorderPoint.objects.filter(product__in=products, store__in=stores)
    }
    ordered, drafted = on_order(products, stores), _drafted(products, stores)
    owed = promised(products, stores)
    return {
        pair: Supply(
            on_hand.get(pair, 0),
            ordered.get(pair, 0),
            drafted.get(pair, 0),
            owed.get(pair, 0),
            points[pair].point if pair in points else None,
            points[pair].up_to if pair in points else None,
        )
        for pair in ((product.pk, store.pk) for product in products for store in stores)
    }


@dataclass(frozen=True)
class Suggestion:
    """A product that a store is short of, and the vendor from whom it is usually bought; None where nobody said."""

    product: Product
    store: Store
    supply: Supply
    offer: VendorProduct | None

    @property
    def key(self) -> str:
        """The name by which a form ticks it."""
        return f"{self.store.pk}-{self.product.pk}"


def suggestions(stores: Sequence[Store]) -> list[Suggestion]:
    """What these stores should order, by store, vendor and name. A fixed number of queries."""
    points = ReorderPoint.objects.filter(store__in=stores, product__is_archived=False)
    products = {product.pk: product for product in Product.objects.filter(pk__in=points.values("product"))}
    by_pk = {store.pk: store for store in stores}
    found = supplies(list(products.values()), stores)
    short = [(pair, supply) for pair, supply in found.items() if supply.to_order]
    offers = best_offers([products[product] for (product, _store), _supply in short])
    wanted = [
        Suggestion(products[product], by_pk[store], supply, offers.get(product)) for (product, store), supply in short
    ]
    return sorted(
        wanted, key=lambda one: (one.store.name, one.offer.vendor.name if one.offer else "\uffff", one.product.name)
    )


def best_offers(products: Collection[Product]) -> dict[int, VendorProduct]:
    """For each product the preferred vendor's offer, else the only one there is."""
    offers = VendorProduct.objects.filter(product__in=products, vendor__is_archived=False).select_related("vendor")
    count = Counter(offer.product_id for offer in offers)
    return {offer.product_id: offer for offer in offers if offer.is_preferred or count[offer.product_id] == 1}


def usual_cost(vendor: Vendor, product: Product) -> int | None:
    """What the vendor's offer says, else what they asked the last time, else what the product cost. Minor units."""
    offer = VendorProduct.objects.filter(vendor=vendor, product=product).exclude(cost=None).first()
    if offer is not None:
        return offer.cost
    ordered = PurchaseOrderLine.objects.filter(order__vendor=vendor, product=product).exclude(unit_cost=None)
    last = (
        ordered.exclude(order__status__in=[PurchaseOrder.Status.DRAFT, PurchaseOrder.Status.CANCELLED])
        .order_by("-pk")
        .first()
    )
    return last.unit_cost if last else product.cost


def remarks(products: Sequence[Product], stores: Sequence[Store]) -> dict[Pair, str]:
    """What the Stock tab says beside a store's units."""
    return {
        pair: ngettext("%(n)d on order", "%(n)d on order", count) % {"n": count}
        for pair, count in on_order(products, stores).items()
    }
