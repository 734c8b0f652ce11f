"""Goods that come back at two tills at once: by the receipt, or as a trade-in. With the locks, and without them."""

import pytest
from django.db import IntegrityError

import register.operations.returns as returning
import serials.operations.attaching as attaching
from inventory.models import StockLevel
from microbiz.laws import check_laws
from register.errors import NotReturnable
from register.models import SaleLine
from register.operations import ReturnPick, add_return, set_customer, take_in_trade
from serials.errors import SerialUnavailable
from serials.models import Serial
from serials.policy import State
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

JUDGED = (returning, "_take_back")
UNIT_JUDGED = (attaching, "_relink")


# --- Returns ----------------------------------------------------------------------------------------------------------


def take_back_at_two_tills(tills, monkeypatch, receipt, *, locks, place, serials=()):
    """At `place` both have been told that it can come back, and neither has it. Whoever then has it pays it out."""
    sales = [till.sale for till in tills]

    def take_back(till, sale):
        pick = ReturnPick(receipt.lines.get(), 1, serials)
        return add_return(sale, receipt, [pick], reason="Faulty", staff=till.staff)

    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, *place),
    ):
        outcomes = together(*(lambda pair=pair: take_back(*pair) for pair in zip(tills, sales, strict=True)))
    for till, sale, outcome in zip(tills, sales, outcomes, strict=True):
        if outcome.error is None:
            till.pay(sale)
    return outcomes


def test_two_tills_take_the_same_goods_back_once(tills, cable, monkeypatch):
    receipt = tills[0].sell("CBL")
    outcomes = take_back_at_two_tills(tills, monkeypatch, receipt, locks=True, place=JUDGED)
    [error] = errors(outcomes)
    assert isinstance(error, NotReturnable)
    assert "0 of 1 can come back" in str(error)
    assert SaleLine.objects.filter(returned_line__isnull=False).count() == 1
    assert StockLevel.objects.get().on_hand == 10
    check_laws()


def test_without_the_lock_two_tills_pay_the_same_goods_out_twice(tills, cable, monkeypatch):
    receipt = tills[0].sell("CBL")
    outcomes = take_back_at_two_tills(tills, monkeypatch, receipt, locks=False, place=JUDGED)
    assert errors(outcomes) == []
    assert SaleLine.objects.filter(returned_line__isnull=False).count() == 2
    with pytest.raises(AssertionError, match="came back of"):
        check_laws()


def test_two_tills_take_the_same_unit_back_once(tills, drive, monkeypatch):
    receipt = tills[0].sell("ZA1")
    unit = Serial.objects.get(number="ZA1")
    outcomes = take_back_at_two_tills(tills, monkeypatch, receipt, locks=True, place=UNIT_JUDGED, serials=[unit])
    [error] = errors(outcomes)
    assert isinstance(error, NotReturnable)
    assert "ZA1" in str(error)
    unit.refresh_from_db()
    assert unit.state == State.IN_STOCK
    check_laws()


def test_without_the_lock_the_second_till_meets_the_constraint_instead_of_an_answer(tills, drive, monkeypatch):
    receipt = tills[0].sell("ZA1")
    unit = Serial.objects.get(number="ZA1")
    outcomes = take_back_at_two_tills(tills, monkeypatch, receipt, locks=False, place=UNIT_JUDGED, serials=[unit])
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]


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
