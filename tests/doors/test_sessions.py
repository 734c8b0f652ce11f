"""A session belongs to one person at one till, and ends: by PIN, by password, by idling, by losing the right.

Seen to fail with each of these taken out: the new session at a switch by PIN, the lock after idling, its question.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from settings_app.models import Session
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PASSWORD = "correct horse battery"


@pytest.fixture
def store():
    factories.ShopSettingsFactory()
    return factories.StoreFactory()


@pytest.fixture
def manager(store):
    return factories.StaffFactory(username="mara", stores=[store], role="Manager", pin="4444", password=PASSWORD)


@pytest.fixture
def cashier(store):
    return factories.StaffFactory(stores=[store], role="Junior Cashier", pin="2222")


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    assert browser.get("/account/").status_code == 200
    return browser


def is_out(browser):
    answer = browser.get("/account/")
    return answer.status_code == 302 and answer.url == "/login/?next=/account/"


def test_after_a_switch_by_pin_the_former_cookie_opens_nothing(manager, cashier):
    till = browser_of(manager)
    stolen = till.cookies["sessionid"].value
    till.post("/pin/", {"staff": cashier.pk, "pin": "2222"})
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert is_out(thief)
    assert not Session.objects.filter(session_key=stolen).exists()
    assert till.get("/settings/people/").status_code == 403


def test_signing_in_gives_the_browser_a_new_cookie(manager):
    browser = Client()
    session = browser.session
    session["planted"] = "by somebody who shall know the key afterwards"
    session.save()
    browser.cookies["sessionid"] = session.session_key
    browser.post("/login/", {"username": "mara", "password": PASSWORD})
    assert browser.cookies["sessionid"].value != session.session_key
    assert not is_out(browser)


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(manager):
    browser = browser_of(manager)
    thief = Client()
    thief.cookies["sessionid"] = browser.cookies["sessionid"].value
    browser.post("/logout/")
    assert is_out(thief)


def test_a_new_password_ends_the_persons_other_sessions(manager):
    here, elsewhere = browser_of(manager), browser_of(manager)
    here.post("/account/", {"current": PASSWORD, "password": "another long one 7", "pin": ""})
    assert is_out(elsewhere)
    assert not is_out(here)


def test_a_password_that_an_administrator_sets_ends_all_sessions_of_the_person(manager, cashier, store):
    at_till, admin = browser_of(cashier), browser_of(factories.StaffFactory(stores=[store], role="Admin"))
    junior = cashier.groups.get()
    data = {"first_name": "C", "last_name": "D", "username": cashier.username, "is_active": "on", "stores": [store.pk]}
    answer = admin.post(f"/settings/people/{cashier.pk}/", data | {"roles": [junior.pk], "password": "given by Ada 88"})
    assert answer.status_code == 302
    assert is_out(at_till)


def test_a_till_left_alone_is_locked_and_in_the_end_signed_out(manager, settings):
    browser = browser_of(manager)
    session = browser.session
    session["seen_at"] -= settings.MICROBIZ_IDLE_MINUTES * 60 + 1
    session.save()
    assert browser.get("/account/").url == "/pin/?next=%2Faccount%2F"
    assert session.get_expiry_date() <= timezone.now() + timedelta(hours=12)
    Session.objects.update(expire_date=timezone.now())
    assert is_out(browser)


def test_the_lock_cannot_be_walked_around(manager):
    browser = browser_of(manager)
    browser.post("/lock/")
    for path in ("/", "/products/", "/settings/audit/", "/reports/taxes/export.csv", "/serials/look-up/?q=1"):
        assert browser.get(path).url.startswith("/pin/"), path
    assert browser.post("/settings/store/", {"store": 1}).url.startswith("/pin/")


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(manager):
    browser = browser_of(manager)
    assert browser.get("/settings/people/").status_code == 200
    manager.groups.clear()
    assert browser.get("/settings/people/").status_code == 403
