"""A store, a vendor, and an order in draft, for tests of purchasing's pages."""

import pytest

from receiving.purchasing.operations import add_to_order, start_order
from tests import factories


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor", address="14 Quay Street", city="Duluth")


@pytest.fixture
def office(client, harbor):
    staff = factories.StaffFactory(stores=[harbor], role="Back Office")
    client.force_login(staff)
    return staff


@pytest.fixture
def northline():
    return factories.VendorFactory(name="Northline", account_number="FL-77", payment_terms="Net 30")


@pytest.fixture
def drive():
    return factories.TrackedFactory(name="IronWolf <16 TB>", sku="IW-16", cost=21_000)


@pytest.fixture
def order(harbor, northline, office, drive):
    order = start_order(northline, harbor, staff=office)
    add_to_order(order, drive, quantity=2)
    return order
