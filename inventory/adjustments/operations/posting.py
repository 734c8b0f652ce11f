"""Posting adjustments, stock and serials corrected together, and taking a posted one back."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.adjustments.errors import NothingToAdjust, NotReversible, OverrideNotAllowed, SerialsNotNamed
from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations.drafts import lock_adjustment, lock_draft
from inventory.models import StockLevel
from inventory.operations import lock_levels, move_stock
from microbiz.transactions import operation
from serials.errors import SerialUnavailable
from serials.models import Serial
from serials.operations import attach_units, move_serials
from serials.verdicts import red_lines
from settings_app.models import ShopSettings, Staff
from settings_app.operations import next_number


@operation
def post_adjustment(
    adjustment: Adjustment,
    *,
    staff: Staff,
    excused: Collection[int] = (),
    override_reason: str = "",
    leaves_serials_behind: bool = False,
) -> Adjustment:
    """Correct stock and serials as the draft says, and freeze it.

    Lines in `excused` may lack required serials: those whose units have none yet. `override_reason` excuses the
    others for staff with the permission, and is recorded on each. With `leaves_serials_behind` units may leave whose
    serials stay: for those that were added without a unit of their own. Locks the adjustment, then stock levels, then
    serials; a fixed number of statements. Raises DocumentClosed, NothingToAdjust, NotEnoughStock, SerialsMissing,
    SerialsNotNamed, OverrideNotAllowed or SerialUnavailable and then changes nothing.
    """
    adjustment = lock_draft(adjustment)
    lines = list(adjustment.lines.with_serials())
    if not lines:
        raise NothingToAdjust(_("There is nothing on %(document)s. Scan something first.") % {"document": adjustment})
    for line in lines:
        line.adjustment = adjustment
    overridden = _overridden(lines, override_reason, staff)
    move_stock([line.movement() for line in lines], staff=staff)
    if not leaves_serials_behind:
        _require_named(adjustment, [line for line in lines if line.pk not in overridden])
    move_serials(adjustment, lines, staff=staff, excused={*excused, *overridden}, note=adjustment.note)
    adjustment.status = Adjustment.Status.POSTED
    adjustment.staff = staff
    adjustment.posted_at = timezone.now()
    adjustment.save(update_fields=["status", "staff", "posted_at"])
    return adjustment


def _overridden(lines: Sequence[AdjustmentLine], reason: str, staff: Staff) -> set[int]:
    """The lines that may lack required serials because somebody with the permission says why; recorded on each."""
    if not reason.strip() or not ShopSettings.load().serial_numbers_enabled:
        return set()
    short = [line for line in red_lines(lines) if line.attached < line.quantity]
    if not short:
        return set()
    if not staff.has_perm("serials.override_required"):
        raise OverrideNotAllowed(
            _("You may not post an adjustment without its serial numbers. Scan them, or ask a manager.")
        )
    for line in short:
        line.excuse = reason.strip()[:200]
    AdjustmentLine.objects.bulk_update(short, ["excuse"])
    return {line.pk for line in short}


def _require_named(adjustment: Adjustment, lines: Sequence[AdjustmentLine]) -> None:
    """Units that leave never leave more serials behind than units. What was so before may stay so.

    Asked after the stock has moved and before the serials do.
    """
    if not ShopSettings.load().serial_numbers_enabled:
        return
    by_product: dict[int, list[AdjustmentLine]] = defaultdict(list)
    for line in lines:
        if line.product.is_tracked:
            by_product[line.product_id].append(line)
    lowered = [product for product, own in by_product.items() if any(line.missing and line.is_minus for line in own)]
    if not lowered:
        return
    found = StockLevel.objects.filter(store=adjustment.store_id, product__in=lowered)
    levels = {level.product_id: level for level in found}
    texts, wrong = [], []
    for product in lowered:
        own, level = by_product[product], levels[product]
        before = level.serials - (level.on_hand - sum(line.change for line in own))
        after = level.serials + sum(-line.attached if line.is_minus else line.attached for line in own)
        surplus = after - level.on_hand - max(before, 0)
        if surplus > 0:
            wrong += [line.pk for line in own if line.is_minus and line.missing]
            texts.append(
                ngettext(
                    "%(product)s: %(serials)d serial numbers for the %(units)d units left. Say which %(count)d leaves.",
                    "%(product)s: %(serials)d serial numbers for the %(units)d units left. Say which %(count)d leave.",
                    surplus,
                )
                % {"product": own[0].product, "serials": after, "units": level.on_hand, "count": surplus}
            )
    if wrong:
        raise SerialsNotNamed(" ".join(texts), wrong)


@operation
def reverse_adjustment(
    adjustment: Adjustment, *, staff: Staff, note: str = "", leaves_serials_behind: bool = False
) -> Adjustment:
    """Take a posted adjustment back by posting its opposite, once.

    Units that it brought go back to what they were before, units that it took come back, as long as nothing happened
    to any of them since. Raises NotReversible; SerialUnavailable naming every unit that moved on; NotEnoughStock or
    SerialsNotNamed where what it brought has left or has got a serial number since.
    """
    number = next_number("ADJ")
    adjustment = lock_adjustment(adjustment)
    _require_reversible(adjustment)
    lines = list(adjustment.lines.with_serials())
    lock_levels({(adjustment.store_id, line.product_id) for line in lines})
    opposite = Adjustment.objects.create(
        number=number,
        store=adjustment.store,
        reason_id=adjustment.reason_id,
        note=" ".join(filter(None, [_("Takes back %(number)s.") % {"number": adjustment.number}, note.strip()]))[:200],
        reverses=adjustment,
        staff=staff,
    )
    back = AdjustmentLine.objects.bulk_create(
        AdjustmentLine(
            adjustment=opposite,
            product=line.product,
            quantity=line.quantity,
            is_minus=not line.is_minus,
            excuse=line.excuse,
        )
        for line in lines
    )
    serials = {new: line.serials for new, line in zip(back, lines, strict=True) if line.serials}
    attach_units(opposite, serials, staff=staff, place=adjustment.store.name)
    _require_not_moved_on(adjustment, [serial for own in serials.values() for serial in own])
    # What came or went without its serial goes back without one.
    bare = {new.pk for new, line in zip(back, lines, strict=True) if line.missing}
    return post_adjustment(opposite, staff=staff, excused=bare, leaves_serials_behind=leaves_serials_behind)


def _require_reversible(adjustment: Adjustment) -> None:
    parts = {"number": adjustment.number}
    if not adjustment.is_posted:
        raise NotReversible(_("Adjustment %(number)s is not posted, so there is nothing to take back.") % parts)
    if adjustment.reverses_id:
        raise NotReversible(_("Adjustment %(number)s takes one back itself. Start a new one instead.") % parts)
    done = Adjustment.objects.filter(reverses=adjustment).first()
    if done is not None:
        raise NotReversible(
            _("Adjustment %(number)s is taken back already, by %(other)s.") % {**parts, "other": done.number}
        )


def _require_not_moved_on(adjustment: Adjustment, serials: Sequence[Serial]) -> None:
    found = Serial.objects.filter(pk__in=[serial.pk for serial in serials])
    untouched = found.last_moved_by(adjustment).values("pk")
    moved = list(found.exclude(pk__in=untouched).with_last_event().select_related("store").order_by("pk"))
    if moved:
        raise SerialUnavailable(
            " ".join(
                _("%(serial)s moved on: %(where)s, by %(document)s.")
                % {"serial": serial.number, "where": serial.whereabouts, "document": serial.last_document or _("hand")}
                for serial in moved
            )
        )
