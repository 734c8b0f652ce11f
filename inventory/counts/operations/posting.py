"""Posting a stock count: one adjustment for everything that differs, or nothing at all."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations import post_adjustment
from inventory.counts.errors import CountChanged, NotDecided
from inventory.counts.models import StockCount
from inventory.counts.operations.documents import lock_count
from inventory.counts.results import ProductResult, result_of
from inventory.operations import lock_levels
from microbiz.transactions import operation
from serials.models import Serial
from serials.operations import attach, attach_units, name_gone, record
from serials.policy import Moment
from settings_app.models import Staff
from settings_app.operations import next_number


@operation
def post_count(count: StockCount, *, staff: Staff) -> StockCount:
    """Make the stock what the count found, through one adjustment; through none where nothing has to move.

    All or none. Locks the counter of adjustments, the count, the stock levels of what differs, then serials. Raises
    CountClosed, NotDecided naming every product that nobody accepted as it differs now, CountChanged when it changed
    between the look and the lock, and whatever posting an adjustment raises. A fixed number of statements, and a few
    more for each product with numbers that were not on record.
    """
    adjusts = any(_moves(one) for one in result_of(count).differing)
    number = next_number("ADJ") if adjusts else ""
    count = lock_count(count)
    products = count.scans.live().filter(product__isnull=False).order_by().values_list("product", flat=True).distinct()
    lock_levels({(count.store_id, product) for product in products})
    result = result_of(count)
    if result.undecided:
        raise NotDecided(
            _("Nobody has decided yet, or it changed since: %(products)s. Accept how it differs, or count it again.")
            % {"products": ", ".join(str(one.product) for one in result.undecided)}
        )
    differing = result.differing
    moving = [one for one in differing if _moves(one)]
    if bool(moving) != adjusts:
        raise CountChanged(_("It changed while you looked. Look at the result once more."))
    _lock_units(differing)
    _name_units(count, differing, staff)
    if moving:
        count.adjustment = _adjust(count, moving, number, staff)
    count.status, count.settled_by, count.settled_at = StockCount.Status.POSTED, staff, timezone.now()
    count.save(update_fields=["adjustment", "status", "settled_by", "settled_at"])
    return count


def _moves(one: ProductResult) -> bool:
    """Whether anything of a product comes or goes, beside numbers that are only put right."""
    return bool(one.plus or one.minus or one.found or one.new[one.naming :] or one.missing[one.gone :])


def _lock_units(results: Sequence[ProductResult]) -> None:
    """Lock every unit concerned at once, by pk, as every posting does."""
    units = [serial.pk for one in results for serial in one.missing]
    units += [scan.serial_id for one in results for scan in one.found]
    list(Serial.objects.select_for_update(of=("self",)).filter(pk__in=units).order_by("pk"))


def _name_units(count: StockCount, results: Sequence[ProductResult], staff: Staff) -> None:
    """Put right which numbers the units on hand have; no stock moves."""
    for one in results:
        if one.naming:
            numbers = [scan.number for scan in one.new[: one.naming]]
            record(
                one.product,
                count.store,
                numbers,
                staff=staff,
                note=_("Counted on %(number)s") % {"number": count.number},
            )
        if one.gone:
            name_gone(one.product, count.store, one.missing[: one.gone], staff=staff, moment=Moment.ADJUST_OUT)


def _adjust(count: StockCount, results: Sequence[ProductResult], number: str, staff: Staff) -> Adjustment:
    adjustment = Adjustment.objects.create(
        number=number,
        store=count.store,
        reason_id=Adjustment.Reason.COUNT,
        note=_("Stock count %(number)s") % {"number": count.number},
        staff=staff,
    )
    units: list[Sequence[Serial]] = []
    numbers: list[list[str]] = []
    lines: list[AdjustmentLine] = []

    def line(one: ProductResult, quantity: int, is_minus: bool, serials=(), new=()) -> None:
        if quantity:
            lines.append(
                AdjustmentLine(adjustment=adjustment, product=one.product, quantity=quantity, is_minus=is_minus)
            )
            units.append(serials)
            numbers.append([scan.number for scan in new])

    for one in results:
        found, new, missing = one.found, one.new[one.naming :], one.missing[one.gone :]
        line(one, len(found), False, serials=[scan.serial for scan in found])
        line(one, len(new), False, new=new)
        line(one, one.plus, False)
        line(one, len(missing), True, serials=missing)
        line(one, one.minus, True)
    AdjustmentLine.objects.bulk_create(lines)
    place = count.store.name
    attach_units(adjustment, dict(zip(lines, units, strict=True)), staff=staff, place=place)
    for one_line, own in zip(lines, numbers, strict=True):
        if own:
            attach(one_line, own, new=own, staff=staff, place=place)
    # Units that were counted by quantity have no number that could be asked for.
    bare = {one.pk for one, serials, own in zip(lines, units, numbers, strict=True) if not serials and not own}
    return post_adjustment(adjustment, staff=staff, excused=bare)
