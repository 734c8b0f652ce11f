"""Two people at one transfer, or at one unit: each race is run with the locks, and where it can lose, without them."""

import pytest
from django.db import IntegrityError

import inventory.operations as stock_operations
import serials.operations.attaching as attaching
import serials.operations.moving as moving
import transfers.operations.receiving as receiving
import transfers.operations.sending as sending
from inventory.models import StockMovement
from microbiz.laws import LawBroken, check_laws
from register.operations import Tender
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import Serial, SerialEvent
from serials.operations import take_over
from tests import factories
from tests.races.threads import errors, locks_taken_out, meeting, together, values
from tests.register.till import open_till
from transfers.errors import NotOutstanding, TransferSettled
from transfers.models import Discrepancy
from transfers.operations import (
    add_product,
    add_unit,
    decide,
    mark_all_arrived,
    receive_transfer,
    request_transfer,
    scan_arrival,
    send_transfer,
    take_back,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Decision = Discrepancy.Decision


@pytest.fixture
def stores():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Warehouse"), factories.StoreFactory(name="Harbor")


@pytest.fixture
def staff():
    return factories.AdminFactory()


@pytest.fixture
def drive(stores):
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)
    factories.units(product, stores[0], "ZA1", "ZA2")
    return product


@pytest.fixture
def cable(stores):
    return factories.stock(factories.ProductFactory(name="Cable", sku="CBL"), stores[0], 10)


def request(stores, staff, *numbers, cable=None):
    transfer = request_transfer(*stores, staff=staff)
    for number in numbers:
        add_unit(transfer, Serial.objects.select_related("product").get(number=number), staff=staff)
    if cable is not None:
        add_product(transfer, cable, quantity=4, staff=staff)
    return transfer


# --- Sending ----------------------------------------------------------------------------------------------------------


def send_twice(stores, staff, cable, monkeypatch, *, locks):
    transfer = request(stores, staff, cable=cable)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, sending, "move_stock"),
    ):
        return together(*[lambda: send_transfer(transfer, staff=staff)] * 2)


def test_two_people_send_the_same_transfer_once(stores, staff, cable, monkeypatch):
    outcomes = send_twice(stores, staff, cable, monkeypatch, locks=True)
    [error] = errors(outcomes)
    assert isinstance(error, TransferSettled)
    assert "already sent by" in str(error)
    assert factories.on_hand(cable, stores[0]) == 6
    check_laws()


def test_without_the_lock_the_second_sender_meets_the_constraint_instead_of_an_answer(
    stores, staff, cable, monkeypatch
):
    [error] = errors(send_twice(stores, staff, cable, monkeypatch, locks=False))
    assert isinstance(error, IntegrityError)


def test_a_unit_that_is_sent_while_a_sale_takes_it_over_goes_one_way(stores, staff, drive, monkeypatch):
    transfer = request(stores, staff, "ZA1")
    till, cash, unit = open_till(stores[0]), factories.cash(), Serial.objects.get(number="ZA1")
    till.scan("IW-16")
    sale = till.sale

    def take_over_and_pay():
        take_over(sale.lines.get(), unit, staff=till.staff)
        return till.pay(sale, tenders=[Tender(cash, 10_000)])

    with meeting(monkeypatch, moving, "_require_whereabouts"):
        outcomes = together(lambda: send_transfer(transfer, staff=staff), take_over_and_pay)
    # Optional at a transfer: it may go without the number. The unit itself goes one way.
    assert all(isinstance(error, SerialsMissing | SerialUnavailable) for error in errors(outcomes))
    assert values(outcomes)
    assert SerialEvent.objects.filter(kind__in=["sale", "transfer_out"]).count() == 1
    check_laws()


# --- Receiving --------------------------------------------------------------------------------------------------------


def receive_twice(stores, staff, cable, monkeypatch, *, locks):
    transfer = send_transfer(request(stores, staff, cable=cable), staff=staff)
    mark_all_arrived(transfer, staff=staff)
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, receiving, "move_stock"),
    ):
        return together(*[lambda: receive_transfer(transfer, staff=staff)] * 2)


def test_two_people_receive_the_same_units_once(stores, staff, cable, monkeypatch):
    outcomes = receive_twice(stores, staff, cable, monkeypatch, locks=True)
    [error] = errors(outcomes)
    assert isinstance(error, TransferSettled)
    assert "already received" in str(error)
    assert factories.on_hand(cable, stores[1]) == 4
    check_laws()


def test_without_the_lock_the_same_units_are_received_twice(stores, staff, cable, monkeypatch):
    receive_twice(stores, staff, cable, monkeypatch, locks=False)
    assert StockMovement.objects.filter(reason="transfer_in").count() == 2


def scan_while_found_back(stores, staff, drive, monkeypatch, *, locks):
    """The receiver scans the unit in the moment in which the sender finds it on the shelf."""
    transfer = send_transfer(request(stores, staff, "ZA1", "ZA2"), staff=staff)
    unit = Serial.objects.select_related("product").get(number="ZA2")

    def find_back():
        decide(transfer, Decision.BACK, serial=unit, staff=staff)
        return take_back(transfer, staff=staff)

    def arrive():
        answer = scan_arrival(transfer, "ZA2", staff=staff)
        if not answer.ok:
            raise NotOutstanding(answer.message)
        scan_arrival(transfer, "ZA1", staff=staff)
        return receive_transfer(transfer, staff=staff)

    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "_relink"),  # both have judged the unit, and neither has written
    ):
        return together(find_back, arrive)


def test_a_unit_arrives_or_is_found_back_but_not_both(stores, staff, drive, monkeypatch):
    outcomes = scan_while_found_back(stores, staff, drive, monkeypatch, locks=True)
    # The loser is told; where the sender was first, the receiver finds its scan to be unexpected.
    assert len(errors(outcomes)) == 1
    assert isinstance(errors(outcomes)[0], NotOutstanding)
    events = SerialEvent.objects.filter(serial__number="ZA2", kind="transfer_in")
    assert events.count() == 1
    check_laws()


def test_without_the_lock_the_unit_meets_the_constraint_instead_of_an_answer(stores, staff, drive, monkeypatch):
    outcomes = scan_while_found_back(stores, staff, drive, monkeypatch, locks=False)
    assert any(isinstance(error, IntegrityError) for error in errors(outcomes))


# --- Crossing ---------------------------------------------------------------------------------------------------------


def test_opposite_transfers_of_the_same_products_do_not_wait_for_each_other(stores, staff):
    """Both stores send to each other, and receive, the same products at once: levels are locked in one order."""
    there, here = stores
    products = [factories.ProductFactory() for _ in range(5)]
    for product in products:
        for store in stores:
            factories.stock(product, store, 50)
    for _round in range(4):
        pairs = []
        for sender, receiver, order in ((there, here, products), (here, there, products[::-1])):
            transfer = request_transfer(sender, receiver, staff=staff)
            for product in order:
                add_product(transfer, product, quantity=3, staff=staff)
            pairs.append(transfer)
        assert errors(together(*(lambda one=one: send_transfer(one, staff=staff) for one in pairs))) == []
        for transfer in pairs:
            mark_all_arrived(transfer, staff=staff)
        assert errors(together(*(lambda one=one: receive_transfer(one, staff=staff) for one in pairs))) == []
    assert {factories.on_hand(product, store) for product in products for store in stores} == {50}
    check_laws()


def send_two_transfers_of_one_level(stores, staff, cable, monkeypatch, *, locks):
    pair = [request(stores, staff, cable=cable) for _ in range(2)]
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, stock_operations, "lock_levels", after=True),
    ):
        return together(*(lambda one=one: send_transfer(one, staff=staff) for one in pair))


def test_two_transfers_out_of_one_level_take_both_of_it(stores, staff, cable, monkeypatch):
    assert errors(send_two_transfers_of_one_level(stores, staff, cable, monkeypatch, locks=True)) == []
    assert factories.on_hand(cable, stores[0]) == 2
    check_laws()


def test_without_the_lock_one_of_two_transfers_takes_nothing(stores, staff, cable, monkeypatch):
    send_two_transfers_of_one_level(stores, staff, cable, monkeypatch, locks=False)
    assert factories.on_hand(cable, stores[0]) == 6
    with pytest.raises(LawBroken, match="movements"):
        check_laws()
