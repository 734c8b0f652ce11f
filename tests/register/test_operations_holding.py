"""A sale on hold, recalled, and voided."""

import pytest

from microbiz.laws import check_laws
from register.errors import (
    NothingToSell,
    ReasonMissing,
    SaleNotOpen,
    SaleStillOpen,
)
from register.models import Sale
from register.operations import (
    hold_sale,
    recall_sale,
    scan,
    set_quantity,
    void_sale,
)
from serials.models import Serial, SerialHold
from serials.policy import State
from serials.verdicts import Finding
from tests.register.till import lines, open_till

pytestmark = pytest.mark.django_db


def test_a_held_sale_keeps_its_serials_and_is_recalled_at_another_register(till, drive):
    till.scan("ZA1")
    held = hold_sale(till.sale, note="Wallet in the car", staff=till.staff)
    other = open_till(store=till.store)
    assert other.scan("ZA1").verdict.finding is Finding.HELD
    assert other.scan(held.number).kind == "held"
    sale = recall_sale(held, register=other.register, staff=other.staff)
    assert (sale.is_open, sale.register, sale.shift) == (True, other.register, other.shift)
    assert lines(other)[0].attached == 1
    assert other.pay().is_completed
    check_laws()


def test_an_empty_sale_is_not_held(till):
    with pytest.raises(NothingToSell):
        hold_sale(till.sale, note="", staff=till.staff)


def test_a_register_with_an_open_sale_recalls_no_other(till, drive, cable):
    till.scan("ZA1")
    held = hold_sale(till.sale, note="", staff=till.staff)
    till.scan("CBL-2")
    with pytest.raises(SaleStillOpen, match=till.sale.number):
        recall_sale(held, register=till.register, staff=till.staff)
    held.refresh_from_db()
    assert held.status == Sale.Status.ON_HOLD


def test_a_sale_is_recalled_once(till, cable):
    till.scan("CBL-2")
    held = hold_sale(till.sale, note="", staff=till.staff)
    recall_sale(held, register=till.register, staff=till.staff)
    other = open_till(store=till.store)
    with pytest.raises(SaleNotOpen, match="not on hold"):
        recall_sale(held, register=other.register, staff=other.staff)


def test_a_sale_of_another_store_is_not_recalled(till, cable):
    till.scan("CBL-2")
    held = hold_sale(till.sale, note="", staff=till.staff)
    other = open_till()
    with pytest.raises(SaleNotOpen):
        recall_sale(held, register=other.register, staff=other.staff)


def test_nothing_is_changed_on_a_held_sale(till, cable):
    line = till.scan("CBL-2").line
    held = hold_sale(till.sale, note="", staff=till.staff)
    with pytest.raises(SaleNotOpen, match="Recall it"):
        set_quantity(line, 2, staff=till.staff)
    with pytest.raises(SaleNotOpen, match="Recall it"):
        scan(held, "CBL-2", staff=till.staff)


def test_a_void_restores_each_unit_once_and_never_twice(till, drive):
    """Bug 14 of the peers."""
    till.scan("ZA1")
    sale = void_sale(till.sale, reason="Changed his mind", staff=till.staff)
    assert (sale.status, sale.note) == (Sale.Status.VOIDED, "Changed his mind")
    assert Serial.objects.get(number="ZA1").state == State.IN_STOCK
    with pytest.raises(SaleNotOpen, match="cannot be voided"):
        void_sale(sale, reason="Again", staff=till.staff)
    assert till.sell("ZA1").is_completed
    with pytest.raises(SaleNotOpen):
        void_sale(sale, reason="Again", staff=till.staff)
    assert Serial.objects.get(number="ZA1").state == State.SOLD
    check_laws()


def test_a_paid_sale_is_not_voided(till, drive):
    sale = till.sell("ZA1")
    with pytest.raises(SaleNotOpen, match="Take the goods back with Return"):
        void_sale(sale, reason="Oops", staff=till.staff)
    assert Serial.objects.get(number="ZA1").state == State.SOLD
    check_laws()


def test_a_void_needs_a_reason(till, cable):
    till.scan("CBL-2")
    with pytest.raises(ReasonMissing):
        void_sale(till.sale, reason=" ", staff=till.staff)
    assert till.sale.lines.exists()


def test_a_voided_sale_can_be_voided_from_hold(till, drive):
    till.scan("ZA1")
    void_sale(hold_sale(till.sale, note="", staff=till.staff), reason="Never came back", staff=till.staff)
    assert not SerialHold.objects.exists()
    check_laws()
