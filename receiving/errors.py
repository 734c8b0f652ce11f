"""Why a shipment is not prepared, received or taken back as somebody asked."""

from microbiz.errors import DomainError


class ShipmentNotOpen(DomainError):
    """The shipment is no longer a draft."""


class ShipmentNotReceived(DomainError):
    """Only what was received can be taken back."""


class LineGone(DomainError):
    """Somebody removed the line in the meantime."""


class NothingArrived(DomainError):
    """A shipment without a single unit."""


class CodesUnsettled(DomainError):
    """Codes of a list are still waiting for somebody to say what they are."""


class MoreThanExpected(DomainError):
    """More units arrived than were announced or ordered, and nobody said yet that they are kept."""


class OrderNotAwaited(DomainError):
    """A purchase order that is not sent, that is settled, or that is another vendor's or store's."""


class FewerThanSerials(DomainError):
    """The units of a line would be fewer than its serials."""


class OverrideNotAllowed(DomainError):
    """Missing serials were to be excused by somebody without the permission."""


class MoreThanReceived(DomainError):
    """More units of a line would be taken back than came with it and are not back yet."""


class UnitsUnnamed(DomainError):
    """Units that came with a serial are taken back without saying which."""


class ReversalNotOpen(DomainError):
    """The reversal is no longer a draft."""


class ReversalUnderWay(DomainError):
    """Somebody is already taking this shipment back."""


class ReasonMissing(DomainError):
    """Something that has to be explained was not."""


class NoLineChosen(DomainError):
    """Numbers without a product, and no line that they could belong to."""


class NotOnShipment(DomainError):
    """A product that did not come with the shipment that is taken back."""
