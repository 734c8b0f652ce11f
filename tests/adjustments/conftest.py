"""A shop that asks for serial numbers, with two stores."""

import pytest

from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory


@pytest.fixture(autouse=True)
def shop(db):
    return ShopSettingsFactory()


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def harbor():
    return StoreFactory(name="Harbor")


@pytest.fixture
def northgate():
    return StoreFactory(name="Northgate")
