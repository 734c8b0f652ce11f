"""One page of every kind, found by following the links of the demo shop as its administrator."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import Resolver404, resolve

from settings_app.models import Staff
from tests.chromium import SIZES

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = ("/static/", "/logout/", "/healthz", "/login/")
AT_MOST = 250
SHARES = 2  # of the pages, one for each process of the suite
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


@pytest.fixture
def demo():
    call_command("load_demo", verbosity=0)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="the pages are looked at below, in a browser")
def test_every_page_opens_on_postgresql_too(demo, client):
    client.force_login(Staff.objects.get(username="admin"))
    assert len(every_page(client)) > 30


@pytest.mark.once
@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_is_accessible_and_no_wider_than_its_window(demo, client, new_page, assert_accessible, share):
    admin = Staff.objects.get(username="admin")
    client.force_login(admin)
    page, troubles = new_page(admin), []
    for address in every_page(client)[share::SHARES]:
        assert page.goto(address).ok, address
        for width, height in sorted(SIZES.values()):  # the desk last: axe looks at it
            page.set_viewport_size({"width": width, "height": height})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                troubles.append(f"{page.url} is wider than {width} pixels")
        try:
            assert_accessible(page)
        except AssertionError as error:
            troubles.append(str(error))
    assert not troubles, "\n\n".join(troubles)
