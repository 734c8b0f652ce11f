"""Posting what arrived and what was decided: into stock, with both ledgers, once."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.operations import lock_levels, move_stock
from microbiz.transactions import operation
from serials.errors import SerialUnavailable
from serials.operations import attach, move_serials
from settings_app.models import Staff
from transfers.comparison import Comparison, Result, compare
from transfers.errors import NothingToReceive, NumbersNeeded, Undecided
from transfers.models import ArrivalLine, Discrepancy, Outcome, Transfer
from transfers.operations.locks import lock_sent

MOST_NAMES = 5


@operation
def receive_transfer(transfer: Transfer, *, staff: Staff) -> Transfer:
    """Take what arrived into the receiver's stock, and carry every decision out.

    Locks the transfer, stock levels, then serials. Raises Undecided naming the units that wait for a decision,
    NothingToReceive, TransferSettled, NotEnoughStock or SerialUnavailable and then moves nothing. The transfer is
    received once nothing stays in transit; until then a fresh line waits for the rest. A fixed number of statements.
    """
    transfer = lock_sent(transfer)
    found = compare(transfer)
    _require_decisions(found)
    if found.outstanding and all(row.is_posted for row in found.rows if row.result is not Result.MISSING):
        raise NothingToReceive(_("Nothing was scanned since the last receipt. Scan what comes out of the box."))
    found = _named(found, staff)
    at = _post(found, _what_came(found), staff)
    if unposted := [one for one in found.told if one.posted_at is None]:
        transfer.discrepancies.filter(posted_at__isnull=True).update(posted_at=at)
        for one in unposted:
            one.posted_at = at
    return _settle(found.again(), staff, at)


@operation
def take_back(transfer: Transfer, *, staff: Staff) -> Transfer:
    """Put what was found back at the sender into the sender's stock. What the receiver scanned waits for its receipt.

    Locks and raises as `receive_transfer` does.
    """
    transfer = lock_sent(transfer)
    found = _named(compare(transfer), staff)
    lines = [line for line in _what_came(found) if line.outcome == Outcome.BACK]
    if not lines:
        raise NothingToReceive(_("Nothing was found back. Say first which units are."))
    at = _post(found, lines, staff)
    Discrepancy.objects.filter(line__in=lines).update(posted_at=at)
    return _settle(compare(transfer), staff, at)  # read anew: what else was scanned and decided still waits


def _require_decisions(found: Comparison) -> None:
    if not (undecided := found.undecided):
        return
    names = ", ".join(f"{row.name} ({row.words.lower()})" for row in undecided[:MOST_NAMES])
    if len(undecided) > MOST_NAMES:
        names = _("%(names)s and %(count)d more") % {"names": names, "count": len(undecided) - MOST_NAMES}
    raise Undecided(_("Decide first on %(names)s.") % {"names": names})


def _named(found: Comparison, staff: Staff) -> Comparison:
    """While the add-on is off units are counted, but those that have numbers keep them.

    Where all that is in transit of a product arrives, these are its numbered units too. Raises NumbersNeeded where
    only some of it moves, since nobody can say which.
    """
    if found.tracks:
        return found
    stores = found.transfer.from_store_id, found.transfer.to_store_id
    lock_levels({(store, own.product.pk) for store in stores for own in found.products})  # before units, as everywhere
    unclear = []
    for own in found.products:
        moving = own.units(Result.ARRIVED, Result.BACK, Result.LOST, posted=False)
        unnamed = list(own.line.attachable().filter(hold__isnull=True)) if own.line and moving else []
        if unnamed and own.units(Result.ARRIVED, posted=False) == own.outstanding:
            numbers = [serial.number for serial in [*own.line.serials, *unnamed]]
            attach(own.line, numbers, staff=staff, place=own.line.store.name)
        elif unnamed:
            unclear.append(own.product.name)
    if unclear:
        raise NumbersNeeded(
            _("%(products)s: some units have serial numbers, so it must be said which of them moved. ")
            % {"products": ", ".join(unclear)}
            + _("Receive them when all are there, or have Serial Numbers switched on and scan them.")
        )
    return compare(found.transfer)


def _what_came(found: Comparison) -> list[ArrivalLine]:
    """The unposted lines with something on them, each with the quantity that it posts.

    A line of arrivals is left with the count that it posts, none where nothing arrived: what was counted beyond is decided on.
    """
    lines = []
    for own in found.products:
        for line in own.waiting:
            if line.outcome == Outcome.ARRIVED:
                line.quantity = own.units(Result.ARRIVED, posted=False)
                line.counted = line.quantity - line.attached
            if line.quantity:
                lines.append(line)
    return lines


def _post(found: Comparison, lines: Sequence[ArrivalLine], staff: Staff) -> datetime:
    """Move stock and units, and freeze the lines."""
    at = timezone.now()
    _require_units(found, lines)
    move_stock([movement for line in lines for movement in line.movements()], staff=staff)
    # Nothing is asked of a unit here that was not asked at its sending: what left without a number arrives without.
    move_serials(found.transfer, lines, staff=staff, excused={line.pk for line in lines})
    for line in lines:
        line.posted_at, line.posted_by = at, staff
    ArrivalLine.objects.bulk_update(lines, ["quantity", "counted", "posted_at", "posted_by"])
    return at


def _require_units(found: Comparison, lines: Sequence[ArrivalLine]) -> None:
    """A unit that was decided on may have been taken over since, by a sale at its sender."""
    bare = {line.pk for line in lines if not line.attached}
    gone = [one.serial.number for one in found.told if one.line_id in bare and one.serial_id]
    if gone:
        raise SerialUnavailable(
            _("%(numbers)s: taken over by another document since it was decided on. Undo that decision.")
            % {"numbers": ", ".join(gone)}
        )


def _settle(found: Comparison, staff: Staff, at: datetime) -> Transfer:
    """Let a line wait for what stays in transit of each product, or end the transfer where nothing does."""
    transfer = found.transfer
    fresh, changed, empty = [], [], []
    for own in found.products:
        if own.line is None and own.outstanding:
            fresh.append(ArrivalLine(transfer=transfer, product=own.product, quantity=own.outstanding))
        elif own.line is not None and not own.outstanding and not own.line.has_come:
            empty.append(own.line.pk)
        elif own.line is not None:
            own.line.quantity = own.outstanding
            changed.append(own.line)
    ArrivalLine.objects.bulk_create(fresh)
    ArrivalLine.objects.bulk_update(changed, ["quantity", "counted"])
    ArrivalLine.objects.filter(pk__in=empty).delete()
    if not found.outstanding and not found.undecided:
        transfer.status = Transfer.Status.RECEIVED
        transfer.ended_by, transfer.ended_at = staff, at
        transfer.save(update_fields=["status", "ended_by", "ended_at"])
    return transfer
