"""How many statements sending and receiving take."""

from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from serials.operations import attach
from tests import factories
from transfers.errors import CountImpossible
from transfers.models import Discrepancy
from transfers.operations import (
    add_product,
    decide,
    mark_all_arrived,
    receive_transfer,
    request_transfer,
    send_transfer,
    set_counts,
)

pytestmark = pytest.mark.django_db
Decision = Discrepancy.Decision


def _statements(action):
    """How many statements an action takes; one insertion counts once, in however many parts SQLite takes it."""
    with CaptureQueriesContext(connection) as queries:
        action()
    heads = [query["sql"].partition(" VALUES ")[0] for query in queries.captured_queries]
    return sum(not (head.startswith("INSERT") and head == before) for before, head in pairwise(["", *heads]))


@pytest.mark.once
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


@pytest.mark.once
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
