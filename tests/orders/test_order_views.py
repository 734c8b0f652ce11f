"""The pages of orders: who may, which store, what comes back."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from microbiz.laws import check_laws
from orders.models import CustomerOrder
from orders.operations import add_product, open_order
from serials.models import SerialHold
from serials.operations import attach
from tests import factories
from tests.factories import units
from tests.orders.pages import HTMX, post, text
from tests.orders.pages import desk as desk
from tests.orders.pages import opened as opened
from tests.orders.pages import order as order
from tests.orders.pages import staff as staff
from tests.orders.pages import store as store

pytestmark = pytest.mark.django_db

PAGES = ["", "history/", "print/", "order.pdf"]
ACTIONS = [
    "scan",
    "quantity",
    "price",
    "discount",
    "remove",
    "details",
    "customer",
    "open",
    "status",
    "cancel",
    "hand-over",
]


def test_another_store_s_order_is_not_there(desk):
    foreign = factories.OrderFactory()
    for page in PAGES:
        assert desk.get(f"/orders/{foreign.pk}/{page}").status_code == 404
    for action in ACTIONS:
        assert desk.post(f"/orders/{foreign.pk}/{action}/").status_code == 404, action


def test_a_junior_cashier_sees_and_changes_nothing(client, order, store):
    client.force_login(factories.StaffFactory(stores=[store], role="Junior Cashier"))
    for page in PAGES:
        assert client.get(f"/orders/{order.pk}/{page}").status_code == 200
    for action in ACTIONS:
        assert client.post(f"/orders/{order.pk}/{action}/").status_code == 403, action
    assert client.get("/orders/new/").status_code == 403
    assert "other roles, by PIN" in text(client.get(f"/orders/{order.pk}/"))


def test_nobody_without_the_permission_sees_orders(client, order, store):
    client.force_login(factories.StaffFactory(stores=[store]))
    for page in ("/orders/", f"/orders/{order.pk}/", f"/customers/{order.customer.pk}/orders/"):
        assert client.get(page).status_code == 403
    assert client.get("/settings/order-statuses/").status_code == 403


def test_changes_are_made_by_post_alone(desk, order):
    for action in ("scan", "remove", "open"):
        assert desk.get(f"/orders/{order.pk}/{action}/").status_code == 405


def test_an_order_is_taken_by_choosing_its_customer(desk, store):
    customer = factories.CustomerFactory(name="Lakeside Photo Club")
    assert "Lakeside" in text(desk.get("/orders/new/", {"q": "lakeside"}, headers=HTMX))
    answer = desk.post("/orders/new/", {"customer": customer.pk})
    created = CustomerOrder.objects.get()
    assert answer.url == f"/orders/{created.pk}/"
    assert (created.customer, created.store, created.status) == (customer, store, "draft")
    assert desk.post("/orders/new/", {"customer": "x"}).status_code == 404


def test_a_draft_says_why_no_serial_can_be_added_and_how_to_go_on(desk, order):
    page = text(desk.get(f"/orders/{order.pk}/"))
    key = re.search(r'<button class="key wide[^>]*>.*?</button>', page).group()
    assert "Add Serial Number" in key and 'aria-disabled="true"' in key
    assert "Draft order: open it to attach serials" in page
    assert "Open order" in page and 'data-serial-status="red"' in page
    answer = post(desk, order, "open")
    assert answer.headers["HX-Redirect"] == f"/orders/{order.pk}/"
    page = text(desk.get(f"/orders/{order.pk}/"))
    key = re.search(r'<button class="key wide[^>]*>', page).group()
    assert "aria-disabled" not in key and "data-serials" in key
    assert "Line 1 needs 1 serial, balance unpaid" in page


def test_an_empty_draft_is_not_opened(desk, store, staff):
    empty = factories.OrderFactory(store=store)
    assert post(desk, empty, "open").status_code == 422
    empty.refresh_from_db()
    assert empty.is_draft


def test_scans_add_products_and_reserve_units(desk, opened, store, staff):
    answer = post(desk, opened, "scan", code="ZA1", scan_id="one")
    assert answer.status_code == 200
    assert "ZA1" in text(answer) and 'data-serial-status="green"' in text(answer)
    assert SerialHold.objects.get().document == str(opened)
    post(desk, opened, "scan", code="ZA1", scan_id="one")
    cable = opened.lines.get(name="Cable")
    assert "now 3" in text(post(desk, opened, "scan", code=cable.sku))
    assert post(desk, opened, "scan", code="ZA1").status_code == 422
    assert post(desk, opened, "scan", code="no such thing").status_code == 422
    check_laws()


def test_a_draft_refuses_a_serial_and_says_what_to_do(desk, order):
    answer = post(desk, order, "scan", code="ZA1")
    assert answer.status_code == 422
    assert "Open the order to reserve it" in text(answer)
    product = factories.TrackedFactory(name="Wide lens", sku="WIDE")
    assert "Wide lens added." in text(post(desk, order, "scan", code="WIDE"))
    open_order(order, staff=order.staff)
    assert "Scan its serial number" in text(post(desk, order, "scan", code=product.sku))


@pytest.mark.parametrize("nonsense", ["²", "9" * 30, "-1", "\x01", "x"])
def test_ids_that_are_none_name_nothing(desk, opened, nonsense):
    assert post(desk, opened, "scan", code="ZA1", line=nonsense).status_code == 200
    assert post(desk, opened, "scan", product=nonsense).status_code == 404
    assert post(desk, opened, "quantity", line=nonsense, quantity="1").status_code == 404
    assert post(desk, opened, "status", stage=nonsense).status_code == 404
    assert desk.get("/orders/", {"q": nonsense, "store": nonsense, "page": nonsense}).status_code == 200


def test_words_offer_products_and_a_choice_adds_one(desk, order, store):
    lens = factories.ProductFactory(name="Wide lens")
    assert "Wide lens" in text(post(desk, order, "scan", code="wide"))
    assert "Wide lens added" in text(post(desk, order, "scan", product=lens.pk))


def test_a_product_without_a_price_asks_for_it(desk, order):
    repair = factories.ProductFactory(name="Repair", price=None)
    assert "no price on record" in text(post(desk, order, "scan", code=repair.sku))
    assert post(desk, order, "price-of", product=repair.pk, price="x").status_code == 422
    assert post(desk, order, "price-of", product=repair.pk, price="25.00").status_code == 200
    assert order.lines.get(product=repair).unit_price == 2500


def test_quantity_asks_which_serials_leave(desk, opened, store, staff):
    line = opened.lines.get(name="Camera")
    units(line.product, store, "ZA2")
    post(desk, opened, "quantity", line=line.pk, quantity="2")
    attach(line, ["ZA1", "ZA2"], staff=staff)
    asked = post(desk, opened, "quantity", line=line.pk, quantity="1")
    assert asked.status_code == 422 and "ZA1" in text(asked)
    leaving = line.product.serials.get(number="ZA1")
    assert post(desk, opened, "quantity", line=line.pk, quantity="1", detach=leaving.pk).status_code == 200
    assert [hold.serial.number for hold in SerialHold.objects.all()] == ["ZA2"]
    assert post(desk, opened, "quantity", line=line.pk, quantity="x").status_code == 422
    assert post(desk, opened, "quantity", line=0, quantity="1").status_code == 404


def test_price_and_discount_need_their_permission_and_a_reason(desk, client, order, store):
    line = order.lines.get(name="Camera")
    assert post(desk, order, "price", line=line.pk, price="8.00").status_code == 422
    assert post(desk, order, "price", line=line.pk, price="8.00", reason="Old box").status_code == 200
    for amount in ("150%", "abc", "99.00"):
        assert post(desk, order, "discount", line=line.pk, amount=amount, reason="x").status_code == 422
    assert post(desk, order, "discount", line=line.pk, amount="50%", reason="x").status_code == 200
    line.refresh_from_db()
    assert (line.unit_price, line.discount) == (800, 400)
    client.force_login(factories.StaffFactory(stores=[store], role="Back Office"))
    assert post(client, order, "price", line=line.pk, price="1.00", reason="x").status_code == 403


def test_a_line_is_removed(desk, order):
    line = order.lines.get(name="Cable")
    assert "Cable removed" in text(post(desk, order, "remove", line=line.pk))
    assert post(desk, order, "remove", line=line.pk).status_code == 404


def test_details_customer_and_status_are_changed(desk, opened):
    stage = factories.OrderStatusFactory(name="Ready to collect")
    wanted = timezone.localdate() + timedelta(days=2)
    values = {"fulfilment": "ship", "address": "9 Hill St", "wanted_by": wanted.isoformat(), "note": "Ring"}
    assert "HX-Redirect" in post(desk, opened, "details", **values).headers
    assert post(desk, opened, "details", fulfilment="by pigeon").status_code == 422
    other = factories.CustomerFactory(name="Somebody Else")
    assert "HX-Redirect" in post(desk, opened, "customer", customer=other.pk).headers
    assert "HX-Redirect" in post(desk, opened, "status", stage=stage.pk).headers
    page = text(desk.get(f"/orders/{opened.pk}/"))
    assert "Somebody Else" in page and "Ready to collect" in page
    opened.refresh_from_db()
    assert (opened.wanted_by, opened.note) == (wanted, "Ring")
    assert f"wanted by {date_format(wanted, 'j M Y')}" in text(desk.get(f"/orders/{opened.pk}/history/"))
    assert post(desk, opened, "status", stage="999").status_code == 404


def test_cancelling_asks_why_and_says_what_is_due_back(desk, opened):
    assert post(desk, opened, "cancel", reason="").status_code == 422
    assert "HX-Redirect" in post(desk, opened, "cancel", reason="No longer needed").headers
    page = text(desk.get(f"/orders/{opened.pk}/"))
    assert "Cancelled" in page and "The order is cancelled" in page
    assert 'id="scan-code"' not in page
    assert "No longer needed" in text(desk.get(f"/orders/{opened.pk}/history/"))
    assert post(desk, opened, "scan", code="ZA1").status_code == 422


def test_a_part_is_handed_over_from_the_page(desk, opened, staff):
    line = opened.lines.get(name="Camera")
    attach(line, ["ZA1"], staff=staff)
    asked = text(desk.get(f"/orders/{opened.pk}/hand-over/", headers=HTMX))
    assert "ZA1" in asked and "is not paid" in asked
    unit = line.product.serials.get()
    picks = {f"quantity-{line.pk}": "1", "serial": unit.pk}
    refused = post(desk, opened, "hand-over", **picks)
    assert refused.status_code == 422 and "still to pay" in text(refused)
    answer = post(desk, opened, "hand-over", **picks, unpaid_reason="A regular")
    assert answer.headers["HX-Redirect"] == f"/orders/{opened.pk}/"
    page = text(desk.get(f"/orders/{opened.pk}/"))
    assert "1 of 1 handed over" in page and f"{opened.number}-1" in page
    assert desk.get(f"/orders/hand-overs/{opened.hand_overs.get().pk}/").url == f"/orders/{opened.pk}/"
    check_laws()


def test_the_money_leads_to_the_till_for_those_who_sell(desk, client, opened, store):
    assert f'href="/register/order/{opened.pk}/"' in text(desk.get(f"/orders/{opened.pk}/"))
    client.force_login(factories.StaffFactory(stores=[store], role="Back Office"))
    page = text(client.get(f"/orders/{opened.pk}/"))
    assert f"/register/order/{opened.pk}/" not in page
    assert "Payment: taken at the register, by those who sell" in page


def test_papers_carry_what_was_ordered_and_its_serials(desk, opened, staff):
    attach(opened.lines.get(name="Camera"), ["ZA1"], staff=staff)
    for kind, title in (("quote", "Quote"), ("order", "Order"), ("invoice", "Invoice")):
        page = text(desk.get(f"/orders/{opened.pk}/print/", {"as": kind}))
        assert f"{title} {opened.number}" in page and "S/N ZA1" in page and "20.00" in page
    assert f"Order {opened.number}" in text(desk.get(f"/orders/{opened.pk}/print/", {"as": "nonsense"}))
    pdf = desk.get(f"/orders/{opened.pk}/order.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")


def test_the_add_on_switched_off_shows_no_serials(desk, opened, staff):
    attach(opened.lines.get(name="Camera"), ["ZA1"], staff=staff)
    factories.ShopSettingsFactory(serial_numbers_enabled=False)
    page = text(desk.get(f"/orders/{opened.pk}/"))
    main = page[page.index("<main") : page.index("</main>")]
    assert "serial" not in main.lower()
    assert "ZA1" not in page
    assert "ZA1" not in text(desk.get(f"/orders/{opened.pk}/print/"))


def test_what_people_typed_is_escaped(desk, store, staff):
    order = factories.OrderFactory(store=store, note="<b>now</b>", customer__name="<i>Eve</i>")
    add_product(order, factories.ProductFactory(name="<script>x</script>"), staff=staff)
    page = desk.get(f"/orders/{order.pk}/").content.decode()
    assert "<script>x" not in page and "<b>now" not in page and "<i>Eve" not in page
