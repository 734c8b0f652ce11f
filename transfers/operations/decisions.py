"""Closing a discrepancy by a named decision: who, when, why. Each can be undone until it is posted."""

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Product
from microbiz.transactions import operation
from serials.models import Serial
from serials.operations import attach
from settings_app.models import Staff
from transfers.comparison import ProductComparison, Result, Row, compare
from transfers.errors import NotOutstanding, ReasonMissing
from transfers.models import ArrivalLine, Discrepancy, Outcome, Transfer
from transfers.operations.locks import lock_sent

Decision = Discrepancy.Decision
FOR_MISSING = (Decision.STILL, Decision.BACK, Decision.LOST)
FOR_UNEXPECTED = (Decision.WRONG_UNIT, Decision.SEND_BACK)


@operation
def decide(
    transfer: Transfer,
    decision: str,
    *,
    staff: Staff,
    serial: Serial | None = None,
    product: Product | None = None,
    quantity: int | None = None,
    reason: str = "",
) -> Discrepancy:
    """Decide on a missing or unexpected unit, or on `quantity` of a product's units without serial numbers (None: all).

    Holds the unit where the decision will move it. Raises NotOutstanding when it arrived or was decided on meanwhile,
    ReasonMissing for a loss without one, SerialUnavailable when a wrong unit is not free at the sender.
    """
    transfer = lock_sent(transfer)
    decision = Decision(decision)
    own = compare(transfer).of(serial.product if serial is not None else product)
    row = _open_row(transfer, own, decision, serial)
    if decision == Decision.LOST and not reason.strip():
        raise ReasonMissing(_("Say why %(unit)s is written off.") % {"unit": row.name})
    units = row.quantity if quantity is None else quantity
    if not 1 <= units <= row.quantity:
        raise NotOutstanding(
            _("%(product)s: %(count)d to decide on, not %(quantity)d.")
            % {"product": own.product.name, "count": row.quantity, "quantity": units}
        )
    discrepancy = row.discrepancy or Discrepancy(
        transfer=transfer,
        kind=Discrepancy.Kind.MISSING if row.is_expected else Discrepancy.Kind.UNEXPECTED,
        product=own.product,
        serial=serial,
        quantity=units,
        found_by=staff,
    )
    discrepancy.decision, discrepancy.reason = decision, reason.strip()[:200]
    discrepancy.decided_by, discrepancy.decided_at = staff, timezone.now()
    if decision in Outcome.values:
        discrepancy.line = _line(transfer, discrepancy, staff)
    discrepancy.save()
    return discrepancy


@operation
def rest_stays(transfer: Transfer, *, staff: Staff) -> int:
    """Say of everything that is missing that it is still in transit; how many units these are. A fixed number of statements."""
    transfer = lock_sent(transfer)
    missing = [row for row in compare(transfer).undecided if row.result is Result.MISSING]
    at = timezone.now()
    Discrepancy.objects.bulk_create(
        Discrepancy(
            transfer=transfer,
            kind=Discrepancy.Kind.MISSING,
            product=row.product,
            serial=row.serial,
            quantity=row.quantity,
            found_by=staff,
            decision=Decision.STILL,
            decided_by=staff,
            decided_at=at,
        )
        for row in missing
    )
    return sum(row.quantity for row in missing)


def _open_row(transfer: Transfer, own: ProductComparison, decision: Decision, serial: Serial | None) -> Row:
    """The row that waits for this kind of decision, or NotOutstanding saying what became of it."""
    wanted = Result.MISSING if decision in FOR_MISSING else Result.UNEXPECTED
    rows = [row for row in own.rows if row.serial == serial]
    found = next((row for row in rows if row.result is wanted), None)
    if found is not None:
        return found
    name = serial.number if serial is not None else own.product.name
    if not rows:
        raise NotOutstanding(_("%(unit)s is not on transfer %(number)s.") % {"unit": name, "number": transfer.number})
    raise NotOutstanding(
        _("%(unit)s is no longer open: %(result)s.") % {"unit": name, "result": rows[-1].words.lower()}
    )


def _line(transfer: Transfer, discrepancy: Discrepancy, staff: Staff) -> ArrivalLine:
    """The line that will move what was decided on, its unit held."""
    line = ArrivalLine.objects.create(
        transfer=transfer,
        product=discrepancy.product,
        outcome=discrepancy.decision,
        quantity=discrepancy.quantity,
    )
    if discrepancy.serial is not None:
        attach(line, [discrepancy.serial.number], staff=staff, place=line.destination.name)
    return line


@operation
def undo_decision(discrepancy: Discrepancy, *, staff: Staff) -> None:
    """Open a decision again and let go of its unit. Raises NotOutstanding once it is posted or undone."""
    lock_sent(discrepancy.transfer)
    found = Discrepancy.objects.select_related("line", "product", "serial").filter(pk=discrepancy.pk).first()
    if found is None or not found.is_decided:
        raise NotOutstanding(_("This decision is undone already."))
    if found.posted_at is not None:
        raise NotOutstanding(_("%(unit)s: this is posted, so it stays on record.") % {"unit": found.name})
    line = found.line
    if found.kind == Discrepancy.Kind.MISSING or found.serial_id is None:
        found.delete()
    else:
        found.decision, found.reason, found.decided_by, found.decided_at, found.line = "", "", None, None, None
        found.save()
    if line is not None:
        if line.serial_links.exists():
            attach(line, [], staff=staff)
        line.delete()
