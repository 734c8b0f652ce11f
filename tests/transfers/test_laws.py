"""The laws of transfers are seen to be broken: each test goes around the operations."""

import pytest
from django.utils import timezone

from microbiz.laws.transit import TRANSFERS
from serials.models import Serial
from tests import factories
from transfers.models import ArrivalLine, Discrepancy, Outcome, Transfer, TransferLineSerial
from transfers.operations import decide, receive_transfer

pytestmark = [pytest.mark.django_db, pytest.mark.by_hand]


@pytest.fixture
def on_the_road(road):
    """Two units and two cables sent, one of each received, the rest still in transit."""
    transfer = road.send("ZA1", "ZA2", none=2)
    road.scan(transfer, "ZA1", "DRV-none")
    decide(transfer, Discrepancy.Decision.STILL, serial=road.unit("ZA2"), staff=road.staff)
    decide(transfer, Discrepancy.Decision.STILL, product=road.products["none"], staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    assert list(TRANSFERS.violations()) == []
    return transfer


def test_more_arrived_than_was_sent(on_the_road):
    ArrivalLine.objects.filter(posted_at__isnull=False).update(quantity=9)
    assert any("ended than was sent" in one.text for one in TRANSFERS.violations())


def test_a_receipt_that_the_stock_ledger_does_not_know(on_the_road):
    ArrivalLine.objects.filter(posted_at__isnull=False).update(outcome=Outcome.BACK)
    assert any("its lines say" in one.text for one in TRANSFERS.violations())


def test_a_transfer_that_ended_with_units_on_the_road(on_the_road):
    Transfer.objects.update(status="received", ended_at=timezone.now())
    assert any("in transit" in one.text for one in TRANSFERS.violations())


def test_a_unit_on_the_road_that_no_transfer_lists(on_the_road):
    TransferLineSerial.objects.filter(serial__number="ZA2").delete()
    texts = [one.text for one in TRANSFERS.violations()]
    assert any("not yet arrived" in text for text in texts)
    assert any("is in transit on 0 transfers" in text for text in texts)


def test_a_unit_that_left_the_road_on_its_own(on_the_road, road):
    store = factories.StoreFactory()
    Serial.objects.filter(number="ZA2").update(state="in_stock", store=store)
    assert any("not yet arrived" in one.text for one in TRANSFERS.violations())
