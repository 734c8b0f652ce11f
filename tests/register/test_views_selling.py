"""The page of the till: what a scan answers, and what is done to the lines."""

import gzip
import re

import pytest
from django.urls import reverse

from orders.models import Customer
from register.models import Register, Sale, SaleLine
from register.operations import (
    add_product,
    current_sale,
    hold_sale,
    open_shift,
    scan,
)
from settings_app.models import SerialTracking
from tests.factories import (
    AdminFactory,
    BarcodeFactory,
    CustomerFactory,
    ProductFactory,
    RegisterFactory,
    ShopSettingsFactory,
    StoreFactory,
    TrackedFactory,
    cash,
    stock,
    unit,
    units,
)
from tests.register.counter import CASHIER, HTMX, Till
from tests.register.counter import store as store
from tests.register.counter import till as till

pytestmark = pytest.mark.django_db


# --- Scanning ---------------------------------------------------------------------------------------------------------


def test_looking_at_the_till_begins_no_sale(till):
    assert till.get("till").status_code == 200
    assert not Sale.objects.exists()


def test_a_scan_answers_with_the_changed_parts_alone_and_under_3_kb(till, store):
    drive = TrackedFactory(price=30_999, name="Seagate IronWolf Pro 16 TB NAS Hard Drive, 3.5-inch SATA")
    other = BarcodeFactory(product=ProductFactory(price=1_499)).code
    units(drive, store, "ZL2B7K4M", "ZL2B7KQ9", "ZL2B7K03")
    first = till.scan(drive.sku)
    assert b'id="lines"' in first.content  # the whole screen, once
    second = till.scan(other, known=till.known())
    assert b'id="lines"' not in second.content
    assert second.headers["HX-Retarget"] == "#say"
    line = till.sale.lines.first()
    answer = till.scan("ZL2B7K4M", line=line.pk, known=till.known())
    text = answer.content.decode()
    assert f'id="line-{line.pk}"' in text
    assert "ZL2B7K4M" in text
    assert 'data-serial-status="green"' in text
    assert len(answer.content) < 4_500
    assert 'id="actions"' not in text


def test_the_same_scan_sent_twice_sells_one_unit(till, store):
    product = stock(ProductFactory(), store, 5)
    till.scan(product.sku, scan_id="a")
    till.scan(product.sku, scan_id="a")
    assert till.sale.lines.get().quantity == 1
    till.scan(product.sku, scan_id="b")
    assert till.sale.lines.get().quantity == 2


def test_a_scan_that_is_refused_begins_no_sale(till, store):
    serial = unit(TrackedFactory(), StoreFactory(), "ELSEWHERE")
    assert till.scan(serial.number).status_code == 422
    assert not till.register.sales.exists()


def test_an_unknown_code_is_refused_and_says_what_to_do(till):
    answer = till.scan("nothing-like-this")
    assert answer.status_code == 422
    assert "Search by name, or scan again" in answer.content.decode()
    assert not SaleLine.objects.exists()


def test_words_that_fit_products_offer_them(till, store):
    ProductFactory(name="Blue lens cap")
    chosen = ProductFactory(name="Blue lens hood")
    answer = till.scan("blue lens")
    assert answer.content.decode().count("data-found") == 2
    assert till.post("add", product=chosen.pk).status_code == 200
    assert till.sale.lines.get().product == chosen


def test_typing_lists_products_with_their_stock_here(till, store):
    stock(ProductFactory(name="Blue lens cap"), store, 3)

    def found(text):
        return till.client.get(reverse("inventory:found"), {"q": text}, headers=HTMX).content.decode()

    assert "3 here" in found("blue")
    assert "Nothing is called" in found("green")
    assert "found" not in found("b")


def test_a_product_without_price_asks_for_it(till):
    product = ProductFactory(price=None)
    answer = till.scan(product.sku)
    assert answer.headers["HX-Retarget"] == "#ask"
    assert till.post("add", product=product.pk, price="abc").status_code == 422
    assert till.post("add", product=product.pk, price="12.50").status_code == 200
    assert till.sale.lines.get().unit_price == 1_250


def test_an_unknown_serial_of_a_waiting_line_offers_add_new(client, store):
    till = Till(client, store, *CASHIER, "serials.add_serial")
    drive = stock(TrackedFactory(), store, 1)
    till.scan(drive.sku)
    answer = till.scan("NEW-1", known=till.known())
    assert "Add New" in answer.content.decode()
    assert till.sale.lines.get().serials_url in answer.content.decode()


@pytest.mark.parametrize(
    ("tracking", "colour"),
    [
        (SerialTracking.NONE, None),
        (SerialTracking.OPTIONAL, "gray"),
        (SerialTracking.SALES, "red"),
        (SerialTracking.ALL, "red"),
    ],
)
def test_the_circle_and_pay_follow_the_policy(till, store, tracking, colour):
    product = stock(ProductFactory(serial_tracking=tracking), store, 1)
    page = till.scan(product.sku).content.decode()
    assert ("data-serial-status" in page) == (colour is not None)
    if colour:
        assert f'data-serial-status="{colour}"' in page
    assert ("Line 1 needs 1 more serial to pay" in page) == (colour == "red")
    assert till.get("pay").status_code == (422 if colour == "red" else 200)


def test_with_the_add_on_off_nothing_of_serials_is_shown(till, store):
    ShopSettingsFactory(serial_numbers_enabled=False)
    product = stock(TrackedFactory(), store, 1)
    page = till.scan(product.sku).content.decode()
    assert "data-serial-status" not in page
    assert "Add/Edit Serial No." not in page
    assert till.get("pay").status_code == 200


def test_a_unit_held_elsewhere_is_refused_and_may_be_claimed_by_permission(client, store):
    till = Till(client, store, *CASHIER, "serials.take_over_hold")
    serial = unit(TrackedFactory(), store, "A-1")
    other = RegisterFactory(store=store)
    open_shift(other, opening_balance=0, staff=till.staff)
    assert scan(current_sale(other, staff=till.staff), "A-1", staff=till.staff).ok
    answer = till.scan("A-1")
    assert answer.status_code == 422
    assert "Take it over" in answer.content.decode()
    assert till.post("claim", serial=serial.pk).status_code == 200
    assert till.sale.lines.get().serials == [serial]


# --- Lines ------------------------------------------------------------------------------------------------------------


def test_quantity_is_changed_and_fewer_units_than_serials_asks_which_leaves(till, store):
    drive = TrackedFactory()
    first, second = units(drive, store, "A-1", "A-2")
    till.scan("A-1"), till.scan("A-2")
    line = till.sale.lines.get()
    asked = till.post("quantity", line=line.pk, quantity=1)
    assert asked.status_code == 422
    assert "has to leave" in asked.content.decode()
    assert till.sale.lines.get().quantity == 2
    assert till.post("quantity", line=line.pk, quantity=1, detach=first.pk).status_code == 200
    assert till.sale.lines.get().serials == [second]


def test_a_line_of_another_register_is_not_there(till, store):
    other = RegisterFactory(store=store)
    open_shift(other, opening_balance=0, staff=till.staff)
    line = add_product(current_sale(other, staff=till.staff), ProductFactory(), staff=till.staff)
    till.scan(ProductFactory().sku)
    assert till.post("quantity", line=line.pk, quantity=3).status_code == 404
    assert till.post("remove", line=line.pk).status_code == 404


def test_price_and_discount_are_given_by_permission_with_a_reason(client, store):
    till = Till(client, store, *CASHIER, "change_price", "apply_discount")
    till.scan(ProductFactory(price=10_000).sku)
    line = till.sale.lines.get().pk
    assert till.post("price", line=line, price="80.00").status_code == 422
    assert till.post("price", line=line, price="80.00", reason="Box open").status_code == 200
    assert till.post("discount", line=line, amount="x%", reason="r").status_code == 422
    assert till.post("discount", line=line, amount="500", reason="r").status_code == 422
    assert till.post("discount", line=line, amount="10%", reason="Regular").status_code == 200
    assert till.sale.total == 7_200
    assert till.post("discount", line=line, amount="2.00", whole="1", reason="Round").status_code == 200
    assert till.sale.total == 7_000


def test_a_line_is_removed(till):
    till.scan(ProductFactory().sku)
    assert "Ready for the first scan" in till.post("remove", line=till.sale.lines.get().pk).content.decode()


def test_a_customer_is_chosen_added_and_taken_off(client, store):
    till = Till(client, store, *CASHIER, "orders.add_customer")
    known = CustomerFactory(name="Lakeside Photo Club")
    assert "Lakeside" in till.get("customer", data={"q": "lakes"}).content.decode()
    till.post("customer", customer=known.pk)
    assert till.sale.customer == known
    assert till.post("new_customer", name="").status_code == 422
    till.post("new_customer", name="Ada Field", phone="555")
    assert till.sale.customer == Customer.objects.get(name="Ada Field")
    till.post("customer")
    assert till.sale.customer is None
    assert till.post("customer", customer=99_999).status_code == 404


def test_hold_and_recall_keep_the_serials(till, store):
    serial = unit(TrackedFactory(), store, "A-1")
    assert till.post("hold").status_code == 422
    till.scan("A-1")
    held = till.sale
    assert till.post("hold").status_code == 200
    assert held.number in till.get("held").content.decode()
    till.scan(ProductFactory().sku)
    assert till.post("recall", held.pk).status_code == 422
    till.post("remove", line=till.sale.lines.get().pk)
    assert till.post("recall", held.pk).status_code == 200
    assert Sale.objects.get(pk=held.pk).lines.get().serials == [serial]


def test_a_held_sale_of_another_store_is_not_there(till):
    other = RegisterFactory()
    staff = AdminFactory()
    open_shift(other, opening_balance=0, staff=staff)
    sale = current_sale(other, staff=staff)
    add_product(sale, ProductFactory(), staff=staff)
    hold_sale(sale, staff=staff)
    assert till.post("recall", sale.pk).status_code == 404


def test_voiding_needs_a_reason(till):
    till.scan(ProductFactory().sku)
    assert till.post("void", reason=" ").status_code == 422
    assert till.post("void", reason="Customer left").status_code == 200
    assert till.sale.status == Sale.Status.VOIDED


# --- The list of sales ------------------------------------------------------------------------------------------------


def test_without_scripts_the_register_sells_by_plain_forms(till, store):
    product = stock(ProductFactory(), store, 1)
    assert till.client.post("/register/scan/", {"code": product.sku}).url == "/register/"
    page = till.client.get("/register/pay/").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    done = till.client.post(f"/register/pay/{till.sale.pk}/", {"key": key, "method": cash().pk})
    assert f"Sale {till.sale.number} is complete" in done.content.decode()
    assert till.sale.is_completed
    assert Register.objects.get(pk=till.register.pk).sales.completed().count() == 1


def test_what_is_to_pay_counts_the_line_that_was_just_scanned(till):
    stock(ProductFactory(sku="A", price=1000), till.store, 5)
    stock(ProductFactory(sku="B", price=2550), till.store, 5)
    till.scan("A")
    answer = till.scan("B", known=till.known()).content.decode()
    assert "35.50" in answer


def test_a_scan_and_a_payment_take_so_many_statements(till, store, django_assert_num_queries):
    """All of a request: session, person, rights, store, register, the step itself and, paid, the receipt."""
    units(TrackedFactory(price=1000), store, "ZA1", "ZA2")
    till.scan("ZA1")
    sale, known = till.sale, till.known()
    with django_assert_num_queries(12):
        answer = till.scan("ZA2", known=known, scan_id="b")
    assert answer.status_code == 200
    assert len(gzip.compress(answer.content)) < 3000
    page = till.get("pay").content.decode()
    paid = {"key": re.search(r'name="key" value="([^"]+)"', page)[1], "method": cash().pk}
    with django_assert_num_queries(18):
        answer = till.post("complete", sale.pk, **paid)
    assert (answer.status_code, till.sale.is_completed) == (200, True)


def test_the_first_scan_of_a_product_reads_its_units_once(till, store, django_assert_num_queries):
    """A line that was just made has its units at hand, however often the page asks for them."""
    units(TrackedFactory(price=1000), store, "ZA1")
    units(TrackedFactory(price=1000), store, "ZB1")
    till.scan("ZA1")
    known = till.known()
    with django_assert_num_queries(12):
        answer = till.scan("ZB1", known=known, scan_id="b")
    assert answer.status_code == 200


def test_a_scan_asks_as_much_of_the_database_however_many_lines_wait(till, store, django_assert_num_queries):
    for sku in "ABCD":
        stock(TrackedFactory(sku=sku, price=1000), store, 3)
    till.scan("A")
    known = till.known()
    with django_assert_num_queries(10):
        till.scan("B", known=known, scan_id="b")
    till.scan("C")
    known = till.known()
    with django_assert_num_queries(10):
        till.scan("D", known=known, scan_id="d")
