"""Two people at the same instant. Each race is run twice: as the code is, and with its locks taken out.

The second run has to go wrong; otherwise the first proves nothing.
"""

from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection

import inventory.operations as stock_operations
import register.operations.completion as completion
import serials.operations.attaching as attaching
import serials.operations.moving as moving
from inventory.models import StockLevel, StockMovement
from microbiz import transactions
from microbiz.laws import check_laws
from register.errors import SaleNotOpen
from register.models import Payment, Sale
from register.operations import Tender, add_product, claim_serial, complete_sale
from serials.errors import SerialUnavailable
from serials.models import Serial, SerialEvent, SerialHold
from serials.policy import State
from serials.verdicts import Finding
from tests import factories
from tests.races.threads import errors, guards_of_units_taken_out, locks_taken_out, meeting, together, values
from tests.register.till import open_till

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


# --- One serial, two registers ----------------------------------------------------------------------------------------


def scan_one_serial_at_two_tills(tills, monkeypatch, *, locks):
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "_put_on"),
    ):
        return together(*(lambda till=till: till.scan("ZA1") for till in tills))


def test_one_serial_scanned_at_two_registers_goes_on_one_sale(tills, drive, monkeypatch):
    """Bug 1 of the peers: the loser is told which document, register and person has it, and keeps its cart."""
    for till in tills:
        till.scan(factories.stock(factories.ProductFactory(), till.store, 1).sku)
    outcomes = scan_one_serial_at_two_tills(tills, monkeypatch, locks=True)
    assert errors(outcomes) == []
    [winner] = [result for result in values(outcomes) if result.ok]
    [loser] = [result for result in values(outcomes) if not result.ok]
    assert loser.verdict.finding is Finding.HELD
    won = next(till for till in tills if till.sale == winner.line.sale)
    for word in ("ZA1", won.sale.number, str(won.register), str(won.staff)):
        assert word in loser.message
    assert sorted(till.sale.lines.count() for till in tills) == [1, 2]
    assert won.pay().is_completed
    check_laws()


def test_without_the_lock_the_loser_meets_the_constraint_instead_of_an_answer(tills, drive, monkeypatch):
    outcomes = scan_one_serial_at_two_tills(tills, monkeypatch, locks=False)
    [error] = errors(outcomes)
    assert isinstance(error, IntegrityError)


def take_over_while_it_is_paid(tills, monkeypatch, *, locks):
    """Its cart's owner has pressed Pay, and the unit is where it should be; now somebody else takes it over and pays."""
    first, second = tills
    first.scan("ZA1")
    sales, unit, cash = (first.sale, second.sale), Serial.objects.get(number="ZA1"), factories.cash()
    with (
        guards_of_units_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, moving, "_require_whereabouts", after=True) as judged,
    ):

        def take_over_and_pay():
            judged.wait(timeout=30)
            claim_serial(sales[1], unit, staff=second.staff)
            return second.pay(sales[1], tenders=[Tender(cash, 10_000)])

        return together(lambda: first.pay(sales[0], tenders=[Tender(cash, 10_000)]), take_over_and_pay)


def test_a_unit_taken_over_while_it_is_paid_is_sold_once(tills, drive, monkeypatch):
    paid, taken_over = take_over_while_it_is_paid(tills, monkeypatch, locks=True)
    assert isinstance(taken_over.error, SerialUnavailable)
    unit = Serial.objects.get(number="ZA1")
    assert (unit.state, *paid.value.lines.get().serials) == (State.SOLD, unit)
    assert SerialEvent.objects.filter(kind="sale").count() == 1
    assert StockLevel.objects.get().on_hand == 1
    check_laws()


def test_the_end_of_its_hold_guards_a_unit_without_its_lock(tills, drive, monkeypatch):
    with locks_taken_out(monkeypatch):
        paid, taken_over = take_over_while_it_is_paid(tills, monkeypatch, locks=True)
    assert paid.value.is_completed
    assert taken_over.error is not None
    check_laws()


def test_without_both_a_unit_that_is_sold_is_in_another_s_cart(tills, drive, monkeypatch):
    paid, _taken_over = take_over_while_it_is_paid(tills, monkeypatch, locks=False)
    assert paid.value.is_completed
    assert not paid.value.lines.get().serials
    assert SerialHold.objects.get(serial__state=State.SOLD).document == str(tills[1].sale)


# --- One sale, submitted eight times ----------------------------------------------------------------------------------


def submit_at_once(till, keys, monkeypatch, *, locks):
    till.scan("CBL")
    sale, tenders = till.sale, [Tender(factories.cash(), 1000)]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, completion, "lock_sale_in_shift", people=len(keys), after=True),
    ):
        return together(
            *(lambda key=key: complete_sale(sale, tenders=tenders, key=key, staff=till.staff) for key in keys)
        )


def test_the_same_submit_eight_times_at_once_is_one_sale(tills, cable, monkeypatch):
    """Bug 4 of the peers: every answer shows the first receipt."""
    outcomes = submit_at_once(tills[0], [uuid4()] * 8, monkeypatch, locks=True)
    assert errors(outcomes) == []
    assert {(sale.pk, sale.number, sale.status) for sale in values(outcomes)} == {
        (sale.pk, sale.number, "completed") for sale in Sale.objects.completed()
    }
    assert Payment.objects.count() == 1
    assert StockLevel.objects.get().on_hand == 9
    check_laws()


def test_different_submits_of_one_sale_are_one_sale(tills, cable, monkeypatch):
    """Tabs with a form of their own each."""
    outcomes = submit_at_once(tills[0], [uuid4() for _ in range(4)], monkeypatch, locks=True)
    [sale] = values(outcomes)
    assert all(isinstance(error, SaleNotOpen) and sale.number in str(error) for error in errors(outcomes))
    assert Payment.objects.count() == 1
    check_laws()


@pytest.mark.parametrize("keys", [[uuid4()] * 8, [uuid4() for _ in range(4)]], ids=["same", "different"])
def test_without_the_lock_one_sale_is_paid_more_than_once(tills, cable, monkeypatch, keys):
    submit_at_once(tills[0], keys, monkeypatch, locks=False)
    assert Payment.objects.count() > 1


# --- The last one, and forty of them ----------------------------------------------------------------------------------


def sell_forty(tills, monkeypatch, *, locks):
    store = tills[0].store
    product = factories.TrackedFactory(price=100)
    factories.units(product, store, *(f"F{n:02d}" for n in range(40)))
    cash = factories.cash()
    counter = [open_till(store=store) for _ in range(40)]
    for at, till in enumerate(counter):
        till.scan(f"F{at:02d}")
    pay = [lambda till=till, sale=till.sale: till.pay(sale, tenders=[Tender(cash, 100)]) for till in counter]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, stock_operations, "lock_levels", people=40, after=True),
    ):
        outcomes = together(*pay)
    return product, outcomes


def test_forty_sales_of_different_serials_move_the_stock_by_exactly_forty(tills, monkeypatch):
    """Bug 9 of the peers."""
    product, outcomes = sell_forty(tills, monkeypatch, locks=True)
    assert errors(outcomes) == []
    assert StockLevel.objects.get(product=product).on_hand == 0
    assert StockMovement.objects.filter(product=product, reason="sale").count() == 40
    check_laws()


def test_without_the_lock_forty_sales_move_the_stock_by_fewer(tills, monkeypatch):
    product, _outcomes = sell_forty(tills, monkeypatch, locks=False)
    assert StockLevel.objects.get(product=product).on_hand > 0


def pay_in_opposite_order(tills, monkeypatch, lock_levels):
    """Two tickets with the same two products. A deadlock is seen: nobody begins anew."""
    products = [factories.stock(factories.ProductFactory(price=1000), tills[0].store, 5) for _ in range(2)]
    for till, order in zip(tills, (products, products[::-1]), strict=True):
        for product in order:
            add_product(till.sale, product, staff=till.staff)
    cash, sales = factories.cash(), [till.sale for till in tills]
    monkeypatch.setattr(transactions, "ATTEMPTS", 1)
    monkeypatch.setattr(stock_operations, "lock_levels", lock_levels)
    return together(
        *(
            lambda till=till, sale=sale: till.pay(sale, tenders=[Tender(cash, 2000)])
            for till, sale in zip(tills, sales, strict=True)
        )
    )


def test_stock_levels_are_locked_in_one_order_whatever_that_on_the_ticket(tills, monkeypatch):
    lock_levels, orders = stock_operations.lock_levels, []

    def noted(pairs):
        levels = lock_levels(pairs)
        orders.append(list(levels))
        return levels

    assert errors(pay_in_opposite_order(tills, monkeypatch, noted)) == []
    assert orders == [sorted(orders[0])] * 2
    check_laws()


def test_locked_in_opposite_order_they_wait_for_each_other(tills, monkeypatch):
    """Each till has one of the two levels before it asks for the other one."""
    lock_levels, has_one, ways = stock_operations.lock_levels, Barrier(2), iter([False, True])

    def one_by_one(pairs):
        connection.cursor().execute("SET LOCAL deadlock_timeout = '20ms'")
        first, second = sorted(pairs, reverse=next(ways))
        levels = lock_levels({first})
        has_one.wait(timeout=30)
        return levels | lock_levels({second})

    [error] = errors(pay_in_opposite_order(tills, monkeypatch, one_by_one))
    assert isinstance(error, OperationalError) and "deadlock" in str(error)
