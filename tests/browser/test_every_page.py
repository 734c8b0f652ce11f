"""One page of every kind, found by following the links of the demo shop as its administrator."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.core.management import call_command
from django.urls import Resolver404, resolve

from settings_app.models import Staff
from tests.chromium import SIZES

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = ("/static/", "/logout/", "/healthz", "/login/")
FILES = (".pdf", ".csv", ".xlsx", ".svg", ".png")
AT_MOST = 80


def kind_of(address):
    """What tells pages apart: the URL pattern."""
    path = urlsplit(address).path
    if path.startswith(ELSEWHERE) or path.endswith(FILES):
        return None
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def every_page(page, start="/"):
    """Open one page of every kind that links lead to."""
    seen, waiting = set(), [start]
    while waiting and len(seen) < AT_MOST:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind is None or kind in seen:
            continue
        seen.add(kind)
        response = page.goto(address)
        if "text/html" not in response.headers.get("content-type", ""):
            continue
        assert response.ok, f"{address}: {response.status}"
        yield page
        links = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(one => one.getAttribute('href'))")
        waiting += [urlsplit(urljoin(address, link))._replace(fragment="").geturl() for link in links]


def test_every_page_is_accessible_and_no_wider_than_its_window(new_page, assert_accessible):
    call_command("load_demo", verbosity=0)
    page = new_page(Staff.objects.get(username="admin"))
    troubles, pages = [], 0
    for opened in every_page(page):
        pages += 1
        for width, height in sorted(SIZES.values()):  # the desk last: axe looks at it
            opened.set_viewport_size({"width": width, "height": height})
            if opened.evaluate("document.documentElement.scrollWidth > innerWidth"):
                troubles.append(f"{opened.url} is wider than {width} pixels")
        try:
            assert_accessible(opened)
        except AssertionError as error:
            troubles.append(str(error))
    assert not troubles, "\n\n".join(troubles)
    assert pages > 15
