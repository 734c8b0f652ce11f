from microbiz.errors import DomainError


class FileRefused(DomainError):
    """A file is no list that can be imported."""


class ColumnsMissing(DomainError):
    """No column was found for something that every row needs."""


class ImportNotReady(DomainError):
    """The import cannot do this in the state that it is in."""


class RowsToSettle(DomainError):
    """The whole file was asked for, and some rows cannot be taken."""
