"""The first lock of everything that happens to a transfer: the transfer itself."""

from django.utils.translation import gettext as _

from transfers.errors import LineGone, TransferSettled
from transfers.models import Transfer, TransferLine


def lock_transfer(transfer: Transfer) -> Transfer:
    """The transfer as it is now, locked, in whatever status."""
    # Two queries: a locking query that waited and joins finds no row when the waited-for change moved a foreign key.
    Transfer.objects.select_for_update().only("pk").get(pk=transfer.pk)
    return Transfer.objects.select_related("from_store", "to_store").get(pk=transfer.pk)


def lock_draft(transfer: Transfer) -> Transfer:
    """The transfer, locked and still a request, or TransferSettled saying what became of it."""
    transfer = lock_transfer(transfer)
    if not transfer.is_open:
        raise TransferSettled(_what_became(transfer))
    return transfer


def lock_sent(transfer: Transfer) -> Transfer:
    """The transfer, locked and in transit, or TransferSettled saying why nothing can be received on it."""
    transfer = lock_transfer(transfer)
    if transfer.is_open:
        raise TransferSettled(
            _("Transfer %(number)s is not sent yet: %(store)s sends it first.")
            % {"number": transfer.number, "store": transfer.from_store}
        )
    if not transfer.is_sent:
        raise TransferSettled(_what_became(transfer))
    return transfer


def lock_line(line: TransferLine) -> TransferLine:
    """The line as it is now, its transfer locked and still a request. Raises LineGone when it was removed."""
    transfer = lock_draft(line.transfer)
    found = transfer.lines.with_serials().filter(pk=line.pk).first()
    if found is None:
        raise LineGone(_("This line was removed from transfer %(number)s.") % {"number": transfer.number})
    found.transfer = transfer
    return found


def _what_became(transfer: Transfer) -> str:
    texts = {
        Transfer.Status.SENT: _("Transfer %(number)s was already sent by %(sent_by)s."),
        Transfer.Status.RECEIVED: _("Transfer %(number)s is already received: %(ended_by)s was the last."),
        Transfer.Status.CANCELLED: _("Transfer %(number)s was cancelled by %(ended_by)s. Start a new one."),
    }
    somebody = _("somebody")
    return texts[Transfer.Status(transfer.status)] % {
        "number": transfer.number,
        "sent_by": transfer.sent_by or somebody,
        "ended_by": transfer.ended_by or somebody,
    }
