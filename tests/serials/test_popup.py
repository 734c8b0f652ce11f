"""The pop-up for serials: who may open it, what it says of a code, and its list."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from microbiz import paging
from register.operations import ReturnPick, add_return
from serials.models import Serial, SerialHold
from serials.operations import attach
from settings_app.models import SerialTracking
from tests.factories import (
    BarcodeFactory,
    ProductFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StaffFactory,
    TrackedFactory,
    stock,
    unit,
    units,
)
from tests.register.till import open_till
from tests.serials.answers import count_queries, events, numbers, part, text

pytestmark = pytest.mark.django_db


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


@pytest.mark.once
def test_500_pasted_codes_take_as_many_queries_as_5(till, line, drive, harbor):
    units(drive, harbor, *[f"S{at:04d}" for at in range(500)])

    def paste(count):
        return till.post(part(line, "paste"), {"codes": "\n".join(f"S{at:04d}" for at in range(count))})

    assert count_queries(lambda: paste(500)) == count_queries(lambda: paste(5))
    response = paste(500)
    assert response.content.decode().count("data-row=") == 500


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


def test_the_list_says_whether_one_document_holds_them_all(till, line, drive, harbor, staff):
    units(drive, harbor, "A1", "A2", "A3")
    first, other = (SaleLineFactory(sale__register__store=harbor, product=drive, quantity=2) for _sale in range(2))
    attach(first, ["A1", "A2"], staff=staff)
    said = text(till.get(part(line, "choices")))
    assert f"2 held by sale {first.sale.number}" in said
    assert "and others" not in said
    attach(other, ["A3"], staff=staff)
    assert f"3 held by sale {first.sale.number} and others" in text(till.get(part(line, "choices")))


def test_the_list_counts_no_further_than_it_may(till, line, drive, harbor, northgate, monkeypatch):
    units(drive, harbor, *[f"B{at}" for at in range(5)])
    units(drive, northgate, *[f"C{at}" for at in range(5)])
    monkeypatch.setattr(paging, "MOST", 3)
    said = text(till.get(part(line, "choices")))
    assert "3 or more found" in said
    assert "3+ at Northgate" in said


def test_the_list_is_searched_and_marks_the_match(till, line, drive, harbor):
    units(drive, harbor, "ZR5A10C2", "QX1")
    said = text(till.get(part(line, "choices"), {"q": "zr5a"}))
    assert "<mark>ZR5A</mark>10C2" in said
    assert "QX1" not in said


@pytest.mark.once
def test_the_list_of_a_large_stock_costs_no_more_queries(till, line, drive, harbor):
    units(drive, harbor, *[f"A{at:02d}" for at in range(20)])
    few = count_queries(lambda: till.get(part(line, "choices")))
    units(drive, harbor, *[f"B{at:03d}" for at in range(200)])
    assert count_queries(lambda: till.get(part(line, "choices"))) == few


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


# --- Naming units of a completed line ---------------------------------------------------------------------------------


@pytest.fixture
def at_till(harbor):
    return open_till(harbor)


@pytest.fixture
def named_in_part(at_till):
    """Two drives left with one receipt, which names A1 alone; that came back and is on another sale."""
    product = ProductFactory(sku="OPT", serial_tracking=SerialTracking.OPTIONAL)
    units(product, at_till.store, "A1", "B1", "C1")
    at_till.scan("A1")
    at_till.sale.lines.get().change_quantity(2, staff=at_till.staff)
    receipt = at_till.pay()
    line = receipt.lines.get()
    add_return(at_till.sale, receipt, [ReturnPick(line, 1, list(line.serials))], reason="Faulty", staff=at_till.staff)
    at_till.pay()
    at_till.scan("A1")
    return line


def test_every_free_unit_is_offered_where_one_of_the_line_is_back_and_held(client, at_till, named_in_part):
    client.force_login(at_till.staff)
    said = text(client.get(part(named_in_part, "choices")))
    assert all(f">{number}<" in said for number in ("A1", "B1", "C1"))


def test_a_unit_that_is_sold_while_the_list_is_made_costs_nothing(till, at_till, line, drive, harbor, monkeypatch):
    units(drive, harbor, "A1")
    at_till.scan("A1")
    get_page = paging.CappedPaginator.get_page

    def sold_meanwhile(self, number):
        at_till.pay()
        return get_page(self, number)

    monkeypatch.setattr(paging.CappedPaginator, "get_page", sold_meanwhile)
    assert "data-pick=" not in text(till.get(part(line, "choices")))
