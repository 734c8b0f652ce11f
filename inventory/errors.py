from microbiz.errors import DomainError


class NotEnoughStock(DomainError):
    """A posting would take a stock level below zero where the store does not allow it."""


class ProductChanged(DomainError):
    """Somebody else saved the product in the meantime."""


class BarcodeTaken(DomainError):
    """A barcode already belongs to another product."""
