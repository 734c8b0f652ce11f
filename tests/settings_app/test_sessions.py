"""A session is read with its person, their rights, their store and the shop, and says nothing that does not hold any more."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.utils import timezone

from microbiz.per_request import one_request
from settings_app.backends import StaffBackend
from settings_app.middleware import CurrentStoreMiddleware
from settings_app.models import Session, ShopSettings
from settings_app.sessions import SessionStore
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory(company="Lakeside")
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def cashier(harbor):
    cashier = factories.StaffFactory(stores=[factories.StoreFactory(name="Airport"), harbor], role="Junior Cashier")
    cashier.user_permissions.add(Permission.objects.get(codename="void_sale"))
    return cashier


def session_of(client, staff, store):
    client.force_login(staff)
    session = client.session
    session["store_id"] = store.pk
    session.save()
    return session.session_key


def asked_by(key):
    """A request with the session of this key, as the middlewares make it of the cookie."""
    request = RequestFactory().get("/")
    request.session = SessionStore(key)
    request.user = get_user(request)
    CurrentStoreMiddleware(lambda request: None)(request)
    return request


def test_who_asks_and_where_they_stand_is_one_statement(client, cashier, harbor, django_assert_num_queries):
    key = session_of(client, cashier, harbor)
    asked_by(key)  # Django asks SQLite once whether it has JSON
    with one_request(), django_assert_num_queries(1):
        request = asked_by(key)
        assert (request.user, request.store, ShopSettings.load().company) == (cashier, harbor, "Lakeside")
        assert request.user.has_perm("register.sell")
        assert request.user.has_perm("register.void_sale")
        assert not request.user.has_perm("register.change_price")


def test_what_they_may_do_is_what_their_roles_and_they_themselves_may(client, cashier, harbor):
    key = session_of(client, cashier, harbor)
    with one_request():
        together = asked_by(key).user.get_all_permissions()
    assert together == StaffBackend().get_all_permissions(type(cashier).objects.get(pk=cashier.pk))
    assert len(together) > 5


def test_whoever_may_do_everything_still_may(client, harbor):
    key = session_of(client, factories.AdminFactory(), harbor)
    with one_request():
        request = asked_by(key)
        assert request.store == harbor
        assert request.user.has_perm("settings_app.change_roles")


def test_a_store_where_the_person_works_no_more_is_left_for_their_first(client, cashier, harbor):
    key = session_of(client, cashier, harbor)
    cashier.stores.remove(harbor)
    with one_request():
        assert asked_by(key).store.name == "Airport"
    cashier.stores.clear()
    with one_request():
        assert asked_by(key).store is None


def test_a_store_that_is_no_longer_active_is_left(client, cashier, harbor):
    key = session_of(client, cashier, harbor)
    harbor.is_active = False
    harbor.save()
    with one_request():
        assert asked_by(key).store.name == "Airport"


def test_who_may_no_longer_sign_in_is_nobody(client, cashier, harbor):
    key = session_of(client, cashier, harbor)
    cashier.is_active = False
    cashier.save()
    with one_request():
        request = asked_by(key)
        assert request.user.is_anonymous
        assert request.store is None


def test_the_columns_repeat_the_data_and_the_data_hold(client, cashier, harbor):
    """As after a change of the table by hand: whoever the row names, the signed data say who it is."""
    key = session_of(client, cashier, harbor)
    other = factories.AdminFactory()
    assert Session.objects.filter(pk=key, staff=cashier, store=harbor).update(staff=other, store=None) == 1
    with one_request():
        request = asked_by(key)
        assert (request.user, request.store) == (cashier, harbor)
        assert not request.user.has_perm("register.change_price")


def test_whoever_signs_in_clears_away_the_sessions_that_ended(client, cashier, harbor):
    ended, other = session_of(client, cashier, harbor), session_of(Client(), cashier, harbor)
    Session.objects.filter(pk=ended).update(expire_date=timezone.now() - timedelta(seconds=1))
    signed_in = session_of(Client(), factories.AdminFactory(), harbor)
    assert set(Session.objects.values_list("pk", flat=True)) == {other, signed_in}
