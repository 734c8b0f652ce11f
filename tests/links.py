"""The pages of a shop, found by following its links."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

ELSEWHERE = ("/static/", "/logout/", "/healthz", "/login/")
AT_MOST = 250
LINK = re.compile(r'<a\b(?![^>]*\bdownload\b)[^>]*\bhref="([^"#]+)')


def kind_of(address):
    """What tells pages apart: the URL pattern."""
    path = urlsplit(address).path
    if path.startswith(ELSEWHERE):
        return None
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def every_page(client, start="/"):
    """The address of one page of every kind that links lead to."""
    seen, waiting, found = set(), [start], []
    while waiting and len(seen) < AT_MOST:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind is None or kind in seen:
            continue
        seen.add(kind)
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        if "text/html" not in answer.headers["Content-Type"]:
            continue
        found.append(address)
        here = answer.request["PATH_INFO"]
        links = [urljoin(here, unescape(link)) for link in LINK.findall(answer.content.decode())]
        waiting += [link for link in links if not urlsplit(link).netloc]
    return found
