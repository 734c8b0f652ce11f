"""A shop with two stores and somebody of each role, for tests of pages."""

import pytest

from tests.factories import (
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
)


@pytest.fixture(autouse=True)
def shop():
    return ShopSettingsFactory()


@pytest.fixture
def harbor():
    return StoreFactory(name="Harbor", code="H")


@pytest.fixture
def northgate():
    return StoreFactory(name="Northgate", code="N")


@pytest.fixture
def admin(harbor):
    return StaffFactory(username="admin", first_name="Ada", role="Admin", stores=[harbor], pin="5555")


@pytest.fixture
def manager(harbor):
    return StaffFactory(username="manager", role="Manager", stores=[harbor], pin="4444")


@pytest.fixture
def cashier(harbor):
    return StaffFactory(username="cashier", first_name="Cora", role="Senior Cashier", stores=[harbor], pin="2222")
