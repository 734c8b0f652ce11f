"""Where units and serials of a product do not agree, in numbers and in words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils.translation import ngettext

from inventory.models import Product, StockLevel
from settings_app.models import ShopSettings, Store


@dataclass(frozen=True)
class Balance:
    """Units on hand against serials in stock, of one product at one store."""

    units: int = 0
    serials: int = 0

    @property
    def lacking(self) -> int:
        """Units without a serial."""
        return max(self.units - self.serials, 0)

    @property
    def surplus(self) -> int:
        """Serials without a unit."""
        return max(self.serials - self.units, 0)

    def __str__(self):
        if self.lacking:
            return ngettext("%(n)d lacks a serial", "%(n)d lack a serial", self.lacking) % {"n": self.lacking}
        if self.surplus:
            return ngettext("%(n)d serial too many", "%(n)d serials too many", self.surplus) % {"n": self.surplus}
        return ""


@dataclass(frozen=True)
class Gap(Balance):
    """Units and serials of one product that disagree at one store."""

    product: Product | None = None
    store: Store | None = None

    @property
    def pair(self) -> tuple[int, int]:
        return self.product.pk, self.store.pk

    @property
    def difference(self) -> int:
        """Units without a serial; negative: serials without a unit."""
        return self.units - self.serials

    @property
    def count(self) -> int:
        """How many units or serials are concerned."""
        return abs(self.difference)


def gap_of(level: StockLevel) -> Gap:
    """The gap of one of `differing`."""
    return Gap(level.on_hand, level.serials, level.product, level.store)


def differing(stores: Collection[Store]) -> QuerySet[StockLevel]:
    """The stock levels of tracked products whose units and serials differ."""
    levels = StockLevel.objects.filter(store__in=stores, product__in=Product.objects.tracked())
    differ = levels.exclude(on_hand=F("serials"))
    return differ.select_related("product", "store").order_by("product__name", "store__name", "pk")


def balances(products: Collection[Product], stores: Collection[Store]) -> dict[tuple[int, int], Balance]:
    """The balance of each (product, store) that has or had units or serials, by their pks. One query."""
    levels = StockLevel.objects.filter(product__in=products, store__in=stores)
    return {(level.product_id, level.store_id): Balance(level.on_hand, level.serials) for level in levels}


def remarks(products: Sequence[Product], stores: Sequence[Store]) -> dict[tuple[int, int], str]:
    """What the product list says beside a store's units where serials differ; nothing while the add-on is off."""
    tracked = [product for product in products if product.is_tracked]
    if not tracked or not ShopSettings.load().serial_numbers_enabled:
        return {}
    return {pair: str(balance) for pair, balance in balances(tracked, stores).items() if str(balance)}
