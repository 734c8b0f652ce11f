"""Somebody signed in at a store, for tests of pages."""

import pytest
from django.urls import reverse

from tests import factories
from transfers.models import Discrepancy

HTMX = {"HX-Request": "true"}
Decision = Discrepancy.Decision


@pytest.fixture
def sign_in(client, road):
    """Sign somebody in at a store: `sign_in("Manager", road.harbor)`."""

    def somebody(role, *stores):
        staff = factories.StaffFactory(role=role, stores=stores)
        client.force_login(staff)
        return staff

    return somebody


@pytest.fixture
def do(client):
    """Press a button of a transfer's page."""

    def press(transfer, name, *args, **values):
        return client.post(reverse(f"transfers:{name}", args=[transfer.pk, *args]), values, headers=HTMX)

    return press


def page(client, transfer, **query):
    return client.get(transfer.get_absolute_url(), query)
