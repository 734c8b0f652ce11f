"""The pages of adjustments and of their reasons: who may, what is answered, and how often the database is asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.adjustments.models import Adjustment, ReasonCode
from inventory.adjustments.operations import (
    add_line,
    discard_adjustment,
    post_adjustment,
    reverse_adjustment,
    start_adjustment,
)
from inventory.counts.operations import scan, start_count
from serials.models import Serial, SerialHold
from serials.operations import attach
from settings_app.models import SerialTracking
from tests.factories import (
    AdminFactory,
    ProductFactory,
    StaffFactory,
    TrackedFactory,
    on_hand,
    stock,
    unit,
    units,
)

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def clerk(client, harbor):
    clerk = StaffFactory(role="Back Office", stores=[harbor])
    client.force_login(clerk)
    return clerk


@pytest.fixture
def manager(client, harbor):
    manager = StaffFactory(role="Manager", stores=[harbor])
    client.force_login(manager)
    return manager


@pytest.fixture
def drive():
    return TrackedFactory(name="IronWolf", sku="IW")


@pytest.fixture
def draft(harbor):
    return start_adjustment(harbor, staff=AdminFactory(), reason="missing")


def do(client, name, document, **data):
    return client.post(reverse(f"adjustments:{name}", args=[document.pk]), data, headers=HX)


def see(client, name, document, **data):
    return client.get(reverse(f"adjustments:{name}", args=[document.pk]), data)


POSTS = ["scan", "quantity", "remove", "leaves", "details", "post"]
ASKS = ["discard", "override", "reverse"]


@pytest.mark.parametrize("name", [*POSTS, *ASKS, "adjustment", "side"])
def test_an_adjustment_of_another_store_is_not_there(client, manager, northgate, name):
    foreign = start_adjustment(northgate, staff=manager, reason="missing")
    ask = see if name in ("adjustment", "side") else do
    assert ask(client, name, foreign).status_code == 404


@pytest.mark.parametrize("name", [*POSTS, *ASKS, "adjustment", "side"])
def test_cashiers_have_no_adjustments(client, harbor, draft, name):
    client.force_login(StaffFactory(role="Senior Cashier", stores=[harbor]))
    ask = see if name in ("adjustment", "side") else do
    assert ask(client, name, draft).status_code == 403
    assert client.get(reverse("adjustments:adjustments")).status_code == 403
    assert client.get(reverse("adjustments:new")).status_code == 403


def test_the_back_office_neither_overrides_nor_takes_back(client, clerk, draft):
    assert do(client, "override", draft, reason="x").status_code == 403
    assert do(client, "reverse", draft).status_code == 403
    assert "Post without" not in see(client, "adjustment", draft).text


@pytest.mark.parametrize("name", POSTS)
def test_a_draft_changes_only_by_post(client, manager, draft, name):
    assert see(client, name, draft).status_code == 405


def test_a_draft_begins_with_store_and_reason(client, clerk, harbor, northgate):
    ReasonCode.objects.create(code="07", name="Shop window")
    ReasonCode.objects.filter(code="damaged").update(is_active=False)
    page = client.get(reverse("adjustments:new")).text
    assert "Shop window" in page
    assert "Damaged" not in page
    begun = client.post(reverse("adjustments:new"), {"store": harbor.pk, "reason": "07", "note": "shelf"})
    document = Adjustment.objects.get()
    assert (begun.url, document.reason_id, document.note) == (document.get_absolute_url(), "07", "shelf")
    for wrong in ({"store": northgate.pk, "reason": "07"}, {"store": harbor.pk, "reason": "damaged"}):
        assert client.post(reverse("adjustments:new"), wrong).status_code == 422


def test_a_scanned_serial_says_itself_which_way_it_goes(client, clerk, draft, drive, harbor):
    unit(drive, harbor, "A-1")
    gone = unit(drive, harbor, "GONE")
    other = start_adjustment(harbor, staff=clerk, reason="missing")
    attach(add_line(other, drive, is_minus=True), ["GONE"], staff=clerk)
    post_adjustment(other, staff=clerk)
    assert "A-1 is on IronWolf" in do(client, "scan", draft, code="A-1", direction="plus").text
    assert "GONE is on IronWolf" in do(client, "scan", draft, code="GONE", direction="minus").text
    assert [(line.change, str(*line.serials)) for line in draft.lines.all()] == [(-1, "A-1"), (1, "GONE")]
    assert gone.state == "in_stock"


def test_a_scanned_product_goes_the_way_that_is_chosen(client, clerk, draft, harbor):
    cable = stock(ProductFactory(sku="CBL"), harbor, 5)
    for way in ("minus", "minus", "plus"):
        do(client, "scan", draft, code="CBL", direction=way)
    do(client, "scan", draft, product=cable.pk, direction="plus")
    assert [line.change for line in draft.lines.all()] == [-2, 2]


def test_serials_fill_the_line_that_waits_for_them(client, clerk, draft, drive, harbor):
    units(drive, harbor, "A-1", "A-2")
    do(client, "scan", draft, code="IW", direction="minus")
    do(client, "scan", draft, code="A-1", direction="minus")
    do(client, "scan", draft, code="A-2", direction="minus")
    do(client, "scan", draft, code="IW", direction="plus")
    do(client, "scan", draft, code="NEW-1", direction="plus")
    assert [(line.change, line.attached) for line in draft.lines.all()] == [(-2, 2), (1, 1)]


def test_quantities_step_over_zero_and_nonsense_is_refused(client, clerk, draft, harbor):
    line = add_line(draft, ProductFactory(), is_minus=True)
    for sent, change in (("-2", -2), ("−3", -3), ("-1", -1), ("0", 1), ("0", -1)):
        assert do(client, "quantity", draft, line=line.pk, quantity=sent).status_code == 200
        line.refresh_from_db()
        assert line.change == change
    for wrong in ("", "x", "1.5", "-", "99999999999", "9999999"):
        assert do(client, "quantity", draft, line=line.pk, quantity=wrong).status_code == 422
    assert do(client, "quantity", draft, line=0, quantity="1").status_code == 404


def test_lowering_below_the_serials_leads_to_the_popup(client, clerk, draft, drive, harbor):
    units(drive, harbor, "A-1", "A-2")
    line = add_line(draft, drive, is_minus=True, quantity=2)
    attach(line, ["A-1", "A-2"], staff=clerk)
    refused = do(client, "quantity", draft, line=line.pk, quantity="-1")
    assert refused.status_code == 422
    assert line.serials_url in refused.text


def test_the_side_offers_the_units_that_were_not_counted_first(client, clerk, draft, drive, harbor):
    units(drive, harbor, "A-1", "A-2", "A-3")
    count = start_count(harbor, staff=clerk)
    scan(count, "A-1", staff=clerk)
    held = start_adjustment(harbor, staff=clerk, reason="missing")
    attach(add_line(held, drive, is_minus=True), ["A-2"], staff=clerk)
    line = add_line(draft, drive, is_minus=True)
    text = see(client, "side", draft, line=line.pk).text
    places = [text.index(words) for words in (f"Not seen in {count.number}", "A-3", "Counted, or held", "A-1", "A-2")]
    assert places == sorted(places)
    assert f"held by {held}" in text
    found = see(client, "side", draft, line=line.pk, q="a-1").text
    assert "A-1" in found
    assert "A-3" not in found


def test_a_plus_line_or_none_asks_for_no_units(client, clerk, draft, drive, harbor):
    unit(drive, harbor, "A-1")
    line = add_line(draft, drive, is_minus=False)
    assert "A-1" not in see(client, "side", draft, line=line.pk).text
    assert see(client, "side", draft, line="x").status_code == 200


def test_a_tick_takes_a_unit_and_gives_it_back(client, clerk, draft, drive, harbor):
    first, second = units(drive, harbor, "A-1", "A-2")
    line = add_line(draft, drive, is_minus=True)
    assert do(client, "leaves", draft, line=line.pk, serial=first.pk).status_code == 200
    assert SerialHold.objects.get().serial == first
    assert do(client, "leaves", draft, line=line.pk, serial=second.pk).status_code == 422
    do(client, "leaves", draft, line=line.pk, serial=first.pk)
    assert not SerialHold.objects.exists()
    assert do(client, "leaves", draft, line=line.pk, serial=0).status_code == 404


def test_reason_and_note_are_kept_as_soon_as_they_change(client, clerk, draft):
    assert do(client, "details", draft, reason="found", note="under the shelf").status_code == 200
    draft.refresh_from_db()
    assert (draft.reason_id, draft.note) == ("found", "under the shelf")
    assert do(client, "details", draft, reason="nonsense").status_code == 422


def test_posting_shows_the_posted_document(client, clerk, draft, harbor):
    cable = stock(ProductFactory(name="Cable"), harbor, 5)
    add_line(draft, cable, is_minus=True, quantity=2)
    assert do(client, "post", draft).headers["HX-Redirect"] == draft.get_absolute_url()
    page = see(client, "adjustment", draft).text
    assert '<td class="num b6">−2</td>' in page
    assert "Take it back" not in page
    assert on_hand(cable, harbor) == 3


def test_a_refused_posting_says_why_and_moves_nothing(client, clerk, draft, harbor):
    phone = ProductFactory(name="Phone", serial_tracking=SerialTracking.ALL)
    unit(phone, harbor, "P-1")
    add_line(draft, phone, is_minus=True)
    refused = do(client, "post", draft)
    assert (refused.status_code, "Say which 1 leaves" in refused.text) == (422, True)
    assert client.post(reverse("adjustments:post", args=[draft.pk])).url == draft.get_absolute_url()
    assert on_hand(phone, harbor) == 1


def test_a_manager_overrides_with_a_reason(client, manager, draft, harbor):
    phone = ProductFactory(name="Phone", serial_tracking=SerialTracking.ALL)
    stock(phone, harbor, 1)
    line = add_line(draft, phone, is_minus=True)
    assert "Post without" in see(client, "adjustment", draft).text
    assert "Line 1, Phone" in see(client, "override", draft).text
    assert do(client, "override", draft, reason=" ").status_code == 422
    assert do(client, "override", draft, reason="Box was empty").headers["HX-Redirect"]
    line.refresh_from_db()
    assert line.excuse == "Box was empty"
    assert "Box was empty" in see(client, "adjustment", draft).text


def test_a_manager_takes_a_posted_adjustment_back(client, manager, draft, harbor):
    cable = ProductFactory()
    add_line(draft, cable, is_minus=False, quantity=4)
    post_adjustment(draft, staff=manager)
    assert "opposite adjustment" in see(client, "reverse", draft).text
    do(client, "reverse", draft, note="Wrong shelf")
    back = Adjustment.objects.get(reverses=draft)
    assert on_hand(cable, harbor) == 0
    assert back.number in see(client, "adjustment", draft).text
    assert draft.number in see(client, "adjustment", back).text
    assert do(client, "reverse", draft).status_code == 422


def test_discarding_asks_first(client, clerk, draft):
    assert "Discard" in see(client, "discard", draft).text
    draft.refresh_from_db()
    assert draft.is_open
    assert do(client, "discard", draft).headers["HX-Redirect"]
    assert "Discarded" in see(client, "adjustment", draft).text
    assert do(client, "discard", draft).status_code == 422
    assert do(client, "scan", draft, code="X").status_code == 422


def test_a_line_is_taken_off(client, clerk, draft):
    line = add_line(draft, ProductFactory(), is_minus=True)
    assert do(client, "remove", draft, line=line.pk).status_code == 200
    assert do(client, "remove", draft, line=line.pk).status_code == 404


def test_with_the_add_on_off_nothing_is_said_of_serials(client, clerk, draft, drive, harbor, shop):
    unit(drive, harbor, "A-1")
    shop.serial_numbers_enabled = False
    shop.save()
    do(client, "scan", draft, code="IW", direction="minus")
    page = see(client, "adjustment", draft).text
    assert "A-1" not in page
    assert "Serial No." not in page
    assert do(client, "post", draft).headers["HX-Redirect"]
    assert on_hand(drive, harbor) == 0


def test_the_list_filters_by_store_reason_status_and_period(client, manager, draft, harbor, northgate):
    foreign = start_adjustment(northgate, staff=manager, reason="found")
    gone = start_adjustment(harbor, staff=manager, reason="damaged")
    discard_adjustment(gone, staff=manager)
    page = client.get(reverse("adjustments:adjustments")).text
    assert draft.number in page
    assert foreign.number not in page
    for query, number in (({"status": "discarded"}, gone.number), ({"reason": "missing", "since": "7"}, draft.number)):
        found = client.get(reverse("adjustments:adjustments"), query)
        assert [one.number for one in found.context["page"]] == [number]
    assert "No adjustment fits" in client.get(reverse("adjustments:adjustments"), {"reason": "other"}).text
    assert client.get(reverse("adjustments:adjustments"), {"since": "nonsense"}).status_code == 200


def test_an_adjustment_is_found_by_its_number(client, manager, draft, northgate):
    foreign = start_adjustment(northgate, staff=manager, reason="found")
    assert client.get("/serials/look-up/", {"q": draft.number.lower()}).url == draft.get_absolute_url()
    assert foreign.get_absolute_url() not in client.get("/serials/look-up/", {"q": foreign.number}).text


@pytest.mark.once
def test_pages_ask_as_often_with_ten_times_the_rows(client, manager, draft, harbor):
    def statements(n):
        for _one in range(n):
            drive = TrackedFactory(cost=100)
            numbers = [f"{drive.pk}-{at}" for at in range(3)]
            units(drive, harbor, *numbers)
            attach(add_line(draft, drive, is_minus=True, quantity=2), numbers[:2], staff=manager)
        done = start_adjustment(harbor, staff=manager, reason="found")
        for _one in range(n):
            add_line(done, stock(TrackedFactory(), harbor, 1), is_minus=False)
        post_adjustment(done, staff=manager)
        counted = []
        for address in (reverse("adjustments:adjustments"), draft.get_absolute_url(), done.get_absolute_url()):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counted.append(len(asked))
        return counted

    assert statements(1) == statements(9)


# --- Reasons under Settings -------------------------------------------------------------------------------------------


def test_managers_keep_the_reasons(client, manager):
    listed = reverse("adjustments_settings:reasons")
    assert "Counted wrong before" in client.get(listed).text
    new = reverse("adjustments_settings:new_reason")
    assert client.post(new, {"code": "07", "name": "Shop window", "is_active": "on"}).url == listed
    for wrong in ({"code": "07", "name": "Again"}, {"code": "a b", "name": "Blank"}, {"code": "08", "name": ""}):
        assert client.post(new, wrong | {"is_active": "on"}).status_code == 422
    own = ReasonCode.objects.get(code="07")
    address = reverse("adjustments_settings:reason", args=[own.pk])
    client.post(address, {"code": "99", "name": "Window", "is_active": ""})
    own.refresh_from_db()
    assert (own.code, own.name, own.is_active) == ("07", "Window", False)


def test_a_reason_that_the_program_gives_is_not_switched_off(client, manager):
    opening = ReasonCode.objects.get(code="opening")
    refused = client.post(reverse("adjustments_settings:reason", args=[opening.pk]), {"name": "", "is_active": ""})
    assert (refused.status_code, "stays in use" in refused.text) == (422, True)


def test_the_back_office_does_not_keep_the_reasons(client, clerk):
    assert client.get(reverse("adjustments_settings:reasons")).status_code == 403
    assert client.get(reverse("adjustments_settings:new_reason")).status_code == 403


def test_a_unit_that_moved_on_is_named_when_taking_back(client, manager, draft, drive, harbor):
    attach(add_line(draft, drive, is_minus=False), ["N-1"], new=["N-1"], staff=manager)
    post_adjustment(draft, staff=manager)
    again = start_adjustment(harbor, staff=manager, reason="missing")
    attach(add_line(again, drive, is_minus=True), ["N-1"], staff=manager)
    post_adjustment(again, staff=manager)
    refused = do(client, "reverse", draft)
    assert (refused.status_code, "N-1 moved on" in refused.text) == (422, True)
    reverse_adjustment(again, staff=manager)
    assert Serial.objects.get(number="N-1").state == "in_stock"
