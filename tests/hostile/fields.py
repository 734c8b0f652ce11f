"""Which fields an address takes: those that pages have for it, and those that it asks for."""

from collections import defaultdict
from contextlib import contextmanager
from html.parser import HTMLParser
from unittest import mock
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.http import Http404, QueryDict
from django.urls import resolve

NOT_OURS = {"csrfmiddlewaretoken"}


class FieldsOfPages(HTMLParser):
    """Reads pages; `fields` has for the name of each address the fields, with values, that forms, htmx and links send it."""

    def __init__(self):
        super().__init__()
        self.fields: dict[str, dict[str, str]] = defaultdict(dict)
        self.here, self.addresses = "/", []

    def read(self, here: str, page: str) -> None:
        self.here, self.addresses = here, []
        self.feed(page)
        self.close()
        self.reset()

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        sent_to = [found[name] for name in ("hx-post", "hx-get") if name in found]
        if tag == "form":
            self.addresses = [found.get("action", ""), *sent_to]
        elif "href" in found:
            query = dict(parse_qsl(urlsplit(found["href"]).query))
            self._add([found["href"]], query)
        if found.get("name") and tag in ("input", "select", "textarea", "button"):
            also = [found["formaction"]] if "formaction" in found else []
            self._add([*self.addresses, *sent_to, *also], {found["name"]: found.get("value", "")})

    def handle_endtag(self, tag):
        if tag == "form":
            self.addresses = []

    def _add(self, addresses, values):
        for address in addresses:
            if name := name_of(urljoin(self.here, address)):
                self.fields[name].update({key: value for key, value in values.items() if key not in NOT_OURS})


def name_of(address: str) -> str:
    """The name of an address in the URL configuration, or nothing where it leads elsewhere."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Http404:
        return ""


@contextmanager
def overhearing():
    """Yields the set that the names of all fields go into which views ask their request for."""
    asked: set[str] = set()

    def telling(method):
        def tell(self, key, *args, **kwargs):
            asked.add(key)
            return method(self, key, *args, **kwargs)

        return tell

    with mock.patch.multiple(
        QueryDict,
        __getitem__=telling(QueryDict.__getitem__),
        __contains__=telling(QueryDict.__contains__),
        getlist=telling(QueryDict.getlist),
    ):
        yield asked
