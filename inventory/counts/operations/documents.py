"""Beginning and ending a stock count."""

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.counts.errors import CountClosed, NothingToCount
from inventory.counts.models import StockCount
from inventory.models import Category, Product
from microbiz.transactions import operation
from settings_app.models import Staff, Store
from settings_app.operations import next_number


def lock_count(count: StockCount) -> StockCount:
    """The count as it is now, locked and open, or CountClosed saying what became of it."""
    StockCount.objects.select_for_update().only("pk").get(pk=count.pk)
    count = StockCount.objects.select_related("store", "category").get(pk=count.pk)
    if not count.is_open:
        raise CountClosed(
            _("Stock count %(number)s is %(status)s, so it takes no more scans. Start a new one.")
            % {"number": count.number, "status": count.get_status_display().lower()}
        )
    return count


@operation
def start_count(
    store: Store,
    *,
    staff: Staff,
    category: Category | None = None,
    products: Collection[Product] = (),
    tracked_only: bool = False,
    is_blind: bool = True,
    note: str = "",
) -> StockCount:
    """Begin a count at a store: of one category and all below it, of a list of products, or of everything.

    Raises NothingToCount where no product is in it.
    """
    scopes = StockCount.Scope
    count = StockCount.objects.create(
        number=next_number("SC"),
        store=store,
        scope=scopes.CATEGORY if category else scopes.PRODUCTS if products else scopes.STORE,
        category=category,
        tracked_only=tracked_only,
        is_blind=is_blind,
        note=note.strip(),
        started_by=staff,
    )
    count.products.set(products)
    if not count.products_in_scope().exists():
        raise NothingToCount(
            _("There is no product in %(scope)s. Choose something else to count.") % {"scope": count.scope_text}
        )
    return count


@operation
def cancel_count(count: StockCount, *, staff: Staff) -> StockCount:
    """Give a count up: its scans stay on record, nothing is adjusted. Raises CountClosed."""
    count = lock_count(count)
    count.status, count.settled_by, count.settled_at = StockCount.Status.CANCELLED, staff, timezone.now()
    count.save(update_fields=["status", "settled_by", "settled_at"])
    return count
