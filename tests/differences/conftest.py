"""A shop with differences, and who puts them right."""

import pytest

from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import open_till


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def till(harbor):
    return open_till(harbor)


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
