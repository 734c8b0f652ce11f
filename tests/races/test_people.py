"""Two at the same instant: wrong PINs, and two first days."""

import pytest
from django.db import IntegrityError

import settings_app.operations as staffing
from microbiz import setup
from microbiz.setup import AlreadyOpen, open_shop
from settings_app.errors import PinLocked, WrongPin
from settings_app.models import ShopSettings, Staff, Store
from settings_app.operations import PIN_TRIES, check_pin
from tests.factories import StaffFactory
from tests.races.threads import errors, locks_taken_out, meeting, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


# --- Wrong PINs -------------------------------------------------------------------------------------------------------


def try_wrong_pins(staff, monkeypatch, *, locks):
    """As many at once as are allowed: each has read how many there were before."""
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, staffing, "note", people=PIN_TRIES),
    ):
        return together(*[lambda: check_pin(staff, "0000")] * PIN_TRIES)


def test_wrong_pins_at_once_are_all_counted(monkeypatch):
    staff = StaffFactory(pin="1234")
    outcomes = try_wrong_pins(staff, monkeypatch, locks=True)
    told = sorted(type(error).__name__ for error in errors(outcomes))
    assert told == ["PinLocked"] + ["WrongPin"] * (PIN_TRIES - 1)
    with pytest.raises(PinLocked):
        check_pin(staff, "1234")


def test_without_the_lock_wrong_pins_at_once_count_as_one(monkeypatch):
    staff = StaffFactory(pin="1234")
    outcomes = try_wrong_pins(staff, monkeypatch, locks=False)
    assert {type(error) for error in errors(outcomes)} == {WrongPin}
    check_pin(staff, "1234")


# --- Two first days ---------------------------------------------------------------------------------------------------


def open_twice(monkeypatch):
    """Both have found that nobody can sign in yet, unless the row of settings keeps one of them from looking."""

    def first_day(number):
        return open_shop(
            company=f"Shop {number}",
            currency="USD",
            store=Store(name=f"Store {number}", code=f"S{number}"),
            register_name="Till 1",
            admin=Staff(username=f"admin{number}"),
            password="correct horse battery",
        )

    with meeting(monkeypatch, setup, "is_open", after=True):
        return together(lambda: first_day(1), lambda: first_day(2))


def test_two_first_days_at_once_make_one_shop(monkeypatch):
    outcomes = open_twice(monkeypatch)
    assert [type(error) for error in errors(outcomes)] == [AlreadyOpen]
    assert Staff.objects.count() == Store.objects.count() == 1


def test_without_the_one_row_of_settings_the_second_meets_a_constraint_instead_of_an_answer(monkeypatch):
    monkeypatch.setattr(ShopSettings, "save", lambda self, **kwargs: None)
    [error] = errors(open_twice(monkeypatch))
    assert isinstance(error, IntegrityError) and "register_paymentmethod" in str(error)
