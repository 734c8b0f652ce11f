"""Text that people type into a field of no form: forms clean theirs themselves."""

from django.http import HttpRequest

from microbiz.outgoing import plain_text


def typed(request: HttpRequest, name: str) -> str:
    """What was typed into a field, without blanks around it and without what is not seen (NUL, which no database keeps)."""
    return plain_text(request.POST.get(name, "")).strip()
