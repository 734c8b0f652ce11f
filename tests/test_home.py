"""Everybody starts where they work, and the rail shows only places that exist and that one may enter."""

import pytest

from microbiz.places import PLACES, places_for
from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "start"),
    [
        ("Junior Cashier", "/register/"),
        ("Senior Cashier", "/register/"),
        ("Back Office", "/products/"),
        ("Manager", "/reports/"),
        ("Admin", "/reports/"),
    ],
)
def test_each_role_starts_where_it_works(client, role, start):
    ShopSettingsFactory()
    client.force_login(StaffFactory(role=role, stores=[StoreFactory()]))
    assert client.get("/").url == start


def test_somebody_without_a_role_is_told_so(client):
    client.force_login(StaffFactory())
    response = client.get("/")
    assert response.status_code == 403
    assert "Your role does not allow this" in response.text


def test_a_cashier_sees_no_settings():
    labels = {str(place.label) for place in places_for(StaffFactory(role="Senior Cashier"), serials_enabled=True)}
    assert "Register" in labels
    assert "Settings" not in labels


def test_without_the_add_on_there_are_no_units():
    labels = {str(place.label) for place in places_for(StaffFactory(role="Admin"), serials_enabled=False)}
    assert "Units" not in labels
    assert "Products" in labels


def test_every_place_of_the_rail_exists():
    assert [place.path for place in PLACES if not place.exists()] == []


def test_an_unknown_address_is_answered_in_the_shops_look(client):
    client.force_login(StaffFactory(role="Admin", stores=[StoreFactory()]))
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text
    assert "Settings" in response.text
