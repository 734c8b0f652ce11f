from microbiz.errors import DomainError


class NotEnoughStock(DomainError):
    """A posting would take a stock level below zero where the store does not allow it."""


class ProductChanged(DomainError):
    """Somebody else saved the product in the meantime."""


class CodeTaken(DomainError):
    """A code that must be one product's alone already belongs to `product`."""

    def __init__(self, text, product):
        super().__init__(text)
        self.product = product


class SkuTaken(CodeTaken):
    """A SKU already belongs to another product."""


class BarcodeTaken(CodeTaken):
    """A barcode already belongs to another product."""


class ProductInStock(DomainError):
    """A product that still stands in a store cannot be archived."""


class ProductHasHistory(DomainError):
    """A product that was ever stocked, sold or given a serial number cannot be deleted."""


class CategoryTaken(DomainError):
    """There is already a category of this name at this place."""


class CategoryInItself(DomainError):
    """A category cannot move below itself."""


class CategoryTooLong(DomainError):
    """A category's name, or the whole way down to it, does not fit."""


class CategoryInUse(DomainError):
    """A category with products or categories in it cannot be deleted."""


class PointAboveUpTo(DomainError):
    """A store would order up to fewer units than those below which it orders."""


class OfferTwice(DomainError):
    """A vendor would offer a product twice, or two vendors would be the preferred one."""


class VendorTaken(DomainError):
    """Another vendor has this name."""
