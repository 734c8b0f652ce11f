"""Two people at the same instant. Each race is run twice: as the code is, and with its locks taken out.

The second run has to go wrong; otherwise the first proves nothing.
"""

from uuid import uuid4

import pytest
from django.db import IntegrityError

import inventory.operations as stock_operations
import register.operations.completion as completion
import register.operations.returns as returning
import register.operations.shifts as shifts
import serials.operations.attaching as attaching
import serials.operations.moving as moving
from inventory.models import StockLevel, StockMovement
from microbiz.laws import check_laws
from orders.errors import NotEnoughCredit
from orders.models import Customer
from orders.operations import move_store_credit
from register.errors import NotReturnable, SaleNotOpen, ShiftAlreadyOpen, ShiftNotOpen
from register.models import Payment, Sale, SaleLine, Shift
from register.operations import (
    ReturnPick,
    Tender,
    add_product,
    add_return,
    claim_serial,
    close_shift,
    complete_sale,
    hold_sale,
    open_shift,
    recall_sale,
    scan,
    set_customer,
    shift_report,
    take_in_trade,
)
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import Serial, SerialEvent
from serials.policy import State
from serials.verdicts import Finding
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values
from tests.register.till import open_till

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tills():
    factories.ShopSettingsFactory()
    first = open_till()
    return first, open_till(store=first.store)


@pytest.fixture
def drive(tills):
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)
    factories.units(product, tills[0].store, "ZA1", "ZA2")
    return product


@pytest.fixture
def cable(tills):
    return factories.stock(factories.ProductFactory(name="Cable", sku="CBL", price=1000), tills[0].store, 10)


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


def test_a_unit_taken_over_while_it_is_paid_is_sold_once(tills, drive, monkeypatch):
    """Its cart's owner presses Pay in the moment in which somebody else takes the unit over and pays too."""
    first, second = tills
    first.scan("ZA1")
    sales, unit, cash = (first.sale, second.sale), Serial.objects.get(number="ZA1"), factories.cash()

    def take_over_and_pay():
        claim_serial(sales[1], unit, staff=second.staff)
        return second.pay(sales[1], tenders=[Tender(cash, 10_000)])

    with meeting(monkeypatch, moving, "_require_whereabouts"):
        outcomes = together(lambda: first.pay(sales[0], tenders=[Tender(cash, 10_000)]), take_over_and_pay)
    [error] = errors(outcomes)
    assert isinstance(error, SerialsMissing | SerialUnavailable)
    unit.refresh_from_db()
    assert unit.state == State.SOLD
    assert SerialEvent.objects.filter(kind="sale").count() == 1
    assert StockLevel.objects.get().on_hand == 1
    check_laws()


# --- The same submit, eight times -------------------------------------------------------------------------------------


def submit_eight_times(till, monkeypatch, *, locks):
    till.scan("CBL")
    sale, key, tenders = till.sale, uuid4(), [Tender(factories.cash(), 1000)]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, completion, "lock_sale", people=8, after=True),
    ):
        return together(*[lambda: complete_sale(sale, tenders=tenders, key=key, staff=till.staff)] * 8)


def test_the_same_submit_eight_times_at_once_is_one_sale(tills, cable, monkeypatch):
    """Bug 4 of the peers: every answer shows the first receipt."""
    outcomes = submit_eight_times(tills[0], monkeypatch, locks=True)
    assert errors(outcomes) == []
    assert {(sale.pk, sale.number, sale.status) for sale in values(outcomes)} == {
        (sale.pk, sale.number, "completed") for sale in Sale.objects.completed()
    }
    assert Payment.objects.count() == 1
    assert StockLevel.objects.get().on_hand == 9
    check_laws()


def test_without_the_lock_the_same_submit_is_paid_more_than_once(tills, cable, monkeypatch):
    submit_eight_times(tills[0], monkeypatch, locks=False)
    assert Payment.objects.count() > 1


def test_different_submits_of_one_sale_are_one_sale(tills, cable):
    """Two tabs, each with a form of its own."""
    till = tills[0]
    till.scan("CBL")
    sale, tenders = till.sale, [Tender(factories.cash(), 1000)]
    outcomes = together(*[lambda: complete_sale(sale, tenders=tenders, key=uuid4(), staff=till.staff)] * 4)
    assert len(values(outcomes)) == 1
    assert all(isinstance(error, SaleNotOpen) and sale.number in str(error) for error in errors(outcomes))
    assert Payment.objects.count() == 1
    check_laws()


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


def test_sales_of_the_same_products_in_opposite_order_do_not_wait_for_each_other(tills):
    """Stock levels are locked by store and product, whatever the order on the ticket."""
    first, second = tills
    products = [factories.stock(factories.ProductFactory(), first.store, 100) for _ in range(6)]
    cash = factories.cash()
    for _round in range(5):
        for till, order in ((first, products), (second, products[::-1])):
            for product in order:
                add_product(till.sale, product, staff=till.staff)
        pay = [lambda t=till, s=till.sale: t.pay(s, tenders=[Tender(cash, 6000)]) for till in tills]
        assert errors(together(*pay)) == []
    check_laws()


# --- Returns ----------------------------------------------------------------------------------------------------------


def take_back_at_two_tills(tills, monkeypatch, receipt, *, locks, serials=()):
    sales = [till.sale for till in tills]

    def take_back(till, sale):
        pick = ReturnPick(receipt.lines.get(), 1, serials)
        add_return(sale, receipt, [pick], reason="Faulty", staff=till.staff)
        return till.pay(sale)

    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, returning, "_take_back"),
    ):
        return together(*(lambda pair=pair: take_back(*pair) for pair in zip(tills, sales, strict=True)))


def test_two_tills_take_the_same_goods_back_once(tills, cable, monkeypatch):
    receipt = tills[0].sell("CBL")
    outcomes = take_back_at_two_tills(tills, monkeypatch, receipt, locks=True)
    [error] = errors(outcomes)
    assert isinstance(error, NotReturnable)
    assert "0 of 1 can come back" in str(error)
    assert SaleLine.objects.filter(returned_line__isnull=False).count() == 1
    assert StockLevel.objects.get().on_hand == 10
    check_laws()


def test_without_the_lock_two_tills_pay_the_same_goods_out_twice(tills, cable, monkeypatch):
    receipt = tills[0].sell("CBL")
    outcomes = take_back_at_two_tills(tills, monkeypatch, receipt, locks=False)
    assert errors(outcomes) == []
    assert SaleLine.objects.filter(returned_line__isnull=False).count() == 2
    with pytest.raises(AssertionError, match="came back of"):
        check_laws()


def test_two_tills_take_the_same_unit_back_once(tills, drive, monkeypatch):
    receipt = tills[0].sell("ZA1")
    unit = Serial.objects.get(number="ZA1")
    outcomes = take_back_at_two_tills(tills, monkeypatch, receipt, locks=True, serials=[unit])
    [error] = errors(outcomes)
    assert isinstance(error, NotReturnable)
    assert "ZA1" in str(error)
    unit.refresh_from_db()
    assert unit.state == State.IN_STOCK
    check_laws()


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


def test_two_tabs_of_one_register_work_on_one_sale(tills):
    till = tills[0]
    outcomes = together(*[lambda: till.sale] * 6)
    assert errors(outcomes) == []
    assert len({sale.pk for sale in values(outcomes)}) == 1


def test_a_register_is_opened_by_one_of_two_people(tills):
    register = factories.RegisterFactory(store=tills[0].store)
    staff = factories.AdminFactory(), factories.AdminFactory()
    outcomes = together(
        *(lambda person=person: open_shift(register, opening_balance=0, staff=person) for person in staff)
    )
    assert len(values(outcomes)) == 1
    assert [type(error) for error in errors(outcomes)] == [ShiftAlreadyOpen]


# --- Held sales and store credit --------------------------------------------------------------------------------------


def test_a_held_sale_is_recalled_at_one_of_two_registers(tills, drive):
    first = tills[0]
    first.scan("ZA1")
    held = hold_sale(first.sale, note="", staff=first.staff)
    outcomes = together(
        *(lambda till=till: recall_sale(held, register=till.register, staff=till.staff) for till in tills)
    )
    [sale] = values(outcomes)
    assert [type(error) for error in errors(outcomes)] == [SaleNotOpen]
    sale.refresh_from_db()
    assert sale.is_open
    check_laws()


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


# --- Trade-ins --------------------------------------------------------------------------------------------------------


def trade_in_at_two_tills(tills, product, number, monkeypatch, *, locks):
    for till in tills:
        set_customer(till.sale, factories.CustomerFactory(), staff=till.staff)
    sales = [till.sale for till in tills]

    def buy(till, sale):
        return take_in_trade(sale, product, price=4000, numbers=[number], staff=till.staff)

    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "_put_on"),
    ):
        return together(
            *(lambda pair=pair: buy(*pair) for pair in zip(tills, sales, strict=True)),
        )


@pytest.mark.parametrize("number", ["OLD-1", "ZA1"])
def test_a_unit_traded_in_at_two_registers_is_bought_once(tills, drive, monkeypatch, number):
    """Unknown to us, or sold by us once: the loser is told who has it and has no line."""
    tills[0].sell("ZA1")
    outcomes = trade_in_at_two_tills(tills, drive, number, monkeypatch, locks=True)
    [line] = values(outcomes)
    [error] = errors(outcomes)
    assert isinstance(error, SerialUnavailable)
    assert f"Held by sale {line.sale.number}" in str(error)
    assert Serial.objects.filter(number=number).count() == 1
    assert SaleLine.objects.filter(kind=SaleLine.Kind.TRADE_IN).count() == 1
    next(till for till in tills if till.sale == line.sale).pay(line.sale)
    assert Serial.objects.get(number=number).state == State.IN_STOCK
    check_laws()


def test_without_the_lock_the_loser_of_a_trade_in_meets_the_constraint(tills, drive, monkeypatch):
    tills[0].sell("ZA1")
    [error] = errors(trade_in_at_two_tills(tills, drive, "ZA1", monkeypatch, locks=False))
    assert isinstance(error, IntegrityError)
