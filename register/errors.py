"""Why the register refuses. Every text is fit for the person at the till."""

from microbiz.errors import DomainError


class ShiftNotOpen(DomainError):
    """The register is not open, so nothing can be sold or paid at it."""


class ShiftAlreadyOpen(DomainError):
    """The register was opened already."""


class SaleStillOpen(DomainError):
    """A sale with lines is on the register, so it cannot be closed or take another one."""


class CountMissing(DomainError):
    """A payment method was not counted at closing."""


class ReasonMissing(DomainError):
    """Something was asked for that needs a reason, without one."""


class NotEnoughCash(DomainError):
    """More cash would leave the drawer than it holds."""


class SaleNotOpen(DomainError):
    """The sale is completed, voided or on hold, so its lines are settled. `sale` is that sale."""

    def __init__(self, text, sale=None):
        super().__init__(text)
        self.sale = sale


class LineGone(DomainError):
    """The line was removed in the meantime."""


class NothingToSell(DomainError):
    """The sale has no lines."""


class ProductArchived(DomainError):
    """An archived product is no longer sold."""


class PriceMissing(DomainError):
    """The product has no price of its own: it is asked for."""

    def __init__(self, text, product):
        super().__init__(text)
        self.product = product


class WrongAmount(DomainError):
    """A quantity, price or discount that a line cannot have."""


class PriceChanged(DomainError):
    """The total is no longer the one that the person at the till saw."""


class WrongPayment(DomainError):
    """The payments do not add up to the total, or one of them cannot be taken."""


class CustomerMissing(DomainError):
    """A payment needs to know the customer."""


class OverrideNotAllowed(DomainError):
    """A rule would have to be set aside by somebody who may not."""


class NotReturnable(DomainError):
    """Goods were not sold on this receipt, are back already, or are on another return."""


class StillInUse(DomainError):
    """A register or a payment method that is needed now cannot be taken out of use."""


class OrderElsewhere(DomainError):
    """The order is of another store, whose goods it promises."""


class OtherCustomer(DomainError):
    """The order is for another customer than the sale."""
