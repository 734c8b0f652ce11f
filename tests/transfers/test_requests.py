"""Asking for goods of another store, and sending them."""

import pytest

from inventory.errors import NotEnoughStock
from serials.errors import SerialsMissing, SerialUnavailable, TooManySerials
from serials.models import SerialHold
from serials.operations import attach, take_over
from serials.policy import State
from serials.verdicts import Finding, judge
from tests import factories
from tests.register.till import open_till
from transfers.errors import LineGone, NothingToSend, SameStore, TransferSettled
from transfers.models import Transfer
from transfers.operations import (
    add_product,
    add_unit,
    cancel_transfer,
    change_transfer,
    receive_transfer,
    remove_line,
    request_transfer,
    scan_request,
    send_transfer,
    set_quantity,
)

pytestmark = pytest.mark.django_db


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_a_request_has_a_number_and_holds_the_units_asked_for(road):
    transfer = road.request("ZA1", "ZA2", none=3)
    assert transfer.number == "ST-000001"
    assert str(transfer) == "transfer ST-000001"
    assert [(line.quantity, line.attached) for line in transfer.lines.with_serials()] == [(2, 2), (3, 0)]
    assert {hold.document for hold in SerialHold.objects.all()} == {"transfer ST-000001"}
    assert road.on_hand("all") == (5, 0)


def test_a_store_sends_nothing_to_itself(road):
    with pytest.raises(SameStore, match="Warehouse"):
        request_transfer(road.warehouse, road.warehouse, staff=road.staff)
    assert not Transfer.objects.exists()


def test_a_product_asked_for_twice_is_one_line(road):
    transfer = road.request(none=2)
    add_product(transfer, road.products["none"], quantity=3, staff=road.staff)
    assert [line.quantity for line in transfer.lines.all()] == [5]


def test_a_unit_fills_the_line_that_lacks_one(road):
    transfer = road.request(all=2)
    for number in ("ZA1", "ZA2", "ZA3"):
        add_unit(transfer, road.unit(number), staff=road.staff)
    assert [(line.quantity, line.attached) for line in transfer.lines.with_serials()] == [(3, 3)]


def test_a_unit_that_is_not_at_the_sender_cannot_be_asked_for(road):
    factories.unit(road.products["all"], road.harbor, "ZH1")
    transfer = road.request("ZA1")
    with pytest.raises(SerialUnavailable, match="ZH1: In stock at Harbor"):
        add_unit(transfer, road.unit("ZH1"), staff=road.staff)
    assert transfer.lines.with_serials().get().attached == 1


def test_scanning_into_a_request_reads_units_and_products(road):
    road.fill("all", "none")
    transfer = road.request()
    assert scan_request(transfer, "ZA1", staff=road.staff).ok
    assert scan_request(transfer, "DRV-none", staff=road.staff).ok
    assert scan_request(transfer, "DRV-none", staff=road.staff).line.quantity == 2
    asked = scan_request(transfer, "DRV-all", staff=road.staff)
    assert "Scan its serial number" in asked.message
    assert scan_request(transfer, "ZA2", staff=road.staff).line == asked.line
    assert not scan_request(transfer, "ZA2", staff=road.staff).ok
    assert [(line.quantity, line.attached) for line in transfer.lines.with_serials()] == [(2, 2), (2, 0)]


def test_a_lower_quantity_asks_which_serials_stay(road):
    line = road.request("ZA1", "ZA2").lines.get()
    with pytest.raises(TooManySerials, match="choose which"):
        set_quantity(line, 1, staff=road.staff)
    set_quantity(line, 1, detach=[road.unit("ZA1")], staff=road.staff)
    assert [hold.serial.number for hold in SerialHold.objects.all()] == ["ZA2"]
    assert set_quantity(line, 0, staff=road.staff) is None
    assert not SerialHold.objects.exists()


def test_a_line_that_is_gone_is_told(road):
    line = road.request("ZA1").lines.get()
    remove_line(line, staff=road.staff)
    assert not SerialHold.objects.exists()
    with pytest.raises(LineGone):
        set_quantity(line, 2, staff=road.staff)


def test_a_cancelled_request_lets_go_of_its_units(road, unmoved):
    transfer = road.request("ZA1", none=2)
    cancel_transfer(transfer, staff=road.staff)
    assert not SerialHold.objects.exists()
    with unmoved:
        for action in (send_transfer, cancel_transfer, receive_transfer):
            with pytest.raises(TransferSettled, match="cancelled"):
                action(transfer, staff=road.staff)
        with pytest.raises(TransferSettled):
            change_transfer(transfer, note="Hurry", boxes=1)


# --- Sending ----------------------------------------------------------------------------------------------------------


def test_what_is_sent_is_in_neither_store(road):
    transfer = road.send("ZA1", "ZA2", none=3)
    assert (transfer.status, transfer.sent_by) == ("sent", road.staff)
    assert road.on_hand("all") == (3, 0)
    assert road.on_hand("none") == (7, 0)
    unit = road.unit("ZA1")
    assert (unit.state, unit.store) == (State.IN_TRANSIT, None)
    assert unit.events.first().store == road.warehouse
    assert not SerialHold.objects.exists()
    for store in (road.warehouse, road.harbor):
        line = factories.SaleLineFactory(sale__register__store=store, product=unit.product)
        [verdict] = judge(line, ["ZA1"])
        assert verdict.finding is Finding.AWAY
        assert verdict.text == "In transit, by ST-000001."


@pytest.mark.parametrize(
    ("policy", "serials", "is_sent"),
    [
        ("none", 0, True),
        ("optional", 0, True),
        ("sales", 0, True),
        ("all", 0, False),
        ("all", 1, False),
        ("all", 2, True),
    ],
)
def test_a_red_line_is_not_sent(road, unmoved, policy, serials, is_sent):
    transfer = road.request(**{policy: 2})
    attach(transfer.lines.get(), ["ZA1", "ZA2"][:serials], staff=road.staff)
    if is_sent:
        send_transfer(transfer, staff=road.staff)
        return
    with unmoved, pytest.raises(SerialsMissing, match=f"{serials} of 2 serial numbers"):
        send_transfer(transfer, staff=road.staff)


def test_an_empty_request_is_not_sent(road, unmoved):
    transfer = road.request()
    with unmoved, pytest.raises(NothingToSend):
        send_transfer(transfer, staff=road.staff)


def test_more_than_there_is_cannot_be_sent(road, unmoved):
    transfer = road.request("ZA1", none=11)
    with unmoved, pytest.raises(NotEnoughStock, match="10 on hand at Warehouse"):
        send_transfer(transfer, staff=road.staff)


def test_a_transfer_is_sent_once(road, unmoved):
    transfer = road.send("ZA1")
    with unmoved, pytest.raises(TransferSettled, match="already sent by"):
        send_transfer(transfer, staff=road.staff)
    with unmoved, pytest.raises(TransferSettled, match="already sent by"):
        cancel_transfer(transfer, staff=road.staff)


def test_a_unit_taken_over_by_a_sale_is_not_sent(road, unmoved):
    transfer = road.request("ZA1")
    till = open_till(road.warehouse)
    till.scan("DRV-all")
    take_over(till.sale.lines.get(), road.unit("ZA1"), staff=road.staff)
    with unmoved, pytest.raises(SerialsMissing):
        send_transfer(transfer, staff=road.staff)
