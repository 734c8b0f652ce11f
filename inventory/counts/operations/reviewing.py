"""Deciding on what a count found: accepted, counted again, or set aside."""

from django.utils.translation import gettext as _

from inventory.counts.errors import CountChanged, WrongQuantity
from inventory.counts.models import CountDecision, CountScan, StockCount
from inventory.counts.operations.counting import Counter, CountResult, require_live, undo
from inventory.counts.operations.documents import lock_count
from inventory.counts.results import result_of
from inventory.models import Product
from microbiz.transactions import operation
from settings_app.models import Staff

Finding = CountScan.Finding


@operation
def accept(count: StockCount, seen: dict[int, str], *, staff: Staff) -> StockCount:
    """Take for true how products differ. `seen` gives for each product's pk the signature that the person saw.

    Raises CountChanged, naming every product that differs otherwise by now or still has a number to settle.
    """
    count = lock_count(count)
    found = {one.product.pk: one for one in result_of(count).products}
    changed = [
        str(found[pk].product)
        for pk, signature in seen.items()
        if pk in found and (found[pk].signature != signature or found[pk].pending)
    ]
    if changed or not seen.keys() <= found.keys():
        raise CountChanged(
            _("It changed while you looked, or has a number to settle: %(products)s. Look at it once more.")
            % {"products": ", ".join(changed) or _("a product")}
        )
    for pk, signature in seen.items():
        CountDecision.objects.update_or_create(count=count, product_id=pk, defaults={"seen": signature, "staff": staff})
    return count


@operation
def recount(count: StockCount, product: Product, *, staff: Staff) -> StockCount:
    """Count a product once more: what was scanned of it stays on record as undone."""
    count = lock_count(count)
    undo(list(count.scans.filter(product=product, undone_at__isnull=True)), staff=staff)
    count.decisions.filter(product=product).delete()
    return count


@operation
def count_none(count: StockCount, product: Product, *, staff: Staff) -> CountResult:
    """Say that nothing of a product stands here. Raises WrongQuantity where some of it was counted already."""
    count = lock_count(count)
    if count.scans.live().filter(product=product, finding__in=CountScan.EVIDENCE).exists():
        raise WrongQuantity(_("%(product)s was counted. Recount it instead.") % {"product": product})
    return Counter(count, staff, None, product.sku).units(product, quantity=0)


@operation
def confirm_new(scan: CountScan, *, staff: Staff, product: Product | None = None) -> CountScan:
    """Add New: the number was read right, so posting puts it on record. `product` says of what, for an unknown code.

    Raises ScanGone, CountClosed, InvalidNumber; WrongQuantity for what is no new number.
    """
    count = lock_count(scan.count)
    scan = require_live(count, scan)
    if scan.finding == Finding.UNKNOWN and product is not None:
        undo([scan], staff=staff)
        result = Counter(count, scan.staff, None, scan.code).named(product)
        if result.scan is None or result.scan.finding != Finding.NEW:
            return result.scan
        scan = result.scan
    if scan.finding != Finding.NEW:
        raise WrongQuantity(_("%(number)s is on record already.") % {"number": scan.shown})
    scan.is_confirmed = True
    scan.save(update_fields=["is_confirmed"])
    return scan


@operation
def set_aside(scan: CountScan, *, staff: Staff) -> CountScan:
    """Leave one scan out of the count; it stays on record as undone. Raises ScanGone, CountClosed."""
    count = lock_count(scan.count)
    scan = require_live(count, scan)
    undo([scan], staff=staff)
    return scan
