"""Where an order is found and named: the list, the look-up, its customer, its units, and the stages of the shop."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.finding import find_orders
from orders.models import OrderLine, OrderStatus
from orders.operations import add_product, cancel_order, hand_over, open_order
from serials.operations import attach
from tests import factories
from tests.orders.pages import HTMX, text
from tests.orders.pages import desk as desk
from tests.orders.pages import opened as opened
from tests.orders.pages import order as order
from tests.orders.pages import staff as staff
from tests.orders.pages import store as store

pytestmark = pytest.mark.django_db


def numbers(answer):
    return [order.number for order in answer.context["page"]]


@pytest.mark.by_hand
def test_the_list_is_filtered_by_its_address(desk, staff, store):
    stage = factories.OrderStatusFactory()
    today = timezone.localdate(timezone=ZoneInfo(store.time_zone))
    other_store = factories.StoreFactory()
    staff.stores.add(other_store)
    draft = factories.OrderFactory(store=store, wanted_by=today - timedelta(days=1))
    opened = factories.OrderFactory(store=other_store, status="open", wanted_by=today + timedelta(days=3))
    staged = factories.OrderFactory(store=store, status="open", progress=stage, customer__name="Lakeside")
    done = factories.OrderFactory(store=store, status="complete", completed_at=timezone.now())
    gone = factories.OrderFactory(store=store, status="cancelled", cancelled_at=timezone.now(), paid=100)
    factories.OrderFactory()  # elsewhere
    for query, wanted in [
        ("", [staged, opened, draft]),
        ("status=draft", [draft]),
        ("status=open", [opened]),
        (f"status=stage-{stage.pk}", [staged]),
        ("status=complete", [done]),
        ("status=cancelled", [gone]),
        ("status=refund", [gone]),
        ("status=all", [gone, done, staged, opened, draft]),
        ("status=nonsense", [staged, opened, draft]),
        (f"store={other_store.pk}", [opened]),
        ("store=abc", [staged, opened, draft]),
        ("wanted=late", [draft]),
        ("wanted=7", [opened]),
        ("wanted=0", []),
        ("q=lakeside", [staged]),
        (f"q={done.number}", [done]),
    ]:
        found = numbers(desk.get(f"/orders/?{query}"))
        assert found == [order.number for order in wanted], query


def test_a_serial_finds_the_order_that_holds_or_gave_it(desk, opened, staff):
    attach(opened.lines.get(name="Camera"), ["ZA1"], staff=staff)
    assert numbers(desk.get("/orders/", {"q": "za1"})) == [opened.number]
    hand_over(opened, staff=staff, unpaid_reason="x")
    assert numbers(desk.get("/orders/", {"q": "ZA1"})) == [opened.number]


@pytest.mark.once
def test_lists_and_pages_ask_a_fixed_number_of_questions(desk, store, staff):
    def statements(address):
        desk.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    order = factories.OrderFactory(store=store)
    add_product(order, factories.TrackedFactory(), staff=staff)
    addresses = ["/orders/", f"/orders/{order.pk}/", f"/orders/{order.pk}/print/"]
    few = [statements(address) for address in addresses]
    for _row in range(9):
        add_product(order, factories.TrackedFactory(), staff=staff)
        add_product(factories.OrderFactory(store=store), factories.ProductFactory(), staff=staff)
    assert [statements(address) for address in addresses] == few


def test_the_look_up_knows_the_number(staff, opened):
    [found] = find_orders(opened.number.lower(), staff)
    assert (found.title, found.url) == (opened.number, f"/orders/{opened.pk}/")
    assert find_orders(opened.number, factories.StaffFactory(stores=[opened.store])) == []
    assert find_orders(opened.number, factories.StaffFactory(role="Manager")) == []


def test_a_customer_s_record_lists_their_orders(desk, opened):
    page = text(desk.get(f"/customers/{opened.customer.pk}/orders/"))
    assert opened.number in page
    assert f"/customers/{opened.customer.pk}/orders/" in text(desk.get(f"/customers/{opened.customer.pk}/"))


def test_the_shop_makes_its_own_stages(desk, opened, staff):
    assert "No stage of your own yet" in text(desk.get("/settings/order-statuses/"))
    values = {"name": "Ready", "position": "1", "is_active": "on"}
    assert desk.post("/settings/order-statuses/new/", values).status_code == 302
    assert desk.post("/settings/order-statuses/new/", values).status_code == 422
    ready = OrderStatus.objects.get()
    assert "Ready" in text(desk.get(f"/orders/{opened.pk}/status/", headers=HTMX))
    desk.post(f"/settings/order-statuses/{ready.pk}/", {"name": "Ready", "position": "1"})
    assert "Ready" not in text(desk.get(f"/orders/{opened.pk}/status/", headers=HTMX))


def test_the_pop_up_of_an_order_line_is_for_those_who_take_orders(client, opened, store):
    line = OrderLine.objects.get(order=opened, name="Camera")
    client.force_login(factories.StaffFactory(stores=[store], role="Back Office"))
    assert client.get(line.serials_url, headers=HTMX).status_code == 200
    client.force_login(factories.StaffFactory(stores=[store], role="Junior Cashier"))
    assert client.get(line.serials_url, headers=HTMX).status_code == 403


def test_a_unit_says_which_order_holds_it_for_whom_and_since_when(desk, opened, staff):
    line = opened.lines.get(name="Camera")
    attach(line, ["ZA1"], staff=staff, place="Harbor")
    unit = line.product.serials.get()
    page = text(desk.get(unit.get_absolute_url()))
    assert f"Held by {opened}" in page and str(staff) in page and "Held since" in page
    assert str(opened) in text(desk.get(f"/products/{line.product.pk}/serial-numbers/"))
    other = add_product(factories.OrderFactory(store=opened.store), line.product, staff=staff)
    open_order(other.order, staff=staff)
    popup = desk.post(f"{other.serials_url}scan/", {"code": "ZA1"}, headers=HTMX)
    assert opened.number in text(popup)
    choices = text(desk.get(f"{other.serials_url}list/", headers=HTMX))
    assert opened.number in choices
    cancel_order(opened, reason="x", staff=staff)
    assert "Held by" not in text(desk.get(unit.get_absolute_url()))
