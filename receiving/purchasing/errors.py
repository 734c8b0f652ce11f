"""Why a purchase order is not changed, sent, closed or cancelled as somebody asked."""

from microbiz.errors import DomainError


class OrderNotDraft(DomainError):
    """The order was sent, closed or cancelled, so its lines are settled."""


class OrderNotAwaited(DomainError):
    """Nothing is awaited of the order, so there is nothing to close."""


class OrderNotCancellable(DomainError):
    """Goods of the order have come or are being unpacked, or it is settled already."""


class OrderEmpty(DomainError):
    """An order without a single line cannot be sent."""


class OrderLineGone(DomainError):
    """Somebody removed the line in the meantime."""


class ReasonMissing(DomainError):
    """What is given up has to be explained."""


class WrongQuantity(DomainError):
    """A line orders at least one unit, and not absurdly many."""


class ProductNotOrdered(DomainError):
    """An archived product is not ordered any more."""


class NothingToOrder(DomainError):
    """Nothing that was suggested is needed any more."""
