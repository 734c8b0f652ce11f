"""The product list."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Product
from inventory.operations import archive_product, make_category
from inventory.scans import barcode_key
from settings_app.models import SerialTracking
from tests.factories import (
    BarcodeFactory,
    ProductFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TrackedFactory,
    stock,
    unit,
    units,
)

pytestmark = pytest.mark.django_db
URL = "/products/"


@pytest.fixture(autouse=True)
def shop():
    return ShopSettingsFactory()


@pytest.fixture
def store():
    return StoreFactory(name="Harbor")


@pytest.fixture
def cashier(client, store):
    staff = StaffFactory(stores=[store], role="Junior Cashier")
    client.force_login(staff)
    return staff


@pytest.fixture
def manager(client, store):
    staff = StaffFactory(stores=[store], role="Manager")
    client.force_login(staff)
    return staff


def names(client, query="", **kwargs):
    return [row.product.name for row in client.get(f"{URL}?{query}", **kwargs).context["rows"]]


def test_a_product_is_found_by_words_of_its_name_sku_and_barcode(client, cashier):
    BarcodeFactory(code="012345678905", product__name="IronWolf Pro 16 TB", product__sku="ST16000NT001")
    ProductFactory(name="IronWolf 8 TB")
    assert names(client, "q=pro+ironwolf") == ["IronWolf Pro 16 TB"]
    assert names(client, "q=st16000") == ["IronWolf Pro 16 TB"]
    assert names(client, "q=0012345678905") == ["IronWolf Pro 16 TB"]
    assert names(client, "q=ironwolf") == ["IronWolf 8 TB", "IronWolf Pro 16 TB"]


def test_a_category_finds_what_is_in_those_below_it(client, cashier):
    ProductFactory(name="Zoom", category=make_category("Cameras > Lenses"))
    ProductFactory(name="Body", category=make_category("Cameras"))
    ProductFactory(name="Cap", category=make_category("Cameras and more"))
    assert names(client, f"category={make_category('Cameras').pk}") == ["Body", "Zoom"]


def test_filters_narrow_by_policy_stock_manufacturer_price_and_archive(client, cashier, store):
    stocked = stock(TrackedFactory(name="Stocked", manufacturer="Seagate"), store, 1)
    ProductFactory(name="No price", price=None)
    archive_product(ProductFactory(name="Old"), staff=cashier)
    assert names(client, "serials=tracked") == ["Stocked"]
    assert names(client, "serials=none") == ["No price"]
    assert names(client, f"in_stock={store.pk}") == [stocked.name]
    assert names(client, "manufacturer=seagate") == ["Stocked"]
    assert names(client, "price=none") == ["No price"]
    assert names(client) == ["No price", "Stocked"]
    assert names(client, "archived=only") == ["Old"]
    assert names(client, "archived=with") == ["No price", "Old", "Stocked"]


def test_the_list_is_sorted_as_the_address_says(client, cashier, store):
    stock(ProductFactory(name="A", sku="3", price=None), store, 1)
    stock(ProductFactory(name="B", sku="2", price=500), store, 5)
    ProductFactory(name="C", sku="1", price=200)
    assert names(client, "sort=sku") == ["C", "B", "A"]
    assert names(client, "sort=price") == ["C", "B", "A"]
    assert names(client, "sort=-price") == ["B", "C", "A"]
    assert names(client, "sort=-stock") == ["B", "A", "C"]


def test_a_field_of_any_name_may_stand_in_the_address(client, cashier):
    ProductFactory(name="A")
    assert names(client, "items=1&keys=2") == ["A"]


@pytest.mark.parametrize("query", ["category=999", "serials=sometimes", "in_stock=x", "sort=colour", "archived=1"])
def test_an_address_that_asks_for_what_is_not_there_is_refused(client, cashier, query):
    ProductFactory()
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 422
    assert not response.context["rows"]


def test_a_chip_says_what_is_set_and_takes_it_away(client, cashier):
    category = make_category("Drives")
    ProductFactory(category=category, serial_tracking=SerialTracking.SALES)
    chips = client.get(f"{URL}?q=product&category={category.pk}&serials=sales&page=2").context["chips"]
    assert [(str(chip.label), chip.value) for chip in chips] == [("Category", "Drives"), ("Serials", "Sales Required")]
    assert chips[0].without == "q=product&serials=sales"


def test_stock_stands_per_store_with_what_differs_in_words(client, cashier, store):
    northgate = StoreFactory(name="Northgate")
    product = TrackedFactory(name="Drive")
    units(product, store, "A-1", "A-2")
    stock(product, store, 2)
    stock(product, northgate, 3)
    [row] = client.get(URL).context["rows"]
    assert [(cell.store.name, cell.on_hand, list(cell.remarks)) for cell in row.cells] == [
        ("Harbor", 4, ["2 lack a serial"]),
        ("Northgate", 3, ["3 lack a serial"]),
    ]
    assert row.total == 7


def test_an_untracked_product_lacks_no_serial(client, cashier, store):
    stock(ProductFactory(), store, 2)
    assert b"lack a serial" not in client.get(URL).content


def test_with_the_add_on_off_nothing_about_serials_is_shown(client, cashier, store):
    stock(TrackedFactory(), store, 2)
    ShopSettingsFactory(serial_numbers_enabled=False)
    page = client.get(f"{URL}?serials=sales").content.decode()
    assert "lack a serial" not in page
    assert "Sales Required" not in page
    assert ">Serials<" not in page
    assert "with serial numbers" not in page


@pytest.mark.once
def test_the_list_asks_as_often_for_ten_times_the_rows(client, manager, store):
    def fill(count):
        for number in range(count):
            product = TrackedFactory(category=make_category(f"Shelf {number % 5}"))
            unit(product, store, f"A-{number}")
            stock(product, store, 1)

    fill(2)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    fill(20)
    with CaptureQueriesContext(connection) as many:
        page = client.get(URL)
    assert len(page.context["rows"]) == 22
    assert len(many) == len(few)
    assert len(few) <= 22


def test_the_list_is_paged_and_paging_keeps_the_filters(client, cashier):
    ProductFactory.create_batch(30, manufacturer="Seagate")
    page = client.get(f"{URL}?manufacturer=Seagate&page=2")
    assert len(page.context["rows"]) == 5
    assert b"26 to 30 of 30" in page.content
    assert b"?manufacturer=Seagate&amp;page=1" in page.content


def test_typing_in_the_search_swaps_the_results_and_keeps_the_address(client, cashier):
    ProductFactory(name="Drive")
    response = client.get(f"{URL}?q=drive&sort=name", headers={"HX-Request": "true"})
    assert response.headers["HX-Replace-Url"] == "/products/?q=drive"
    assert response.content.decode().strip().startswith('<div class="product-results" id="results">')


def test_nothing_found_says_what_would_be_found_without_the_filters(client, manager, store):
    ProductFactory.create_batch(2, name="Exos X24")
    page = client.get(f"{URL}?q=Exos&in_stock={store.pk}").content.decode()
    assert "No product fits “Exos” with these filters" in page
    assert "there are 2" in page
    assert "New product “Exos”" in page


def test_a_shop_without_products_is_told_how_to_begin(client, manager):
    page = client.get(URL).content.decode()
    assert "No product yet" in page
    assert reverse("imports:imports") in page


def test_buttons_stand_there_for_those_who_may(client, cashier):
    ProductFactory()
    page = client.get(URL).content.decode()
    assert "New product" not in page
    assert "Import" not in page


def test_a_sku_in_whatever_case_is_found_by_an_index():
    """`iexact` would have the database read the whole catalogue at every scan."""
    tripod = ProductFactory(sku="Tri-Pod-7")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a small catalogue it reads whole, and is right to
    assert "product_by_sku" in Product.objects.with_sku("tri-pod-7").explain()
    assert [*Product.objects.with_sku("tri-pod-7")] == [tripod]


def test_a_code_is_a_sku_before_it_is_a_barcode():
    named = ProductFactory(sku="4006381333931", name="Z")
    carries = BarcodeFactory(code="4006381333931", product__name="A").product
    found = Product.objects.with_code("4006381333931", [barcode_key("4006381333931")])
    assert [(product, product.by_sku) for product in found] == [(named, 1), (carries, 0)]
