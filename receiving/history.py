"""What happened to a shipment, oldest first: who, when, what. No writing."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from receiving.models import ShipmentReversal, VendorShipment
from settings_app.models import Staff


@dataclass(frozen=True)
class Happening:
    """One step, with the reason that somebody gave and the page of the document that did it."""

    at: datetime
    words: str
    staff: Staff | None
    icon: str
    reason: str = ""
    url: str = ""


def history_of(shipment: VendorShipment) -> list[Happening]:
    """Everything that happened, in two queries beside the shipment's own people."""
    told = [Happening(shipment.created_at, _("Begun"), shipment.staff, "pencil", shipment.note)]
    excused = shipment.lines.filter(excused_by__isnull=False).select_related("product", "excused_by")
    if shipment.received_at:
        told.append(Happening(shipment.received_at, _("Received"), shipment.received_by, "package-import"))
        told += [
            Happening(
                shipment.received_at,
                _("%(product)s without all of its serial numbers") % {"product": line.product.name},
                line.excused_by,
                "alert-triangle",
                line.excuse,
            )
            for line in excused
        ]
    if shipment.status == VendorShipment.Status.CANCELLED:
        last = shipment.history.select_related("history_user").first()
        told.append(Happening(last.history_date, _("Cancelled"), last.history_user, "x"))
    for one in shipment.reversals.filter(status=ShipmentReversal.Status.POSTED).select_related("staff"):
        words = _("Taken back by %(number)s") % {"number": one.number}
        told.append(Happening(one.posted_at, words, one.staff, "arrow-back-up", one.reason, one.get_absolute_url()))
    return sorted(told, key=lambda one: one.at)
