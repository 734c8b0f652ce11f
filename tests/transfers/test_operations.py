"""Sending and receiving: units are in exactly one place, and every one that left is accounted for."""

from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.errors import NotEnoughStock
from inventory.models import StockMovement
from microbiz.laws import check_laws
from serials.errors import SerialsMissing, SerialUnavailable, TooManySerials
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import attach, name_gone, take_over
from serials.policy import State
from serials.verdicts import Finding, judge
from tests import factories
from tests.register.till import open_till
from transfers.comparison import compare
from transfers.errors import (
    CountImpossible,
    LineGone,
    NothingToReceive,
    NothingToSend,
    NotOutstanding,
    NumbersNeeded,
    ReasonMissing,
    SameStore,
    TransferSettled,
    Undecided,
)
from transfers.models import Discrepancy, Outcome, Transfer
from transfers.operations import (
    Seen,
    add_product,
    add_unit,
    cancel_transfer,
    change_transfer,
    decide,
    mark_all_arrived,
    receive_transfer,
    remove_line,
    request_transfer,
    rest_stays,
    scan_arrival,
    scan_request,
    send_transfer,
    set_counts,
    set_quantity,
    take_back,
    take_off,
    undo_decision,
)

pytestmark = [pytest.mark.django_db, pytest.mark.lawful]
Decision = Discrepancy.Decision


@pytest.fixture(autouse=True)
def the_laws_hold(db):
    yield
    check_laws()


@pytest.fixture
def unmoved():
    """Asserts at the end of a block that no stock and no unit moved in it."""

    class Unmoved:
        def __enter__(self):
            self.before = self.ledgers()

        def __exit__(self, *error):
            assert self.ledgers() == self.before

        def ledgers(self):
            return (
                list(StockMovement.objects.values_list("pk")),
                list(SerialEvent.objects.values_list("pk")),
                list(Serial.objects.order_by("pk").values_list("pk", "state", "store")),
                list(Transfer.objects.order_by("pk").values_list("pk", "status")),
            )

    return Unmoved()


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
        line.delete()


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


# --- Receiving --------------------------------------------------------------------------------------------------------


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


# --- Missing ----------------------------------------------------------------------------------------------------------


def test_a_missing_unit_is_found_back_at_the_sender(road):
    transfer = road.send("ZA1", "ZA2")
    road.scan(transfer, "ZA1")
    told = decide(transfer, Decision.BACK, serial=road.unit("ZA2"), reason="On the shelf", staff=road.staff)
    assert (told.decided_by, told.reason) == (road.staff, "On the shelf")
    assert compare(transfer).sum_line == "2 out = 1 in + 1 back + 0 still in transit"
    assert road.on_hand("all") == (3, 0), "a decision moves nothing before it is posted"
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("all") == (4, 1)
    assert road.unit("ZA2").store == road.warehouse
    movement = StockMovement.objects.get(store=road.warehouse, reason="transfer_in")
    assert (movement.quantity, movement.note) == (1, "Found back at the sender")


def test_a_lost_unit_is_written_off_with_a_reason(road, unmoved):
    transfer = road.send("ZA1", "ZA2")
    road.scan(transfer, "ZA1")
    with unmoved, pytest.raises(ReasonMissing, match="ZA2"):
        decide(transfer, Decision.LOST, serial=road.unit("ZA2"), reason=" ", staff=road.staff)
    decide(transfer, Decision.LOST, serial=road.unit("ZA2"), reason="Box was open", staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    unit = road.unit("ZA2")
    assert (unit.state, unit.events.first().kind) == (State.WRITTEN_OFF, "lost")
    assert road.on_hand("all") == (3, 1)
    assert compare(transfer).sum_line == "2 out = 1 in + 1 lost + 0 still in transit"


@pytest.mark.parametrize("decision", [Decision.STILL, Decision.BACK, Decision.LOST])
def test_a_decision_is_undone_until_it_is_posted(road, decision):
    transfer = road.send("ZA1", "ZA2")
    unit = road.unit("ZA2")
    told = decide(transfer, decision, serial=unit, reason="Why", staff=road.staff)
    undo_decision(told, staff=road.staff)
    assert not SerialHold.objects.exists()
    assert {row.result.value for row in compare(transfer).rows} == {"missing"}
    with pytest.raises(NotOutstanding, match="undone already"):
        undo_decision(told, staff=road.staff)
    told = decide(transfer, decision, serial=unit, reason="Why", staff=road.staff)
    road.scan(transfer, "ZA1")
    receive_transfer(transfer, staff=road.staff)
    with pytest.raises((NotOutstanding, TransferSettled)):
        undo_decision(told, staff=road.staff)


def test_the_rest_comes_with_the_next_van(road):
    transfer = road.send("ZA1", "ZA2", "ZA3", none=4)
    road.scan(transfer, "ZA1", "ZA4", "DRV-none")
    assert rest_stays(transfer, staff=road.staff) == 5
    assert rest_stays(transfer, staff=road.staff) == 0
    assert [row.name for row in compare(transfer).undecided] == ["ZA4"], "what is unexpected is still to decide"
    decide(transfer, Decision.SEND_BACK, serial=road.unit("ZA4"), staff=road.staff)
    assert receive_transfer(transfer, staff=road.staff).is_sent
    assert compare(transfer).sum_line == "7 out = 2 in + 5 still in transit"


def test_a_unit_that_was_said_to_be_on_its_way_arrives_after_all(road):
    transfer = road.send("ZA1", "ZA2")
    decide(transfer, Decision.STILL, serial=road.unit("ZA2"), staff=road.staff)
    assert road.scan(transfer, "ZA2").ok
    assert not Discrepancy.objects.exists()


def test_a_unit_that_was_decided_on_is_not_scanned_over_it(road):
    transfer = road.send("ZA1", "ZA2")
    decide(transfer, Decision.BACK, serial=road.unit("ZA2"), staff=road.staff)
    answer = road.scan(transfer, "ZA2")
    assert answer.seen is Seen.AGAIN
    assert "Undo that first" in answer.message
    road.scan(transfer, "ZA1")
    with pytest.raises(NotOutstanding, match="ZA1 is no longer open: arrived"):
        decide(transfer, Decision.LOST, serial=road.unit("ZA1"), reason="Why", staff=road.staff)
    with pytest.raises(NotOutstanding, match="not on transfer"):
        decide(transfer, Decision.LOST, serial=road.unit("ZA3"), reason="Why", staff=road.staff)


def test_the_sender_takes_back_what_it_finds_while_the_receiver_unpacks(road):
    transfer = road.send("ZA1", "ZA2", "ZA3")
    road.scan(transfer, "ZA1")
    with pytest.raises(NothingToReceive):
        take_back(transfer, staff=road.staff)
    decide(transfer, Decision.BACK, serial=road.unit("ZA2"), staff=road.staff)
    assert take_back(transfer, staff=road.staff).is_sent
    assert road.on_hand("all") == (3, 0)
    assert [(line.quantity, line.attached) for line in transfer.arrivals.unposted().with_serials()] == [(2, 1)]
    assert compare(transfer).sum_line == "3 out = 1 in + 1 back + 1 still in transit"
    road.scan(transfer, "ZA3")
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("all") == (3, 2)


def test_the_last_unit_found_back_ends_the_transfer(road):
    transfer = road.send("ZA1")
    decide(transfer, Decision.BACK, serial=road.unit("ZA1"), staff=road.staff)
    assert take_back(transfer, staff=road.staff).status == "received"
    assert not transfer.arrivals.unposted().exists()


def test_units_without_serials_are_decided_on_by_count(road):
    transfer = road.send(none=10)
    product = road.products["none"]
    set_counts(transfer, {product: 4}, staff=road.staff)
    decide(transfer, Decision.BACK, product=product, quantity=2, staff=road.staff)
    decide(transfer, Decision.LOST, product=product, quantity=1, reason="Torn", staff=road.staff)
    with pytest.raises(NotOutstanding, match="3 to decide on, not 4"):
        decide(transfer, Decision.STILL, product=product, quantity=4, staff=road.staff)
    decide(transfer, Decision.STILL, product=product, staff=road.staff)
    assert compare(transfer).sum_line == "10 out = 4 in + 2 back + 1 lost + 3 still in transit"
    receive_transfer(transfer, staff=road.staff)
    assert road.on_hand("none") == (2, 4)
    assert compare(transfer).sum_line == "10 out = 4 in + 2 back + 1 lost + 3 still in transit"
    set_counts(transfer, {product: 3}, staff=road.staff)
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("none") == (2, 7)


def test_counting_again_opens_what_was_decided_on_the_count(road):
    transfer = road.send(none=5)
    product = road.products["none"]
    set_counts(transfer, {product: 3}, staff=road.staff)
    decide(transfer, Decision.BACK, product=product, staff=road.staff)
    set_counts(transfer, {product: 4}, staff=road.staff)
    assert not Discrepancy.objects.exists()
    assert [(row.result.value, row.quantity) for row in compare(transfer).rows] == [("arrived", 4), ("missing", 1)]


# --- Unexpected -------------------------------------------------------------------------------------------------------


def test_an_unexpected_unit_is_recorded_and_moved_nowhere(road, unmoved):
    transfer = road.send("ZA1")
    with unmoved:
        answer = road.scan(transfer, "ZA4")
    assert answer.seen is Seen.UNEXPECTED
    assert answer.message == "Not on this transfer. ZA4: In stock at Warehouse on record."
    told = Discrepancy.objects.get()
    assert (told.kind, told.found_by, told.decision) == ("unexpected", road.staff, "")
    assert road.scan(transfer, "ZA4").seen is Seen.AGAIN
    assert compare(transfer).sum_line == "1 out = 0 in + 1 still in transit"
    take_off(transfer, road.unit("ZA4"), staff=road.staff)
    assert not Discrepancy.objects.exists()


def test_a_wrong_unit_is_exchanged_for_the_missing_one(road):
    """It moves out of the sender's and into the receiver's stock in one posting, both ledgers right."""
    transfer = road.send("ZA1", "ZA2")
    road.scan(transfer, "ZA1", "ZA4")
    told = decide(transfer, Decision.WRONG_UNIT, serial=road.unit("ZA4"), reason="Picked wrongly", staff=road.staff)
    assert SerialHold.objects.get(serial__number="ZA4").document == "transfer ST-000001"
    undo_decision(told, staff=road.staff)
    assert [row.serial.number for row in compare(transfer).undecided] == ["ZA4", "ZA2"]
    decide(transfer, Decision.WRONG_UNIT, serial=road.unit("ZA4"), staff=road.staff)
    decide(transfer, Decision.BACK, serial=road.unit("ZA2"), staff=road.staff)
    assert compare(transfer).sum_line == "3 out = 2 in + 1 back + 0 still in transit"
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("all") == (3, 2)
    assert {unit.number for unit in Serial.objects.in_stock(road.harbor)} == {"ZA1", "ZA4"}
    assert road.unit("ZA4").events.first().kind == "move"
    moved = StockMovement.objects.filter(note="Wrong unit sent, received").values_list("store__name", "quantity")
    assert set(moved) == {("Warehouse", -1), ("Harbor", 1)}


def test_a_wrong_unit_that_is_not_at_the_sender_cannot_be_received(road, unmoved):
    road.fill("all")
    till = open_till(road.warehouse)
    till.sell("ZA4")
    till.scan("ZA5")
    transfer = road.send("ZA1")
    road.scan(transfer, "ZA4", "ZA5")
    with unmoved:
        with pytest.raises(SerialUnavailable, match="ZA4: Sold, by"):
            decide(transfer, Decision.WRONG_UNIT, serial=road.unit("ZA4"), staff=road.staff)
        with pytest.raises(SerialUnavailable, match="ZA5: Held by sale"):
            decide(transfer, Decision.WRONG_UNIT, serial=road.unit("ZA5"), staff=road.staff)
    assert not transfer.arrivals.filter(outcome=Outcome.WRONG_UNIT).exists()


def test_a_wrong_unit_taken_over_by_a_sale_is_not_received(road, unmoved):
    transfer = road.send("ZA1")
    road.scan(transfer, "ZA1", "ZA4")
    told = decide(transfer, Decision.WRONG_UNIT, serial=road.unit("ZA4"), staff=road.staff)
    till = open_till(road.warehouse)
    till.scan("DRV-all")
    take_over(till.sale.lines.get(), road.unit("ZA4"), staff=road.staff)
    with unmoved, pytest.raises(SerialUnavailable, match="ZA4: taken over"):
        receive_transfer(transfer, staff=road.staff)
    undo_decision(told, staff=road.staff)
    decide(transfer, Decision.SEND_BACK, serial=road.unit("ZA4"), staff=road.staff)
    assert receive_transfer(transfer, staff=road.staff).status == "received"


def test_an_unexpected_unit_is_sent_back_on_record_alone(road):
    transfer = road.send("ZA1")
    road.scan(transfer, "ZA1", "ZA4")
    decide(transfer, Decision.SEND_BACK, serial=road.unit("ZA4"), staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    assert road.unit("ZA4").store == road.warehouse
    assert road.on_hand("all") == (4, 1)
    assert Discrepancy.objects.get().posted_at is not None


def test_what_was_found_back_and_comes_after_all_is_a_wrong_unit(road):
    transfer = road.send("ZA1", "ZA2")
    decide(transfer, Decision.BACK, serial=road.unit("ZA2"), staff=road.staff)
    take_back(transfer, staff=road.staff)
    assert road.scan(transfer, "ZA1", "ZA2").seen is Seen.UNEXPECTED
    decide(transfer, Decision.WRONG_UNIT, serial=road.unit("ZA2"), staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    assert compare(transfer).sum_line == "3 out = 2 in + 1 back + 0 still in transit"
    assert road.on_hand("all") == (3, 2)


def test_more_than_was_sent_is_decided_on_by_count(road, unmoved):
    transfer = road.send(none=2)
    product = road.products["none"]
    set_counts(transfer, {product: 5}, staff=road.staff)
    assert [(row.result.value, row.quantity) for row in compare(transfer).rows] == [("arrived", 2), ("unexpected", 3)]
    decide(transfer, Decision.WRONG_UNIT, product=product, quantity=2, staff=road.staff)
    with unmoved, pytest.raises(Undecided, match="1 × Drive none"):
        receive_transfer(transfer, staff=road.staff)
    decide(transfer, Decision.SEND_BACK, product=product, staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    assert road.on_hand("none") == (6, 4)
    assert compare(transfer).sum_line == "4 out = 4 in + 0 still in transit"


def test_a_product_that_was_not_sent_is_counted_as_unexpected(road, unmoved):
    road.fill("none")
    transfer = road.send("ZA1")
    with unmoved:
        answer = road.scan(transfer, "DRV-none", "DRV-none", "ZA1")
    assert answer.ok
    [row] = compare(transfer).undecided
    assert (row.name, row.words) == ("2 × Drive none", "Unexpected")
    decide(transfer, Decision.WRONG_UNIT, product=row.product, staff=road.staff)
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("none") == (8, 2)


def test_a_wrong_unit_that_the_sender_does_not_have_is_refused_at_the_receipt(road, unmoved):
    product = factories.ProductFactory()
    transfer = road.send("ZA1")
    road.scan(transfer, "ZA1", product.sku)
    decide(transfer, Decision.WRONG_UNIT, product=product, staff=road.staff)
    with unmoved, pytest.raises(NotEnoughStock, match="0 on hand at Warehouse"):
        receive_transfer(transfer, staff=road.staff)


def test_what_was_sent_without_numbers_arrives_without_them(road):
    """The policy became stricter on the way: nothing can be asked of a unit that was not asked at its sending."""
    transfer = road.send(optional=2)
    product = road.products["optional"]
    product.serial_tracking = "all"
    product.save()
    mark_all_arrived(transfer, staff=road.staff)
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("optional") == (3, 2)


@pytest.fixture
def switch():
    """Switch the add-on: `switch(False)`."""
    return lambda on: factories.ShopSettingsFactory(serial_numbers_enabled=on)


def test_with_the_add_on_off_units_are_counted_and_keep_their_numbers(road, switch):
    transfer = road.send("ZA1", "ZA2", optional=2, none=1)
    road.scan(transfer, "ZA1")
    switch(False)
    found = compare(transfer)
    assert [(row.serial, row.result.value, row.quantity) for row in found.rows if row.product.sku == "DRV-all"] == [
        (None, "arrived", 1),
        (None, "missing", 1),
    ]
    assert road.scan(transfer, "ZA2").seen is Seen.UNKNOWN
    assert road.scan(transfer, "DRV-all").message == "Drive all, now 2 of 2."
    assert mark_all_arrived(transfer, staff=road.staff) == 3
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("all") == (3, 2)
    assert {unit.number for unit in Serial.objects.in_stock(road.harbor)} == {"ZA1", "ZA2"}
    switch(True)


def test_with_the_add_on_off_a_part_of_numbered_units_is_not_guessed(road, switch, unmoved):
    transfer = road.send("ZA1", "ZA2")
    switch(False)
    product = road.products["all"]
    set_counts(transfer, {product: 1}, staff=road.staff)
    decide(transfer, Decision.BACK, product=product, staff=road.staff)
    with unmoved:
        for action in (receive_transfer, take_back):
            with pytest.raises(NumbersNeeded, match="Drive all: some units have serial numbers"):
                action(transfer, staff=road.staff)
    set_counts(transfer, {product: 2}, staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    switch(True)


def test_what_was_sent_with_the_add_on_off_has_no_numbers(road, switch):
    transfer = road.request(all=2, optional=1)
    switch(False)
    send_transfer(transfer, staff=road.staff)
    switch(True)
    set_counts(transfer, {road.products["all"]: 2}, staff=road.staff)
    mark_all_arrived(transfer, staff=road.staff)
    assert receive_transfer(transfer, staff=road.staff).status == "received"
    assert road.on_hand("all") == (3, 2)
    # The numbers stayed at Warehouse without their units, which the list of differences then asks about.
    name_gone(road.products["all"], road.warehouse, [road.unit("ZA1"), road.unit("ZA2")], staff=road.staff)


# --- How much it costs ------------------------------------------------------------------------------------------------


def _statements(action):
    """How many statements an action takes; one insertion counts once, in however many parts SQLite takes it."""
    with CaptureQueriesContext(connection) as queries:
        action()
    heads = [query["sql"].partition(" VALUES ")[0] for query in queries.captured_queries]
    return sum(not (head.startswith("INSERT") and head == before) for before, head in pairwise(["", *heads]))


def test_sending_and_receiving_take_the_same_statements_for_1_and_100_serials(road):
    counts = []
    for size in (1, 100):
        product = factories.ProductFactory(serial_tracking="all")
        numbers = [f"{product.sku}-{at}" for at in range(size)]
        factories.units(product, road.warehouse, *numbers)
        transfer = request_transfer(road.warehouse, road.harbor, staff=road.staff)
        line = add_product(transfer, product, quantity=size, staff=road.staff)
        attach(line, numbers, staff=road.staff)
        sent = _statements(lambda transfer=transfer: send_transfer(transfer, staff=road.staff))
        marked = _statements(lambda transfer=transfer: mark_all_arrived(transfer, staff=road.staff))
        received = _statements(lambda transfer=transfer: receive_transfer(transfer, staff=road.staff))
        counts.append((sent, marked, received))
    assert counts[0] == counts[1]


def test_a_receipt_takes_the_same_statements_for_1_and_10_products(road):
    counts = []
    for size in (1, 10):
        transfer = request_transfer(road.warehouse, road.harbor, staff=road.staff)
        for _at in range(size):
            product = factories.stock(factories.ProductFactory(), road.warehouse, 3)
            add_product(transfer, product, quantity=3, staff=road.staff)
        send = _statements(lambda transfer=transfer: send_transfer(transfer, staff=road.staff))
        for line in list(transfer.lines.all()):
            set_counts(transfer, {line.product: 1}, staff=road.staff)
            decide(transfer, Decision.BACK, product=line.product, quantity=1, staff=road.staff)
            decide(transfer, Decision.STILL, product=line.product, staff=road.staff)
        counts.append((send, _statements(lambda transfer=transfer: receive_transfer(transfer, staff=road.staff))))
    assert counts[0] == counts[1]


def test_the_pop_up_never_changes_how_many_were_sent(road, unmoved):
    transfer = road.send("ZA1", "ZA2")
    line = transfer.arrivals.with_serials().get()
    with unmoved, pytest.raises(CountImpossible, match="how many were sent is settled"):
        attach(line, ["ZA1"], quantity=3, staff=road.staff)
    with unmoved, pytest.raises(CountImpossible):
        attach(line, ["ZA1"], quantity=1, staff=road.staff)
    assert line.quantity == 2
