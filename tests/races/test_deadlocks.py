"""Transactions that PostgreSQL gives up: begun again, a bounded number of times, so that nobody at a till sees one."""

import sys
from threading import Event

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

import inventory.operations as stock_operations
import settings_app.operations as staffing
from inventory.models import Product, StockLevel
from microbiz import transactions
from microbiz.laws import check_laws
from microbiz.transactions import ATTEMPTS, operation
from register.models import Payment, Sale
from settings_app.models import Staff
from tests import factories
from tests.races.threads import errors, meeting, together
from tests.register.counter import Till

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told(monkeypatch):
    """What is written to the log when an operation is begun again."""
    told = []
    monkeypatch.setattr(transactions.logger, "warning", lambda text, *values: told.append(text % values))
    return told


def locked(product):
    return Product.objects.select_for_update().get(pk=product.pk)


def meet(product):
    """Where both hold one lock and go on to the other's."""


def rename_both(first, second):
    """Lock two products in the order given, which nothing in the shop does."""
    connection.cursor().execute("SET LOCAL deadlock_timeout = '20ms'")
    one = locked(first)
    meet(one)
    other = locked(second)
    for product in (one, other):
        product.name += "!"
        product.save()
    return one.pk


def rename_in_opposite_order(rename, monkeypatch):
    products = factories.ProductFactory(name="One"), factories.ProductFactory(name="Other")
    with meeting(monkeypatch, sys.modules[__name__], "meet"):
        outcomes = together(lambda: rename(*products), lambda: rename(*products[::-1]))
    return outcomes, sorted(Product.objects.values_list("name", flat=True))


def test_of_two_that_wait_for_each_other_one_is_begun_again(monkeypatch, told):
    outcomes, names = rename_in_opposite_order(operation(rename_both), monkeypatch)
    assert errors(outcomes) == []
    assert names == ["One!!", "Other!!"]
    assert "rename_both is begun again after attempt 1: deadlock detected" in told[0]


def test_without_the_second_attempt_one_of_them_meets_the_deadlock(monkeypatch):
    outcomes, names = rename_in_opposite_order(transaction.atomic(rename_both), monkeypatch)
    [error] = errors(outcomes)
    assert isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
    assert names == ["One!", "Other!"]


# --- At the till ------------------------------------------------------------------------------------------------------


@pytest.fixture
def till(client):
    """Somebody at a register who has scanned a cable and is about to pay it."""
    factories.ShopSettingsFactory()
    factories.cash()
    till = Till(client, factories.StoreFactory())
    till.scan(factories.stock(factories.ProductFactory(sku="CBL", price=1000), till.store, 3).sku)
    client.raise_request_exception = False
    return till


def pay_with_somebody_in_the_way(till, monkeypatch):
    """Somebody has the stock level that paying needs, and then wants the sale: the order that nobody keeps.

    They want it when the till is about to lock the level. So the till closes the ring, and is the one to be given up.
    """
    sale, level_is_locked = till.sale, Event()
    with meeting(monkeypatch, stock_operations, "lock_levels") as paying:

        def pay():
            connection.cursor().execute("SET deadlock_timeout = '20ms'")
            level_is_locked.wait(timeout=30)
            return till.pay()

        @transaction.atomic
        def stand_in_the_way():
            connection.cursor().execute("SET deadlock_timeout = '1h'")
            StockLevel.objects.select_for_update().get()
            level_is_locked.set()
            paying.wait(timeout=30)
            Sale.objects.select_for_update().get(pk=sale.pk)

        paid, other = together(pay, stand_in_the_way)
    assert errors([paid, other]) == []
    return paid.value


def test_a_deadlock_at_the_till_is_not_seen_there(till, told, monkeypatch):
    answer = pay_with_somebody_in_the_way(till, monkeypatch)
    assert (answer.status_code, till.sale.status) == (200, "completed")
    assert "complete_sale is begun again after attempt 1" in told[0]
    assert Payment.objects.count() == 1
    assert StockLevel.objects.get().on_hand == 2
    check_laws()


def test_without_a_second_attempt_the_till_has_an_error(till, monkeypatch):
    monkeypatch.setattr(transactions, "ATTEMPTS", 1)
    answer = pay_with_somebody_in_the_way(till, monkeypatch)
    assert answer.status_code >= 500
    assert till.sale.is_open


# --- How often, and what not ------------------------------------------------------------------------------------------


def failing(state):
    """An operation that PostgreSQL refuses with this code whenever it is tried, and the numbers of its attempts."""
    tried = []

    @operation
    def fail():
        tried.append(len(tried) + 1)
        factories.ProductFactory()
        connection.cursor().execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$")

    return fail, tried


@pytest.mark.parametrize(
    ("state", "attempts"),
    [("40P01", ATTEMPTS), ("40001", ATTEMPTS), ("55P03", 1), ("57014", 1), ("53100", 1), ("08006", 1)],
    ids=["deadlock", "serialization", "lock timeout", "cancelled", "disk full", "connection lost"],
)
def test_only_what_was_given_up_for_others_is_begun_again_and_not_for_ever(state, attempts, monkeypatch):
    monkeypatch.setattr(transactions, "LONGEST_PAUSE", 0)
    fail, tried = failing(state)
    with pytest.raises(OperationalError):
        fail()
    assert tried[-1] == attempts
    assert not Product.objects.exists()


def test_a_part_of_an_operation_is_not_begun_again_by_itself(monkeypatch):
    monkeypatch.setattr(transactions, "LONGEST_PAUSE", 0)
    fail, tried = failing("40P01")
    wholes = []

    @operation
    def whole():
        wholes.append(1)
        fail()

    with pytest.raises(OperationalError):
        whole()
    assert len(wholes) == len(tried) == ATTEMPTS


def test_a_new_person_is_kept_by_the_second_attempt(monkeypatch):
    """The first one has given the object a key that is on no record: tests/twice.py looks for all such traces."""
    by, person, note, tried = factories.AdminFactory(), Staff(username="ada", first_name="Ada"), staffing.note, []

    def given_up_once(*args, **kwargs):
        tried.append(person.pk)
        if len(tried) == 1:
            connection.cursor().execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$")
        note(*args, **kwargs)

    monkeypatch.setattr(staffing, "note", given_up_once)
    staffing.save_staff(person, roles=[], stores=[], by=by)
    assert len(tried) == 2
    assert Staff.objects.get(username="ada") == person
