"""What the product list shows: rows with their stock per store, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from inventory.models import Product, StockLevel
from microbiz.remarks import remarks_on
from settings_app.models import Store

MOST_STORES = 6  # as columns; more do not fit beside the names


@dataclass(frozen=True)
class Cell:
    """A product at a store: units on hand, and what is remarkable there."""

    store: Store
    on_hand: int
    remarks: Sequence[str]


@dataclass(frozen=True)
class Row:
    product: Product
    cells: Sequence[Cell]
    total: int  # units on hand in all stores, shown or not


def shown_stores(own: Sequence[Store]) -> list[Store]:
    """The stores that get a column: all of them, or where there are too many, the person's own."""
    stores = list(Store.objects.filter(is_active=True)[: MOST_STORES + 1])
    return stores if len(stores) <= MOST_STORES else list(own)[:MOST_STORES]


def rows(products: Sequence[Product], stores: Sequence[Store]) -> list[Row]:
    """One row for each product."""
    on_hand = {
        (level.product_id, level.store_id): level.on_hand for level in StockLevel.objects.filter(product__in=products)
    }
    totals: dict[int, int] = {}
    for (product, _store), count in on_hand.items():
        totals[product] = totals.get(product, 0) + count
    remarks = remarks_on("inventory.products", products, stores)
    return [
        Row(
            product,
            [
                Cell(store, on_hand.get((product.pk, store.pk), 0), remarks.get((product.pk, store.pk), ()))
                for store in stores
            ],
            totals.get(product.pk, 0),
        )
        for product in products
    ]
