"""Two people record, or name as gone, the same serial numbers at the same instant.

Races that a lock decides are run twice: as the code is, and with its locks taken out. The second has to go wrong.
"""

import threading

import pytest
from django.db import IntegrityError

import inventory.operations
import serials.operations.moving as moving
import serials.operations.recording as recording
from inventory.models import StockLevel
from serials.errors import SerialTaken, TooManySerials
from serials.models import Serial
from settings_app.models import SerialTracking
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def staff(harbor):
    return factories.AdminFactory()


def add_new(product, store, staff, *lists, monkeypatch, locks):
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, recording, "create"),
    ):
        return together(*(lambda own=own: recording.record(product, store, own, staff=staff) for own in lists))


@pytest.mark.parametrize("locks", [True, False])
def test_the_same_new_number_from_two_people_is_one_unit_and_one_message(harbor, staff, monkeypatch, locks):
    """The unique index is what guards this one: it holds without the lock as well."""
    product = factories.stock(factories.TrackedFactory(), harbor, 5)
    outcomes = add_new(product, harbor, staff, ["N1"], ["n1"], monkeypatch=monkeypatch, locks=locks)
    assert [type(error) for error in errors(outcomes)] == [SerialTaken]
    assert Serial.objects.count() == 1
    assert Serial.objects.get().events.count() == 1


def test_two_people_add_no_more_numbers_than_there_is_open_stock(harbor, staff, monkeypatch):
    product = factories.stock(factories.TrackedFactory(), harbor, 1)
    outcomes = add_new(product, harbor, staff, ["N1"], ["N2"], monkeypatch=monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [TooManySerials]
    assert Serial.objects.in_stock(harbor).count() == 1


def test_without_the_lock_there_would_be_more_numbers_than_units(harbor, staff, monkeypatch):
    product = factories.stock(factories.TrackedFactory(), harbor, 1)
    add_new(product, harbor, staff, ["N1"], ["N2"], monkeypatch=monkeypatch, locks=False)
    assert Serial.objects.in_stock(harbor).count() == 2


def name_gone_twice(harbor, staff, monkeypatch, *, locks):
    """Three serials, two units: two people each name another one as the one that left."""
    product = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    first, second, _third = factories.units(product, harbor, "A1", "A2", "A3")
    StockLevel.objects.filter(product=product, store=harbor).update(on_hand=2)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, recording, "write_events"),
    ):
        return together(
            *(lambda one=one: recording.name_gone(product, harbor, [one], staff=staff) for one in (first, second))
        )


@pytest.mark.by_hand
def test_of_two_who_name_what_left_only_as_many_go_as_are_missing(harbor, staff, monkeypatch):
    outcomes = name_gone_twice(harbor, staff, monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [TooManySerials]
    assert Serial.objects.in_stock(harbor).count() == 2


def test_without_the_lock_both_would_go(harbor, staff, monkeypatch):
    outcomes = name_gone_twice(harbor, staff, monkeypatch, locks=False)
    assert not [error for error in errors(outcomes) if not isinstance(error, IntegrityError)]
    assert Serial.objects.in_stock(harbor).count() == 1


# --- how many are in stock ---


def record_at_once(harbor, staff, monkeypatch):
    """Two people record a unit each, without any lock, and meet where it is counted."""
    product = factories.stock(factories.TrackedFactory(), harbor, 2)
    with locks_taken_out(monkeypatch), meeting(monkeypatch, moving, "count_serials"):
        outcomes = together(
            *(lambda one=one: recording.record(product, harbor, [one], staff=staff) for one in ("N1", "N2"))
        )
    assert not errors(outcomes)
    return StockLevel.objects.get(product=product, store=harbor).serials


def test_what_two_people_record_is_counted_for_both_even_without_a_lock(harbor, staff, monkeypatch):
    """What is written is what is added, not a sum that somebody read before."""
    assert record_at_once(harbor, staff, monkeypatch) == 2


@pytest.mark.by_hand
def test_a_sum_that_was_read_before_would_lose_one(harbor, staff, monkeypatch):
    both_have_read = threading.Barrier(2, timeout=30)

    def add_to_what_was_read(model, field, amounts, *keys):
        [((store, product), amount)] = amounts.items()
        level = model.objects.get(store=store, product=product)
        both_have_read.wait()
        return model.objects.filter(pk=level.pk).update(**{field: level.serials + amount})

    monkeypatch.setattr(inventory.operations, "add_to_each", add_to_what_was_read)
    assert record_at_once(harbor, staff, monkeypatch) == 1
