"""PINs with their lock-out, people with their rights, taxes with their default."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone

from settings_app.errors import LastAdministrator, NotYoursToChange, PinLocked, WrongPin
from settings_app.models import ShopSettings, Staff, TaxClass, TaxRate
from settings_app.operations import (
    PIN_LOCKED_FOR,
    PIN_TRIES,
    check_pin,
    save_settings,
    save_staff,
    save_tax_class,
)
from tests.factories import ShopSettingsFactory, StaffFactory, StoreFactory, TaxClassFactory, TaxRateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbor():
    return StoreFactory(name="Harbor")


@pytest.fixture
def northgate():
    return StoreFactory(name="Northgate")


@pytest.fixture
def admin(harbor):
    return StaffFactory(username="admin", role="Admin", stores=[harbor])


@pytest.fixture
def manager(harbor):
    return StaffFactory(username="manager", role="Manager", stores=[harbor])


def role(name):
    return Group.objects.get(name=name)


def fresh(staff):
    return Staff.objects.get(pk=staff.pk)


# --- PIN ---


def test_the_right_pin_passes():
    check_pin(StaffFactory(pin="1234"), "1234")


def test_a_wrong_pin_is_refused_and_says_how_many_tries_are_left():
    with pytest.raises(WrongPin, match="4 tries left"):
        check_pin(StaffFactory(pin="1234"), "4321")


def test_the_right_pin_forgets_the_wrong_ones():
    staff = StaffFactory(pin="1234")
    with pytest.raises(WrongPin):
        check_pin(staff, "4321")
    check_pin(staff, "1234")
    assert fresh(staff).pin_failures == 0


def lock_out(staff):
    for _n in range(PIN_TRIES - 1):
        with pytest.raises(WrongPin):
            check_pin(staff, "0000")
    with pytest.raises(PinLocked):
        check_pin(staff, "0000")


def test_the_fifth_wrong_pin_locks_and_even_the_right_one_is_refused():
    staff = StaffFactory(pin="1234")
    lock_out(staff)
    with pytest.raises(PinLocked):
        check_pin(staff, "1234")


def test_the_lock_opens_by_itself_after_five_minutes():
    staff = StaffFactory(pin="1234")
    lock_out(staff)
    with time_machine.travel(timezone.now() + PIN_LOCKED_FOR + timedelta(seconds=1)):
        check_pin(staff, "1234")


def test_after_a_lock_one_wrong_pin_is_again_only_one():
    staff = StaffFactory(pin="1234")
    lock_out(staff)
    later = timezone.now() + PIN_LOCKED_FOR + timedelta(seconds=1)
    with time_machine.travel(later), pytest.raises(WrongPin, match="4 tries left"):
        check_pin(staff, "0000")


def test_one_persons_lock_is_not_anothers():
    lock_out(StaffFactory(pin="1234"))
    check_pin(StaffFactory(pin="1234"), "1234")


def test_somebody_without_a_pin_never_passes():
    with pytest.raises(WrongPin):
        check_pin(StaffFactory(), "")


def test_somebody_who_left_never_passes():
    with pytest.raises(WrongPin):
        check_pin(StaffFactory(pin="1234", is_active=False), "1234")


# --- People ---


def test_an_administrator_adds_a_person_with_role_store_password_and_pin(admin, harbor):
    person = Staff(username="new", first_name="New")
    save_staff(person, roles=[role("Senior Cashier")], stores=[harbor], by=admin, password="correct horse", pin="4711")
    person = fresh(person)
    assert person.has_perm("register.sell")
    assert list(person.stores.all()) == [harbor]
    assert person.check_password("correct horse")
    assert person.has_pin("4711")


def test_a_person_without_a_password_cannot_sign_in_with_an_empty_one(admin, harbor):
    person = Staff(username="new", first_name="New")
    save_staff(person, roles=[], stores=[harbor], by=admin, pin="4711")
    assert not fresh(person).has_usable_password()


def test_saving_a_person_keeps_password_and_pin_unless_new_ones_are_given(admin, harbor):
    person = StaffFactory(role="Junior Cashier", stores=[harbor], pin="1234")
    save_staff(person, roles=[role("Junior Cashier")], stores=[harbor], by=admin)
    assert fresh(person).has_pin("1234")
    assert fresh(person).check_password("demo")


def test_a_pin_can_be_taken_away(admin, harbor):
    person = StaffFactory(role="Junior Cashier", stores=[harbor], pin="1234")
    save_staff(person, roles=[role("Junior Cashier")], stores=[harbor], by=admin, clear_pin=True)
    assert fresh(person).pin == ""


def test_a_new_pin_opens_a_locked_one(admin, harbor):
    person = StaffFactory(role="Junior Cashier", stores=[harbor], pin="1234")
    lock_out(person)
    save_staff(fresh(person), roles=[role("Junior Cashier")], stores=[harbor], by=admin, pin="4711")
    check_pin(person, "4711")


def test_a_manager_gives_the_roles_below_but_not_the_one_above(manager, harbor):
    person = StaffFactory(role="Junior Cashier", stores=[harbor])
    save_staff(person, roles=[role("Senior Cashier")], stores=[harbor], by=manager, pin="4711")
    with pytest.raises(NotYoursToChange):
        save_staff(person, roles=[role("Admin")], stores=[harbor], by=manager)
    assert [group.name for group in fresh(person).groups.all()] == ["Senior Cashier"]


def test_without_the_right_to_give_roles_they_stay_as_they_are(manager, harbor):
    person = StaffFactory(role="Junior Cashier", stores=[harbor])
    role("Manager").permissions.through.objects.filter(permission__codename="change_roles").delete()
    save_staff(person, roles=[role("Junior Cashier")], stores=[harbor], by=fresh(manager))
    with pytest.raises(NotYoursToChange):
        save_staff(person, roles=[], stores=[harbor], by=fresh(manager))


def test_a_manager_cannot_change_an_administrator(manager, admin, harbor):
    with pytest.raises(NotYoursToChange):
        save_staff(admin, roles=[role("Admin")], stores=[harbor], by=manager, password="mine from now on")
    assert fresh(admin).check_password("demo")


def test_stores_where_one_does_not_work_stay_as_they_are(manager, harbor, northgate):
    person = StaffFactory(role="Junior Cashier", stores=[northgate])
    save_staff(person, roles=[role("Junior Cashier")], stores=[harbor], by=manager)
    assert set(person.stores.all()) == {harbor, northgate}
    save_staff(person, roles=[role("Junior Cashier")], stores=[], by=manager)
    assert set(person.stores.all()) == {northgate}


def test_nobody_deactivates_themselves(admin, harbor):
    StaffFactory(role="Admin")
    admin.is_active = False
    with pytest.raises(NotYoursToChange):
        save_staff(admin, roles=[role("Admin")], stores=[harbor], by=admin)
    assert fresh(admin).is_active


def test_the_last_administrator_stays(admin, harbor):
    with pytest.raises(LastAdministrator):
        save_staff(admin, roles=[role("Manager")], stores=[harbor], by=admin)
    assert fresh(admin).has_all_stores


def test_a_change_of_a_person_is_recorded_without_secrets(admin, harbor):
    person = StaffFactory(role="Junior Cashier", stores=[harbor], first_name="Old")
    person.first_name = "New"
    save_staff(person, roles=[role("Junior Cashier")], stores=[harbor], by=admin, pin="4711")
    latest = person.history.first()
    assert latest.first_name == "New"
    assert not hasattr(latest, "pin")
    assert not hasattr(latest, "password")


# --- Taxes and settings ---


def test_there_is_one_default_tax_class():
    former = TaxClassFactory(is_default=True)
    save_tax_class(TaxClass(name="Books", is_default=True))
    assert [tax_class.name for tax_class in TaxClass.objects.filter(is_default=True)] == ["Books"]
    assert former.history.first().is_default is False


def test_a_tax_class_is_kept_with_its_rates(harbor):
    kept = TaxClassFactory()
    gone = TaxRateFactory(tax_class=kept, store=harbor)
    save_tax_class(kept, rates=[TaxRate(store=harbor, name="City", rate=1250)], removed=[gone])
    assert [(rate.name, rate.rate) for rate in kept.rates.all()] == [("City", 1250)]


def test_a_change_of_the_settings_is_recorded():
    settings = ShopSettingsFactory(serial_numbers_enabled=True)
    settings.serial_numbers_enabled = False
    save_settings(settings)
    assert ShopSettings.load().history.first().serial_numbers_enabled is False
