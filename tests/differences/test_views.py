"""The list of differences, its fixes, back-fill and correction as pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from microbiz.laws import check_laws
from serials.fix_operations import record_shelf
from serials.late_operations import name_late
from serials.models import Fix, Serial
from serials.policy import State
from settings_app.models import SerialTracking, ShopSettings
from tests import factories
from tests.register.till import open_till

pytestmark = pytest.mark.django_db

LIST = "/serials/differences/"


@pytest.fixture(autouse=True)
def laws():
    """Whatever a test does, the laws hold at its end."""
    yield
    check_laws()


@pytest.fixture
def till():
    factories.ShopSettingsFactory()
    return open_till(factories.StoreFactory(name="Harbor"))


@pytest.fixture
def harbor(till):
    return till.store


@pytest.fixture
def northgate(harbor):
    return factories.StoreFactory(name="Northgate")


@pytest.fixture
def drive():
    return factories.ProductFactory(name="IronWolf", sku="IW-16", serial_tracking=SerialTracking.OPTIONAL)


@pytest.fixture
def manager(client, harbor):
    staff = factories.StaffFactory(stores=[harbor], role="Manager", first_name="Mia", last_name="Manager")
    client.force_login(staff)
    return staff


@pytest.fixture
def unnamed(till, drive, harbor):
    """Two drives on record, one of them sold without saying which."""
    factories.units(drive, harbor, "A1", "A2")
    till.scan(drive.sku)
    return till.pay()


def text(answer):
    return " ".join(answer.content.decode().split())


def page_of(drive, store):
    return reverse("serials:difference", args=[drive.pk, store.pk])


def shelf(drive, store, what="back_fill"):
    return reverse(f"serials:{what}", args=[drive.pk, store.pk])


# --- The list ---------------------------------------------------------------------------------------------------------


def test_a_row_says_what_differs_why_and_what_to_do(client, manager, unnamed, drive, harbor):
    shown = text(client.get(LIST))
    for words in ("IronWolf", "Sold without its serial", unnamed.number, "1 unit, no serial", "Say which one it was"):
        assert words in shown
    assert unnamed.lines.get().serials_url in shown


def test_the_list_is_filtered_by_kind_store_and_search_and_counts_each_kind(client, manager, unnamed, harbor, till):
    lacking = factories.stock(factories.TrackedFactory(name="Speaker"), harbor, 3)
    everything = client.get(LIST).context
    assert (everything["all"], everything["sums"]["lacking"], everything["sums"]["surplus"]) == (2, 1, 1)
    rows = client.get(LIST, {"show": "lack"}).context["rows"]
    assert [(row["gap"].product, row["gap"].count) for row in rows] == [(lacking, 3)]
    assert [row["gap"].count for row in client.get(LIST, {"q": "iron"}).context["rows"]] == [1]
    assert client.get(LIST, {"q": "nothing such"}).context["rows"] == []
    assert len(client.get(LIST, {"store": harbor.pk}).context["rows"]) == 2


def test_only_ones_own_stores_are_shown(client, manager, drive, northgate):
    factories.stock(drive, northgate, 3)
    assert client.get(LIST).context["rows"] == []
    assert client.get(page_of(drive, northgate)).status_code == 404
    assert client.get(shelf(drive, northgate)).status_code == 404


def test_with_the_add_on_off_none_of_it_is_there(client, manager, drive, harbor):
    ShopSettings.objects.update(serial_numbers_enabled=False)
    for address in (LIST, "/serials/fixes/", page_of(drive, harbor), shelf(drive, harbor)):
        assert client.get(address).status_code == 404


def test_the_list_asks_as_often_for_ten_times_the_rows(client, manager, till, harbor):
    def rows(count):
        for _one in range(count):
            sold = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
            factories.units(sold, harbor, "A1")
            till.scan(sold.sku)
            till.pay()
            factories.stock(factories.TrackedFactory(), harbor, 2)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    rows(1)
    client.get(LIST)
    few = queries()
    rows(9)
    assert queries() == few


def test_a_difference_names_every_document_and_every_way_to_fix_it(client, manager, unnamed, drive, harbor):
    shown = text(client.get(page_of(drive, harbor)))
    for words in (
        "Sold without its serial",
        unnamed.number,
        "Say which one it was",
        "Say which one left",
        "Write that serial off",
        "It stands in another store",
        "Add 1 unit to the stock",
    ):
        assert words in shown


def test_a_cashier_sees_the_list_and_fixes_nothing(client, unnamed, drive, harbor):
    client.force_login(factories.StaffFactory(stores=[harbor], role="Junior Cashier"))
    assert "Say which one it was" not in text(client.get(LIST))
    adjust = reverse("serials:fix_apply", args=[drive.pk, harbor.pk, "adjusted"])
    assert client.post(adjust, {"reason": "x"}).status_code == 403
    move = reverse("serials:difference_move", args=[drive.pk, harbor.pk])
    assert client.post(move, {"number": "A1"}).status_code == 403


# --- Fixes ------------------------------------------------------------------------------------------------------------


def test_the_stock_is_adjusted_to_the_serials_and_back(client, manager, unnamed, drive, harbor):
    adjust = reverse("serials:fix_apply", args=[drive.pk, harbor.pk, "adjusted"])
    assert client.post(adjust, {"reason": ""}).status_code == 422
    assert client.post(adjust, {"reason": "Both stand there"}).status_code == 302
    assert factories.on_hand(drive, harbor) == 2
    fix = Fix.objects.get()
    assert (fix.kind, fix.quantity, fix.reason, fix.staff) == ("adjusted", 1, "Both stand there", manager)
    assert fix.document.startswith("ADJ")
    assert client.post(adjust, {"reason": "Again"}).status_code == 422
    assert client.post(reverse("serials:fix_undo", args=[fix.pk])).status_code == 302
    assert factories.on_hand(drive, harbor) == 1
    assert Serial.objects.in_stock(harbor).count() == 2


def test_units_that_are_not_there_are_taken_out_of_stock_and_back(client, manager, drive, harbor):
    factories.stock(drive, harbor, 3)
    client.post(reverse("serials:fix_apply", args=[drive.pk, harbor.pk, "adjusted"]), {"reason": "Not there"})
    assert factories.on_hand(drive, harbor) == 0
    client.post(reverse("serials:fix_undo", args=[Fix.objects.get().pk]))
    assert factories.on_hand(drive, harbor) == 3


@pytest.mark.parametrize("kind", ["recorded", "nonsense"])
def test_only_what_needs_no_page_of_its_own_is_made_by_a_button(client, manager, drive, harbor, kind):
    answer = client.post(reverse("serials:fix_apply", args=[drive.pk, harbor.pk, kind]), {"reason": "x"})
    assert answer.status_code == 404


def test_changes_are_posted_never_got(client, manager, drive, harbor, unnamed):
    fix = name_late(unnamed.lines.get(), ["A1"], staff=manager)
    for address in (
        reverse("serials:fix_apply", args=[drive.pk, harbor.pk, "adjusted"]),
        reverse("serials:difference_move", args=[drive.pk, harbor.pk]),
        reverse("serials:fix_undo", args=[fix.pk]),
        shelf(drive, harbor, "back_fill_scan"),
        shelf(drive, harbor, "back_fill_undo"),
    ):
        assert client.get(address).status_code == 405


def test_a_record_is_moved_to_the_store_in_which_the_unit_stands(client, manager, till, drive, harbor, northgate):
    manager.stores.add(northgate)
    factories.units(drive, northgate, "M1")
    till_there = open_till(northgate)
    till_there.scan(drive.sku)
    till_there.pay()
    factories.stock(drive, harbor, 1)
    move = reverse("serials:difference_move", args=[drive.pk, harbor.pk])
    assert "Northgate" in text(client.get(page_of(drive, harbor), {"fix": "moved"}))
    assert client.post(move, {"number": "NONE"}).status_code == 422
    assert client.post(move, {"number": "m1", "reason": "Window"}).status_code == 302
    assert Serial.objects.get().store == harbor
    assert client.get(LIST).context["rows"] == []


def test_a_unit_at_a_store_that_is_not_ones_own_is_not_moved(client, manager, drive, harbor, northgate):
    factories.units(drive, northgate, "M1")
    factories.stock(drive, harbor, 1)
    move = reverse("serials:difference_move", args=[drive.pk, harbor.pk])
    answer = client.post(move, {"number": "M1"})
    assert answer.status_code == 422
    assert "In stock at Northgate" in text(answer)
    assert Serial.objects.get().store == northgate


def test_fixes_are_listed_with_who_when_and_why_and_undone_there(client, manager, unnamed, drive, harbor):
    name_late(unnamed.lines.get(), ["A1"], staff=manager, reason="The box is here")
    shown = text(client.get("/serials/fixes/"))
    for words in ("Named on its document", "A1", unnamed.number, "Mia Manager", "The box is here"):
        assert words in shown
    assert "A1" in text(client.get("/serials/fixes/", {"q": "a1", "kind": "named", "store": harbor.pk}))
    assert client.get("/serials/fixes/", {"kind": "moved"}).context["fixes"] == []
    undo = reverse("serials:fix_undo", args=[Fix.objects.get().pk])
    answer = client.post(undo, {"next": "//elsewhere.example/"})
    assert answer.url == LIST
    assert "undone by Mia Manager" in text(client.get("/serials/fixes/"))
    assert client.post(undo).status_code == 422


def test_the_list_of_fixes_asks_as_often_for_ten_times_the_rows(client, manager, drive, harbor):
    factories.stock(drive, harbor, 30)

    def queries(first, last):
        for at in range(first, last):
            record_shelf(drive, harbor, [f"N{at}"], staff=manager)
        with CaptureQueriesContext(connection) as captured:
            client.get("/serials/fixes/")
        return len(captured)

    queries(0, 1)
    assert queries(1, 2) == queries(2, 20)


def test_undoing_what_moved_on_says_where_the_unit_is(client, manager, till, drive, harbor):
    factories.stock(drive, harbor, 1)
    fix = record_shelf(drive, harbor, ["S1"], staff=manager)
    till.sell("S1")
    answer = client.post(reverse("serials:fix_undo", args=[fix.pk]))
    assert answer.status_code == 422
    assert "S1: Sold" in text(answer)


def test_fixes_of_other_stores_and_of_other_rights_are_not_undone(client, manager, drive, harbor, northgate, unnamed):
    factories.stock(drive, northgate, 1)
    there = record_shelf(drive, northgate, ["S1"], staff=manager)
    assert client.post(reverse("serials:fix_undo", args=[there.pk])).status_code == 404
    named = name_late(unnamed.lines.get(), ["A1"], staff=manager)
    client.force_login(factories.StaffFactory(stores=[harbor], role="Senior Cashier"))
    assert client.post(reverse("serials:fix_undo", args=[named.pk])).status_code == 403


# --- Naming in the pop-up of a completed line -------------------------------------------------------------------------


def popup_of(line, what=""):
    return line.serials_url + what


def test_a_completed_line_that_went_through_short_takes_its_unit_in_the_popup(client, manager, unnamed, drive):
    line = unnamed.lines.get()
    assert "Completed without all its serial numbers" in text(
        client.get(line.serials_url, headers={"HX-Request": "true"})
    )
    row = text(client.post(popup_of(line, "scan/"), {"code": "A1"}))
    assert 'name="number" value="A1"' in row
    assert client.post(line.serials_url, {"number": ["A1"]}).status_code == 204
    assert Serial.objects.get(number="A1").state == State.SOLD
    assert Fix.objects.get().kind == "named"


def test_back_office_names_units_on_a_receipt_without_selling_and_a_cashier_does_not(client, unnamed, harbor):
    line = unnamed.lines.get()
    client.force_login(factories.StaffFactory(stores=[harbor], role="Back Office"))
    assert client.get(line.serials_url).status_code == 200
    client.force_login(factories.StaffFactory(stores=[harbor], role="Junior Cashier"))
    assert "Completed without" not in text(client.get(line.serials_url, headers={"HX-Request": "true"}))
    assert client.post(line.serials_url, {"number": ["A1"]}).status_code == 422
    assert Serial.objects.get(number="A1").state == State.IN_STOCK


def test_a_complete_line_stays_as_it_is_and_offers_its_correction_to_those_who_may(
    client, till, manager, drive, harbor
):
    factories.units(drive, harbor, "A1", "B1")
    line = till.sell("A1").lines.get()
    shown = text(client.get(line.serials_url, headers={"HX-Request": "true"}))
    correct = reverse("serials:correct", args=["register.saleline", line.pk, Serial.objects.get(number="A1").pk])
    assert correct in shown and 'data-action="remove"' not in shown
    assert client.post(line.serials_url, {"number": ["A1", "B1"]}).status_code == 422
    client.force_login(factories.StaffFactory(stores=[harbor], role="Senior Cashier"))
    assert correct not in text(client.get(line.serials_url, headers={"HX-Request": "true"}))


def test_a_receipt_opens_the_popup_of_its_lines_for_those_who_may_put_it_right(client, manager, unnamed, harbor):
    opens = f'hx-get="{unnamed.lines.get().serials_url}"'
    assert opens in text(client.get(unnamed.get_absolute_url()))
    client.force_login(factories.StaffFactory(stores=[harbor], role="Senior Cashier"))
    assert opens not in text(client.get(unnamed.get_absolute_url()))


# --- Correction -------------------------------------------------------------------------------------------------------


@pytest.fixture
def sold(till, drive, harbor):
    factories.units(drive, harbor, "A1", "B1")
    return till.sell("A1").lines.get()


def correction_of(line, number="A1"):
    return reverse("serials:correct", args=["register.saleline", line.pk, Serial.objects.get(number=number).pk])


def test_a_unit_leads_to_its_correction_and_the_correction_back(client, manager, sold):
    unit = Serial.objects.get(number="A1")
    assert correction_of(sold) in text(client.get(unit.get_absolute_url()))
    answer = client.post(correction_of(sold), {"meant": "b1", "reason": "Labels swapped"}, follow=True)
    shown = text(answer)
    assert "Labels swapped" in shown and "In stock at Harbor" in shown
    assert sold.serial_links.get().serial.number == "B1"


def test_a_refused_correction_keeps_what_was_typed_and_says_why(client, manager, sold, till):
    till.scan("B1")
    answer = client.post(correction_of(sold), {"meant": "B1", "reason": "Labels swapped"})
    assert answer.status_code == 422
    for words in ("Nothing was changed", "Held by sale", 'value="B1"', 'value="Labels swapped"'):
        assert words in text(answer)
    assert client.post(correction_of(sold), {"meant": "B1", "reason": " "}).status_code == 422


def test_an_unknown_number_offers_add_new_and_the_near_one(client, manager, till, drive, harbor):
    factories.units(drive, harbor, "ZL2B7K4M", "ZL2B7KQ9")
    factories.stock(drive, harbor, 1)
    line = till.sell("ZL2B7KQ9").lines.get()
    answer = client.post(correction_of(line, "ZL2B7KQ9"), {"meant": "ZL2B7K4N", "reason": "Misread"})
    assert "ZL2B7K4M" in text(answer) and "ZL2B7K4N is new" in text(answer)
    sure = {"meant": "ZL2B7K4N", "reason": "Misread", "is_new": "1"}
    assert client.post(correction_of(line, "ZL2B7KQ9"), sure).status_code == 302
    assert Serial.objects.get(number="ZL2B7K4N").state == State.SOLD


def test_two_receipts_that_were_mixed_up_are_exchanged_from_either(client, manager, sold, till):
    other = till.sell("B1")
    typed = {"meant": "B1", "reason": "Boxes swapped"}
    answer = client.post(correction_of(sold), typed)
    assert answer.status_code == 422 and f"exchange with sale {other.number}" in text(answer)
    assert client.post(correction_of(sold), typed | {"mixed_up": "1"}).status_code == 302
    assert sold.serial_links.get().serial.number == "B1"
    assert other.lines.get().serial_links.get().serial.number == "A1"


def test_who_may_correct_and_where(client, manager, sold, harbor, northgate, till, drive):
    client.force_login(factories.StaffFactory(stores=[harbor], role="Back Office"))
    assert client.get(correction_of(sold)).status_code == 403
    client.force_login(factories.StaffFactory(stores=[northgate], role="Manager"))
    assert client.get(correction_of(sold)).status_code == 404
    assert client.get(Serial.objects.get(number="A1").get_absolute_url()).context["correctable"] is None
    client.force_login(factories.StaffFactory(stores=[harbor], role="Manager"))
    assert client.get(correction_of(sold, "B1")).status_code == 404
    till.scan("B1")
    assert client.get(correction_of(till.sale.lines.get(), "B1")).status_code == 404


# --- Back-fill --------------------------------------------------------------------------------------------------------


def test_each_scan_goes_on_record_and_counts(client, manager, drive, harbor):
    factories.stock(drive, harbor, 3)
    assert '0</b> <span class="of">of 3 units' in text(client.get(shelf(drive, harbor)))
    answer = client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "S1"}, headers={"HX-Request": "true"})
    assert "S1 is on record." in text(answer) and '1</b> <span class="of">of 3 units' in text(answer)
    again = text(client.post(shelf(drive, harbor, "back_fill_scan"), {"code": "s1"}))
    assert "on record here already" in again
    assert Serial.objects.in_stock(harbor).count() == 1


def test_nothing_that_was_sellable_is_blocked_and_no_number_is_invented(client, manager, till, harbor):
    """LESSONS 24: half-way through a back-fill, units with and without a number sell as before."""
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


def test_a_large_stock_costs_no_more_queries(client, manager, drive, harbor):
    def queries(count):
        factories.stock(drive, harbor, count)
        record_shelf(drive, harbor, [f"Q{count}-{at}" for at in range(count - 1)], staff=manager)
        with CaptureQueriesContext(connection) as captured:
            client.get(shelf(drive, harbor))
        return len(captured)

    queries(2)
    assert queries(3) == queries(40)
