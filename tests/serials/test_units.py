"""A unit's page, the list of units, and the look-up."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from microbiz import paging
from serials.operations import attach
from tests.factories import AdminFactory, BarcodeFactory, SaleLineFactory, TrackedFactory, unit, units
from tests.serials.answers import count_queries, text

pytestmark = pytest.mark.django_db


def look_up(client, code):
    return client.get(reverse("serials:look_up"), {"q": code})


def test_a_scanned_serial_opens_its_unit_in_any_store(till, drive, northgate):
    serial = unit(drive, northgate, "A1")
    response = look_up(till, " a1\r\n")
    assert response.status_code == 302
    assert response.url == serial.get_absolute_url()
    assert "In stock at Northgate" in text(till.get(response.url))


def test_a_barcode_or_sku_opens_its_product(till, drive):
    barcode = BarcodeFactory(product=drive)
    assert look_up(till, barcode.code).url == drive.get_absolute_url()
    assert look_up(till, drive.sku.lower()).url == drive.get_absolute_url()


def test_a_gs1_code_opens_the_unit_of_its_product(till, drive, harbor):
    BarcodeFactory(product=drive, code="9521234543213")
    serial = unit(drive, harbor, "ABC123")
    unit(TrackedFactory(), harbor, "ABC123")
    assert look_up(till, "(01)09521234543213(21)ABC123").url == serial.get_absolute_url()


def test_two_products_that_share_a_number_ask_which_one(till, drive, harbor):
    unit(drive, harbor, "12345")
    unit(TrackedFactory(name="Camera"), harbor, "12345")
    said = text(look_up(till, "12345"))
    assert "Which one is “12345”?" in said
    assert "IronWolf. In stock at Harbor" in said
    assert "Camera. In stock at Harbor" in said


def test_a_near_miss_is_shown_and_not_opened(till, drive, harbor):
    unit(drive, harbor, "ZL2B7K03")
    response = look_up(till, "ZL2B7KO3")
    assert response.status_code == 200
    assert "ZL2B7K03" in text(response)


def test_a_look_up_that_finds_nothing_says_why_where_it_can(till):
    assert "Nothing found for “036000291453”" in text(look_up(till, "036000291453"))
    assert "it should end in 2" in text(look_up(till, "036000291453"))


def test_a_look_up_escapes_what_was_typed(till):
    assert "<img" not in look_up(till, "<img src=x>").content.decode()


def test_a_units_page_tells_its_history_newest_first(till, drive, harbor, staff):
    serial = unit(drive, harbor, "A1")
    line = SaleLineFactory(sale__register__store=harbor, product=drive)
    attach(line, ["A1"], staff=staff, place="Till 2")
    said = text(till.get(serial.get_absolute_url()))
    assert "<b>Recorded</b> at Harbor" in said
    assert f"Held by sale {line.sale.number}" in said


def test_costs_are_for_those_who_may_see_them(till, client, harbor):
    serial = unit(TrackedFactory(cost=26240), harbor, "A1")
    assert "262.40" not in text(till.get(serial.get_absolute_url()))
    client.force_login(AdminFactory())
    assert "262.40" in text(client.get(serial.get_absolute_url()))


def test_units_are_found_by_number_state_and_store(till, drive, harbor, northgate):
    units(drive, harbor, "ZR5A01", "QX1")
    units(drive, northgate, "ZR5A02")
    address = reverse("serials:units")
    said = text(till.get(address, {"q": "zr5a", "store": harbor.pk, "state": "in_stock"}))
    assert "<mark>ZR5A</mark>01" in said
    assert "QX1" not in said
    assert "<mark>ZR5A</mark>02" not in said


@pytest.mark.once
def test_the_list_of_units_costs_the_same_with_ten_times_the_rows(till, drive, harbor):
    units(drive, harbor, *[f"A{at:02d}" for at in range(30)])
    few = count_queries(lambda: till.get(reverse("serials:units")))
    units(drive, harbor, *[f"B{at:03d}" for at in range(300)])
    assert count_queries(lambda: till.get(reverse("serials:units"))) == few


def test_the_list_of_units_counts_no_further_than_it_shows(till, drive, harbor, monkeypatch):
    units(drive, harbor, "ZR5A01", "ZR5A02", "ZR5A03")
    monkeypatch.setattr(paging, "MOST", 3)
    assert "1 to 3 of 3" in (whole := text(till.get(reverse("serials:units"))))
    assert "of 3+" not in whole
    unit(drive, harbor, "ZR5A04")
    with CaptureQueriesContext(connection) as asked:
        said = text(till.get(reverse("serials:units")))
    assert "1 to 3 of 3+" in said
    assert "ZR5A01" not in said  # the oldest; a search finds it
    [counting] = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "serials_serial" in one["sql"]]
    assert "LIMIT 4" in counting


def test_words_are_searched_only_where_nothing_is_meant_exactly(till, drive, harbor):
    units(drive, harbor, "ZA1")
    with CaptureQueriesContext(connection) as asked:
        look_up(till, "ZA1")
        assert not [query for query in asked.captured_queries if "LIKE" in query["sql"]]
    with CaptureQueriesContext(connection) as asked:
        look_up(till, "ZA")
        assert [query for query in asked.captured_queries if "LIKE" in query["sql"]]
