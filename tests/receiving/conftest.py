"""A dock with two products: one whose units all carry numbers, one whose units carry none."""

import pytest

from settings_app.models import SerialTracking
from tests import factories
from tests.receiving.dock import open_dock


@pytest.fixture
def dock():
    factories.ShopSettingsFactory()
    return open_dock(factories.StoreFactory(name="Harbor"))


@pytest.fixture
def phone():
    return factories.ProductFactory(name="Pixel", sku="GA05840", serial_tracking=SerialTracking.ALL, cost=500)


@pytest.fixture
def cable():
    return factories.ProductFactory(name="Cable", sku="CBL")
