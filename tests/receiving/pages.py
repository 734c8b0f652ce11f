"""Somebody of the back office at a dock, for tests of pages."""

import pytest
from django.urls import reverse

from tests import factories


@pytest.fixture
def clerk(dock):
    return factories.StaffFactory(stores=[dock.store], role="Back Office")


@pytest.fixture
def at_dock(client, clerk):
    client.force_login(clerk)
    return client


def address(name, document, **query):
    return reverse(f"receiving:{name}", args=[document.pk], query=query or None)


HTMX = {"HX-Request": "true"}
