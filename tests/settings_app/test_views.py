"""Signing in, PIN switch, store switch, and each settings page: role, store, what is refused."""

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Group
from django.urls import reverse

from serials.policy import Moment, need
from settings_app.models import SerialTracking, ShopSettings, Staff, Store, TaxClass
from settings_app.views import TRACKING_CHOICES
from tests.factories import (
    ProductFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TaxClassFactory,
    TaxRateFactory,
)

pytestmark = pytest.mark.django_db


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


# --- Signing in ---


def test_a_page_without_a_login_leads_to_sign_in_and_back(client, cashier):
    response = client.get("/settings/general/")
    assert response.url == "/login/?next=/settings/general/"
    response = client.post("/login/", {"username": "cashier", "password": "demo", "next": "/settings/general/"})
    assert response.url == "/settings/general/"


def test_a_wrong_password_is_refused_in_place(client, cashier):
    response = client.post("/login/", {"username": "cashier", "password": "wrong"})
    assert response.status_code == 422
    assert "do not belong together" in response.text


def test_next_never_leads_out_of_the_shop(client, cashier):
    response = client.post("/login/", {"username": "cashier", "password": "demo", "next": "https://evil.example/"})
    assert response.url == "/"


def test_five_wrong_passwords_lock_the_user_name_at_this_address(client, cashier):
    for _n in range(5):
        response = client.post("/login/", {"username": "cashier", "password": "wrong"})
    assert response.status_code == 429
    assert "Locked for a while" in response.text
    assert client.post("/login/", {"username": "cashier", "password": "demo"}).status_code == 429


def test_a_fragment_request_without_a_login_moves_the_whole_window(client):
    StaffFactory()
    response = client.get(
        "/settings/general/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/register/?tab=1"},
    )
    assert response.headers["HX-Redirect"] == "/login/?next=%2Fregister%2F%3Ftab%3D1"


def test_sign_out_is_a_post_and_ends_the_session(client, cashier):
    client.force_login(cashier)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == "/login/"
    assert "_auth_user_id" not in client.session


def test_the_browser_remembers_its_store_over_a_sign_out(client, cashier, northgate):
    cashier.stores.add(northgate)
    client.force_login(cashier)
    client.post("/settings/store/", {"store": northgate.pk})
    client.post("/logout/")
    assert "Northgate" in client.get("/login/").text
    client.post("/login/", {"username": "cashier", "password": "demo"})
    assert client.session["store_id"] == northgate.pk


# --- PIN ---


def test_a_pin_switches_the_person_and_the_place_stays(client, cashier, manager, harbor):
    client.force_login(manager)
    session = client.session
    session["store_id"], session["register_id"], session["private"] = harbor.pk, 7, "of the manager"
    session.save()
    before = session.session_key
    response = client.post("/pin/", {"staff": cashier.pk, "pin": "2222", "next": "/register/"})
    assert response.url == "/register/"
    assert client.session["_auth_user_id"] == str(cashier.pk)
    assert client.session["register_id"] == 7
    assert "private" not in client.session
    assert client.session.session_key != before


def test_a_wrong_pin_leaves_everything_as_it_was(client, cashier, manager):
    client.force_login(manager)
    response = client.post("/pin/", {"staff": cashier.pk, "pin": "9999"})
    assert response.status_code == 422
    assert "4 tries left" in response.text
    assert client.session["_auth_user_id"] == str(manager.pk)


def test_a_pin_of_another_store_does_not_pass_here(client, manager, northgate):
    stranger = StaffFactory(role="Senior Cashier", stores=[northgate], pin="7777")
    client.force_login(manager)
    response = client.post("/pin/", {"staff": stranger.pk, "pin": "7777"})
    assert response.status_code == 422
    assert client.session["_auth_user_id"] == str(manager.pk)


def test_the_pin_page_shows_the_people_of_the_store_who_have_a_pin(client, manager, cashier, harbor):
    StaffFactory(first_name="Pinless", role="Junior Cashier", stores=[harbor])
    StaffFactory(first_name="Gone", role="Junior Cashier", stores=[harbor], pin="1", is_active=False)
    client.force_login(manager)
    page = client.get("/pin/").text
    assert "Cora" in page
    assert "Pinless" not in page
    assert "Gone" not in page


def test_pins_alone_open_no_session(client, cashier):
    assert client.post("/pin/", {"staff": cashier.pk, "pin": "2222"}).url.startswith("/login/")


def test_a_locked_till_leads_every_page_to_the_pin(client, cashier):
    client.force_login(cashier)
    client.post("/lock/")
    assert client.get("/settings/").url == "/pin/?next=%2Fsettings%2F"
    fragment = client.get("/settings/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/x/"})
    assert fragment.headers["HX-Redirect"] == "/pin/?next=%2Fx%2F"
    assert "This till is locked" in client.get("/pin/").text
    client.post("/pin/", {"staff": cashier.pk, "pin": "2222"})
    assert client.get("/settings/").status_code == 404


def test_a_till_that_nobody_touched_locks_itself(client, cashier):
    client.force_login(cashier)
    client.get("/settings/")
    session = client.session
    session["seen_at"] -= project.MICROBIZ_IDLE_MINUTES * 60 + 1
    session.save()
    assert client.get("/settings/").url.startswith("/pin/")


# --- One's own password and PIN ---


def test_everybody_changes_their_own_password_and_pin_and_stays_signed_in(client, cashier):
    client.force_login(cashier)
    entered = {"current": "demo", "password": "correct horse battery", "pin": "8888"}
    assert client.post("/account/", entered).status_code == 302
    cashier.refresh_from_db()
    assert cashier.check_password("correct horse battery")
    assert cashier.has_pin("8888")
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    "entered",
    [
        {"current": "wrong", "password": "correct horse battery"},
        {"current": "demo", "password": "short"},
        {"current": "demo", "pin": "12"},
    ],
)
def test_without_the_password_in_use_or_with_a_weak_one_nothing_changes(client, cashier, entered):
    client.force_login(cashier)
    assert client.post("/account/", entered).status_code == 422
    cashier.refresh_from_db()
    assert cashier.check_password("demo")
    assert cashier.has_pin("2222")


# --- Store ---


def test_the_store_in_use_can_be_changed_to_another_of_ones_own(client, cashier, northgate):
    cashier.stores.add(northgate)
    client.force_login(cashier)
    session = client.session
    session["register_id"] = 7
    session.save()
    client.post("/settings/store/", {"store": northgate.pk})
    assert client.session["store_id"] == northgate.pk
    assert "register_id" not in client.session


def test_a_store_that_is_not_ones_own_is_not_there(client, cashier, northgate):
    client.force_login(cashier)
    assert client.post("/settings/store/", {"store": northgate.pk}).status_code == 404


# --- Who sees what ---

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


# --- General ---


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


# --- Stores, taxes ---


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


# --- People ---


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


def test_the_list_of_people_asks_the_same_number_of_questions_for_any_number(
    client, admin, harbor, django_assert_max_num_queries
):
    client.force_login(admin)
    for _n in range(20):
        StaffFactory(role="Junior Cashier", stores=[harbor])
    with django_assert_max_num_queries(14):
        client.get("/settings/people/")
