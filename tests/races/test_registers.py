"""Registers that are opened, closed and shared at the same instant. With the locks, and without them."""

import pytest
from django.db import IntegrityError

import register.operations.cart as cart
import register.operations.shifts as shifts
from microbiz.laws import check_laws
from orders.errors import NotEnoughCredit
from orders.models import Customer
from orders.operations import move_store_credit
from register.errors import SaleNotOpen, ShiftAlreadyOpen, ShiftNotOpen
from register.models import Payment, Shift
from register.operations import (
    Tender,
    close_shift,
    hold_sale,
    open_shift,
    recall_sale,
    scan,
    set_customer,
    shift_report,
)
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


# --- Closing while paying ---------------------------------------------------------------------------------------------


def close_while_paying(till, monkeypatch, *, locks):
    """The last customer pays in the moment in which somebody has counted the drawer and presses Close."""
    cash, sale, shift = factories.cash(), till.sale, Shift.objects.get(pk=till.shift.pk)
    with locks_taken_out(monkeypatch, not locks), meeting(monkeypatch, shifts, "_counted") as counting:

        def pay():
            counting.wait(timeout=30)
            scan(sale, "CBL", staff=till.staff)
            return till.pay(sale, tenders=[Tender(cash, 1000)])

        return together(pay, lambda: close_shift(shift, counts={cash.pk: 10_000}, staff=till.staff))


def test_nothing_is_paid_into_a_drawer_that_was_counted(tills, cable, monkeypatch):
    paid, closed = close_while_paying(tills[0], monkeypatch, locks=True)
    assert not closed.value.is_open
    assert isinstance(paid.error, ShiftNotOpen)
    assert not Payment.objects.exists()
    assert tills[0].register.sales.get().lines.count() == 1
    check_laws()


def test_without_the_lock_a_counted_drawer_is_paid_into(tills, cable, monkeypatch):
    paid, closed = close_while_paying(tills[0], monkeypatch, locks=False)
    assert paid.value.is_completed
    assert not closed.value.is_open
    [report] = shift_report(closed.value).methods
    assert (report.taken, report.expected, report.variance) == (1000, 10_000, 0)


# --- Two at one register ----------------------------------------------------------------------------------------------


def begin_a_sale_in_six_tabs(till, monkeypatch, *, locks):
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, cart, "next_number", people=6),  # all have found no open sale
    ):
        return together(*[lambda: till.sale] * 6)


def test_six_tabs_of_one_register_work_on_one_sale(tills, monkeypatch):
    outcomes = begin_a_sale_in_six_tabs(tills[0], monkeypatch, locks=True)
    assert errors(outcomes) == []
    assert len({sale.pk for sale in values(outcomes)}) == 1


def test_without_the_lock_five_tabs_meet_the_constraint_of_one_open_sale(tills, monkeypatch):
    outcomes = begin_a_sale_in_six_tabs(tills[0], monkeypatch, locks=False)
    assert len(errors(outcomes)) == 5
    assert all(isinstance(error, IntegrityError) for error in errors(outcomes))
    assert all("register_has_one_open_sale" in str(error) for error in errors(outcomes))


def open_by_two(tills, monkeypatch, *, locks):
    register = factories.RegisterFactory(store=tills[0].store)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, shifts, "_require_plausible"),  # both have found it closed
    ):
        return together(
            *(lambda till=till: open_shift(register, opening_balance=0, staff=till.staff) for till in tills)
        )


def test_a_register_is_opened_by_one_of_two_people(tills, monkeypatch):
    outcomes = open_by_two(tills, monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [ShiftAlreadyOpen]
    assert len(values(outcomes)) == 1


def test_without_the_lock_the_second_meets_the_constraint_of_one_open_shift(tills, monkeypatch):
    [error] = errors(open_by_two(tills, monkeypatch, locks=False))
    assert isinstance(error, IntegrityError) and "register_has_one_open_shift" in str(error)


# --- Held sales and store credit --------------------------------------------------------------------------------------


def recall_at_two_tills(tills, monkeypatch, *, locks):
    first = tills[0]
    first.scan("ZA1")
    held = hold_sale(first.sale, note="", staff=first.staff)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, cart, "lock_sale", after=True),
    ):
        return together(
            *(lambda till=till: recall_sale(held, register=till.register, staff=till.staff) for till in tills)
        )


def test_a_held_sale_is_recalled_at_one_of_two_registers(tills, drive, monkeypatch):
    outcomes = recall_at_two_tills(tills, monkeypatch, locks=True)
    [sale] = values(outcomes)
    assert [type(error) for error in errors(outcomes)] == [SaleNotOpen]
    sale.refresh_from_db()
    assert sale.is_open
    check_laws()


def test_without_the_lock_it_is_recalled_at_both(tills, drive, monkeypatch):
    outcomes = recall_at_two_tills(tills, monkeypatch, locks=False)
    assert {sale.register for sale in values(outcomes)} == {till.register for till in tills}


def spend_credit_at_two_tills(tills, monkeypatch, *, locks):
    customer, credit = factories.CustomerFactory(), factories.store_credit()
    move_store_credit(customer, 1500, document=tills[0].sale, staff=tills[0].staff)
    for till in tills:
        till.scan(factories.stock(factories.ProductFactory(), till.store, 1).sku)
        set_customer(till.sale, customer, staff=till.staff)
    sales = [till.sale for till in tills]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, Customer, "save"),  # both have read the credit, and neither has written it
    ):
        outcomes = together(
            *(
                lambda pair=pair: pair[0].pay(pair[1], tenders=[Tender(credit, 1000)])
                for pair in zip(tills, sales, strict=True)
            )
        )
    customer.refresh_from_db()
    return customer, outcomes


def test_store_credit_is_spent_once(tills, monkeypatch):
    customer, outcomes = spend_credit_at_two_tills(tills, monkeypatch, locks=True)
    assert [type(error) for error in errors(outcomes)] == [NotEnoughCredit]
    assert customer.store_credit == 500
    check_laws()


def test_without_the_lock_store_credit_is_spent_twice(tills, monkeypatch):
    customer, outcomes = spend_credit_at_two_tills(tills, monkeypatch, locks=False)
    assert len(values(outcomes)) == 2
    assert customer.store_credit == 500
    with pytest.raises(AssertionError, match="store credit"):
        check_laws()
