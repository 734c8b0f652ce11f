"""The first locks of everything that happens to a shipment."""

from django.utils.translation import gettext as _

from receiving.errors import LineGone, ShipmentNotOpen
from receiving.models import ShipmentLine, VendorShipment


def lock_shipment(shipment: VendorShipment) -> VendorShipment:
    """The shipment as it is now, locked, in whatever status."""
    # Two queries: a locking query that waited and joins finds no row when the waited-for change moved a foreign key.
    VendorShipment.objects.select_for_update().only("pk").get(pk=shipment.pk)
    return VendorShipment.objects.select_related("store", "vendor").get(pk=shipment.pk)


def lock_open_shipment(shipment: VendorShipment) -> VendorShipment:
    """The shipment as it is now, locked, or ShipmentNotOpen saying what became of it."""
    shipment = lock_shipment(shipment)
    if shipment.is_open:
        return shipment
    texts: dict[str, str] = {
        VendorShipment.Status.RECEIVED: _("%(number)s is already received. What is wrong with it is taken back."),
        VendorShipment.Status.CANCELLED: _("%(number)s was cancelled. Start a new one."),
    }
    raise ShipmentNotOpen(texts[shipment.status] % {"number": shipment.number})


def lock_line(line: ShipmentLine) -> ShipmentLine:
    """The line as it is now, its shipment locked and open. Raises LineGone when it was removed."""
    shipment = lock_open_shipment(line.shipment)
    found = shipment.lines.select_related("product", "order_line").filter(pk=line.pk).first()
    if found is None:
        raise LineGone(_("This line was removed from %(number)s in the meantime.") % {"number": shipment.number})
    found.shipment = shipment
    return found
