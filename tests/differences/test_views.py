"""The list of differences and its fixes as pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from serials.fix_operations import record_shelf
from serials.late_operations import name_late
from serials.models import Fix, Serial
from settings_app.models import SerialTracking, ShopSettings
from tests import factories
from tests.differences.pages import LIST, page_of, shelf, text
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


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


@pytest.mark.once
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


@pytest.mark.once
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
