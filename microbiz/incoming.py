"""What comes in by a field of no form: forms clean theirs themselves."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from microbiz.outgoing import plain_text


def typed(request: HttpRequest, name: str) -> str:
    """What was typed into a field, without blanks around it and without what is not seen (NUL, which no database keeps)."""
    return plain_text(request.POST.get(name, "")).strip()


def page_to_go_to(request: HttpRequest) -> str:
    """The page of this shop that `next` names, by its path from the root; empty where it names none."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours and path.startswith("/") else ""
