"""What the register costs on the wire, from the server as it runs in production: its first page, and what follows."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from register.operations import current_sale, open_shift
from register.operations import scan as scan_into
from tests.browser.till import Till
from tests.browser.till import harbor as harbor  # fixtures
from tests.browser.till import staff as staff
from tests.factories import RegisterFactory, TrackedFactory, units
from tests.running.server import running, url_of_test_database
from tests.running.wire import Wire, size_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def address(transactional_db, settings, tmp_path):
    """The shop with its files gathered, named, stripped and compressed."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "microbiz.static_files.StaticFiles"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    environment = {"DJANGO_SETTINGS_MODULE": "microbiz.settings"}
    with running(url_of_test_database(), tmp_path, workers=1, environment=environment) as server:
        yield f"http://localhost:{server.port}"


@pytest.fixture
def browser_context_args(browser_context_args, address):
    return {**browser_context_args, "base_url": address}


def test_the_register_comes_in_few_requests_and_then_sends_fragments(address, new_page, login, staff, harbor):
    units(TrackedFactory(name="IronWolf Pro 16 TB", price=30_999), harbor, *(f"ZL2B7K{n}" for n in range(10, 20)))
    register = RegisterFactory(store=harbor, name="Till 1")
    open_shift(register, opening_balance=20_000, staff=staff)
    assert scan_into(current_sale(register, staff=staff), "ZL2B7K10", staff=staff).ok  # both typefaces are on the page
    page = login(new_page(), staff, store=harbor, register_id=register.pk)
    wire = Wire(page)

    till = Till(page, register, staff)
    first = wire.taken()
    assert len(first) <= 14, [one.address for one in first]
    assert size_of(first) <= 150_000
    assert size_of(first) - size_of(first, "Font") <= 60_000
    assert len([one for one in first if one.kind == "Font"]) == 2

    scans = []
    for n in range(11, 16):
        till.scan(f"ZL2B7K{n}")
        expect(page.locator(".sns")).to_contain_text(f"ZL2B7K{n}")
        scans += wire.taken()
    assert [re.sub(address, "", one.address) for one in scans] == ["/register/scan/"] * 5
    assert max(one.size for one in scans) <= 3000

    till.press("F2")  # the pop-up
    expect(page.locator("#pop-scan")).to_be_focused()
    till.press("Escape")
    till.pays()
    till.press("Enter")
    till.completed()
    till.begins_anew()
    till.scan("ZL2B7K16")
    till.said("ZL2B7K16")
    job = wire.taken()
    assert len(job) >= 5
    assert {one.kind for one in job} == {"XHR"}
