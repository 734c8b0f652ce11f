import json

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import StockLevel
from microbiz.paging import CappedPaginator
from serials.models import Serial, SerialHold
from serials.operations import attach, move_serials
from settings_app.models import SerialTracking
from tests.factories import (
    AdminFactory,
    BarcodeFactory,
    ProductFactory,
    SaleFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TrackedFactory,
    stock,
    unit,
    units,
)

pytestmark = pytest.mark.django_db

CASHIER = ["register.sell", "serials.view_serial", "serials.add_serial", "inventory.view_product"]


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    return StoreFactory(name="Harbor")


@pytest.fixture
def northgate():
    return StoreFactory(name="Northgate")


@pytest.fixture
def staff(harbor):
    return StaffFactory(stores=[harbor], permissions=CASHIER)


@pytest.fixture
def drive():
    return TrackedFactory(name="IronWolf")


@pytest.fixture
def line(harbor, drive):
    return SaleLineFactory(sale__register__store=harbor, product=drive, quantity=3)


@pytest.fixture
def till(client, staff):
    """A browser that asks for fragments."""
    client.force_login(staff)
    client.defaults["HTTP_HX_REQUEST"] = "true"
    return client


def part(line, name):
    return reverse(f"serials:line_{name}", args=[line._meta.label_lower, line.pk])


def text(response):
    return " ".join(response.content.decode().split())


def events(response):
    return json.loads(response.headers.get("HX-Trigger", "{}"))


def numbers(line):
    return [link.serial.number for link in line.serial_links.select_related("serial")]


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_the_popup_of_a_line_at_another_store_is_not_there(till, northgate, drive):
    other = SaleLineFactory(sale__register__store=northgate, product=drive)
    for address in (other.serials_url, part(other, "choices")):
        assert till.get(address).status_code == 404
    for address in (other.serials_url, part(other, "scan"), part(other, "paste"), part(other, "new")):
        assert till.post(address, {"code": "A1"}).status_code == 404


def test_somebody_who_may_not_sell_is_refused(client, harbor, line):
    client.force_login(StaffFactory(stores=[harbor], permissions=["serials.view_serial"]))
    assert client.get(line.serials_url).status_code == 403
    assert client.post(line.serials_url, {"number": ["A1"]}).status_code == 403


@pytest.mark.parametrize("label", ["inventory.product", "auth.group", "no.such", "nonsense"])
def test_only_lines_with_serials_have_a_popup(till, label):
    assert till.get(f"/serials/{label}/1/").status_code == 404


def test_a_line_of_an_untracked_product_has_no_popup(till, harbor):
    untracked = SaleLineFactory(sale__register__store=harbor, product=ProductFactory())
    assert till.get(untracked.serials_url).status_code == 404


def test_with_the_add_on_off_nothing_about_serials_is_there(till, line, drive, harbor):
    serial = unit(drive, harbor, "A1")
    addresses = [
        line.serials_url,
        reverse("serials:units"),
        reverse("serials:look_up"),
        reverse("serials:product", args=[drive.pk]),
        serial.get_absolute_url(),
    ]
    assert all(till.get(address).status_code == 200 for address in addresses)
    ShopSettingsFactory(serial_numbers_enabled=False)
    assert all(till.get(address).status_code == 404 for address in addresses)
    ShopSettingsFactory(serial_numbers_enabled=True)
    assert "A1" in text(till.get(reverse("serials:units")))


def test_nobody_is_let_in_without_signing_in(client, line):
    assert client.get(line.serials_url).status_code == 302
    assert client.get(reverse("serials:units")).status_code == 302


@pytest.mark.parametrize("name", ["scan", "new", "take", "paste", "range", "bar"])
def test_changes_are_posted_never_got(till, line, name):
    assert till.get(part(line, name)).status_code in (403, 405)


def test_a_junior_does_not_take_over_what_another_document_holds(till, line, drive, harbor, staff):
    serial = unit(drive, harbor, "A1")
    other = SaleLineFactory(sale__register__store=harbor, product=drive)
    attach(other, ["A1"], staff=staff)
    assert "Take over" not in text(till.post(part(line, "scan"), {"code": "A1"}))
    assert till.post(part(line, "take"), {"code": "A1"}).status_code == 403
    assert till.post(line.serials_url, {"number": ["A1"], "taking": ["A1"]}).status_code == 422
    assert SerialHold.objects.get(serial=serial).line_id == other.pk


# --- Verdicts ---------------------------------------------------------------------------------------------------------


def test_a_known_unit_here_becomes_a_settled_row(till, line, drive, harbor):
    unit(drive, harbor, "A1")
    response = till.post(part(line, "scan"), {"code": " a1\r"})
    assert '<input type="hidden" name="number" value="A1">' in text(response)
    assert "1/3" in text(response)
    assert events(response) == {"shop:sound": "yes"}


def test_staging_holds_and_moves_nothing(till, line, drive, harbor):
    unit(drive, harbor, "A1")
    till.post(part(line, "scan"), {"code": "A1"})
    assert not SerialHold.objects.exists()
    assert numbers(line) == []


def test_a_unit_in_another_store_says_which(till, line, drive, northgate):
    unit(drive, northgate, "A1")
    said = text(till.post(part(line, "scan"), {"code": "A1"}))
    assert "<b>In stock at Northgate</b>, so it cannot be used at Harbor." in said
    assert 'name="unsettled" value="A1"' in said
    assert "A1 is not at Harbor. Remove it to save." in said


def test_a_held_unit_says_by_what_whom_and_since_when(till, line, drive, harbor, staff):
    unit(drive, harbor, "A1")
    other = SaleLineFactory(sale__register__store=harbor, product=drive)
    attach(other, ["A1"], staff=staff, place="Till 2")
    said = text(till.post(part(line, "scan"), {"code": "A1"}))
    assert f"<b>Held by sale {other.sale.number}</b>, Till 2, {staff}, since" in said


def test_a_unit_on_another_line_of_the_same_sale_says_so_and_is_not_listed(till, line, drive, harbor, staff):
    unit(drive, harbor, "A1")
    attach(SaleLineFactory(sale=line.sale, product=drive), ["A1"], staff=staff)
    said = text(till.post(part(line, "scan"), {"code": "A1"}))
    assert "<b>On another line of this document</b>" in said
    assert "A1 is on another line of this document. Remove it to save." in said
    assert "data-pick=" not in text(till.get(part(line, "choices")))


def test_a_unit_of_another_product_says_so(till, line, harbor):
    unit(TrackedFactory(name="Camera"), harbor, "A1")
    assert "<b>Belongs to Camera</b>" in text(till.post(part(line, "scan"), {"code": "A1"}))


def test_an_unknown_code_offers_add_new_and_is_not_created(till, line, drive, harbor):
    stock(drive, harbor, 1)
    said = text(till.post(part(line, "scan"), {"code": "ZZ9"}))
    assert "<b>Unknown</b>" in said
    assert part(line, "new") in said
    assert not Serial.objects.exists()


def test_a_near_miss_is_suggested_first(till, line, drive, harbor):
    unit(drive, harbor, "ZL2B7K03")
    assert "ZL2B7K<mark>0</mark>3" in text(till.post(part(line, "scan"), {"code": "ZL2B7KO3"}))


def test_the_barcode_of_the_box_is_told_from_a_serial(till, line, drive):
    barcode = BarcodeFactory(product=drive)
    said = text(till.post(part(line, "scan"), {"code": barcode.code}))
    assert "This is the barcode of IronWolf, not a serial number." in said
    assert part(line, "new") not in said


def test_one_gs1_scan_gives_the_serial(till, line, drive, harbor):
    BarcodeFactory(product=drive, code="9521234543213")
    unit(drive, harbor, "ABC123")
    said = text(till.post(part(line, "scan"), {"code": "]C1010952123454321321ABC123"}))
    assert 'name="number" value="ABC123"' in said


def test_a_gs1_code_of_another_product_is_refused(till, line, drive):
    BarcodeFactory(product=TrackedFactory(name="Camera"), code="9521234543213")
    said = text(till.post(part(line, "scan"), {"code": "(01)09521234543213(21)ABC123"}))
    assert "This code is of a unit of Camera." in said


def test_an_unsound_gs1_code_says_why(till, line):
    assert "wrong check digit" in text(till.post(part(line, "scan"), {"code": "]C1010952123454321421ABC123"}))


def test_a_code_of_65_characters_is_refused(till, line):
    assert "at most 64" in text(till.post(part(line, "scan"), {"code": "9" * 65}))


def test_a_repeat_gets_no_second_row(till, line, drive, harbor):
    unit(drive, harbor, "A1")
    response = till.post(part(line, "scan"), {"code": "A1", "number": ["A1"]})
    assert "A1 is already here: counted once." in text(response)
    assert 'data-row="a1"' not in text(response)
    assert events(response)["serials:repeated"] == {"key": "a1"}


def test_a_number_of_markup_is_escaped(till, line, drive, harbor):
    unit(drive, harbor, "<script>x</script>")
    said = text(till.post(part(line, "scan"), {"code": "<script>x</script>"}))
    assert "<script>" not in said
    assert "&lt;script&gt;" in said


def test_500_pasted_codes_take_as_many_queries_as_5(till, line, drive, harbor):
    units(drive, harbor, *[f"S{at:04d}" for at in range(500)])

    def paste(count):
        return till.post(part(line, "paste"), {"codes": "\n".join(f"S{at:04d}" for at in range(count))})

    assert _count(lambda: paste(500)) == _count(lambda: paste(5))
    response = paste(500)
    assert response.content.decode().count("data-row=") == 500


def _count(call):
    """The queries of a second call: the first also warms the session and the permissions."""
    call()
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_one_bad_code_in_a_list_does_not_cost_the_others(till, line, drive, harbor):
    units(drive, harbor, "A1", "A2")
    said = text(till.post(part(line, "paste"), {"codes": "A1, ZZ9\tA2"}))
    assert "2 taken. 1 to settle." in said


def test_an_empty_list_says_so(till, line):
    assert "no serial number in this list" in text(till.post(part(line, "paste"), {"codes": " ,\n"}))


def test_a_bad_range_says_why(till, line):
    response = till.post(part(line, "range"), {"first": "A1", "last": "B9"})
    assert response.status_code == 422
    assert "differ in more than one group of digits" in text(response)


# --- Saving -----------------------------------------------------------------------------------------------------------


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
    units(drive, harbor, "A1", "A2", "B1")
    sold, other = (SaleLineFactory(sale__register__store=harbor, product=drive, quantity=2) for _line in range(2))
    for one, codes in ((sold, ["A1", "A2"]), (other, ["B1"])):
        attach(one, codes, staff=staff)
        move_serials(one.sale, list(type(one).objects.with_serials().filter(pk=one.pk)), staff=staff, excused=[one.pk])
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


# --- The S/N List -----------------------------------------------------------------------------------------------------


def test_the_list_shows_a_page_of_what_can_be_attached_and_counts_the_rest(till, line, drive, harbor, northgate, staff):
    units(drive, harbor, *[f"A{at:02d}" for at in range(25)])
    units(drive, northgate, "B1", "B2")
    attach(SaleLineFactory(sale__register__store=harbor, product=drive), ["A24"], staff=staff)
    response = till.get(part(line, "choices"))
    assert response.content.decode().count("data-pick=") == 10
    assert "24 found" in text(response)
    assert "1 held" in text(response)
    assert "2 at Northgate" in text(response)
    assert response.content.decode().index("A00") < response.content.decode().index("A01")


def test_the_list_is_searched_and_marks_the_match(till, line, drive, harbor):
    units(drive, harbor, "ZR5A10C2", "QX1")
    said = text(till.get(part(line, "choices"), {"q": "zr5a"}))
    assert "<mark>ZR5A</mark>10C2" in said
    assert "QX1" not in said


def test_the_list_of_a_large_stock_costs_no_more_queries(till, line, drive, harbor):
    units(drive, harbor, *[f"A{at:02d}" for at in range(20)])
    few = _count(lambda: till.get(part(line, "choices")))
    units(drive, harbor, *[f"B{at:03d}" for at in range(200)])
    assert _count(lambda: till.get(part(line, "choices"))) == few


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
    move_serials(line.sale, list(type(line).objects.with_serials().filter(pk=line.pk)), staff=staff)
    assert ">A1<" not in text(client.get(tab(drive)))
    said = text(client.get(tab(drive), {"list": "sold", "store": harbor.pk}))
    assert ">A1<" in said
    assert line.sale.number in said


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
    StockLevel.objects.filter(product=product, store=harbor).update(on_hand=2)
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


def test_the_tab_costs_the_same_with_ten_times_the_serials(client, drive, harbor):
    client.force_login(AdminFactory())
    units(drive, harbor, *[f"A{at:02d}" for at in range(30)])
    few = _count(lambda: client.get(tab(drive)))
    units(drive, harbor, *[f"B{at:03d}" for at in range(300)])
    assert _count(lambda: client.get(tab(drive))) == few


# --- Differences ------------------------------------------------------------------------------------------------------


def test_differences_are_listed_per_product_and_store_with_their_fix(client, surplus, drive, harbor, northgate):
    client.force_login(AdminFactory())
    stock(drive, northgate, 2)
    units(TrackedFactory(name="In order"), harbor, "X1")
    said = text(client.get(reverse("serials:differences")))
    assert "Attach 2 serials" in said
    assert "Say which one left" in said
    assert "In order" not in said
    only = text(client.get(reverse("serials:differences"), {"show": "lack", "store": northgate.pk, "q": "IronWolf"}))
    assert "Attach 2 serials" in only
    assert "Say which one left" not in only


def test_differences_of_other_stores_are_not_shown(till, drive, northgate):
    stock(drive, northgate, 2)
    assert "Units and serial numbers agree" in text(till.get(reverse("serials:differences")))


def test_the_list_of_differences_costs_the_same_with_ten_times_the_rows(client, harbor):
    client.force_login(AdminFactory())
    for _at in range(2):
        stock(TrackedFactory(), harbor, 1)
    few = _count(lambda: client.get(reverse("serials:differences")))
    for _at in range(20):
        stock(TrackedFactory(), harbor, 1)
    assert _count(lambda: client.get(reverse("serials:differences"))) == few


# --- Units and the look-up --------------------------------------------------------------------------------------------


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


def test_the_list_of_units_costs_the_same_with_ten_times_the_rows(till, drive, harbor):
    units(drive, harbor, *[f"A{at:02d}" for at in range(30)])
    few = _count(lambda: till.get(reverse("serials:units")))
    units(drive, harbor, *[f"B{at:03d}" for at in range(300)])
    assert _count(lambda: till.get(reverse("serials:units"))) == few


def test_the_list_of_units_counts_no_further_than_it_shows(till, drive, harbor, monkeypatch):
    units(drive, harbor, "ZR5A01", "ZR5A02", "ZR5A03")
    monkeypatch.setattr(CappedPaginator, "MOST", 3)
    assert "1 to 3 of 3" in (whole := text(till.get(reverse("serials:units"))))
    assert "of 3+" not in whole
    unit(drive, harbor, "ZR5A04")
    with CaptureQueriesContext(connection) as asked:
        said = text(till.get(reverse("serials:units")))
    assert "1 to 3 of 3+" in said
    assert "ZR5A01" not in said  # the oldest; a search finds it
    [counting] = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "serials_serial" in one["sql"]]
    assert "LIMIT 4" in counting


# --- The circle -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tracking", "attached", "colour", "words"),
    [
        (SerialTracking.OPTIONAL, 0, "gray", "Serial number optional, 0 of 2 attached"),
        (SerialTracking.OPTIONAL, 2, "green", "Serial number attached, 2 of 2 attached"),
        (SerialTracking.SALES, 1, "red", "Serial number required, 1 of 2 attached"),
    ],
)
def test_the_circle_says_its_colour_in_words_too(harbor, staff, tracking, attached, colour, words):
    product = ProductFactory(serial_tracking=tracking)
    units(product, harbor, "A1", "A2")
    line = SaleLineFactory(sale__register__store=harbor, product=product, quantity=2)
    attach(line, ["A1", "A2"][:attached], staff=staff)
    shown = render_to_string("serials/_status.html", {"line": line, "serials_on": True})
    assert f'data-serial-status="{colour}"' in shown
    assert f'aria-label="{words}"' in shown
    assert f"<span>{attached}/2</span>" in shown
    assert "data-serial-status" not in render_to_string("serials/_status.html", {"line": line, "serials_on": False})
