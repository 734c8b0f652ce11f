"""What is done to an adjustment before it is posted."""

from django.utils.translation import gettext as _

from inventory.adjustments.errors import LineGone, WrongQuantity
from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.models import Product
from microbiz.transactions import operation
from serials.errors import DocumentClosed, TooManySerials
from serials.operations import attach, release
from settings_app.models import Staff, Store
from settings_app.operations import next_number

MOST_UNITS = 1_000_000  # of a line; more is a barcode scanned into the wrong field


def lock_adjustment(adjustment: Adjustment) -> Adjustment:
    """The adjustment as it is now, locked, in whatever status."""
    Adjustment.objects.select_for_update().only("pk").get(pk=adjustment.pk)
    return Adjustment.objects.select_related("store", "reverses").get(pk=adjustment.pk)


def lock_draft(adjustment: Adjustment) -> Adjustment:
    """The adjustment as it is now, locked, or DocumentClosed saying what became of it."""
    adjustment = lock_adjustment(adjustment)
    if not adjustment.is_open:
        texts: dict[str, str] = {
            Adjustment.Status.POSTED: _("Adjustment %(number)s is already posted. Start a new one."),
            Adjustment.Status.DISCARDED: _("Adjustment %(number)s was discarded. Start a new one."),
        }
        raise DocumentClosed(texts[adjustment.status] % {"number": adjustment.number})
    return adjustment


@operation
def start_adjustment(store: Store, *, staff: Staff, reason: str, note: str = "") -> Adjustment:
    """Begin a draft at a store. `reason` is the code of a reason."""
    return Adjustment.objects.create(
        number=next_number("ADJ"), store=store, reason_id=reason, note=note.strip(), staff=staff
    )


@operation
def change_adjustment(adjustment: Adjustment, *, reason: str, note: str) -> Adjustment:
    """Give a draft another reason or note. Raises DocumentClosed."""
    adjustment = lock_draft(adjustment)
    adjustment.reason_id, adjustment.note = reason, note.strip()
    adjustment.save(update_fields=["reason", "note"])
    return adjustment


@operation
def add_line(adjustment: Adjustment, product: Product, *, is_minus: bool, quantity: int = 1) -> AdjustmentLine:
    """Put units of a product on a draft: on its plain line of that direction if it is not tracked, else on a new one."""
    adjustment = lock_draft(adjustment)
    _require_sensible(quantity)
    same = adjustment.lines.filter(product=product, is_minus=is_minus).last()
    if same is not None and not product.is_tracked:
        _require_sensible(same.quantity + quantity)
        same.quantity += quantity
        same.save(update_fields=["quantity"])
        return same
    return AdjustmentLine.objects.create(adjustment=adjustment, product=product, quantity=quantity, is_minus=is_minus)


def _lock_line(line: AdjustmentLine) -> AdjustmentLine:
    adjustment = lock_draft(line.adjustment)
    found = adjustment.lines.with_serials().filter(pk=line.pk).first()
    if found is None:
        raise LineGone(_("This line was taken off %(document)s in the meantime.") % {"document": adjustment})
    found.adjustment = adjustment
    return found


@operation
def set_quantity(line: AdjustmentLine, change: int) -> AdjustmentLine:
    """Let a line change stock by `change` units, negative when they leave.

    Raises TooManySerials while more serials are attached than that, or attached ones that go the other way;
    WrongQuantity for none, which is taking the line off; LineGone, DocumentClosed.
    """
    line = _lock_line(line)
    _require_sensible(abs(change))
    turns = (change < 0) != line.is_minus
    if line.attached > abs(change) or (line.attached and turns):
        raise TooManySerials(
            _("%(numbers)s: attached to this line. Take the serial number off in Add/Edit Serial No. first.")
            % {"numbers": ", ".join(serial.number for serial in line.serials)}
        )
    line.quantity, line.is_minus = abs(change), change < 0
    line.save(update_fields=["quantity", "is_minus"])
    return line


def _require_sensible(quantity: int) -> None:
    if quantity < 1:
        raise WrongQuantity(_("A line changes stock by at least one unit. Take the line off instead."))
    if quantity > MOST_UNITS:
        raise WrongQuantity(_("That many units cannot be right. Was a barcode scanned here?"))


@operation
def remove_line(line: AdjustmentLine, *, staff: Staff) -> Adjustment:
    """Take a line off a draft and let its units go."""
    line = _lock_line(line)
    if line.attached:
        attach(line, [], staff=staff)
    line.delete()
    return line.adjustment


@operation
def discard_adjustment(adjustment: Adjustment, *, staff: Staff) -> Adjustment:
    """Give a draft up: its units are let go, its number stays as a discarded one."""
    adjustment = lock_draft(adjustment)
    release(adjustment)
    adjustment.status, adjustment.staff = Adjustment.Status.DISCARDED, staff
    adjustment.save(update_fields=["status", "staff"])
    return adjustment
