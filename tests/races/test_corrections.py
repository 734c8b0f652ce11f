"""A completed sale is corrected in the instant in which somebody else wants the same units.

Races that a lock decides are run twice: as the code is, and with its locks taken out. The second has to go wrong.
"""

import pytest
from django.db import IntegrityError

import serials.late_operations as late_operations
from microbiz.laws import check_laws
from register.errors import NothingToSell
from register.operations import Tender
from serials.errors import NotOnLine, SerialUnavailable
from serials.late_operations import correct, exchange, name_late
from serials.models import Serial
from settings_app.models import SerialTracking
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values
from tests.register.till import open_till

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tills():
    """Two tills of one store, with three drives: A1 is sold already."""
    factories.ShopSettingsFactory()
    first = open_till(factories.StoreFactory(name="Harbor"))
    return first, open_till(first.store)


@pytest.fixture
def drive(tills):
    product = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    factories.units(product, tills[0].store, "A1", "B1", "C1")
    return product


def correct_while_the_other_is_sold(tills, drive, monkeypatch, *, locks):
    first, second = tills
    line = first.sell("A1").lines.get()
    wrong, sale, cash = line.serial_links.get().serial, second.sale, factories.cash()

    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, late_operations, "take_back_last") as corrected,
    ):

        def sell():
            corrected.wait(timeout=30)
            second.scan("B1")
            return second.pay(sale, tenders=[Tender(cash, drive.price)])

        return together(lambda: correct(line, wrong, "B1", staff=first.staff, reason="Swapped"), sell)


def test_a_unit_is_sold_or_takes_the_place_of_another_never_both(tills, drive, monkeypatch):
    outcomes = correct_while_the_other_is_sold(tills, drive, monkeypatch, locks=True)
    [error] = errors(outcomes)
    assert isinstance(error, SerialUnavailable | NothingToSell)
    assert len(values(outcomes)) == 1
    assert Serial.objects.get(number="B1").events.that_hold().filter(kind="sale").count() == 1
    check_laws()


def test_without_the_lock_both_write_the_next_event_of_the_unit(tills, drive, monkeypatch):
    outcomes = correct_while_the_other_is_sold(tills, drive, monkeypatch, locks=False)
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]


def correct_twice(tills, drive, monkeypatch, *, locks):
    line = tills[0].sell("A1").lines.get()
    wrong = line.serial_links.get().serial
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, late_operations, "take_back_last"),
    ):
        return together(
            *(
                lambda number=number: correct(line, wrong, number, staff=tills[0].staff, reason="Swapped")
                for number in ("B1", "C1")
            )
        )


def test_of_two_corrections_of_one_unit_one_is_made_and_the_other_is_told(tills, drive, monkeypatch):
    outcomes = correct_twice(tills, drive, monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [NotOnLine]
    assert sorted(Serial.objects.values_list("state", flat=True)) == ["in_stock", "in_stock", "sold"]
    check_laws()


def test_without_the_lock_both_take_the_unit_off(tills, drive, monkeypatch):
    outcomes = correct_twice(tills, drive, monkeypatch, locks=False)
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]


def exchange_from_both_sides(tills, drive, monkeypatch, *, locks):
    """Both cashiers see that their two receipts were mixed up, and each puts it right."""
    lines = [till.sell(number).lines.get() for till, number in zip(tills, ("A1", "B1"), strict=True)]
    units = [line.serial_links.get().serial for line in lines]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, late_operations, "take_back_last"),
    ):
        return together(
            lambda: exchange(lines[0], units[0], "B1", staff=tills[0].staff, reason="Swapped"),
            lambda: exchange(lines[1], units[1], "A1", staff=tills[1].staff, reason="Swapped"),
        )


def test_two_receipts_are_exchanged_once(tills, drive, monkeypatch):
    outcomes = exchange_from_both_sides(tills, drive, monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [NotOnLine]
    assert Serial.objects.get(number="A1").events.filter(kind="corrected").count() == 1
    check_laws()


def test_without_the_lock_both_exchange(tills, drive, monkeypatch):
    outcomes = exchange_from_both_sides(tills, drive, monkeypatch, locks=False)
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]


def name_on_two_receipts(tills, drive, monkeypatch, *, locks):
    """Two sales went through unnamed; two people say of both that it was A1."""
    lines = []
    for till in tills:
        till.scan(drive.sku)
        lines.append(till.pay().lines.get())
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, late_operations, "pass_moment"),
    ):
        return together(*(lambda line=line: name_late(line, ["A1"], staff=tills[0].staff) for line in lines))


def test_a_unit_is_named_on_one_of_two_receipts(tills, drive, monkeypatch):
    outcomes = name_on_two_receipts(tills, drive, monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [SerialUnavailable]
    check_laws()


def test_without_the_lock_it_would_be_on_both(tills, drive, monkeypatch):
    outcomes = name_on_two_receipts(tills, drive, monkeypatch, locks=False)
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]
