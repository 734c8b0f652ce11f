"""Returns by receipt, exchange and without a receipt: which units come back."""

from uuid import uuid4

import pytest

from inventory.operations import count_serials
from microbiz.laws import check_laws
from register.errors import NotReturnable, ReasonMissing, SaleNotOpen, WrongAmount
from register.models import Override, SaleLineSerial
from register.operations import (
    ReturnPick,
    Tender,
    add_product,
    add_return,
    add_return_by_serial,
    complete_sale,
    remove_line,
    return_without_receipt,
    set_quantity,
    void_sale,
)
from register.returnable import returnable
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import Serial, SerialEvent
from serials.operations import attach
from serials.policy import State, Status
from settings_app.models import SerialTracking
from tests import factories
from tests.register.bringing_back import cable as cable
from tests.register.bringing_back import drive as drive
from tests.register.bringing_back import take_back, unit
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


def test_sell_3_return_1_then_the_second_return_offers_2(till, drive):
    """Bug 11 of the peers."""
    receipt = till.sell("IW-16", "ZA1", "ZA2", "ZA3")
    take_back(till, receipt, "ZA1")
    first = till.pay()
    [found] = returnable(receipt)
    assert (found.left, found.refund, found.returned_on) == (2, 20_000, [first.number])
    assert [(part.serial.number, part.is_returnable, part.text) for part in found.units] == [
        ("ZA1", False, f"Returned on {first.number}."),
        ("ZA2", True, ""),
        ("ZA3", True, ""),
    ]
    take_back(till, receipt, "ZA2", "ZA3")
    till.pay()
    [found] = returnable(receipt)
    assert (found.left, found.refund) == (0, 0)
    assert factories.on_hand(drive, till.store) == 5
    check_laws()


def test_a_returned_unit_is_in_stock_at_the_store_that_took_it_back(till, drive):
    receipt = till.sell("ZA1")
    harbor = open_till()
    add_return_by_serial(harbor.sale, unit("ZA1"), reason="Faulty", staff=harbor.staff)
    refund = harbor.pay()
    assert (unit("ZA1").state, unit("ZA1").store) == (State.IN_STOCK, harbor.store)
    assert (factories.on_hand(drive, till.store), factories.on_hand(drive, harbor.store)) == (4, 1)
    assert (refund.total, refund.payments.get().amount) == (-10_000, -10_000)
    assert returnable(receipt)[0].left == 0
    check_laws()


def test_a_unit_is_taken_back_once(till, drive):
    receipt = till.sell("ZA1")
    take_back(till, receipt, "ZA1")
    till.pay()
    with pytest.raises(NotReturnable, match="ZA1: Returned on"):
        take_back(till, receipt, "ZA1")
    with pytest.raises(NotReturnable, match="In stock"):
        add_return_by_serial(till.sale, unit("ZA1"), reason="Faulty", staff=till.staff)
    assert till.sale.lines.count() == 0
    check_laws()


def test_a_unit_on_another_open_return_is_named_with_that_sale(till, drive):
    receipt = till.sell("ZA1")
    other = open_till(store=till.store)
    take_back(other, receipt, "ZA1")
    with pytest.raises(NotReturnable, match=f"On sale {other.sale.number}, not yet paid"):
        take_back(till, receipt, "ZA1")
    assert till.sale.lines.count() == 0
    check_laws()


def test_units_without_serials_are_counted(till, cable):
    add_product(till.sale, cable, quantity=3, staff=till.staff)
    receipt = till.pay()
    take_back(till, receipt, quantity=2)
    with pytest.raises(NotReturnable, match="1 of 3 can come back"):
        take_back(till, receipt, quantity=2)
    line = take_back(till, receipt, quantity=1)
    assert line.quantity == 3
    with pytest.raises(NotReturnable, match="3 of 3"):
        set_quantity(line, 4, staff=till.staff)
    set_quantity(line, 1, staff=till.staff)
    assert (till.sale.total, returnable(receipt)[0].left) == (-1000, 2)
    check_laws()


def test_the_wrong_unit_is_caught_with_what_it_really_is(till, drive):
    """Bug 12 of the peers."""
    receipt, other = till.sell("ZA1"), till.sell("ZA2")
    with pytest.raises(NotReturnable) as refusal:
        take_back(till, receipt, "ZA2")
    assert f"ZA2 was not sold on {receipt.number}" in str(refusal.value)
    assert other.number in str(refusal.value)
    with pytest.raises(NotReturnable, match=r"ZA3 was not sold on .* In stock at"):
        take_back(till, receipt, "ZA3")
    assert till.sale.lines.count() == 0
    check_laws()


def test_a_return_never_creates_and_never_picks_a_serial(till, drive):
    """Bug 12 of the peers."""
    receipt = till.sell("IW-16", "ZA1", "ZA2")
    line = take_back(till, receipt, quantity=1)
    assert (line.attached, line.serial_status) == (0, Status.RED)
    with pytest.raises(SerialUnavailable, match="not on record"):
        attach(line, ["ZA9"], new=["ZA9"], staff=till.staff)
    with pytest.raises(SerialUnavailable):
        attach(line, ["ZA3"], staff=till.staff)
    with pytest.raises(SerialsMissing):
        till.pay()
    assert till.scan("ZA2").line == line
    till.pay()
    assert (unit("ZA1").state, unit("ZA2").state) == (State.SOLD, State.IN_STOCK)
    assert not Serial.objects.filter(number="ZA9").exists()
    check_laws()


def test_an_exchange_keeps_each_serials_direction(till, drive):
    """Bug 13 of the peers: one unit out, another of the same product back, in one ticket."""
    till.sell("ZA1")
    add_return_by_serial(till.sale, unit("ZA1"), reason="Noisy", staff=till.staff)
    till.scan("ZA2")
    assert till.sale.total == 0
    sale = till.pay()
    assert (unit("ZA1").state, unit("ZA2").state) == (State.IN_STOCK, State.SOLD)
    assert [event.kind for event in unit("ZA1").events.all()][:2] == ["return", "sale"]
    assert sale.payments.count() == 0
    assert factories.on_hand(drive, till.store) == 4
    check_laws()


def test_a_unit_cannot_go_out_and_come_back_on_one_sale(till, drive):
    till.sell("ZA1")
    add_return_by_serial(till.sale, unit("ZA1"), reason="Noisy", staff=till.staff)
    assert not till.scan("ZA1").ok
    assert till.sale.lines.count() == 1


def test_sold_returned_sold_again_keeps_everything_earlier(till, drive):
    """Bug 15 of the peers."""
    first = till.sell("ZA1")
    take_back(till, first, "ZA1")
    back = till.pay()
    second = till.sell("ZA1")
    assert [event.document for event in unit("ZA1").events.all()][:3] == [second.number, back.number, first.number]
    assert Serial.objects.filter(product=drive).count() == 5
    with pytest.raises(NotReturnable, match=f"Returned on {back.number}"):
        take_back(till, first, "ZA1")
    take_back(till, second, "ZA1")
    till.pay()
    assert unit("ZA1").state == State.IN_STOCK
    assert [link.line.sale.number for link in SaleLineSerial.objects.filter(line__kind="sale")] == [
        first.number,
        second.number,
    ]
    check_laws()


def test_a_unit_that_came_back_by_another_way_is_returned_on_its_last_receipt_only(till, drive):
    """Sold, taken back where nobody could open the receipt, sold again: the first receipt is used up."""
    first = till.sell("ZA1")
    elsewhere = factories.StoreFactory()
    harbor = open_till(store=elsewhere, staff=factories.StaffFactory(stores=[elsewhere]))
    return_without_receipt(harbor.sale, drive, price=5000, serials=[unit("ZA1")], reason="Gift", staff=harbor.staff)
    harbor.pay()
    harbor.sell("ZA1")
    [found] = returnable(first)
    assert (found.left, found.units[0].is_returnable) == (0, False)
    with pytest.raises(NotReturnable):
        take_back(till, first, "ZA1")
    check_laws()


def traded_in(serial, store):
    """What receiving a unit that we once sold leaves behind: no return, and the unit in stock again."""
    factories.stock(serial.product, store, 1)
    Serial.objects.filter(pk=serial.pk).update(state=State.IN_STOCK, store=store, sequence=serial.sequence + 1)
    count_serials({(store.pk, serial.product_id): 1})
    SerialEvent.objects.create(
        serial=serial, sequence=serial.sequence + 1, kind="receive", state=State.IN_STOCK, store=store, document="VS-1"
    )


def test_a_unit_that_was_traded_in_and_sold_again_comes_back_on_its_last_receipt(till, drive):
    """Bug 15 of the peers: its first receipt was never returned on, and still is not good for it any more."""
    first = till.sell("ZA1")
    traded_in(unit("ZA1"), till.store)
    with pytest.raises(NotReturnable, match=r"ZA1: In stock at .*, by VS-1"):
        take_back(till, first, "ZA1")
    second = till.sell("ZA1")
    [part] = returnable(first)[0].units
    assert (part.is_returnable, part.text) == (False, f"Sold, by {second.number}.")
    with pytest.raises(NotReturnable):
        take_back(till, first, "ZA1")
    assert till.scan("ZA1").document == second
    assert add_return_by_serial(till.sale, unit("ZA1"), reason="Noisy", staff=till.staff).returned_line.sale == second
    till.pay()
    check_laws()


# --- Ways out ---------------------------------------------------------------------------------------------------------


def test_a_voided_return_counts_no_more(till, drive):
    """Bug 14 of the peers: the sold link is free again, and the unit is where it was."""
    receipt = till.sell("ZA1")
    take_back(till, receipt, "ZA1")
    void_sale(till.sale, reason="Keeps it", staff=till.staff)
    assert unit("ZA1").state == State.SOLD
    assert returnable(receipt)[0].left == 1
    take_back(till, receipt, "ZA1")
    till.pay()
    check_laws()


def test_a_removed_return_line_counts_no_more(till, drive):
    receipt = till.sell("ZA1")
    remove_line(take_back(till, receipt, "ZA1"), staff=till.staff)
    assert returnable(receipt)[0].left == 1
    check_laws()


def test_units_scanned_one_after_another_join_one_return_line(till, drive):
    receipt = till.sell("IW-16", "ZA1", "ZA2", "ZA3")
    for number in ("ZA1", "ZA2"):
        line = add_return_by_serial(till.sale, unit(number), reason="Faulty", staff=till.staff)
    assert (line.quantity, line.attached, till.sale.lines.count()) == (2, 2, 1)
    assert line.returned_line.sale == receipt
    check_laws()


def test_every_wrong_unit_is_named_and_none_is_taken(till, drive):
    receipt, _other = till.sell("IW-16", "ZA1", "ZA2"), till.sell("ZA3")
    with pytest.raises(NotReturnable) as refusal:
        take_back(till, receipt, "ZA1", "ZA3", "ZA4")
    assert "ZA3" in str(refusal.value)
    assert "ZA4" in str(refusal.value)
    assert till.sale.lines.count() == 0


def test_only_a_paid_sale_has_anything_to_return(till, cable):
    till.scan("CBL-2")
    other = open_till(store=till.store)
    sale = till.sale
    with pytest.raises(NotReturnable, match="never paid"):
        add_return(other.sale, sale, [ReturnPick(sale.lines.get())], reason="?", staff=till.staff)


def test_a_line_of_another_receipt_is_refused(till, cable):
    first, second = till.sell("CBL-2"), till.sell("CBL-2")
    with pytest.raises(NotReturnable, match=f"was not sold on {first.number}"):
        add_return(till.sale, first, [ReturnPick(second.lines.get())], reason="?", staff=till.staff)


def test_nothing_chosen_is_nothing_returned(till, cable):
    receipt = till.sell("CBL-2")
    with pytest.raises(NotReturnable, match="Choose what comes back"):
        add_return(till.sale, receipt, [], reason="?", staff=till.staff)


def test_a_return_needs_a_reason_and_an_open_sale(till, cable):
    receipt = till.sell("CBL-2")
    pick = ReturnPick(receipt.lines.get())
    with pytest.raises(ReasonMissing):
        add_return(till.sale, receipt, [pick], reason=" ", staff=till.staff)
    with pytest.raises(SaleNotOpen):
        add_return(receipt, receipt, [pick], reason="Faulty", staff=till.staff)


# --- Without a receipt ------------------------------------------------------------------------------------------------


def test_goods_without_a_receipt_come_back_at_the_price_given_and_it_is_recorded(till, cable):
    line = return_without_receipt(till.sale, cable, quantity=2, price=300, reason="Gift", staff=till.staff)
    assert (line.is_return, line.returned_line, line.total) == (True, None, -600)
    override = Override.objects.get()
    assert (override.kind, override.reason, override.line) == ("no_receipt", "Gift", line)
    till.pay()
    assert factories.on_hand(cable, till.store) == 12
    check_laws()


def test_a_unit_whose_receipt_is_known_is_sent_there(till, drive):
    receipt = till.sell("ZA1")
    with pytest.raises(NotReturnable, match=f"ZA1 was sold on {receipt.number}"):
        return_without_receipt(till.sale, drive, price=1, serials=[unit("ZA1")], reason="?", staff=till.staff)
    assert till.sale.lines.count() == 0


def test_a_unit_in_stock_does_not_come_back(till, drive):
    with pytest.raises(SerialUnavailable, match="ZA1: In stock"):
        return_without_receipt(till.sale, drive, price=1, serials=[unit("ZA1")], reason="?", staff=till.staff)
    assert till.sale.lines.count() == 0
    assert not Override.objects.exists()


@pytest.mark.parametrize("wrong", [{"price": -1}, {"price": 1, "quantity": 0}])
def test_a_return_without_a_receipt_has_a_price_and_units(till, cable, wrong):
    with pytest.raises(WrongAmount):
        return_without_receipt(till.sale, cable, reason="Gift", staff=till.staff, **wrong)


def test_under_optional_a_unit_comes_back_without_its_serial(till):
    product = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    factories.units(product, till.store, "P1", "P2")
    add_product(till.sale, product, quantity=2, staff=till.staff)
    till.scan("P1")
    receipt = till.pay()
    [found] = returnable(receipt)
    assert (found.left, found.without_serial) == (2, 1)
    take_back(till, receipt, quantity=1)
    till.pay()
    take_back(till, receipt, "P1")
    till.pay()
    assert returnable(receipt)[0].left == 0
    check_laws()


def test_the_same_return_submitted_twice_is_one(till, drive):

    till.sell("ZA1")
    sale = add_return_by_serial(till.sale, unit("ZA1"), reason="Faulty", staff=till.staff).sale
    key, tenders = uuid4(), [Tender(factories.cash(), -10_000)]
    first = complete_sale(sale, tenders=tenders, key=key, staff=till.staff)
    assert complete_sale(sale, tenders=tenders, key=key, staff=till.staff) == first
    assert factories.on_hand(drive, till.store) == 5
    check_laws()
