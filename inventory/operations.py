"""Moving stock: the only code that writes stock levels and their ledger."""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.errors import NotEnoughStock
from inventory.models import Product, StockLevel, StockMovement
from settings_app.models import ShopSettings, Staff, Store, TaxClass


@transaction.atomic
def lock_levels(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], StockLevel]:
    """Lock the stock levels of these (store, product) pairs, in that order, making those that are missing.

    Every posting locks through here, so two postings that share products cannot wait for each other in a ring.
    """
    StockLevel.objects.bulk_create(
        [StockLevel(store_id=store, product_id=product) for store, product in sorted(pairs)],
        ignore_conflicts=True,
    )
    levels = (
        StockLevel.objects.select_for_update()
        .filter(
            store_id__in={store for store, _product in pairs},
            product_id__in={product for _store, product in pairs},
        )
        .order_by("store_id", "product_id")
    )
    return {
        (level.store_id, level.product_id): level for level in levels if (level.store_id, level.product_id) in pairs
    }


@transaction.atomic
def move_stock(movements: Sequence[StockMovement], *, staff: Staff | None) -> None:
    """Add the movements to the ledger and to their stock levels, all or none.

    Quantities are units, negative when they leave. Raises NotEnoughStock, naming every short product, where a
    level would fall further below zero and the store does not allow it. A fixed number of statements.
    """
    if not movements:
        return
    change: Counter[tuple[int, int]] = Counter()
    for movement in movements:
        movement.staff = staff
        change[movement.store_id, movement.product_id] += movement.quantity
    levels = lock_levels(set(change))
    stores = Store.objects.in_bulk({store for store, _product in change})
    short = []
    for pair, level in levels.items():
        level.may_go_negative = stores[level.store_id].allows_negative_stock
        level.on_hand += change[pair]
        if level.on_hand < 0 and change[pair] < 0 and not level.may_go_negative:
            short.append((level, level.on_hand - change[pair]))
        # A level that is already below zero may still be repaired upwards.
        level.may_go_negative = level.may_go_negative or (level.on_hand < 0 and change[pair] >= 0)
    if short:
        names = Product.objects.in_bulk([level.product_id for level, _before in short])
        raise NotEnoughStock(
            " ".join(
                _("%(product)s: %(count)d on hand at %(store)s. Lower the quantity, or receive or adjust stock first.")
                % {
                    "product": names[level.product_id].name,
                    "count": before,
                    "store": stores[level.store_id].name,
                }
                for level, before in short
            )
        )
    StockLevel.objects.bulk_update(levels.values(), ["on_hand", "may_go_negative"])
    StockMovement.objects.bulk_create(movements)


def new_product(**fields) -> Product:
    """An unsaved product with the shop's defaults: tracking policy and tax class are copied, not referred to."""
    shop = ShopSettings.load()
    fields.setdefault("serial_tracking", shop.default_serial_tracking)
    fields.setdefault("tax_class", TaxClass.objects.filter(is_default=True).first())
    return Product(**fields)
