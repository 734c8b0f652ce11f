"""What comes in, before a form or a view reads it."""

from collections.abc import Mapping

from django.http import HttpRequest, QueryDict
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme

from microbiz.outgoing import plain_text

NUL = "\0"


class NulMiddleware(MiddlewareMixin):
    """Takes NUL out of what is asked and sent: PostgreSQL refuses it in any text, and nobody types it; a scanner may."""

    def process_view(self, request, view, args, kwargs):
        request.GET = _without_nul(request.GET)
        if request.method == "POST":
            request.POST = _without_nul(request.POST)


def _without_nul(data: QueryDict) -> QueryDict:
    if not any(NUL in value for _name, values in data.lists() for value in values):
        return data
    cleaned = data.copy()
    for name, values in data.lists():
        cleaned.setlist(name, [value.replace(NUL, "") for value in values])
    return cleaned


def typed(request: HttpRequest, name: str) -> str:
    """What was typed into a field, without blanks around it and without what is not seen."""
    return plain_text(request.POST.get(name, "")).strip()


def id_of(text: str) -> int:
    """The id that was sent as this text; 0, which nothing has, for anything that is no id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def id_in(values: Mapping[str, str], name: str) -> int:
    """The id that was sent under this name; 0, which nothing has, for anything that is no id."""
    return id_of(values.get(name, ""))


def page_to_go_to(request: HttpRequest) -> str:
    """The page of this shop that `next` names, by its path from the root; empty where it names none."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours and path.startswith("/") else ""
