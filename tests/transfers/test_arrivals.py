"""Unpacking and receiving: units are in exactly one place, and every one that left is accounted for."""

import pytest

from serials.models import Serial, SerialHold
from serials.policy import State
from tests import factories
from transfers.comparison import compare
from transfers.errors import CountImpossible, NotOutstanding, TransferSettled, Undecided
from transfers.models import Discrepancy
from transfers.operations import (
    Seen,
    add_unit,
    decide,
    mark_all_arrived,
    receive_transfer,
    request_transfer,
    scan_arrival,
    send_transfer,
    set_counts,
    take_off,
)

pytestmark = pytest.mark.django_db
Decision = Discrepancy.Decision


def test_everything_that_was_sent_arrives(road):
    transfer = road.send("ZA1", "S1", "O1", optional=2, none=3)
    assert compare(transfer).sum_line == "8 out = 0 in + 8 still in transit"
    answer = road.scan(transfer, "ZA1", "S1", "O1", "DRV-optional", "DRV-optional", "DRV-none")
    assert (answer.seen, answer.message) == (Seen.COUNTED, "Drive none, now 1 of 3.")
    set_counts(transfer, {road.products["none"]: 3}, staff=road.staff)
    found = compare(transfer)
    assert (found.sum_line, found.why_not, found.to_post) == ("8 out = 8 in + 0 still in transit", "", 8)
    assert road.on_hand("all") == (4, 0)
    received = receive_transfer(transfer, staff=road.staff)
    assert (received.status, received.ended_by) == ("received", road.staff)
    assert [road.on_hand(policy) for policy in ("all", "sales", "optional", "none")] == [(4, 1), (2, 1), (2, 3), (7, 3)]
    unit = road.unit("ZA1")
    assert (unit.state, unit.store) == (State.IN_STOCK, road.harbor)
    assert not SerialHold.objects.exists()
    assert not transfer.arrivals.unposted().exists()


def test_mark_all_as_arrived(road):
    transfer = road.send("ZA1", "ZA2", "O1", optional=1, none=3)
    assert mark_all_arrived(transfer, staff=road.staff) == 7
    assert compare(transfer).undecided == []
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("none") == (7, 3)


def test_several_goes_each_with_a_fresh_line_for_the_rest(road):
    transfer = road.send("ZA1", "ZA2", "ZA3", none=4)
    road.scan(transfer, "ZA1", "DRV-none")
    for number in ("ZA2", "ZA3"):
        decide(transfer, Decision.STILL, serial=road.unit(number), staff=road.staff)
    decide(transfer, Decision.STILL, product=road.products["none"], staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    transfer.refresh_from_db()
    assert transfer.is_sent
    assert [(line.quantity, line.attached) for line in transfer.arrivals.unposted().with_serials()] == [(2, 0), (3, 0)]
    found = compare(transfer)
    assert found.sum_line == "7 out = 2 in + 5 still in transit"
    assert len(found.undecided) == 3, "what stays in transit is asked about again at the next receipt"
    assert mark_all_arrived(transfer, staff=road.staff) == 5
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("all") == (2, 3)
    assert Discrepancy.objects.filter(posted_at__isnull=False, decision="still").count() == 3


def test_what_is_unpacked_is_kept_for_the_next_person(road):
    transfer = road.send("ZA1", "ZA2")
    road.scan(transfer, "ZA1")
    other = factories.AdminFactory()
    answer = scan_arrival(transfer, "ZA2", staff=other)
    assert answer.message == "ZA2 arrived: 2 of 2 Drive all."
    receive_transfer(transfer, staff=other)
    assert road.on_hand("all") == (3, 2)


def test_nothing_is_received_before_everything_is_decided(road, unmoved):
    transfer = road.send("ZA1", "ZA2", none=2)
    factories.unit(road.products["all"], road.warehouse, "ZB1")
    road.scan(transfer, "ZA1", "ZB1")
    with unmoved, pytest.raises(Undecided) as refusal:
        receive_transfer(transfer, staff=road.staff)
    for words in ("ZB1 (unexpected)", "ZA2 (missing)", "2 × Drive none (missing)"):
        assert words in str(refusal.value)
    assert compare(transfer).why_not == "4 units still need a decision"


def test_a_receipt_of_nothing_is_refused(road, unmoved):
    transfer = road.send("ZA1")
    decide(transfer, Decision.STILL, serial=road.unit("ZA1"), staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    with unmoved, pytest.raises(Undecided):
        receive_transfer(transfer, staff=road.staff)
    draft = road.request("ZA2")
    with unmoved, pytest.raises(TransferSettled, match="not sent yet"):
        receive_transfer(draft, staff=road.staff)


def test_a_transfer_is_received_once(road, unmoved):
    transfer = road.send("ZA1")
    road.scan(transfer, "ZA1")
    receive_transfer(transfer, staff=road.staff)
    with unmoved:
        with pytest.raises(TransferSettled, match="already received"):
            receive_transfer(transfer, staff=road.staff)
        with pytest.raises(TransferSettled, match="already received"):
            scan_arrival(transfer, "ZA1", staff=road.staff)


def test_a_unit_scanned_twice_counts_once(road):
    transfer = road.send("ZA1", "ZA2")
    answer = road.scan(transfer, "ZA1", "ZA1")
    assert (answer.ok, answer.seen, answer.message) == (False, Seen.AGAIN, "ZA1 was scanned already: it counts once.")
    assert compare(transfer).arrived == 1


def test_a_scan_can_be_undone_until_it_is_posted(road):
    transfer = road.send("ZA1", "ZA2")
    road.scan(transfer, "ZA1", "ZA2")
    take_off(transfer, road.unit("ZA1"), staff=road.staff)
    assert compare(transfer).sum_line == "2 out = 1 in + 1 still in transit"
    with pytest.raises(NotOutstanding):
        take_off(transfer, road.unit("ZA1"), staff=road.staff)
    decide(transfer, Decision.STILL, serial=road.unit("ZA1"), staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    with pytest.raises(NotOutstanding):
        take_off(transfer, road.unit("ZA2"), staff=road.staff)


def test_a_number_that_nobody_knows_is_refused_with_the_near_one(road):
    transfer = road.send("ZA1")
    answer = road.scan(transfer, "ZAI")
    assert answer.seen is Seen.UNKNOWN
    assert "Is it ZA1?" in answer.message
    assert "on record nowhere" in road.scan(transfer, "QQQ-77").message
    assert not Discrepancy.objects.exists()
    assert Serial.objects.filter(number="ZAI").count() == 0


def test_a_tracked_product_asks_for_the_serial(road):
    transfer = road.send("ZA1", "O1", optional=1)
    assert road.scan(transfer, "DRV-all").seen is Seen.ASK_SERIAL
    assert road.scan(transfer, "DRV-optional").seen is Seen.COUNTED
    assert road.scan(transfer, "DRV-optional").seen is Seen.ASK_SERIAL
    with pytest.raises(CountImpossible, match="1 unit was sent without"):
        set_counts(transfer, {road.products["optional"]: 2}, staff=road.staff)


def test_of_two_products_with_one_number_the_sent_one_is_meant(road):
    road.fill("all")
    twin = factories.TrackedFactory(name="Twin")
    factories.unit(twin, road.warehouse, "ZA1")
    transfer = send_transfer(_asked(road, twin), staff=road.staff)
    answer = road.scan(transfer, "ZA1")
    assert (answer.seen, answer.product) == (Seen.ARRIVED, twin)
    other = road.send("S1")
    answer = road.scan(other, "ZA1")
    assert answer.seen is Seen.CHOOSE
    answer = scan_arrival(other, "ZA1", product=road.products["all"], staff=road.staff)
    assert (answer.seen, answer.product) == (Seen.UNEXPECTED, road.products["all"])


def _asked(road, product):
    transfer = request_transfer(road.warehouse, road.harbor, staff=road.staff)
    add_unit(transfer, product.serials.get(), staff=road.staff)
    return transfer
