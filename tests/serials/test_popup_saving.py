"""Saving what stands in the pop-up."""

import pytest

from serials.models import Serial, SerialHold
from serials.operations import attach
from settings_app.models import SerialTracking
from tests.factories import AdminFactory, ProductFactory, SaleFactory, SaleLineFactory, stock, unit, units
from tests.register.till import pay
from tests.serials.answers import events, numbers, part, text

pytestmark = pytest.mark.django_db


def test_save_attaches_exactly_what_stands_in_the_rows(till, line, drive, harbor):
    units(drive, harbor, "A1", "A2", "A3")
    response = till.post(line.serials_url, {"number": ["A3", "A1"]})
    assert response.status_code == 204
    assert events(response)["serials:changed"] == {"line": f"register.saleline/{line.pk}"}
    assert numbers(line) == ["A3", "A1"]
    assert set(SerialHold.objects.values_list("serial__number", flat=True)) == {"A1", "A3"}


def test_save_detaches_what_was_removed(till, line, drive, harbor, staff):
    units(drive, harbor, "A1", "A2")
    attach(line, ["A1", "A2"], staff=staff)
    assert till.post(line.serials_url, {"number": ["A2"]}).status_code == 204
    assert numbers(line) == ["A2"]
    assert not SerialHold.objects.filter(serial__number="A1").exists()


def test_save_with_a_unit_from_elsewhere_is_refused_and_keeps_every_row(till, line, drive, harbor, northgate):
    unit(drive, harbor, "A1")
    unit(drive, northgate, "B1")
    response = till.post(line.serials_url, {"number": ["A1", "B1"]})
    assert response.status_code == 422
    assert "B1: In stock at Northgate" in text(response)
    assert 'name="number" value="A1"' in text(response)
    assert numbers(line) == []


def test_save_waits_for_an_unsettled_row_and_for_a_draft(till, line, drive, harbor):
    unit(drive, harbor, "A1")
    assert till.post(line.serials_url, {"number": ["A1"], "unsettled": ["ZZ9"]}).status_code == 422
    response = till.post(line.serials_url, {"number": ["A1"], "draft": "ZR5A22M4"})
    assert response.status_code == 422
    assert "Attach or discard ZR5A22M4 to save." in text(response)
    assert numbers(line) == []


def test_more_serials_than_units_are_refused_and_the_way_out_is_offered(till, line, drive, harbor):
    units(drive, harbor, "A1", "A2", "A3", "A4")
    four = {"number": ["A1", "A2", "A3", "A4"]}
    response = till.post(line.serials_url, four)
    assert response.status_code == 422
    assert "Make it 4 units" in text(response)
    assert till.post(line.serials_url, four | {"quantity": "4"}).status_code == 204
    line.refresh_from_db()
    assert line.quantity == 4


def test_the_price_of_the_sale_follows_a_quantity_changed_in_the_popup(till, line, drive, harbor, staff):
    units(drive, harbor, "A1", "A2", "A3", "A4")
    till.post(line.serials_url, {"number": ["A1", "A2", "A3", "A4"], "quantity": "4"})
    line.sale.refresh_from_db()
    assert line.sale.total == 4 * drive.price
    till.post(line.serials_url, {"number": ["A2"], "quantity": "1"})
    line.sale.refresh_from_db()
    assert line.sale.total == drive.price
    assert numbers(line) == ["A2"]


def test_a_lower_quantity_asks_which_unit_leaves(till, line, drive, harbor, staff):
    units(drive, harbor, "A1", "A2")
    attach(line, ["A1", "A2"], staff=staff)
    said = text(till.get(f"{line.serials_url}?quantity=1"))
    assert "2 serial numbers for 1 unit: remove one" in said
    assert till.post(line.serials_url, {"number": ["A2"], "quantity": "1"}).status_code == 204
    line.refresh_from_db()
    assert (line.quantity, numbers(line)) == (1, ["A2"])


def test_add_new_records_the_number_where_open_stock_leaves_room(till, line, drive, harbor):
    stock(drive, harbor, 1)
    assert "New: goes on record" in text(till.post(part(line, "new"), {"code": "N1"}))
    assert till.post(line.serials_url, {"number": ["N1"], "new": ["N1"]}).status_code == 204
    assert Serial.objects.get().store == harbor


def test_add_new_beyond_open_stock_is_refused_with_the_counts(till, line, drive, harbor):
    units(drive, harbor, "A1", "A2")
    said = text(till.post(part(line, "new"), {"code": "N1", "number": ["A1"]}))
    assert "2 in stock, 3 serial numbers: receive or adjust 1 more" in said
    assert 'aria-disabled="true"' in said
    assert till.post(line.serials_url, {"number": ["A1", "N1"], "new": ["N1"]}).status_code == 422
    assert Serial.objects.count() == 2


def test_a_return_creates_no_serial(till, harbor, drive):
    stock(drive, harbor, 1)
    back = SaleLineFactory(sale__register__store=harbor, product=drive, kind="return")
    said = text(till.get(back.serials_url))
    assert "What comes back was sold here before" in said
    assert 'name="unsettled"' in text(till.post(part(back, "new"), {"code": "N1"}))
    assert till.post(back.serials_url, {"number": ["N1"], "new": ["N1"]}).status_code == 422
    assert not Serial.objects.exists()


def test_a_return_by_receipt_offers_what_was_sold_on_it_and_nothing_else(till, harbor, drive, staff):
    units(stock(drive, harbor, 1), harbor, "A1", "A2", "B1")
    sold, other = (SaleLineFactory(sale__register__store=harbor, product=drive, quantity=2) for _line in range(2))
    for one, codes in ((sold, ["A1", "A2"]), (other, ["B1"])):
        attach(one, codes, staff=staff)
        pay(one.sale, staff=AdminFactory(), override_reason="One without its number")
    back = SaleLineFactory(sale__register__store=harbor, product=drive, kind="return", returned_line=sold)
    listed = text(till.get(part(back, "choices")))
    assert listed.count("data-pick=") == 2
    assert "Sold, and may come back here" in listed
    assert 'name="number" value="A1"' in text(till.post(part(back, "scan"), {"code": "A1"}))
    wrong = text(till.post(part(back, "scan"), {"code": "B1"}))
    assert f"<b>Sold</b>, by {other.sale.number}" in wrong
    assert till.post(back.serials_url, {"number": ["B1"]}).status_code == 422
    assert till.post(back.serials_url, {"number": ["A2"]}).status_code == 204
    assert numbers(back) == ["A2"]


def test_a_settled_document_is_shown_and_not_changed(till, harbor, drive, staff):
    unit(drive, harbor, "A1")
    sale = SaleFactory(register__store=harbor)
    line = SaleLineFactory(sale=sale, product=drive)
    sale.status = "on_hold"
    sale.save()
    assert "on hold. Its serial numbers stay as they are." in text(till.get(line.serials_url))
    assert till.post(line.serials_url, {"number": ["A1"]}).status_code == 422
    assert numbers(line) == []


@pytest.mark.parametrize("end", ["scan", "new"])
def test_the_last_missing_code_asks_to_be_saved_at_the_counter(till, line, drive, harbor, end):
    units(drive, harbor, "A1", "A2", "A3")
    response = till.post(part(line, end), {"code": "A3", "number": ["A1", "A2"]})
    assert "serials:complete" in events(response)
    assert "serials:complete" not in events(till.post(part(line, end), {"code": "A2", "number": ["A1"]}))


def test_a_tick_in_the_list_does_not_save_by_itself(till, line, drive, harbor):
    units(drive, harbor, "A1", "A2", "A3")
    response = till.post(part(line, "scan"), {"code": "A3", "number": ["A1", "A2"], "picked": "1"})
    assert "serials:complete" not in events(response)


def test_optional_products_can_be_saved_with_fewer_serials(till, harbor):
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    units(product, harbor, "A1", "A2")
    line = SaleLineFactory(sale__register__store=harbor, product=product, quantity=2)
    assert till.post(line.serials_url, {"number": ["A1"]}).status_code == 204
