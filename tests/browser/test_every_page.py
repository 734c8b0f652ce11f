"""One page of every kind, found by following the links of the demo shop as its administrator."""

from urllib.parse import urlsplit

import pytest
from django.core.management import call_command

from settings_app.models import Staff
from tests.chromium import SIZES
from tests.links import every_page

pytestmark = pytest.mark.django_db(transaction=True)

# Among those that have to be found: a page that lost its link would no longer be looked at.
KNOWN = {
    "/pin/",
    "/account/",
    "/products/new/",
    "/products/categories/",
    "/settings/general/",
    "/settings/roles/",
    *(f"/settings/{kind}/" for kind in ("stores", "registers", "taxes", "payment-methods", "people")),
    *(f"/settings/{kind}/new/" for kind in ("stores", "registers", "taxes", "payment-methods", "people")),
}


@pytest.fixture
def demo():
    call_command("load_demo", verbosity=0)


@pytest.mark.once
def test_every_page_is_accessible_and_no_wider_than_its_window(demo, client, new_page, assert_accessible):
    admin = Staff.objects.get(username="admin")
    client.force_login(admin)
    addresses = every_page(client)
    assert {urlsplit(address).path for address in addresses} >= KNOWN
    page, troubles = new_page(admin), []
    for address in addresses:
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
