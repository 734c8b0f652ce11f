"""Posting adjustments: stock and serials corrected together."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.models import Product
from inventory.operations import lock_levels, move_stock
from serials.errors import DocumentClosed, TooManySerials
from serials.models import Serial
from serials.operations import attach, move_serials
from settings_app.models import Staff, Store
from settings_app.operations import next_number


@transaction.atomic
def post_adjustment(adjustment: Adjustment, *, staff: Staff, excused: Collection[int] = ()) -> Adjustment:
    """Correct stock and serials as the draft says, and freeze it.

    Locks the adjustment, then stock levels, then serials. Raises DocumentClosed, NotEnoughStock, SerialsMissing
    or SerialUnavailable and then changes nothing.
    """
    adjustment = Adjustment.objects.select_for_update(of=("self",)).select_related("store").get(pk=adjustment.pk)
    if not adjustment.is_open:
        raise DocumentClosed(_("%(document)s is already posted.") % {"document": adjustment})
    lines = list(adjustment.lines.with_serials())
    for line in lines:
        line.adjustment = adjustment
    move_stock([line.movement() for line in lines], staff=staff)
    move_serials(adjustment, lines, staff=staff, excused=excused, note=adjustment.note)
    adjustment.status = Adjustment.Status.POSTED
    adjustment.staff = staff
    adjustment.posted_at = timezone.now()
    adjustment.save(update_fields=["status", "staff", "posted_at"])
    return adjustment


@transaction.atomic
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
    """Make `on_hand` the units of a product in a store, through an adjustment of one line; None when it is so already.

    When fewer units remain than serials are on record there, `leaving` says which of them go. `serials` are the
    numbers of units that come in, where they are known already. Raises TooManySerials when the resulting serials
    would exceed the resulting units.
    """
    number = next_number("ADJ")
    adjustment = Adjustment.objects.create(number=number, store=store, reason=reason, note=note, staff=staff)
    level = lock_levels({(store.pk, product.pk)})[store.pk, product.pk]
    difference = on_hand - level.on_hand
    if not difference:
        adjustment.delete()
        return None
    on_record = Serial.objects.in_stock(store).filter(product=product).count()
    surplus = on_record - len(leaving) - on_hand
    if difference < 0 and product.is_tracked and surplus > 0:
        raise TooManySerials(
            ngettext(
                "%(serials)d serial numbers are on record at %(store)s. Choose %(surplus)d that leaves.",
                "%(serials)d serial numbers are on record at %(store)s. Choose %(surplus)d that leave.",
                surplus,
            )
            % {"serials": on_record, "store": store.name, "surplus": surplus + len(leaving)}
        )
    line = AdjustmentLine.objects.create(
        adjustment=adjustment, product=product, quantity=abs(difference), is_minus=difference < 0
    )
    numbers = [serial.number for serial in leaving] if difference < 0 else list(serials)
    if numbers:
        attach(line, numbers, new=() if difference < 0 else numbers, staff=staff, place=store.name)
    # A stock figure typed by hand says how many, not yet which: the serials follow on the Serial Number tab.
    return post_adjustment(adjustment, staff=staff, excused={line.pk})
