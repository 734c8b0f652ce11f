"""What the database itself refuses of counts and adjustments: each test goes around the operations and meets it."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from inventory.adjustments.models import Adjustment, ReasonCode
from inventory.counts.models import CountDecision, CountScan, StockCount
from inventory.counts.operations import start_count
from tests.factories import AdjustmentFactory, CategoryFactory, TrackedFactory, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def drive():
    return TrackedFactory()


def refused(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def test_a_unit_and_a_new_number_count_once_in_a_count(count, drive, harbor, ann):
    def scanned(**fields):
        return CountScan.objects.create(
            count=count, product=drive, finding=fields.pop("finding", "counted"), staff=ann, code="x", **fields
        )

    serial = unit(drive, harbor, "A-1")
    scanned(serial=serial)
    scanned(number="N", number_key="n", finding="new")
    refused(lambda: scanned(serial=serial))
    refused(lambda: scanned(number="N", number_key="n", finding="new"))
    scanned(serial=serial, finding="repeated")
    scanned(serial=serial, undone_at=timezone.now())
    other = start_count(harbor, staff=ann)
    CountScan.objects.create(count=other, product=drive, serial=serial, finding="counted", staff=ann, code="x")


def test_a_scan_is_sent_once(count, drive, ann):
    def sent():
        CountScan.objects.create(count=count, product=drive, finding="counted", staff=ann, code="x", scan_id="1")

    sent()
    refused(sent)


def test_a_count_is_settled_at_some_time_and_adjusts_only_when_posted(count, harbor):
    counts = StockCount.objects.filter(pk=count.pk)
    refused(lambda: counts.update(status="posted"))
    refused(lambda: counts.update(settled_at=timezone.now()))
    refused(lambda: counts.update(adjustment=AdjustmentFactory(store=harbor)))
    refused(lambda: counts.update(scope="category"))
    refused(lambda: counts.update(category=CategoryFactory()))


@pytest.mark.by_hand
def test_two_counts_never_share_an_adjustment(count, harbor, ann):
    document, now = AdjustmentFactory(store=harbor), timezone.now()
    other = start_count(harbor, staff=ann)
    StockCount.objects.filter(pk=count.pk).update(status="posted", settled_at=now, adjustment=document)
    refused(lambda: StockCount.objects.filter(pk=other.pk).update(status="posted", settled_at=now, adjustment=document))


def test_a_product_is_decided_on_once(count, drive, ann):
    CountDecision.objects.create(count=count, product=drive, seen="x", staff=ann)
    refused(lambda: CountDecision.objects.create(count=count, product=drive, seen="y", staff=ann))


def test_an_adjustment_is_posted_at_some_time_and_taken_back_once(harbor):
    document = AdjustmentFactory(store=harbor)
    refused(lambda: Adjustment.objects.filter(pk=document.pk).update(status="posted"))
    refused(lambda: Adjustment.objects.filter(pk=document.pk).update(posted_at=timezone.now()))
    AdjustmentFactory(store=harbor, reverses=document)
    refused(lambda: AdjustmentFactory(store=harbor, reverses=document))


def test_reasons_differ_by_code_and_by_name():
    ReasonCode.objects.create(code="07", name="Window")
    refused(lambda: ReasonCode.objects.create(code="07", name="Other"))
    refused(lambda: ReasonCode.objects.create(code="08", name="Window"))
