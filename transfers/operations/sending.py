"""Sending: units leave the sender's stock and are in transit, at neither store."""

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.operations import move_stock
from microbiz.transactions import operation
from serials.operations import move_serials
from settings_app.models import Staff
from transfers.errors import NothingToSend
from transfers.models import ArrivalLine, Transfer
from transfers.operations.locks import lock_draft


@operation
def send_transfer(transfer: Transfer, *, staff: Staff) -> Transfer:
    """Take the units of a request out of the sender's stock and put them in transit.

    Locks the transfer, stock levels, then serials. Raises TransferSettled, NothingToSend, NotEnoughStock,
    SerialsMissing or SerialUnavailable and then moves nothing. A fixed number of statements.
    """
    transfer = lock_draft(transfer)
    lines = list(transfer.lines.with_links())
    if not lines:
        raise NothingToSend(
            _("Transfer %(number)s has no lines. Scan what is to be sent.") % {"number": transfer.number}
        )
    for line in lines:
        line.transfer = transfer
    move_stock([transfer.movement(line.product_id, transfer.from_store, -line.quantity) for line in lines], staff=staff)
    move_serials(transfer, lines, staff=staff)
    ArrivalLine.objects.bulk_create(
        ArrivalLine(transfer=transfer, product=line.product, quantity=line.quantity) for line in lines
    )
    transfer.status = Transfer.Status.SENT
    transfer.sent_by, transfer.sent_at = staff, timezone.now()
    transfer.save(update_fields=["status", "sent_by", "sent_at"])
    return transfer
