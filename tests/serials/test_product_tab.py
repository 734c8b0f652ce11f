"""The product's tab of serials, and the list of differences."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import StockLevel
from microbiz import paging
from serials.models import Serial
from serials.operations import attach
from settings_app.models import SerialTracking
from tests.factories import AdminFactory, ProductFactory, SaleLineFactory, TrackedFactory, stock, unit, units
from tests.register.till import pay
from tests.serials.answers import count_queries, text

pytestmark = pytest.mark.django_db


# --- The product's tab ------------------------------------------------------------------------------------------------


def tab(product):
    return reverse("serials:product", args=[product.pk])


def test_the_tab_reads_as_one_sentence_of_units_serials_and_difference(till, drive, harbor):
    units(drive, harbor, "A1", "A2")
    stock(drive, harbor, 2)
    said = text(till.get(tab(drive)))
    assert '<dd class="big" data-units>4</dd>' in said
    assert '<dd class="big" data-attached>2</dd>' in said
    assert "Harbor: 2 units have no serial number on record" in said


def test_the_tab_shows_only_ones_own_stores(till, drive, harbor, northgate):
    units(drive, harbor, "A1")
    units(drive, northgate, "FARAWAY")
    said = text(till.get(tab(drive)))
    assert ">A1<" in said
    assert "FARAWAY" not in said
    assert "Northgate" not in said


def test_the_store_filter_and_the_search_stand_in_the_address(client, drive, harbor, northgate):
    client.force_login(AdminFactory())
    units(drive, harbor, "A1", "A2")
    units(drive, northgate, "B1")
    assert "B1" in text(client.get(tab(drive)))
    here = text(client.get(tab(drive), {"store": harbor.pk}))
    assert "A1" in here
    assert "/serials/units/3/" not in here
    found = text(client.get(tab(drive), {"q": "a2"}))
    assert "A2" in found
    assert ">A1<" not in found


def test_a_number_outside_the_filter_says_where_it_is(client, drive, harbor, northgate):
    client.force_login(AdminFactory())
    units(drive, northgate, "B1")
    said = text(client.get(tab(drive), {"store": harbor.pk, "q": "B1"}))
    assert "In stock at Northgate, not in this filter." in said


def test_sold_units_are_listed_with_the_store_that_sold_them(client, drive, harbor, staff):
    client.force_login(AdminFactory())
    unit(drive, harbor, "A1")
    line = SaleLineFactory(sale__register__store=harbor, product=drive)
    attach(line, ["A1"], staff=staff)
    pay(line.sale, staff=staff)
    assert ">A1<" not in text(client.get(tab(drive)))
    said = text(client.get(tab(drive), {"list": "sold", "store": harbor.pk}))
    assert ">A1<" in said
    assert line.sale.number in said


def test_the_tab_counts_no_further_than_its_lists_show(till, drive, harbor, northgate, monkeypatch):
    units(drive, harbor, "A1", "A2", "A3", "A4")
    units(drive, northgate, "B1")
    monkeypatch.setattr(paging, "MOST", 3)
    with CaptureQueriesContext(connection) as asked:
        said = text(till.get(tab(drive)))
    assert 'Serial Numbers in Stock <span class="count">4</span>' in said
    assert "1 to 3 of 3+" in said
    counting = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "serials_serial" in one["sql"]]
    assert counting and all("LIMIT 4" in sql for sql in counting)


def test_an_untracked_product_has_no_tab(client, harbor):
    client.force_login(AdminFactory())
    product = ProductFactory()
    assert client.get(tab(product)).status_code == 404
    assert "Serial Number</a>" not in text(client.get(product.get_absolute_url()))


def test_pasted_numbers_go_on_record_against_open_stock(client, staff, drive, harbor):
    client.force_login(staff)
    stock(drive, harbor, 3)
    response = client.post(reverse("serials:product_add", args=[drive.pk]), {"store": harbor.pk, "codes": "A1\nA2\ta1"})
    assert response.status_code == 302
    assert Serial.objects.in_stock(harbor).count() == 2
    assert StockLevel.objects.get(product=drive, store=harbor).on_hand == 3


def test_more_numbers_than_open_stock_are_refused_and_none_is_saved(client, staff, drive, harbor):
    client.force_login(staff)
    stock(drive, harbor, 1)
    response = client.post(reverse("serials:product_add", args=[drive.pk]), {"store": harbor.pk, "codes": "A1\nA2"})
    assert response.status_code == 422
    assert "1 in stock at Harbor, 0 serial numbers on record: 1 more can be added." in text(response)
    assert "A1 A2" in text(response)
    assert not Serial.objects.exists()


def test_numbers_on_record_are_named_and_the_others_can_be_saved(client, staff, drive, harbor):
    client.force_login(staff)
    unit(drive, harbor, "A1")
    stock(drive, harbor, 2)
    address, posted = reverse("serials:product_add", args=[drive.pk]), {"store": harbor.pk, "codes": "A1\nA2"}
    response = client.post(address, posted)
    assert response.status_code == 422
    assert "Leave those out and save the other one" in text(response)
    assert client.post(address, posted | {"skip": "1"}).status_code == 302
    assert Serial.objects.count() == 2


def test_numbers_are_not_added_at_somebody_elses_store(client, staff, drive, northgate):
    client.force_login(staff)
    stock(drive, northgate, 3)
    response = client.post(reverse("serials:product_add", args=[drive.pk]), {"store": northgate.pk, "codes": "A1"})
    assert response.status_code == 422
    assert not Serial.objects.exists()


@pytest.fixture
def surplus(harbor):
    """Three serials on record, two units on hand: one was sold without being named."""
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    serials = units(product, harbor, "A1", "A2", "A3")
    pay(SaleLineFactory(sale__register__store=harbor, product=product).sale, staff=AdminFactory())
    return product, serials


def test_a_serial_without_a_unit_is_shown_with_the_way_to_repair_it(client, surplus, harbor):
    client.force_login(AdminFactory())
    product, _serials = surplus
    said = text(client.get(tab(product)))
    assert "Harbor: 1 serial number more than units" in said
    assert "Say which one it was" in said
    assert 'name="gone"' in text(client.get(tab(product), {"gone": "1", "store": harbor.pk}))


def test_a_lack_in_one_store_does_not_hide_a_surplus_in_another(client, surplus, northgate):
    client.force_login(AdminFactory())
    product, _serials = surplus
    stock(product, northgate, 1)
    said = text(client.get(tab(product)))
    assert "data-difference>2<small>1 without a serial, 1 without a unit</small>" in said


def test_naming_the_one_that_left_makes_units_and_serials_agree(client, surplus, harbor):
    client.force_login(AdminFactory())
    product, serials = surplus
    address = reverse("serials:product_gone", args=[product.pk])
    too_many = {"store": harbor.pk, "moment": "sale", "gone": [serials[0].pk, serials[1].pk]}
    assert client.post(address, too_many).status_code == 422
    assert client.post(address, {"store": harbor.pk, "moment": "sale"}).status_code == 422
    assert Serial.objects.in_stock(harbor).count() == 3
    assert client.post(address, {"store": harbor.pk, "moment": "sale", "gone": [serials[1].pk]}).status_code == 302
    gone = Serial.objects.sold().get()
    assert gone.number == "A2"
    assert gone.events.first().note == "It left without being named; named afterwards."
    assert StockLevel.objects.get(product=product, store=harbor).on_hand == 2


def test_a_held_unit_is_not_named_as_gone(client, surplus, harbor, staff):
    client.force_login(AdminFactory())
    product, serials = surplus
    attach(SaleLineFactory(sale__register__store=harbor, product=product), ["A1"], staff=staff)
    posted = {"store": harbor.pk, "moment": "adjust_out", "gone": [serials[0].pk]}
    response = client.post(reverse("serials:product_gone", args=[product.pk]), posted)
    assert response.status_code == 422
    assert "A1: Held by sale" in text(response)
    assert Serial.objects.in_stock(harbor).count() == 3


def test_a_cashier_does_not_name_what_left(client, surplus, harbor, staff):
    client.force_login(staff)
    product, serials = surplus
    posted = {"store": harbor.pk, "moment": "sale", "gone": [serials[0].pk]}
    assert client.post(reverse("serials:product_gone", args=[product.pk]), posted).status_code == 403


def test_add_new_without_room_says_what_to_do(till, drive, harbor):
    units(drive, harbor, "A1", "A2")
    said = text(till.get(tab(drive)))
    assert "2 units in stock, 2 serial numbers: receive or adjust one more first." in said


@pytest.mark.once
def test_the_tab_costs_the_same_with_ten_times_the_serials(client, drive, harbor):
    client.force_login(AdminFactory())
    units(drive, harbor, *[f"A{at:02d}" for at in range(30)])
    few = count_queries(lambda: client.get(tab(drive)))
    units(drive, harbor, *[f"B{at:03d}" for at in range(300)])
    assert count_queries(lambda: client.get(tab(drive))) == few


# --- Differences ------------------------------------------------------------------------------------------------------


def test_differences_are_listed_per_product_and_store_with_their_fix(client, surplus, drive, harbor, northgate):
    client.force_login(AdminFactory())
    stock(drive, northgate, 2)
    units(TrackedFactory(name="In order"), harbor, "X1")
    said = text(client.get(reverse("serials:differences")))
    assert "Attach 2 serials" in said
    assert "Say which one it was" in said
    assert "In order" not in said
    only = text(client.get(reverse("serials:differences"), {"show": "lack", "store": northgate.pk, "q": "IronWolf"}))
    assert "Attach 2 serials" in only
    assert "Say which one it was" not in only


def test_differences_of_other_stores_are_not_shown(till, drive, northgate):
    stock(drive, northgate, 2)
    assert "Units and serial numbers agree" in text(till.get(reverse("serials:differences")))


@pytest.mark.once
def test_the_list_of_differences_costs_the_same_with_ten_times_the_rows(client, harbor):
    client.force_login(AdminFactory())
    for _at in range(2):
        stock(TrackedFactory(), harbor, 1)
    few = count_queries(lambda: client.get(reverse("serials:differences")))
    for _at in range(20):
        stock(TrackedFactory(), harbor, 1)
    assert count_queries(lambda: client.get(reverse("serials:differences"))) == few
