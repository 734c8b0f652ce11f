"""The Stock tab, and the page of an adjustment."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.adjustments.models import Adjustment
from inventory.operations import archive_product
from serials.operations import attach
from tests.factories import (
    ProductFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StaffFactory,
    TrackedFactory,
    on_hand,
    stock,
    unit,
    units,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def back_office(client, harbor):
    staff = StaffFactory(stores=[harbor], role="Back Office", first_name="Bea", last_name="Office")
    client.force_login(staff)
    return staff


def address(product):
    return reverse("adjustments:stock", args=[product.pk])


def enter(client, product, figures, *, seen=None, reason="found", **more):
    """Post the Stock tab as the browser would: `figures` by store."""
    seen = seen or {store: on_hand(product, store) for store in figures}
    posted = {"reason": reason, "note": ""} | more
    for store, count in figures.items():
        posted |= {f"on_hand_{store.pk}": count, f"seen_{store.pk}": seen[store]}
    return client.post(address(product), posted)


def test_open_stock_is_saved_and_the_page_stays(client, back_office, harbor):
    product = TrackedFactory()
    response = enter(client, product, {harbor: 4}, reason="opening", note="first  count")
    assert response.url == address(product)
    page = client.get(response.url).content.decode()
    assert "Open stock: Harbor 4" in page
    movement = product.movements.get()
    assert (movement.quantity, movement.reason, movement.note) == (4, "opening", "first count")
    # What follows is said in words and leads to the tab where serials are attached.
    assert (
        f'<a class="sub is-red" href="/products/{product.pk}/serial-numbers/?store={harbor.pk}">4 lack a serial</a>'
        in page
    )


def test_a_figure_that_is_left_alone_moves_nothing(client, back_office, harbor):
    product = stock(ProductFactory(), harbor, 3)
    assert enter(client, product, {harbor: 3}).status_code == 302
    assert enter(client, product, {harbor: ""}, seen={harbor: 3}).status_code == 302
    assert product.movements.count() == 1


@pytest.mark.parametrize(
    ("count", "words"),
    [("-1", "below zero"), ("many", "whole number"), ("1.5", "whole number"), ("4006381333931", "barcode")],
)
def test_what_cannot_be_a_figure_is_refused_beside_its_field(client, back_office, harbor, count, words):
    product = stock(ProductFactory(), harbor, 3)
    response = enter(client, product, {harbor: count})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[f"on_hand_{harbor.pk}"])
    assert on_hand(product, harbor) == 3


def test_an_unknown_reason_is_refused(client, back_office, harbor):
    product = ProductFactory()
    assert enter(client, product, {harbor: 3}, reason="because").status_code == 422
    assert on_hand(product, harbor) == 0


def test_a_figure_that_moved_meanwhile_is_not_overwritten(client, back_office, harbor):
    product = stock(ProductFactory(), harbor, 3)
    response = enter(client, product, {harbor: 9}, seen={harbor: 4})
    assert response.status_code == 422
    assert "Harbor: 3 on hand now, 4 when you looked" in response.content.decode()
    assert on_hand(product, harbor) == 3


def test_the_stock_of_somebody_elses_store_is_read_not_changed(client, back_office, harbor, northgate):
    product = stock(ProductFactory(), northgate, 3)
    page = client.get(address(product)).content.decode()
    assert "Northgate" in page
    assert f"on_hand_{northgate.pk}" not in page
    enter(client, product, {northgate: 9, harbor: 1})
    assert (on_hand(product, northgate), on_hand(product, harbor)) == (3, 1)


def test_a_cashier_reads_the_stock_and_enters_none(client, harbor):
    client.force_login(StaffFactory(stores=[harbor], role="Junior Cashier"))
    product = stock(TrackedFactory(), harbor, 3)
    page = client.get(address(product))
    assert page.status_code == 200
    assert b"Save &amp; Continue" not in page.content
    assert enter(client, product, {harbor: 9}).status_code == 403
    assert client.post(reverse("adjustments:leaving", args=[product.pk, harbor.pk])).status_code == 403
    assert on_hand(product, harbor) == 3


def test_an_archived_product_takes_no_stock(client, back_office, harbor):
    product = ProductFactory()
    archive_product(product, staff=back_office)
    assert enter(client, product, {harbor: 9}).status_code == 403


def test_lowering_below_the_serials_asks_which_leave_and_keeps_what_was_typed(client, back_office, harbor):
    product = TrackedFactory()
    first, second, _third = units(product, harbor, "A-1", "A-2", "A-3")
    asked = enter(client, product, {harbor: 1}, reason="missing", note="shelf 4")
    assert asked.status_code == 422
    page = asked.content.decode()
    assert "Which 2 leave?" in page
    assert 'value="shelf 4"' in page
    assert on_hand(product, harbor) == 3
    done = enter(client, product, {harbor: 1}, reason="missing", leaving=[first.pk, second.pk])
    assert done.status_code == 302
    assert on_hand(product, harbor) == 1
    assert [serial.number for serial in product.serials.in_stock(harbor)] == ["A-3"]


def test_serials_of_another_product_or_store_never_leave(client, back_office, harbor, northgate):
    product = TrackedFactory()
    units(product, harbor, "A-1", "A-2")
    elsewhere, stranger = unit(product, northgate, "A-3"), unit(TrackedFactory(), harbor, "B-1")
    response = enter(client, product, {harbor: 1}, leaving=[elsewhere.pk, stranger.pk])
    assert response.status_code == 422
    for serial in (elsewhere, stranger):
        serial.refresh_from_db()
        assert serial.state == "in_stock"


def look(client, product, store, **posted):
    return client.post(reverse("adjustments:leaving", args=[product.pk, store.pk]), posted)


def test_a_scanned_unit_of_the_store_is_ticked(client, back_office, harbor):
    product = TrackedFactory()
    first, second = units(product, harbor, "A-1", "A-2")
    offer = look(client, product, harbor, code="a-2", leaving=[first.pk]).context["offer"]
    assert {serial.pk for serial in offer.ticked} == {first.pk, second.pk}
    assert offer.said == "A-2 leaves."


@pytest.mark.parametrize(
    ("code", "said"),
    [("Z-9", "No such serial"), ("A-3", "In stock at Northgate"), ("A-1", "held by sale"), ("A", "These contain it")],
)
def test_a_scan_that_cannot_leave_says_why_and_ticks_nothing(client, back_office, harbor, northgate, code, said):
    product = TrackedFactory()
    units(product, harbor, "A-1", "A-2")
    unit(product, northgate, "A-3")
    line = SaleLineFactory(product=product, sale__register__store=harbor)
    attach(line, ["A-1"], staff=back_office)
    offer = look(client, product, harbor, code=code).context["offer"]
    assert said in offer.said
    assert not offer.is_fine
    assert not offer.ticked


def test_a_long_list_is_paged_and_searched_and_keeps_the_ticks(client, back_office, harbor):
    product = TrackedFactory()
    serials = units(product, harbor, *(f"A-{number:03d}" for number in range(60)))
    offer = look(client, product, harbor, leaving=[serials[59].pk], page=2).context["offer"]
    assert [serial.number for serial in offer.ticked] == ["A-059"]
    assert len(offer.others) == 25
    assert offer.has_more
    found = look(client, product, harbor, **{f"find_{harbor.pk}": "A-01"}).context["offer"]
    assert [serial.number for serial in found.others] == [f"A-01{digit}" for digit in range(10)]


def test_the_tick_list_of_a_store_that_is_not_ones_own_is_404(client, back_office, northgate):
    assert look(client, TrackedFactory(), northgate).status_code == 404


def test_the_tick_list_is_404_where_nothing_is_tracked(client, back_office, harbor):
    assert look(client, ProductFactory(), harbor).status_code == 404
    ShopSettingsFactory(serial_numbers_enabled=False)
    assert look(client, TrackedFactory(), harbor).status_code == 404


def test_with_the_add_on_off_the_stock_tab_shows_no_serials(client, back_office, harbor):
    product = TrackedFactory()
    units(product, harbor, "A-1", "A-2")
    ShopSettingsFactory(serial_numbers_enabled=False)
    assert b">Serials<" not in client.get(address(product)).content
    assert enter(client, product, {harbor: 0}).status_code == 302


def test_the_ledger_says_what_was_left_and_links_its_documents(client, back_office, harbor, northgate):
    product = stock(stock(stock(ProductFactory(), harbor, 5), northgate, 2), harbor, 1)
    page = client.get(address(product))
    assert [(one.store.name, one.quantity, one.left) for one in page.context["page"]] == [
        ("Harbor", 1, 6),
        ("Northgate", 2, 2),
        ("Harbor", 5, 5),
    ]
    adjustment = Adjustment.objects.first()
    assert f'<a href="/adjustments/{adjustment.pk}/">{adjustment.number}</a>' in page.content.decode()
    filtered = client.get(address(product), {"store": northgate.pk}).context["page"]
    assert [one.quantity for one in filtered] == [2]
    assert client.get(address(product), {"store": "x"}).status_code == 404


@pytest.mark.once
def test_the_ledger_asks_as_often_for_ten_times_the_movements(client, back_office, harbor):
    product = ProductFactory()
    stock(stock(product, harbor, 1), harbor, 1)
    client.get(address(product))
    with CaptureQueriesContext(connection) as few:
        client.get(address(product))
    for _number in range(20):
        stock(product, harbor, 1)
    with CaptureQueriesContext(connection) as many:
        client.get(address(product))
    assert len(many) == len(few)


def test_an_adjustment_is_shown_in_ones_own_stores_only(client, back_office, harbor, northgate):
    own, other = TrackedFactory(), TrackedFactory()
    unit(own, harbor, "A-1")
    stock(other, northgate, 1)
    mine, foreign = Adjustment.objects.get(store=harbor), Adjustment.objects.get(store=northgate)
    assert own.name.encode() in client.get(mine.get_absolute_url()).content
    assert client.get(foreign.get_absolute_url()).status_code == 404
