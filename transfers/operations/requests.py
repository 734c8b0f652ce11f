"""A request: asking another store for units, and changing what is asked for until it is sent."""

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Product
from microbiz.transactions import operation
from serials.errors import TooManySerials
from serials.models import Serial
from serials.operations import attach, release
from serials.scan_operations import DocumentScan, ScanResult, scan_operation
from settings_app.models import Staff, Store
from settings_app.operations import next_number
from transfers.errors import SameStore
from transfers.models import Transfer, TransferLine
from transfers.operations.locks import lock_draft, lock_line

MOST_UNITS = 99_999


@operation
def request_transfer(
    from_store: Store,
    to_store: Store,
    *,
    staff: Staff,
    note: str = "",
    product: Product | None = None,
    serial: Serial | None = None,
) -> Transfer:
    """Begin a transfer as a draft, with one unit or product on it where that is known already, or none of it.

    Locks the counter of transfers. Raises SameStore, SerialUnavailable.
    """
    if from_store == to_store:
        raise SameStore(
            _("Choose two different stores: units do not travel from %(store)s to itself.") % {"store": from_store}
        )
    transfer = Transfer.objects.create(
        number=next_number("ST"), from_store=from_store, to_store=to_store, note=note.strip()[:200], requested_by=staff
    )
    if serial is not None:
        add_unit(transfer, serial, staff=staff)
    elif product is not None:
        add_product(transfer, product, staff=staff)
    return transfer


@operation
def change_transfer(transfer: Transfer, *, note: str, boxes: int) -> Transfer:
    """Change what is written on a draft."""
    transfer = lock_draft(transfer)
    transfer.note, transfer.boxes = note.strip()[:200], boxes
    transfer.save(update_fields=["note", "boxes"])
    return transfer


@operation
def add_product(transfer: Transfer, product: Product, *, quantity: int = 1, staff: Staff) -> TransferLine:
    """Ask for so many more units of a product: one line for each product, whose serials are exactly those attached."""
    transfer = lock_draft(transfer)
    line = transfer.lines.filter(product=product).first()
    if line is None:
        line = TransferLine(transfer=transfer, product=product, quantity=quantity)
    else:
        line.quantity = min(line.quantity + quantity, MOST_UNITS)
    line.transfer = transfer
    line.save()
    return line


@operation
def add_unit(transfer: Transfer, serial: Serial, *, staff: Staff) -> TransferLine:
    """Ask for one certain unit: it is held for the transfer at the sending store.

    It fills the line of its product that lacks a serial, else raises it. Raises SerialUnavailable.
    """
    transfer = lock_draft(transfer)
    line = transfer.lines.with_serials().filter(product=serial.product_id).first()
    if line is None or not line.missing:
        line = add_product(transfer, serial.product, staff=staff)
    numbers = [*(other.number for other in line.serials), serial.number]
    attach(line, numbers, staff=staff, place=transfer.from_store.name)
    return transfer.lines.with_serials().get(pk=line.pk)


class RequestScan(DocumentScan):
    """One scan into a request: a unit at the sending store, or one more of a product."""

    def new_line(self, product: Product) -> TransferLine:
        return add_product(self.document, product, staff=self.staff)


@scan_operation
def scan_request(
    transfer: Transfer,
    raw: str,
    *,
    staff: Staff,
    selected: TransferLine | None = None,
    product: Product | None = None,
) -> ScanResult:
    """Read what was scanned or typed into a draft. Raises TransferSettled; all else is told in the result."""
    transfer = lock_draft(transfer)
    return RequestScan(transfer, staff=staff, selected=selected).scan(raw, product=product)


@operation
def set_quantity(
    line: TransferLine, quantity: int, *, detach: Collection[Serial] = (), staff: Staff
) -> TransferLine | None:
    """Set the units of a line; 0 removes it. Raises TooManySerials where it must be said which serials stay."""
    line = lock_line(line)
    if quantity <= 0:
        _remove(line, staff)
        return None
    leaving = {serial.pk for serial in detach}
    keep = [serial for serial in line.serials if serial.pk not in leaving]
    if len(keep) > quantity:
        raise TooManySerials(
            _("%(product)s has %(serials)d serial numbers: choose which of them stay with %(quantity)d units.")
            % {"product": line.product.name, "serials": len(keep), "quantity": quantity}
        )
    if leaving:
        attach(line, [serial.number for serial in keep], staff=staff, place=line.store.name)
    line.quantity = min(quantity, MOST_UNITS)
    line.save(update_fields=["quantity"])
    return line


@operation
def remove_line(line: TransferLine, *, staff: Staff) -> None:
    """Take a line off a request, and let go of its units."""
    _remove(lock_line(line), staff)


def _remove(line: TransferLine, staff: Staff) -> None:
    if line.attached:
        attach(line, [], staff=staff)
    line.delete()


@operation
def cancel_transfer(transfer: Transfer, *, staff: Staff) -> Transfer:
    """Give a request up, and let go of its units. What was sent cannot be cancelled: it is received or found back."""
    transfer = lock_draft(transfer)
    release(transfer)
    transfer.status = Transfer.Status.CANCELLED
    transfer.ended_by, transfer.ended_at = staff, timezone.now()
    transfer.save(update_fields=["status", "ended_by", "ended_at"])
    return transfer
