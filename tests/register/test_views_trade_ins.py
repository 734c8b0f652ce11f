"""The trade-in dialog: whose, what, which unit, for how much; who may open it."""

import pytest
from django.urls import reverse

from inventory.models import Product
from register.models import SaleLine
from register.operations import current_sale, set_customer
from serials.models import Serial
from settings_app.models import SerialTracking
from tests.factories import (
    BarcodeFactory,
    CustomerFactory,
    ProductFactory,
    StoreFactory,
    TrackedFactory,
    store_credit,
    unit,
    units,
)
from tests.register.counter import CASHIER, Till, sold
from tests.register.counter import store as store  # a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(client, store):
    return Till(client, store, *CASHIER, "trade_in", "serials.view_serial", "orders.add_customer")


@pytest.fixture
def ada(till):
    """The customer of the sale in hand."""
    customer = CustomerFactory(name="Ada Lovelace")
    set_customer(current_sale(till.register, staff=till.staff), customer, staff=till.staff)
    return customer


@pytest.fixture
def drive(store):
    return TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)


def shown(answer, status=200):
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


@pytest.mark.parametrize("name", ["trade_in", "traded_product"])
def test_a_cashier_without_the_right_is_refused(client, store, name):
    till = Till(client, store)
    assert till.get(name).status_code == 403
    assert till.post(name, code="X").status_code == 403
    assert till.post("take_in", ProductFactory().pk, price="1", quantity="1").status_code == 403
    assert 'data-key="Shift+F8" aria-disabled="true"' in till.get("till").content.decode()


def test_a_name_is_asked_for_first_and_the_dialog_goes_on_with_it(till):
    page = shown(till.get("trade_in"))
    assert "Trade-in: whose is it?" in page
    ada = CustomerFactory(name="Ada Lovelace")
    found = shown(till.get("customer", data={"q": "ada", "then": "trade_in"}))
    assert 'name="then" value="trade_in"' in found
    page = shown(till.post("customer", customer=ada.pk, then="trade_in"))
    assert "Bought from Ada Lovelace" in page
    assert 'id="customer" hx-swap-oob="true"' in page
    assert till.sale.customer == ada


def test_a_new_customer_is_added_on_the_way(till):
    page = shown(till.get("new_customer", data={"q": "Grace", "then": "trade_in"}))
    assert 'name="then" value="trade_in"' in page
    assert "Bought from Grace Hopper" in shown(till.post("new_customer", name="Grace Hopper", then="trade_in"))


@pytest.mark.parametrize("code", ["IW-16", "4006381333931", "Wolf"])
def test_the_product_is_found_by_sku_barcode_or_words(till, ada, drive, code):
    BarcodeFactory(product=drive, code="4006381333931")
    page = shown(till.post("trade_in", code=code))
    if code == "Wolf":  # words are chosen from, even when one product has them
        page = shown(till.post("trade_in", code=code, product=drive.pk))
    assert "We pay for one unit" in page
    assert 'name="number"' in page


def test_a_unit_that_we_sold_brings_its_product_and_number(till, store, ada, drive):
    units(drive, store, "ZA-1")
    sold(store, drive, "ZA-1")
    page = shown(till.post("trade_in", code="za-1"))
    assert 'value="ZA-1"' in page
    assert "Known to us: sold." in page


def test_a_unit_in_stock_is_refused_at_once_with_where_it_is(till, ada, drive):
    unit(drive, StoreFactory(name="North"), "N-1")
    assert "N-1: In stock at North" in shown(till.post("trade_in", code="N-1"), 422)


def test_an_unknown_number_is_carried_on_to_the_product_it_belongs_to(till, ada, drive):
    page = shown(till.post("trade_in", code="OLD-1"))
    assert "is not on record" in page
    assert 'name="carried" value="OLD-1"' in page
    assert 'value="OLD-1"' in shown(till.post("trade_in", code="IW-16", carried="OLD-1"))


def test_a_number_of_two_products_asks_which(till, store, ada, drive):
    other = TrackedFactory(name="Barracuda")
    for product in (drive, other):
        units(product, store, "7-7")
        sold(store, product, "7-7")
    page = shown(till.post("trade_in", code="7-7"))
    assert "IronWolf" in page and "Barracuda" in page
    assert 'value="7-7"' in shown(till.post("trade_in", code="7-7", product=other.pk))


def test_terms_agreed_put_it_on_the_sale(till, ada, drive):
    answer = till.post("take_in", drive.pk, number="OLD-1", price="40.00", quantity="1", condition="Scratched")
    page = shown(answer)
    assert "IronWolf comes in." in page
    assert "Trade-in" in page and "Scratched" in page
    line = till.sale.lines.get()
    assert (line.kind, line.total, line.serials[0].number) == ("trade_in", -4000, "OLD-1")


def test_without_its_number_the_line_waits_for_it(till, ada, drive):
    assert "comes in. Scan its serial number." in shown(till.post("take_in", drive.pk, price="40", quantity="1"))


@pytest.mark.parametrize(
    "bad",
    [{"price": ""}, {"price": "-1"}, {"price": "much"}, {"quantity": "0"}, {"quantity": "x"}, {"number": "Z" * 65}],
)
def test_bad_terms_are_told_beside_the_field(till, ada, drive, bad):
    shown(till.post("take_in", drive.pk, **{"number": "OLD-1", "price": "40", "quantity": "1"} | bad), 422)
    assert not SaleLine.objects.exists()
    assert not Serial.objects.exists()


def test_a_refusal_is_told_in_the_dialog(till, store, ada, drive):
    units(drive, store, "ZA-1")
    assert "In stock at Harbor" in shown(till.post("take_in", drive.pk, number="ZA-1", price="40", quantity="1"), 422)


@pytest.mark.parametrize("has_addon", [True, False])
def test_no_serial_is_asked_of_what_has_none(till, ada, drive, has_addon):
    from settings_app.models import ShopSettings

    product = ProductFactory() if has_addon else drive
    ShopSettings.objects.update(serial_numbers_enabled=has_addon)
    assert 'name="number"' not in shown(till.post("trade_in", code=product.sku))
    till.post("take_in", product.pk, number="X-1", price="1", quantity="2")
    assert (till.sale.lines.get().quantity, Serial.objects.count()) == (2, 0)


def test_a_new_product_is_created_on_the_way(till, ada):
    assert 'value="Game Boy"' in shown(till.get("traded_product", data={"code": "Game Boy"}))
    page = shown(till.get("traded_product", data={"code": "4006381333931", "carried": "4006381333931"}))
    assert "Barcode 4006381333931" in page
    page = shown(till.get("traded_product", data={"code": "Game Boy", "carried": "GB-77"}))
    assert '<option value="sales" selected>' in page  # the shop's default is No Tracking, this unit has a number
    fields = {"name": "Game Boy", "category": "Consoles", "price": "", "serial_tracking": SerialTracking.SALES}
    shown(till.post("traded_product", **fields | {"name": ""}), 422)
    page = shown(till.post("traded_product", carried="GB-77", **fields))
    assert "We pay for one unit" in page and 'value="GB-77"' in page
    product = Product.objects.get(name="Game Boy")
    assert (product.price, product.serial_tracking, product.category.path) == (None, "sales", "Consoles")
    page = shown(till.post("traded_product", carried="4006381333931", **fields))
    assert Product.objects.filter(barcodes__code="4006381333931").exists()
    assert "already belongs to" in shown(till.post("traded_product", carried="4006381333931", **fields), 422)


def test_an_archived_product_is_not_there(till, ada):
    product = ProductFactory(is_archived=True)
    assert till.post("take_in", product.pk, price="1", quantity="1").status_code == 404


def test_paying_out_offers_store_credit_first_and_the_receipt_says_trade_in(till, ada, drive):
    credit = store_credit()
    till.post("take_in", drive.pk, number="OLD-1", price="40.00", quantity="1", condition="Scratched")
    page = shown(till.get("pay"))
    assert f'value="{credit.pk}" data-kind="store_credit"' in page
    assert "Pay out and complete" in page
    shown(till.pay(amount="40.00"))
    sale = till.sale
    receipt = till.client.get(reverse("register:print", args=[sale.pk])).content.decode()
    assert "TRADE-IN" in receipt and "S/N OLD-1" in receipt and "Scratched" in receipt
    assert till.client.get(reverse("register:pdf", args=[sale.pk])).content.startswith(b"%PDF")
    listed = till.client.get(reverse("register:sales"), {"kind": "trade_ins"}).content.decode()
    assert sale.number in listed
    assert sale.number not in till.client.get(reverse("register:sales"), {"kind": "returns"}).content.decode()


def test_the_trade_in_works_without_scripts(till, ada, drive):
    assert b"What comes in?" in till.client.get(reverse("register:trade_in")).content
    terms = {"number": "OLD-1", "price": "40", "quantity": "1"}
    answer = till.client.post(reverse("register:take_in", args=[drive.pk]), terms)
    assert answer.status_code == 302
    assert till.sale.lines.get().is_trade_in
