"""Back-fill as a page: every unit in stock gets its serial."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from serials.fix_operations import record_shelf
from serials.models import Fix, Serial
from serials.policy import State
from settings_app.models import SerialTracking
from tests import factories
from tests.differences.pages import shelf, text
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


def test_each_scan_goes_on_record_and_counts(client, manager, drive, harbor):
    factories.stock(drive, harbor, 3)
    assert '0</b> <span class="of">of 3 units' in text(client.get(shelf(drive, harbor)))
    answer = client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "S1"}, headers={"HX-Request": "true"})
    assert "S1 is on record." in text(answer) and '1</b> <span class="of">of 3 units' in text(answer)
    again = text(client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "s1"}))
    assert "on record here already" in again
    assert Serial.objects.in_stock(harbor).count() == 1


def test_nothing_that_was_sellable_is_blocked_and_no_number_is_invented(client, manager, till, harbor):
    """Half-way through a back-fill, units with and without a number sell as before."""
    product = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    factories.stock(product, harbor, 3)
    client.post(shelf(product, harbor, "back_fill_scan"), {"code": "S1"})
    assert till.sell("S1").is_completed
    assert till.sell(product.sku).is_completed
    assert [unit.number for unit in Serial.objects.all()] == ["S1"]


def test_a_scan_beyond_the_units_is_refused_with_the_next_step(client, manager, drive, harbor):
    factories.units(drive, harbor, "S1")
    answer = client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "X9"})
    assert answer.status_code == 422
    assert "Receive or adjust stock first" in text(answer)
    assert "Every unit at Harbor has its serial" in text(answer)


def test_every_other_code_says_what_it_is(client, manager, till, drive, harbor, northgate):
    factories.stock(drive, harbor, 9)
    factories.units(drive, northgate, "N1")
    factories.units(drive, harbor, "SOLD1")
    till.sell("SOLD1")
    factories.BarcodeFactory(product=drive, code="4006381333931")
    factories.units(factories.TrackedFactory(name="Speaker"), harbor, "OTHER1")
    factories.units(drive, harbor, "ZL2B7K4M")
    for code, words in (
        ("N1", "On record at Northgate, which has a unit for each of its serials"),
        ("SOLD1", "take it back at the register"),
        ("4006381333931", "This is the barcode of IronWolf"),
        ("OTHER1", "on record for Speaker"),
        ("iw-16", "This is the SKU of IronWolf"),
        ("ZL2B7K4N", "One slip away"),
        ("x" * 65, "64"),
    ):
        answer = client.post(shelf(drive, harbor, "back_fill_scan"), {"code": code})
        assert answer.status_code == 422, code
        assert words in text(answer), code
    there = text(client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "N1"}))
    assert "/transfers/" in there  # the next step, where this person may ask that store for it
    assert not Fix.objects.exists()
    for code in ("OTHER1", "ZL2B7K4N"):
        answer = client.post(shelf(drive, harbor, "back_fill_scan"), {"code": code, "sure": "1"})
        assert answer.status_code == 200, text(answer)
    assert Serial.objects.filter(product=drive, store=harbor).count() == 3


def test_a_unit_on_record_where_it_has_no_unit_is_put_on_record_here(client, manager, drive, harbor, northgate):
    factories.units(drive, northgate, "N1")
    there = open_till(northgate)
    there.scan(drive.sku)
    there.pay()
    factories.stock(drive, harbor, 1)
    answer = client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "N1"})
    assert "which has no unit for it" in text(answer)
    client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "N1", "move": "1"})
    assert Serial.objects.get().store == harbor
    assert Fix.objects.get().kind == "moved"


def test_one_bad_code_in_a_list_does_not_cost_the_others(client, manager, till, drive, harbor):
    factories.stock(drive, harbor, 5)
    factories.units(drive, harbor, "SOLD1")
    till.sell("SOLD1")
    answer = client.post(shelf(drive, harbor, "back_fill_paste"), {"codes": "P1\nSOLD1\nP2\nP1"})
    assert answer.status_code == 422
    assert "SOLD1" in text(answer) and "2 are on record." in text(answer).replace("is on record", "are on record")
    assert Serial.objects.in_stock(harbor).count() == 2
    assert client.post(shelf(drive, harbor, "back_fill_paste"), {"codes": " "}).status_code == 422


def test_a_scan_is_undone_where_it_was_made(client, manager, drive, harbor):
    factories.stock(drive, harbor, 2)
    client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "S1"})
    answer = client.post(shelf(drive, harbor, "back_fill_undo"), {"fix": Fix.objects.get().pk})
    assert "Off the record again" in text(answer)
    assert Serial.objects.get().state == State.EXPECTED
    assert client.post(shelf(drive, harbor, "back_fill_undo"), {"fix": "x"}).status_code == 404


def test_progress_is_shown_over_all_stores_and_leads_to_the_next(client, manager, drive, harbor, northgate):
    manager.stores.add(northgate)
    factories.units(drive, harbor, "S1")
    factories.stock(drive, northgate, 2)
    shown = text(client.get(shelf(drive, harbor)))
    assert "1 of 2 done" in shown and "Go on at Northgate" in shown


@pytest.mark.once
def test_a_large_stock_costs_no_more_queries(client, manager, drive, harbor):
    def queries(count):
        factories.stock(drive, harbor, count)
        record_shelf(drive, harbor, [f"Q{count}-{at}" for at in range(count - 1)], staff=manager)
        with CaptureQueriesContext(connection) as captured:
            client.get(shelf(drive, harbor))
        return len(captured)

    queries(2)
    assert queries(3) == queries(40)
