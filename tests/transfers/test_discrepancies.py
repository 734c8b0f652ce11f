"""What did not arrive, or was not expected, is closed by a decision with a name."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.errors import NotEnoughStock
from inventory.models import Product, StockMovement
from serials.errors import SerialUnavailable
from serials.models import Serial, SerialHold
from serials.operations import name_gone, take_over
from serials.policy import State
from tests import factories
from tests.register.till import open_till
from transfers.comparison import compare
from transfers.errors import NothingToReceive, NotOutstanding, NumbersNeeded, ReasonMissing, TransferSettled, Undecided
from transfers.models import Discrepancy, Outcome
from transfers.operations import (
    Seen,
    decide,
    mark_all_arrived,
    receive_transfer,
    rest_stays,
    send_transfer,
    set_counts,
    take_back,
    take_off,
    undo_decision,
)

pytestmark = pytest.mark.django_db
Decision = Discrepancy.Decision


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


def test_what_was_counted_too_many_is_not_asked_about_again_when_the_rest_comes(road):
    transfer = road.send("ZA1", "ZA2")
    product = road.products["all"]
    Product.objects.update(serial_tracking="none")
    set_counts(transfer, {product: 1}, staff=road.staff)
    decide(transfer, Decision.SEND_BACK, product=product, staff=road.staff)
    rest_stays(transfer, staff=road.staff)
    assert receive_transfer(transfer, staff=road.staff).is_sent
    assert [(line.quantity, line.counted) for line in transfer.arrivals.unposted()] == [(2, 0)]
    assert [row.name for row in compare(transfer).undecided] == ["ZA1", "ZA2"]


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


@pytest.mark.postgresql
def test_with_the_add_on_off_stock_levels_are_locked_before_units_as_everywhere(road, switch):
    transfer = road.send("ZA1", "ZA2")
    switch(False)
    set_counts(transfer, {road.products["all"]: 2}, staff=road.staff)
    with CaptureQueriesContext(connection) as asked:
        receive_transfer(transfer, staff=road.staff)
    locked = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"]]
    levels, units = (
        [at for at, sql in enumerate(locked) if f'FROM "{table}"' in sql]
        for table in ("inventory_stocklevel", "serials_serial")
    )
    assert levels[0] < units[0]
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
