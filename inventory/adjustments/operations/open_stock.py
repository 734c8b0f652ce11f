"""Open stock typed as a figure: an adjustment of one line for each store."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.adjustments.errors import Leaving, SerialsLeave, StockChanged
from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations.posting import post_adjustment
from inventory.models import Product, StockLevel
from inventory.operations import lock_levels
from microbiz.transactions import operation
from serials.models import Serial
from serials.operations import attach
from settings_app.models import ShopSettings, Staff, Store
from settings_app.operations import next_number


@dataclass(frozen=True)
class OpenStock:
    """How many units of a product shall be on hand at a store.

    `seen` is the figure that the person saw. When fewer units remain than serials are on record there, `leaving` says
    which of them go. `serials` are the numbers of units that come in, where they are known already.
    """

    store: Store
    on_hand: int
    seen: int | None = None
    leaving: Collection[Serial] = ()
    serials: Collection[str] = ()


@operation
def enter_open_stock(
    product: Product, entries: Collection[OpenStock], *, staff: Staff, reason: str, note: str = ""
) -> list[Adjustment]:
    """Make the stock of a product what `entries` say, each through an adjustment of one line; none where it is so already.

    All or none. Locks the counter of adjustments, the stock levels, then serials. Raises StockChanged when units
    moved since, SerialsLeave when it must be said which serials leave, SerialUnavailable when one of those cannot.
    """
    on_hand_now = dict(product.stock_levels.values_list("store", "on_hand"))
    entries = [entry for entry in entries if entry.on_hand != on_hand_now.get(entry.store.pk, 0)]
    entries.sort(key=lambda entry: entry.store.pk)
    numbers = [next_number("ADJ") for _entry in entries]
    levels = lock_levels({(entry.store.pk, product.pk) for entry in entries})
    levels_of = {store: level for (store, _product), level in levels.items()}
    _require_seen(entries, levels_of)
    _require_leaving(product, entries, levels_of)
    more = [entry.on_hand - levels_of[entry.store.pk].on_hand for entry in entries]
    return [
        _adjust(product, entry, difference, number, staff=staff, reason=reason, note=note)
        for entry, difference, number in zip(entries, more, numbers, strict=True)
        if difference
    ]


def _require_seen(entries: Collection[OpenStock], levels: dict[int, StockLevel]) -> None:
    moved = [entry for entry in entries if entry.seen is not None and entry.seen != levels[entry.store.pk].on_hand]
    if moved:
        raise StockChanged(
            " ".join(
                _("%(store)s: %(now)d on hand now, %(seen)d when you looked.")
                % {"store": entry.store.name, "now": levels[entry.store.pk].on_hand, "seen": entry.seen}
                for entry in moved
            )
            + " "
            + _("Look at the figures again and save once more.")
        )


def _require_leaving(product: Product, entries: Collection[OpenStock], levels: dict[int, StockLevel]) -> None:
    """Lowering stock never leaves more serials than units. Raising it repairs, so it is always allowed."""
    if not product.is_tracked or not ShopSettings.load().serial_numbers_enabled:
        return
    short, words = [], []
    for entry in entries:
        level = levels[entry.store.pk]
        if entry.on_hand >= level.on_hand:
            continue
        serials = level.serials
        at_most = level.on_hand - entry.on_hand
        at_least = min(serials - entry.on_hand, at_most)
        if len(entry.leaving) < at_least or len(entry.leaving) > at_most:
            short.append(Leaving(entry.store, at_least, at_most, len(entry.leaving)))
            words.append(
                ngettext(
                    "%(serials)d serial numbers are on record at %(store)s: choose %(count)d that leaves.",
                    "%(serials)d serial numbers are on record at %(store)s: choose %(count)d that leave.",
                    max(at_least, 1),
                )
                % {"serials": serials, "store": entry.store.name, "count": at_least}
                if len(entry.leaving) < at_least
                else _("%(chosen)d serial numbers are chosen at %(store)s, but only %(count)d units leave.")
                % {"chosen": len(entry.leaving), "store": entry.store.name, "count": at_most}
            )
    if short:
        raise SerialsLeave(" ".join(words), short)


def _adjust(product: Product, entry: OpenStock, difference: int, number: str, *, staff: Staff, reason: str, note: str):
    adjustment = Adjustment.objects.create(number=number, store=entry.store, reason_id=reason, note=note, staff=staff)
    line = AdjustmentLine.objects.create(
        adjustment=adjustment, product=product, quantity=abs(difference), is_minus=difference < 0
    )
    numbers = [serial.number for serial in entry.leaving] if difference < 0 else list(entry.serials)
    if numbers:
        attach(line, numbers, new=() if difference < 0 else numbers, staff=staff, place=entry.store.name)
    # A stock figure typed by hand says how many, not yet which: the serials follow on the Serial Number tab.
    return post_adjustment(adjustment, staff=staff, excused={line.pk})


def set_open_stock(
    product: Product,
    store: Store,
    on_hand: int,
    *,
    staff: Staff,
    reason: str,
    note: str = "",
    leaving: Collection[Serial] = (),
    serials: Collection[str] = (),
) -> Adjustment | None:
    """Enter the open stock of one store, as `enter_open_stock` does; None when it is so already."""
    entry = OpenStock(store, on_hand, leaving=leaving, serials=serials)
    return next(iter(enter_open_stock(product, [entry], staff=staff, reason=reason, note=note)), None)
