"""Two people at one transfer, or at one unit: each race is run with the locks, and where it can lose, without them."""

import pytest
from django.db import IntegrityError

import inventory.operations as stock_operations
import serials.operations.attaching as attaching
import serials.operations.moving as moving
import transfers.operations.receiving as receiving
import transfers.operations.sending as sending
from inventory.models import StockMovement
from microbiz import transactions
from microbiz.laws import LawBroken, check_laws
from register.operations import Tender
from serials.errors import SerialUnavailable
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import take_over
from tests import factories
from tests.races.threads import errors, guards_of_units_taken_out, locks_taken_out, meeting, together
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


def take_over_while_it_is_sent(stores, staff, monkeypatch, *, locks):
    """The transfer is being sent, and its unit is where it should be; now a cashier takes it over and sells it."""
    transfer = request(stores, staff, "ZA1")
    till, cash, unit = open_till(stores[0]), factories.cash(), Serial.objects.get(number="ZA1")
    till.scan("IW-16")
    sale = till.sale
    with (
        guards_of_units_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, moving, "_require_whereabouts", after=True) as judged,
    ):

        def take_over_and_pay():
            judged.wait(timeout=30)
            take_over(sale.lines.get(), unit, staff=till.staff)
            return till.pay(sale, tenders=[Tender(cash, 10_000)])

        return together(lambda: send_transfer(transfer, staff=staff), take_over_and_pay)


def test_a_unit_that_is_sent_while_a_sale_takes_it_over_goes_one_way(stores, staff, drive, monkeypatch):
    sent, sold = take_over_while_it_is_sent(stores, staff, monkeypatch, locks=True)
    assert isinstance(sold.error, SerialUnavailable)
    [unit] = sent.value.lines.get().serials
    assert (unit.number, unit.state) == ("ZA1", "in_transit")
    assert SerialEvent.objects.filter(kind__in=["sale", "transfer_out"]).count() == 1
    check_laws()


def test_without_both_a_unit_that_is_sent_is_in_a_cart(stores, staff, drive, monkeypatch):
    sent, _sold = take_over_while_it_is_sent(stores, staff, monkeypatch, locks=False)
    assert not sent.value.lines.get().serials
    assert SerialHold.objects.get(serial__state="in_transit").document_type == "register.sale"


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


def scan_while_found_back(stores, staff, monkeypatch, *, locks):
    """The receiver scans the unit in the moment in which the sender finds it on the shelf."""
    transfer = send_transfer(request(stores, staff, "ZA1", "ZA2"), staff=staff)
    unit = Serial.objects.select_related("product").get(number="ZA2")
    with (
        locks_taken_out(monkeypatch, not locks),
        meeting(monkeypatch, attaching, "_relink"),  # both have judged the unit, and neither has written
    ):
        return transfer, together(
            lambda: decide(transfer, Decision.BACK, serial=unit, staff=staff),
            lambda: scan_arrival(transfer, "ZA2", staff=staff),
        )


def test_a_unit_arrives_or_is_found_back_but_not_both(stores, staff, drive, monkeypatch):
    transfer, [found_back, scanned] = scan_while_found_back(stores, staff, monkeypatch, locks=True)
    assert scanned.error is None
    if scanned.value.ok:
        assert isinstance(found_back.error, NotOutstanding)
        scan_arrival(transfer, "ZA1", staff=staff)
        receive_transfer(transfer, staff=staff)
    else:
        assert found_back.error is None
        take_back(transfer, staff=staff)
    store = stores[1] if scanned.value.ok else stores[0]
    assert SerialEvent.objects.get(serial__number="ZA2", kind="transfer_in").store == store
    check_laws()


def test_without_the_lock_the_unit_meets_the_constraint_instead_of_an_answer(stores, staff, drive, monkeypatch):
    _transfer, outcomes = scan_while_found_back(stores, staff, monkeypatch, locks=False)
    assert [type(error) for error in errors(outcomes)] == [IntegrityError]


# --- Crossing ---------------------------------------------------------------------------------------------------------


def test_opposite_transfers_lock_the_levels_that_they_share_in_one_order(stores, staff, monkeypatch):
    """A store sends what it receives at the same instant, in the opposite order. A deadlock is seen: nobody begins anew."""
    there, here = stores
    products = [factories.ProductFactory() for _ in range(2)]
    for product in products:
        for store in stores:
            factories.stock(product, store, 50)
    leaving, coming = request_transfer(there, here, staff=staff), request_transfer(here, there, staff=staff)
    for transfer, order in ((leaving, products), (coming, products[::-1])):
        for product in order:
            add_product(transfer, product, quantity=3, staff=staff)
    mark_all_arrived(send_transfer(coming, staff=staff), staff=staff)
    lock_levels, orders = stock_operations.lock_levels, []

    def noted(pairs):
        levels = lock_levels(pairs)
        orders.append(list(levels))
        return levels

    monkeypatch.setattr(transactions, "ATTEMPTS", 1)
    monkeypatch.setattr(stock_operations, "lock_levels", noted)
    assert (
        errors(together(lambda: send_transfer(leaving, staff=staff), lambda: receive_transfer(coming, staff=staff)))
        == []
    )
    assert orders == [[(there.pk, product.pk) for product in products]] * 2
    assert {factories.on_hand(product, there) for product in products} == {50}
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
