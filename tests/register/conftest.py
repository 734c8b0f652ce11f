"""An open till with a product of either kind on its shelf; modules put others in their place."""

import pytest

from tests import factories
from tests.register.till import open_till


@pytest.fixture
def till():
    factories.ShopSettingsFactory()
    return open_till()


@pytest.fixture
def drive(till):
    """A product with required serials, of which ZA1 to ZA4 stand in the till's store."""
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=30_999)
    factories.units(product, till.store, "ZA1", "ZA2", "ZA3", "ZA4")
    return product


@pytest.fixture
def cable(till):
    product = factories.ProductFactory(name="HDMI cable", sku="CBL-2", price=1499)
    return factories.stock(product, till.store, 10)
