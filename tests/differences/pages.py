"""A shop with differences, and who puts them right, for tests of pages."""

import pytest
from django.urls import reverse

from microbiz.laws import check_laws
from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import open_till


@pytest.fixture(autouse=True)
def laws():
    """Whatever a test does, the laws hold at its end."""
    yield
    check_laws()


@pytest.fixture
def till():
    factories.ShopSettingsFactory()
    return open_till(factories.StoreFactory(name="Harbor"))


@pytest.fixture
def harbor(till):
    return till.store


@pytest.fixture
def northgate(harbor):
    return factories.StoreFactory(name="Northgate")


@pytest.fixture
def drive():
    return factories.ProductFactory(name="IronWolf", sku="IW-16", serial_tracking=SerialTracking.OPTIONAL)


@pytest.fixture
def manager(client, harbor):
    staff = factories.StaffFactory(stores=[harbor], role="Manager", first_name="Mia", last_name="Manager")
    client.force_login(staff)
    return staff


@pytest.fixture
def unnamed(till, drive, harbor):
    """Two drives on record, one of them sold without saying which."""
    factories.units(drive, harbor, "A1", "A2")
    till.scan(drive.sku)
    return till.pay()


LIST = "/serials/differences/"


def text(answer):
    return " ".join(answer.content.decode().split())


def page_of(drive, store):
    return reverse("serials:difference", args=[drive.pk, store.pk])


def shelf(drive, store, what="back_fill"):
    return reverse(f"serials:{what}", args=[drive.pk, store.pk])
