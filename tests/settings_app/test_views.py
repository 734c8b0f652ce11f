"""Each settings page: role, store, what is refused."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from serials.policy import Moment, need
from settings_app.models import SerialTracking, ShopSettings, Staff, Store, TaxClass
from settings_app.views import TRACKING_CHOICES
from tests.factories import (
    ProductFactory,
    ShopSettingsFactory,
    StaffFactory,
    TaxClassFactory,
    TaxRateFactory,
)
from tests.settings_app.people import admin as admin
from tests.settings_app.people import cashier as cashier
from tests.settings_app.people import harbor as harbor
from tests.settings_app.people import manager as manager
from tests.settings_app.people import northgate as northgate
from tests.settings_app.people import shop as shop

pytestmark = pytest.mark.django_db
# --- Who sees what ----------------------------------------------------------------------------------------------------

PAGES = [
    "/settings/general/",
    "/settings/stores/",
    "/settings/stores/new/",
    "/settings/taxes/",
    "/settings/taxes/new/",
    "/settings/people/",
    "/settings/people/new/",
    "/settings/roles/",
    "/settings/registers/",
    "/settings/registers/new/",
    "/settings/payment-methods/",
    "/settings/payment-methods/new/",
]


@pytest.mark.parametrize("path", PAGES)
def test_an_administrator_opens_every_settings_page(client, admin, path):
    client.force_login(admin)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_cashier_opens_none_of_them(client, cashier, path):
    client.force_login(cashier)
    assert client.get(path).status_code == 403


def test_a_manager_does_not_change_stores(client, manager, harbor):
    client.force_login(manager)
    assert client.get(f"/settings/stores/{harbor.pk}/").status_code == 403


def test_settings_lead_to_the_first_page_that_one_may_see(client, manager, cashier):
    client.force_login(manager)
    assert client.get("/settings/").url == "/settings/general/"
    client.force_login(cashier)
    assert client.get("/settings/").status_code == 404


# --- General ----------------------------------------------------------------------------------------------------------


def general(**changes):
    return {
        "company": "Lakeside",
        "currency": "USD",
        "receipt_footer": "",
        "serial_numbers_enabled": "on",
        "default_serial_tracking": "none",
        **changes,
    }


def test_the_default_policy_is_saved_and_touches_no_product(client, manager):
    product = ProductFactory(serial_tracking=SerialTracking.NONE)
    client.force_login(manager)
    response = client.post("/settings/general/", general(default_serial_tracking="sales"))
    assert response.status_code == 302
    assert ShopSettings.load().default_serial_tracking == SerialTracking.SALES
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.NONE


def test_the_add_on_is_switched_off_and_the_default_policy_is_kept(client, manager):
    ShopSettingsFactory(default_serial_tracking=SerialTracking.SALES)
    client.force_login(manager)
    entered = general(default_serial_tracking="sales")
    del entered["serial_numbers_enabled"]
    client.post("/settings/general/", entered)
    assert ShopSettings.load().serial_numbers_enabled is False
    assert ShopSettings.load().default_serial_tracking == SerialTracking.SALES


def test_the_page_says_how_many_products_follow_each_policy(client, manager):
    for policy in ("none", "none", "sales"):
        ProductFactory(serial_tracking=policy)
    client.force_login(manager)
    assert "Products today: 2 No Tracking, 1 Sales Required" in client.get("/settings/general/").text


def test_a_policy_that_does_not_exist_is_refused(client, manager):
    client.force_login(manager)
    assert client.post("/settings/general/", general(default_serial_tracking="strict")).status_code == 422
    assert ShopSettings.load().default_serial_tracking == SerialTracking.NONE


def test_the_page_explains_each_choice_as_the_policy_table_decides():
    moments = (Moment.RECEIVE, Moment.SALE, Moment.ORDER, Moment.TRANSFER_OUT)
    assert [choice["value"] for choice in TRACKING_CHOICES] == list(SerialTracking)
    for choice in TRACKING_CHOICES:
        assert choice["needs"] == tuple(need(choice["value"], moment).value for moment in moments)


# --- Stores, taxes ----------------------------------------------------------------------------------------------------


def store_fields(**changes):
    return {"name": "Harbor", "code": "H", "time_zone": "America/Chicago", "is_active": "on", **changes}


def test_a_store_is_changed(client, admin, harbor):
    client.force_login(admin)
    client.post(f"/settings/stores/{harbor.pk}/", store_fields(city="Duluth", allows_negative_stock="on"))
    harbor.refresh_from_db()
    assert (harbor.city, harbor.allows_negative_stock) == ("Duluth", True)
    assert harbor.history.first().history_user == admin


def test_a_store_code_is_capitals_and_digits_and_unique(client, admin, northgate):
    client.force_login(admin)
    assert client.post("/settings/stores/new/", store_fields(name="Other", code="h 1")).status_code == 422
    assert client.post("/settings/stores/new/", store_fields(name="Other", code="N")).status_code == 422
    assert not Store.objects.filter(name="Other").exists()


def rates(*rows, initial=0):
    data = {"rates-TOTAL_FORMS": len(rows), "rates-INITIAL_FORMS": initial}
    for at, row in enumerate(rows):
        data |= {f"rates-{at}-{name}": value for name, value in row.items()}
    return data


def test_a_tax_class_is_made_with_rates_typed_in_percent(client, admin, harbor, northgate):
    client.force_login(admin)
    response = client.post(
        "/settings/taxes/new/",
        {
            "name": "Standard",
            "is_default": "on",
            **rates(
                {"store": harbor.pk, "name": "Sales tax", "rate": "8.875"},
                {"store": northgate.pk, "name": "", "rate": ""},
                {"store": "", "name": "", "rate": ""},
            ),
        },
    )
    assert response.status_code == 302
    made = TaxClass.objects.get(name="Standard")
    assert [(rate.store, rate.rate, rate.is_inclusive) for rate in made.rates.all()] == [(harbor, 8875, False)]


@pytest.mark.parametrize("rate", ["101", "-1", "8.87501", "a lot"])
def test_a_rate_that_is_none_is_refused(client, admin, harbor, rate):
    client.force_login(admin)
    response = client.post(
        "/settings/taxes/new/",
        {"name": "Standard", **rates({"store": harbor.pk, "name": "Sales tax", "rate": rate})},
    )
    assert response.status_code == 422
    assert not TaxClass.objects.filter(name="Standard").exists()


def test_saving_a_tax_class_unchanged_writes_no_history_of_its_rates(client, admin, harbor):
    rate = TaxRateFactory(tax_class=TaxClassFactory(name="Standard"), store=harbor, name="Tax", rate=8250)
    before = rate.history.count()
    client.force_login(admin)
    client.post(
        f"/settings/taxes/{rate.tax_class.pk}/",
        {
            "name": "Standard",
            **rates({"id": rate.pk, "store": harbor.pk, "name": "Tax", "rate": "8.25"}, initial=1),
        },
    )
    assert rate.history.count() == before


# --- People -----------------------------------------------------------------------------------------------------------


def person_fields(**changes):
    return {"first_name": "Jo", "last_name": "Doe", "username": "jo", "is_active": "on", **changes}


def test_a_person_is_added_and_can_sign_in(client, admin, harbor):
    client.force_login(admin)
    junior = Group.objects.get(name="Junior Cashier")
    response = client.post(
        "/settings/people/new/",
        person_fields(roles=[junior.pk], stores=[harbor.pk], password="correct horse battery", pin="1234"),
    )
    assert response.status_code == 302
    assert client.login is not None
    jo = Staff.objects.get(username="jo")
    assert jo.check_password("correct horse battery")
    assert jo.has_pin("1234")


@pytest.mark.parametrize(("field", "value"), [("pin", "12"), ("pin", "12a4"), ("password", "short"), ("username", "")])
def test_what_cannot_be_a_person_is_refused(client, admin, field, value):
    client.force_login(admin)
    assert client.post("/settings/people/new/", person_fields(**{field: value})).status_code == 422
    assert not Staff.objects.filter(first_name="Jo").exists()


def test_a_manager_does_not_find_people_of_other_stores(client, manager, northgate):
    stranger = StaffFactory(role="Junior Cashier", stores=[northgate])
    client.force_login(manager)
    assert client.get(reverse("settings_app:person", args=[stranger.pk])).status_code == 404


def test_a_manager_is_told_why_an_administrator_cannot_be_changed(client, manager, admin):
    client.force_login(manager)
    response = client.post(reverse("settings_app:person", args=[admin.pk]), person_fields(username="admin"))
    assert response.status_code == 422
    assert "rights that you do not have" in response.text


def test_somebody_who_is_deactivated_is_out_at_the_next_click(client, admin, cashier, harbor):
    client.force_login(cashier)
    assert client.get("/pin/").status_code == 200
    Staff.objects.filter(pk=cashier.pk).update(is_active=False)
    assert client.get("/pin/").url.startswith("/login/")


@pytest.mark.once
def test_the_list_of_people_asks_the_same_number_of_questions_for_any_number(
    client, admin, harbor, django_assert_max_num_queries
):
    client.force_login(admin)
    for _n in range(20):
        StaffFactory(role="Junior Cashier", stores=[harbor])
    with django_assert_max_num_queries(14):
        client.get("/settings/people/")
