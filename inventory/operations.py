"""Moving stock (the only code that writes stock levels and their ledger), and changing products and categories."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, ProtectedError, Subquery, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.errors import (
    BarcodeTaken,
    CategoryInItself,
    CategoryInUse,
    CategoryTaken,
    CategoryTooLong,
    NotEnoughStock,
    ProductChanged,
    ProductHasHistory,
    ProductInStock,
    SkuTaken,
)
from inventory.models import Barcode, Category, Product, StockLevel, StockMovement
from inventory.scans import barcode_key
from microbiz.many_rows import add_to_each, save_each
from microbiz.prepared import prepared
from microbiz.transactions import operation, part_of_a_posting
from settings_app.models import SerialTracking, ShopSettings, Staff, TaxClass

BELOW = " > "  # between the names of a category's path


@part_of_a_posting
def lock_levels(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], StockLevel]:
    """Lock the stock levels of these (store, product) pairs, in that order, making those that are missing.

    Every posting locks through here, so two postings that share products cannot wait for each other in a ring. They
    come with their stores.
    """
    stores, products = {store for store, _product in pairs}, {product for _store, product in pairs}
    locked: list[StockLevel] = []
    if len(pairs) == len(stores) * len(products):
        # All or none: with some of them locked, those that are missing would be made and locked out of order.
        locked = _lock_if_all_there(stores, products, len(pairs))
    if len(locked) < len(pairs):
        StockLevel.objects.bulk_create(
            [StockLevel(store_id=store, product_id=product) for store, product in sorted(pairs)],
            ignore_conflicts=True,
        )
        locked = list(_levels_to_lock(stores, products))
    return {
        (level.store_id, level.product_id): level for level in locked if (level.store_id, level.product_id) in pairs
    }


@prepared
def _lock_if_all_there(stores, products, count):
    there = StockLevel.objects.filter(store__among=stores, product__among=products).order_by().values(one=Value(1))
    return _levels_to_lock(stores, products).filter(Exact(Subquery(there.annotate(n=Count("pk")).values("n")), count))


def _levels_to_lock(stores, products):
    levels = StockLevel.objects.filter(store__among=stores, product__among=products).select_related("store")
    return levels.select_for_update(of=("self",)).order_by("store_id", "product_id")


@part_of_a_posting
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
    short, switched = [], False
    for pair, level in levels.items():
        before = level.may_go_negative
        level.may_go_negative = level.store.allows_negative_stock
        level.on_hand += change[pair]
        if level.on_hand < 0 and change[pair] < 0 and not level.may_go_negative:
            short.append((level, level.on_hand - change[pair]))
        # A level that is already below zero may still be repaired upwards.
        level.may_go_negative = level.may_go_negative or (level.on_hand < 0 and change[pair] >= 0)
        switched = switched or level.may_go_negative != before
    if short:
        names = Product.objects.in_bulk([level.product_id for level, _before in short])
        raise NotEnoughStock(
            " ".join(
                _("%(product)s: %(count)d on hand at %(store)s. Lower the quantity, or receive or adjust stock first.")
                % {
                    "product": names[level.product_id].name,
                    "count": before,
                    "store": level.store.name,
                }
                for level, before in short
            )
        )
    fields = ["on_hand", "may_go_negative"] if switched else ["on_hand"]
    save_each(levels.values(), fields)
    StockMovement.objects.bulk_create(movements)


@part_of_a_posting
def count_serials(change: Mapping[tuple[int, int], int]) -> None:
    """Add to how many serials are in stock, by (store, product), at levels that are locked. One statement.

    Raises IntegrityError, and keeps nothing, if there is no such level: the caller forgot to lock it.
    """
    amounts = {pair: serials for pair, serials in change.items() if serials}
    if amounts and add_to_each(StockLevel, "serials", amounts, "store", "product") != len(amounts):
        raise IntegrityError(f"Serials came to stock levels that nobody locked: {sorted(amounts)}")


def new_product(**fields) -> Product:
    """An unsaved product with the shop's defaults: tracking policy and tax class are copied, not referred to."""
    shop = ShopSettings.load()
    fields.setdefault("serial_tracking", shop.default_serial_tracking)
    fields.setdefault("tax_class", TaxClass.objects.filter(is_default=True).first())
    return Product(**fields)


@operation
def save_product(
    product: Product | None,
    *,
    fields: dict[str, Any],
    staff: Staff,
    category: str | None = None,
    barcodes: Sequence[str] | None = None,
    seen: datetime | None = None,
) -> Product:
    """Create a product (None), with the shop's defaults, or change the named fields of one.

    `category` is a path such as “Cameras > Lenses”, made where it is missing; `barcodes` are all of the product's.
    `seen` is the `updated_at` that the person saw. Locks the product; writes nothing, not even a history record,
    where nothing differs. Raises ProductChanged when somebody saved it since, SkuTaken, BarcodeTaken.
    """
    if product is None:
        record = new_product(**fields)
    else:
        record = Product.objects.select_for_update().get(pk=product.pk)
        if seen is not None and record.updated_at != seen:
            raise ProductChanged(_("Somebody saved %(product)s while you were at it.") % {"product": record.name})
    before = {name: getattr(record, name) for name in fields} | {"category": record.category_id}
    for name, value in fields.items():
        setattr(record, name, value)
    if category is not None:
        record.category = make_category(category)
    _require_own_sku(record)
    added, removed = _compare_barcodes(record, barcodes)
    after = {name: getattr(record, name) for name in fields} | {"category": record.category_id}
    if record.pk and before == after and not added and not removed:
        return record
    record._change_reason = _barcode_news(added, removed)
    try:
        with transaction.atomic():
            _save_with_history(record, staff)
            Barcode.objects.filter(pk__in=[barcode.pk for barcode in removed]).delete()
            for code in added:
                Barcode.objects.create(product=record, code=code)
    except IntegrityError:  # somebody took the SKU or a barcode between the look and the save
        _require_own_sku(record)
        _compare_barcodes(record, barcodes)
        raise
    return record


def _save_with_history(product: Product, staff: Staff) -> None:
    product._history_user = staff
    product.save()


def _require_own_sku(product: Product) -> None:
    """SKUs differ by more than case: people read them aloud."""
    other = Product.objects.with_sku(product.sku).exclude(pk=product.pk).first()
    if other:
        raise SkuTaken(_("Already %(product)s.") % {"product": other.name}, other)


def _compare_barcodes(product: Product, codes: Sequence[str] | None) -> tuple[list[str], list[Barcode]]:
    """Which codes the product gains and which of its barcodes it loses. Raises BarcodeTaken."""
    if codes is None:
        return [], []
    wanted = {barcode_key(code): code.strip() for code in codes if code.strip()}
    taken = Barcode.objects.filter(key__in=wanted).exclude(product=product.pk).select_related("product").first()
    if taken:
        raise BarcodeTaken(
            _("%(code)s already belongs to %(product)s.") % {"code": taken.code, "product": taken.product.name},
            taken.product,
        )
    own = {barcode.key: barcode for barcode in product.barcodes.all()} if product.pk else {}
    added = [code for key, code in wanted.items() if key not in own]
    return added, [barcode for key, barcode in own.items() if key not in wanted]


def _barcode_news(added: Sequence[str], removed: Sequence[Barcode]) -> str | None:
    """What happened to the barcodes, for the history: “+ 4006381333931 − 012345678905”."""
    news = [f"+ {code}" for code in added] + [f"− {barcode.code}" for barcode in removed]
    return " ".join(news) or None


@operation
def archive_product(product: Product, *, staff: Staff) -> Product:
    """Take a product out of lists and off the register; everything recorded of it stays.

    Locks the product. Raises ProductInStock while units of it are on hand in any store.
    """
    product = Product.objects.select_for_update().get(pk=product.pk)
    levels = list(product.stock_levels.exclude(on_hand=0).select_related("store").order_by("store__name"))
    if levels:
        where = ", ".join(f"{level.store.name} {level.on_hand}" for level in levels)
        raise ProductInStock(
            _("%(product)s is still in stock (%(where)s). Sell the units or enter the stock as 0 first.")
            % {"product": product.name, "where": where}
        )
    if not product.is_archived:
        product.is_archived = True
        _save_with_history(product, staff)
    return product


@operation
def unarchive_product(product: Product, *, staff: Staff) -> Product:
    """Put an archived product back into lists and on sale."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    if product.is_archived:
        product.is_archived = False
        _save_with_history(product, staff)
    return product


@operation
def delete_product(product: Product, *, staff: Staff) -> None:
    """Remove a product that was entered by mistake. Raises ProductHasHistory when anything ever happened to it."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    refusal = ProductHasHistory(
        _("%(product)s has a history of stock, sales or serial numbers, which is kept. Archive it instead.")
        % {"product": product.name}
    )
    if product.movements.exists():
        raise refusal
    product.stock_levels.filter(on_hand=0).delete()
    product._history_user = staff
    try:
        product.delete()
    except ProtectedError:
        raise refusal from None


@operation
def change_tracking(product: Product, tracking: str, *, staff: Staff, seen: str | None = None) -> Product:
    """Give a product another tracking policy. No serial is added, changed or deleted.

    `seen` is the policy that the person saw. Locks the product and records who and when. Raises ProductChanged.
    """
    product = Product.objects.select_for_update().get(pk=product.pk)
    if seen is not None and product.serial_tracking != seen:
        raise ProductChanged(
            _("Somebody has set %(product)s to %(tracking)s in the meantime. Choose again if it should be different.")
            % {"product": product.name, "tracking": product.get_serial_tracking_display()}
        )
    if product.serial_tracking != tracking:
        product.serial_tracking = SerialTracking(tracking)
        _save_with_history(product, staff)
    return product


@operation
def make_category(path: str) -> Category | None:
    """The category at a path such as “Cameras > Lenses”, made with its parents where missing; None for no path.

    Capital and small letters are the same category.
    """
    category = None
    for name in (part.strip() for part in path.split(BELOW.strip())):
        if not name:
            continue
        way = _path(category, name)
        category = Category.objects.filter(path__iexact=way).first() or Category.objects.create(
            parent=category, name=name, path=way
        )
    return category


def _path(parent: Category | None, name: str) -> str:
    """The path of a category of this name below `parent`. Raises CategoryTooLong."""
    path = f"{parent.path}{BELOW}{name}" if parent else name
    longest_name, longest = (Category._meta.get_field(field).max_length or 0 for field in ("name", "path"))
    if len(name) > longest_name or len(path) > longest:
        raise CategoryTooLong(
            _("“%(start)s…” is too long: a category has at most %(name)d characters, the whole way to it %(path)d.")
            % {"start": path[:40], "name": longest_name, "path": longest}
        )
    return path


@operation
def change_category(category: Category, *, name: str, parent: Category | None) -> Category:
    """Rename a category, move it, or both; the paths of everything below follow.

    Locks every category, as a move may concern any. Raises CategoryTaken, CategoryInItself.
    """
    everything = {one.pk: one for one in Category.objects.select_for_update().order_by("pk")}
    category = everything[category.pk]
    above = everything[parent.pk] if parent else None
    step = above
    while step is not None:
        if step.pk == category.pk:
            raise CategoryInItself(_("%(category)s cannot move below itself.") % {"category": category.path})
        step = everything.get(step.parent_id)
    old, new = category.path, _path(above, name)
    taken = next((one for one in everything.values() if one.path.casefold() == new.casefold()), None)
    if taken and taken.pk != category.pk:
        raise CategoryTaken(
            _("There is already a category %(path)s. Choose another name, or move the products there.")
            % {"path": taken.path}
        )
    category.name, category.parent = name, above
    below = [one for one in everything.values() if one.path == old or one.path.startswith(old + BELOW)]
    for one in below:
        one.path = new + one.path[len(old) :]
    too_long = max((one.path for one in below), key=len)
    if len(too_long) > (Category._meta.get_field("path").max_length or 0):
        raise CategoryTooLong(_("The way to %(category)s would become too long.") % {"category": too_long[:80]})
    Category.objects.bulk_update(below, ["name", "parent", "path"])
    return category


@operation
def delete_category(category: Category) -> None:
    """Remove an empty category. Raises CategoryInUse."""
    category = Category.objects.select_for_update().get(pk=category.pk)
    products, below = category.products.count(), category.children.count()
    if products:
        raise CategoryInUse(
            ngettext(
                "%(count)d product is in %(category)s. Put it into another category first.",
                "%(count)d products are in %(category)s. Put them into another category first.",
                products,
            )
            % {"count": products, "category": category.path}
        )
    if below:
        raise CategoryInUse(
            _("There are categories below %(category)s. Move or delete them first.") % {"category": category.path}
        )
    category.delete()
