"""Signing in, the switch by PIN, one's own password and PIN, and the switch of stores."""

import pytest
from django.conf import settings as project

from tests.factories import (
    StaffFactory,
)
from tests.settings_app.people import cashier as cashier
from tests.settings_app.people import harbor as harbor
from tests.settings_app.people import manager as manager
from tests.settings_app.people import northgate as northgate
from tests.settings_app.people import shop as shop

pytestmark = pytest.mark.django_db


# --- Signing in -------------------------------------------------------------------------------------------------------


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


# --- PIN --------------------------------------------------------------------------------------------------------------


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


# --- One's own password and PIN ---------------------------------------------------------------------------------------


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


# --- Store ------------------------------------------------------------------------------------------------------------


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
