from microbiz.errors import DomainError


class NotEnoughCredit(DomainError):
    """A customer has less store credit than a payment asks for."""
