"""What this app tells of who did what: shipments that were received without required serial numbers."""

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from microbiz.trail import Source, Told
from receiving.models import ShipmentLine


def _excused():
    found = ShipmentLine.objects.filter(excused_by__isnull=False).annotate(received_at=F("shipment__received_at"))
    return found.select_related("shipment__store", "product")


def _told(line: ShipmentLine) -> Told:
    shipment = line.shipment
    detail = f"{shipment}; {line.product}; {line.excuse}"
    return Told(_("Received without required serial numbers"), detail, shipment.store, shipment.get_absolute_url())


SHIPMENTS = Source(
    "shipments", gettext_lazy("Overrides on shipments"), _excused, _told, at="received_at", staff="excused_by"
)
