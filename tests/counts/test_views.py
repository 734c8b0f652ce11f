"""The pages of stock counts: who may, what is answered, and how often the database is asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.counts.models import CountScan, StockCount
from inventory.counts.operations import accept, cancel_count, count_none, post_count, scan, start_count
from inventory.counts.results import result_of
from serials.models import Serial
from settings_app.models import SerialTracking
from tests.factories import CategoryFactory, ProductFactory, StaffFactory, TrackedFactory, on_hand, stock, unit, units

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def drive():
    return TrackedFactory(name="IronWolf", sku="IW")


@pytest.fixture
def manager(client, harbor):
    manager = StaffFactory(role="Manager", stores=[harbor])
    client.force_login(manager)
    return manager


@pytest.fixture
def cashier(client, harbor):
    cashier = StaffFactory(role="Junior Cashier", stores=[harbor])
    client.force_login(cashier)
    return cashier


@pytest.fixture
def counting(drive, harbor, ann):
    units(drive, harbor, "A-1", "A-2")
    return start_count(harbor, staff=ann)


def do(client, name, count, **data):
    return client.post(reverse(f"counts:{name}", args=[count.pk]), data, headers=HX)


def see(client, name, count, **data):
    return client.get(reverse(f"counts:{name}", args=[count.pk]), data)


# --- Who may ----------------------------------------------------------------------------------------------------------

POSTS = ["scan", "without", "quantity", "undo", "confirm"]
DECISIONS = ["accept", "recount", "none", "add_new", "aside", "post", "cancel"]


@pytest.mark.parametrize("name", ["count", "review", *POSTS, *DECISIONS])
def test_a_count_of_another_store_is_not_there(client, manager, drive, northgate, ann, name):
    foreign = start_count(northgate, staff=ann)
    ask = see if name in ("count", "review") else do
    assert ask(client, name, foreign).status_code == 404


@pytest.mark.parametrize("name", ["review", *DECISIONS])
def test_cashiers_count_and_do_not_decide(client, cashier, counting, name):
    assert see(client, "count", counting).status_code == 200
    ask = see if name == "review" else do
    assert ask(client, name, counting, product=1, scan=1).status_code == 403
    counting.refresh_from_db()
    assert counting.is_open


def test_junior_cashiers_begin_no_count(client, cashier):
    assert client.get(reverse("counts:new")).status_code == 403
    assert "New count" not in client.get(reverse("counts:counts")).text


@pytest.mark.parametrize("name", [*POSTS, *DECISIONS[:-1]])
def test_a_count_changes_only_by_post(client, manager, counting, name):
    assert see(client, name, counting).status_code == 405


# --- Beginning --------------------------------------------------------------------------------------------------------


def begin(client, harbor, **data):
    return client.post(reverse("counts:new"), {"store": harbor.pk, "scope": "store", "is_blind": "on"} | data)


def test_a_count_begins_with_store_and_scope(client, manager, drive, harbor):
    shelf = CategoryFactory(name="Drives", path="Drives")
    TrackedFactory(category=shelf)
    assert begin(client, harbor).url == StockCount.objects.get().get_absolute_url()
    begin(client, harbor, scope="category", category=shelf.pk, is_blind="", note="Top shelf")
    begin(client, harbor, scope="products", products="IW\n\n IW \n", tracked_only="on")
    listed, of_category, whole = StockCount.objects.all()
    assert (whole.scope, whole.is_blind) == ("store", True)
    assert (of_category.category, of_category.is_blind, of_category.note) == (shelf, False, "Top shelf")
    assert (list(listed.products.all()), listed.tracked_only) == ([drive], True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"scope": "category"}, "Choose the category"),
        ({"scope": "products"}, "List the products"),
        ({"scope": "products", "products": "NOBODY"}, "NOBODY"),
        ({"scope": "store", "store": "0"}, "valid choice"),
    ],
)
def test_bad_scopes_are_refused_in_place(client, manager, drive, harbor, data, words):
    answer = begin(client, harbor, **data)
    assert answer.status_code == 422
    assert words in answer.text
    assert not StockCount.objects.exists()


def test_a_scope_without_products_is_refused(client, manager, harbor):
    assert begin(client, harbor).status_code == 422
    assert not StockCount.objects.exists()


# --- Counting ---------------------------------------------------------------------------------------------------------


def test_a_blind_count_never_says_what_is_expected(client, cashier, counting):
    page = see(client, "count", counting)
    assert "A-1" not in page.text
    assert "To find" not in page.text
    do(client, "scan", counting, code="A-1")
    answer = see(client, "count", counting, show="find").text
    assert "A-2" not in answer
    assert ">1</b>" in answer


def test_a_count_that_is_not_blind_lists_what_is_to_find(client, cashier, counting):
    StockCount.objects.update(is_blind=False)
    answer = do(client, "scan", counting, code="A-1", show="find").text
    assert "A-2" in answer
    assert "A-1</a>" not in answer
    assert "1 to find" in answer


def test_with_the_add_on_off_no_unit_is_named(client, cashier, counting, shop):
    StockCount.objects.update(is_blind=False)
    shop.serial_numbers_enabled = False
    shop.save()
    page = see(client, "count", counting, show="find").text
    assert "A-1" not in page
    assert "to find" not in page
    assert "of 2 units" in page
    assert "Scan a product or serial" not in page


def test_every_scan_is_answered_with_its_verdict(client, cashier, counting, drive, harbor):
    assert "Counted. IronWolf" in do(client, "scan", counting, code="A-1").text
    again = do(client, "scan", counting, code="a-1")
    assert (again.status_code, "counts once" in again.text) == (200, True)
    asked = do(client, "scan", counting, code="IW")
    assert f'name="waits" value="{drive.pk}"' in asked.text
    new = do(client, "scan", counting, code="A-9", waits=drive.pk)
    assert "Add New" in new.text
    kept = CountScan.objects.get(number="A-9")
    assert "counted as new" in do(client, "confirm", counting, scan=kept.pk).text
    assert "Undone: A-9" in do(client, "undo", counting).text
    assert [one.staff for one in CountScan.objects.all()] == [cashier] * 3


def test_a_scan_sent_again_counts_once(client, cashier, counting, harbor):
    cable = stock(ProductFactory(sku="CBL"), harbor, 3)
    for _twice in range(2):
        do(client, "scan", counting, code="CBL", scan_id="7")
    assert CountScan.objects.get().product == cable


def test_a_product_chosen_from_the_list_is_scanned(client, cashier, counting, harbor):
    cable = stock(ProductFactory(), harbor, 3)
    do(client, "scan", counting, product=cable.pk)
    assert CountScan.objects.get().product == cable


def test_a_number_of_two_products_asks_which(client, cashier, counting, harbor):
    unit(TrackedFactory(name="Other"), harbor, "A-1")
    answer = do(client, "scan", counting, code="A-1")
    assert "Which one is it?" in answer.text
    assert answer.headers["HX-Retarget"] == "#say"
    assert not CountScan.objects.exists()


def test_quantities_are_typed_and_nonsense_is_refused(client, cashier, counting, harbor):
    stock(ProductFactory(sku="CBL"), harbor, 3)
    assert 'name="quantity" value="1"' in do(client, "scan", counting, code="CBL").text
    kept = CountScan.objects.get()
    for wrong in ("", "many", "-3", "99999999"):
        assert do(client, "quantity", counting, scan=kept.pk, quantity=wrong).status_code == 422
    assert "24 counted" in do(client, "quantity", counting, scan=kept.pk, quantity="24").text
    assert do(client, "quantity", counting, scan=0, quantity="24").status_code == 422


def test_only_optional_products_are_counted_without_their_number(client, cashier, counting, drive, harbor):
    lamp = stock(ProductFactory(sku="LAMP", serial_tracking=SerialTracking.OPTIONAL), harbor, 2)
    assert "No number: count one" in do(client, "scan", counting, code="LAMP").text
    assert "No number: count one" not in do(client, "scan", counting, code="IW").text
    assert "1 counted" in do(client, "without", counting, product=lamp.pk).text
    assert do(client, "without", counting, product=drive.pk).status_code == 404


def test_nothing_to_undo_and_empty_codes_are_told(client, cashier, counting):
    assert do(client, "undo", counting).status_code == 422
    assert "empty code" in do(client, "scan", counting, code=" ").text
    assert do(client, "scan", counting, code="x" * 500).status_code == 422
    assert do(client, "scan", counting, code="x" * 70, waits=Serial.objects.first().product_id).status_code == 422


def test_a_settled_count_shows_what_became_of_it(client, manager, counting, ann):
    scan(counting, "NOBODY", staff=ann)
    cancel_count(counting, staff=ann)
    assert "This count was cancelled" in see(client, "count", counting).text
    assert see(client, "review", counting).url == counting.get_absolute_url()
    assert do(client, "scan", counting, code="A-1").status_code == 422


# --- Review -----------------------------------------------------------------------------------------------------------


def test_the_review_shows_each_difference_and_takes_it(client, manager, counting, drive, harbor):
    do(client, "scan", counting, code="A-1")
    page = see(client, "review", counting).text
    for words in ("IronWolf", "counted 1, expected 2", "A-2", "recorded"):
        assert words in page
    assert do(client, "post", counting).status_code == 422
    [one] = result_of(counting).differing
    assert "Accepted" in do(client, "accept", counting, seen=f"{drive.pk}:{one.signature}").text
    answer = do(client, "post", counting)
    assert answer.headers["HX-Redirect"] == counting.get_absolute_url()
    assert on_hand(drive, harbor) == 1
    settled = see(client, "count", counting).text
    assert "A-2" in settled
    assert "Adjustment ADJ-" in settled


def test_a_stale_decision_is_refused(client, manager, counting, drive):
    do(client, "scan", counting, code="A-1")
    assert do(client, "accept", counting, seen=f"{drive.pk}:old").status_code == 422
    assert do(client, "accept", counting, seen="nonsense").status_code == 200
    assert not counting.decisions.exists()


def test_the_review_recounts_sets_aside_adds_and_says_none(client, manager, counting, drive, harbor):
    cable = stock(ProductFactory(name="Cable"), harbor, 2)
    do(client, "scan", counting, code="A-1")
    do(client, "scan", counting, code="NOBODY")
    stray = CountScan.objects.get(code="NOBODY")
    assert do(client, "add_new", counting, scan=stray.pk, product_code="?").status_code == 422
    assert "counted as new" in do(client, "add_new", counting, scan=stray.pk, product_code="iw").text
    named = CountScan.objects.get(number="NOBODY")
    assert "left out" in do(client, "aside", counting, scan=named.pk).text
    assert "once more" in do(client, "recount", counting, product=drive.pk).text
    assert "None of Cable" in do(client, "none", counting, product=cable.pk).text
    assert do(client, "none", counting, product="x").status_code == 404
    assert [str(one.product) for one in result_of(counting).differing] == ["Cable"]


def test_cancelling_asks_first(client, manager, counting):
    assert "Nothing is adjusted" in see(client, "cancel", counting).text
    counting.refresh_from_db()
    assert counting.is_open
    assert client.post(reverse("counts:cancel", args=[counting.pk])).url == counting.get_absolute_url()


# --- Lists ------------------------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_stores_and_filters(client, manager, counting, northgate, ann):
    foreign = start_count(northgate, staff=ann)
    gone = start_count(counting.store, staff=ann)
    cancel_count(gone, staff=ann)
    page = client.get(reverse("counts:counts")).text
    assert counting.number in page
    assert foreign.number not in page
    cancelled = client.get(reverse("counts:counts"), {"status": "cancelled"}).text
    assert gone.number in cancelled
    assert counting.number not in cancelled


def test_an_empty_list_says_what_to_do(client, manager):
    assert "Nothing was counted yet" in client.get(reverse("counts:counts")).text


def test_a_count_is_found_by_its_number(client, manager, counting, northgate, ann):
    foreign = start_count(northgate, staff=ann)
    assert client.get("/serials/look-up/", {"q": counting.number.lower()}).url == counting.get_absolute_url()
    assert foreign.get_absolute_url() not in client.get("/serials/look-up/", {"q": foreign.number}).text


@pytest.mark.once
def test_pages_ask_as_often_with_ten_times_the_rows(client, manager, harbor, ann):
    def statements(n):
        for _one in range(n):
            drive, cable = TrackedFactory(), stock(ProductFactory(), harbor, 3)
            stock(ProductFactory(), harbor, 1)
            units(drive, harbor, f"{drive.pk}-1", f"{drive.pk}-2")
            count = StockCount.objects.open().last() or start_count(harbor, staff=ann, is_blind=False)
            scan(count, f"{drive.pk}-1", staff=ann)
            scan(count, f"{drive.pk}-NEW", staff=ann, product=drive)
            scan(count, "NOBODY", staff=ann)
            scan(count, cable.sku, staff=ann)
            cancel_count(start_count(harbor, staff=ann), staff=ann)
        numbers = []
        for address in (
            counts := reverse("counts:counts"),
            count.get_absolute_url(),
            reverse("counts:review", args=[count.pk]),
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            numbers.append(len(asked))
        assert counts
        return numbers

    assert statements(1) == statements(9)


def test_a_posted_count_with_none_left_is_shown(client, manager, counting, drive, harbor, ann):
    count_none(counting, drive, staff=ann)
    accept(counting, {one.product.pk: one.signature for one in result_of(counting).differing}, staff=ann)
    post_count(counting, staff=ann)
    assert (
        "−2" in see(client, "count", counting).text.replace("−</span>", "−").replace("\n", "")
        or on_hand(drive, harbor) == 0
    )
