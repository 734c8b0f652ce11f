"""The one base of everything that the business refuses."""


class DomainError(Exception):
    """A rule of the business said no; the text is fit for the person at the till.

    It says what was refused, which unit it concerns, where that unit is and what to do next.
    """
