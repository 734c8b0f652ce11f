from microbiz.errors import DomainError


class NotEnoughCredit(DomainError):
    """A customer has less store credit than a payment asks for."""


class OrderNotOpen(DomainError):
    """The order is a draft, complete or cancelled, so this cannot be done with it."""


class OrderAtRegister(DomainError):
    """A sale hands the order over just now, so nothing else may touch it."""


class LineGone(DomainError):
    """The line was removed in the meantime."""


class NothingOrdered(DomainError):
    """The order has no lines."""


class NothingToHandOver(DomainError):
    """Nothing was chosen, or nothing of it is still to come."""


class WrongPick(DomainError):
    """The units chosen for a hand-over do not fit what is still to come of the order."""


class NotPaid(DomainError):
    """What is to be handed over is not paid. `missing` says how much, in minor units."""

    def __init__(self, text, missing):
        super().__init__(text)
        self.missing = missing


class WrongPayment(DomainError):
    """More would be paid than the order comes to, or more paid back than is due."""


class NotAllowed(DomainError):
    """A rule would have to be set aside by somebody who may not."""


class PriceMissing(DomainError):
    """The product has no price of its own: it is asked for."""

    def __init__(self, text, product):
        super().__init__(text)
        self.product = product


class ProductArchived(DomainError):
    """An archived product is no longer sold."""


class WrongAmount(DomainError):
    """A quantity, price or discount that a line cannot have."""


class ReasonMissing(DomainError):
    """Something was asked for that needs a reason, without one."""
