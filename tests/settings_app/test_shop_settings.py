"""The settings of the shop: read once in a request, and never old."""

import pytest

from microbiz.per_request import one_request
from settings_app.models import ShopSettings
from settings_app.operations import save_settings
from tests.factories import AdminFactory, ShopSettingsFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_they_are_read_once_in_a_request(django_assert_num_queries):
    ShopSettingsFactory(company="Lakeside")
    with one_request(), django_assert_num_queries(1):
        assert {ShopSettings.load().company for _each in range(3)} == {"Lakeside"}
    with one_request(), django_assert_num_queries(1):
        ShopSettings.load()


def test_outside_of_a_request_they_are_read_each_time(django_assert_num_queries):
    ShopSettingsFactory()
    with django_assert_num_queries(2):
        ShopSettings.load()
        ShopSettings.load()


def test_what_a_request_saved_it_reads():
    ShopSettingsFactory(company="Lakeside")
    with one_request():
        assert ShopSettings.load().company == "Lakeside"
        settings = ShopSettings.load_to_change()
        settings.company = "Harbor"
        save_settings(settings)
        assert ShopSettings.load().company == "Harbor"


def test_a_form_that_is_refused_changes_nothing_on_its_page(client):
    ShopSettingsFactory(company="Lakeside", currency="USD")
    StoreFactory()
    client.force_login(AdminFactory())
    page = client.post("/settings/general/", {"company": "Harbor", "currency": "no"})
    assert page.status_code == 422
    assert "Lakeside</title>" in page.content.decode()
