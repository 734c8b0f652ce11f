"""What happened to a purchase order, in the words of its page."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from receiving.models import PurchaseOrder, VendorShipment
from settings_app.models import Staff

Status = PurchaseOrder.Status


@dataclass(frozen=True)
class Entry:
    """One thing that happened: what, who, when, and why where somebody said so."""

    text: str
    at: datetime
    staff: Staff | None
    why: str = ""
    url: str = ""


def history_of(order: PurchaseOrder) -> list[Entry]:
    """Newest first: what people did, and the shipments that came for it. Two queries."""
    entries = []
    before = None
    for record in order.history.select_related("history_user", "vendor").order_by("history_date", "history_id"):
        entries.append(
            Entry(_words(before, record), record.history_date, record.history_user, record.history_change_reason or "")
        )
        before = record
    shipments = VendorShipment.objects.filter(
        lines__order_line__order=order, status=VendorShipment.Status.RECEIVED
    ).select_related("received_by")
    for shipment in shipments.distinct():
        text = _("Goods came on %(number)s") % {"number": shipment.number}
        entries.append(Entry(text, shipment.received_at, shipment.received_by, url=shipment.get_absolute_url()))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _words(before, now) -> str:
    if before is None:
        return _("Order begun")
    if before.status != now.status:
        return {
            Status.SENT: _("Sent to %(vendor)s") % {"vendor": now.vendor}
            if before.status == Status.DRAFT
            else _("All goods are awaited again"),
            Status.PARTLY_RECEIVED: _("Partly received"),
            Status.CLOSED: _("Closed"),
            Status.CANCELLED: _("Cancelled"),
        }.get(now.status, _("Changed"))
    return _("Head of the order changed")
