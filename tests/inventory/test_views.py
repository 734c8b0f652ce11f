"""The product record: Details, History, archive, categories."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from inventory.models import Category, Product
from inventory.operations import make_category, save_product
from settings_app.models import SerialTracking
from tests.factories import (
    AdminFactory,
    BarcodeFactory,
    ProductFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TaxClassFactory,
    TrackedFactory,
    stock,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop():
    return ShopSettingsFactory()


@pytest.fixture
def store():
    return StoreFactory(name="Harbor")


@pytest.fixture
def cashier(store):
    return StaffFactory(stores=[store], role="Junior Cashier")


@pytest.fixture
def back_office(store):
    return StaffFactory(stores=[store], role="Back Office", first_name="Bea", last_name="Office")


@pytest.fixture
def manager(store):
    return StaffFactory(stores=[store], role="Manager")


def as_form(product, **changes):
    """What the browser would post for this product."""
    codes = [barcode.code for barcode in product.barcodes.all()] if product else []
    values = {
        "name": product.name if product else "",
        "sku": product.sku if product else "",
        "description": "",
        "category": product.category.path if product and product.category else "",
        "manufacturer": "",
        "model_number": "",
        "price": "10.00",
        "cost": "",
        "tax_class": "",
        "barcodes": [*codes, ""],
        "seen_barcodes": codes,
        "seen": product.updated_at.isoformat() if product else "",
    }
    return values | changes


def save(client, product, then="stay", **changes):
    return client.post(product.get_absolute_url(), as_form(product, **changes) | {then: "1"})


# --- Who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["inventory:products", "inventory:new_product", "inventory:categories"])
def test_pages_ask_for_a_sign_in(client, name):
    AdminFactory()
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response.url.startswith("/login/")


def test_somebody_without_rights_sees_no_product(client):
    client.force_login(StaffFactory())
    product = ProductFactory()
    for url in (
        reverse("inventory:products"),
        product.get_absolute_url(),
        reverse("inventory:history", args=[product.pk]),
    ):
        assert client.get(url).status_code == 403


def test_a_cashier_reads_the_record_without_costs_and_changes_nothing(client, cashier):
    client.force_login(cashier)
    product = ProductFactory(price=123400, cost=98765)
    page = client.get(product.get_absolute_url())
    assert page.status_code == 200
    assert b"1,234.00" in page.content
    assert b"987.65" not in page.content
    assert b"Save &amp; Continue" not in page.content
    assert save(client, product).status_code == 403
    for name in ("archive", "unarchive", "delete"):
        assert client.post(reverse(f"inventory:{name}", args=[product.pk])).status_code == 403
    assert client.get(reverse("inventory:new_product")).status_code == 403


def test_a_product_that_is_not_there_is_404(client, manager):
    client.force_login(manager)
    assert client.get(reverse("inventory:product", args=[999])).status_code == 404


def test_nothing_is_changed_by_get(client, manager):
    client.force_login(manager)
    product = ProductFactory()
    assert client.get(reverse("inventory:archive", args=[product.pk])).status_code == 405


# --- Details ------------------------------------------------------------------------------------------------------


def test_save_and_continue_saves_and_stays(client, back_office):
    client.force_login(back_office)
    product = ProductFactory()
    response = save(client, product, name="Other name", category="Cameras > Lenses", price="1,250.50")
    assert response.url == product.get_absolute_url()
    product.refresh_from_db()
    assert (product.name, product.price, product.category.path) == ("Other name", 125050, "Cameras > Lenses")


def test_save_goes_back_to_the_list_with_its_filters(client, back_office):
    client.force_login(back_office)
    product = ProductFactory()
    came_from = "http://testserver/products/?q=lens&sort=-price"
    client.get(product.get_absolute_url(), headers={"Referer": came_from})
    client.get(reverse("inventory:history", args=[product.pk]), headers={"Referer": product.get_absolute_url()})
    assert save(client, product, then="back").url == "/products/?q=lens&sort=-price"


def test_a_list_of_another_site_is_not_where_save_leads(client, back_office):
    client.force_login(back_office)
    product = ProductFactory()
    client.get(product.get_absolute_url(), headers={"Referer": "http://elsewhere.example/products/?q=lens"})
    assert save(client, product, then="back").url == "/products/"


def test_a_new_product_is_offered_with_the_shops_defaults(client, manager):
    ShopSettingsFactory(default_serial_tracking=SerialTracking.SALES)
    standard = TaxClassFactory(is_default=True)
    client.force_login(manager)
    form = client.get(reverse("inventory:new_product") + "?name=Exos").context["form"]
    assert (form["name"].value(), form["tax_class"].value()) == ("Exos", standard.pk)
    assert form["serial_tracking"].value() == SerialTracking.SALES


def test_back_office_makes_a_product_with_the_default_policy(client, back_office):
    ShopSettingsFactory(default_serial_tracking=SerialTracking.ALL)
    client.force_login(back_office)
    posted = as_form(None, name="Lens", sku="L-1", barcodes=["4006381333931"], serial_tracking="none") | {"stay": "1"}
    response = client.post(reverse("inventory:new_product"), posted)
    product = Product.objects.get(sku="L-1")
    assert response.url == product.get_absolute_url()
    assert product.serial_tracking == SerialTracking.ALL
    assert product.history.get().history_user == back_office


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "needs a name"),
        ("sku", "", "needs a SKU"),
        ("price", "12,5,0", "is not an amount"),
        ("price", "-1", "below zero"),
        ("price", "1.999", "more decimals"),
        ("cost", "much", "is not an amount"),
        ("tax_class", "999", "valid choice"),
        ("category", "x" * 130, "too long"),
        ("barcodes", ["4006381333932"], "wrong check digit: it should end in 1"),
        ("barcodes", ["1.23457E+12"], "damaged by a spreadsheet"),
        ("barcodes", ["9" * 65], "too long"),
        ("barcodes", ["ß" * 40], "too long"),  # as capitals, which are what is unique
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(client, back_office, field, value, words):
    client.force_login(back_office)
    product = ProductFactory(name="Lens")
    response = save(client, product, **{field: value})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])
    product.refresh_from_db()
    assert product.name == "Lens"
    assert product.price == 1000


def test_a_barcode_of_another_product_is_refused_with_a_link_to_it(client, back_office):
    client.force_login(back_office)
    other = BarcodeFactory(code="4006381333931", product__name="<b>Pen</b>").product
    response = save(client, ProductFactory(), barcodes=["4006381333931"])
    assert response.status_code == 422
    page = response.content.decode()
    assert f'&lt;b&gt;Pen&lt;/b&gt;. <a href="{other.get_absolute_url()}">Open it</a>' in page


def test_a_taken_sku_is_refused_with_a_link_to_its_product(client, back_office):
    client.force_login(back_office)
    other = ProductFactory(sku="WD80EFPX")
    response = save(client, ProductFactory(), sku="wd80efpx")
    assert response.status_code == 422
    assert other.get_absolute_url() in str(response.context["form"].errors["sku"])


def test_the_second_of_two_people_sees_who_changed_what_and_loses_nothing(client, back_office, manager):
    client.force_login(manager)
    product = save_product(None, fields={"name": "Lens", "sku": "L-1", "price": 1000}, barcodes=["123"], staff=manager)
    mine = as_form(product, name="Lens, coated", barcodes=["123", "456", ""])
    save_product(product, fields={"price": 1100}, barcodes=["123", "789"], seen=product.updated_at, staff=back_office)

    refused = client.post(product.get_absolute_url(), mine | {"stay": "1"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Bea Office saved this product" in page
    assert "Price: 10.00 → 11.00" in page
    form = refused.context["form"]
    assert form["name"].value() == "Lens, coated"
    assert form["price"].value() == "11.00"
    assert form["barcodes"].value() == ["123", "789", "456"]

    again = {field.html_name: field.value() for field in form if field.value() is not None}
    assert client.post(product.get_absolute_url(), again | {"stay": "1"}).status_code == 302
    product.refresh_from_db()
    assert (product.name, product.price) == ("Lens, coated", 1100)
    assert {barcode.code for barcode in product.barcodes.all()} == {"123", "789", "456"}


def test_a_change_without_a_history_record_is_nobodys(client, back_office, manager):
    client.force_login(manager)
    product = save_product(None, fields={"name": "Lens", "sku": "L-1", "price": 1000}, staff=back_office)
    mine = as_form(product)
    Product.objects.filter(pk=product.pk).update(updated_at=timezone.now())
    page = client.post(product.get_absolute_url(), mine | {"stay": "1"}).content.decode()
    assert "Somebody saved this product while you were at it." in page
    assert "Bea Office saved" not in page


def test_the_policy_is_not_among_the_details_of_an_existing_product(client, manager):
    client.force_login(manager)
    product = TrackedFactory()
    save(client, product, serial_tracking="none")
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.SALES


# --- History, archive ---------------------------------------------------------------------------------------------


def test_the_history_says_who_when_in_store_time_and_what(client, back_office):
    client.force_login(back_office)
    product = ProductFactory()
    later = datetime(2027, 7, 1, 3, 30, tzinfo=UTC)
    with time_machine.travel(later, tick=False):
        save_product(product, fields={"price": 1200}, staff=back_office)
    page = client.get(reverse("inventory:history", args=[product.pk])).content.decode()
    assert "Bea Office" in page
    assert "10.00 → 12.00" in page
    assert "30 Jun 2027" in page  # Chicago is five hours behind
    assert "22:30" in page


def test_a_cost_stays_out_of_a_cashiers_history(client, cashier, back_office):
    product = save_product(None, fields={"name": "Lens", "sku": "L-1", "cost": 77700}, staff=back_office)
    save_product(product, fields={"cost": 88800}, staff=back_office)
    client.force_login(cashier)
    page = client.get(reverse("inventory:history", args=[product.pk])).content.decode()
    assert "777.00" not in page
    assert "888.00" not in page


@pytest.mark.once
def test_the_history_takes_as_many_queries_for_many_changes(client, back_office, django_assert_max_num_queries):
    client.force_login(back_office)
    product = ProductFactory()
    for price in range(60):
        save_product(
            product,
            fields={"price": price},
            category=f"Shelf {price}",
            staff=StaffFactory() if price < 30 else back_office,
        )
    with django_assert_max_num_queries(20):
        page = client.get(reverse("inventory:history", args=[product.pk]))
    assert len(page.context["entries"]) == 25
    last = client.get(reverse("inventory:history", args=[product.pk]) + "?page=3")
    assert last.context["entries"][-1].event == "Created"


def test_archiving_and_taking_back(client, back_office):
    client.force_login(back_office)
    product = ProductFactory()
    assert client.post(reverse("inventory:archive", args=[product.pk])).status_code == 302
    product.refresh_from_db()
    assert product.is_archived
    assert client.post(reverse("inventory:unarchive", args=[product.pk])).status_code == 302
    product.refresh_from_db()
    assert not product.is_archived


def test_a_product_in_stock_is_not_archived_and_the_page_says_why(client, back_office, store):
    client.force_login(back_office)
    product = stock(ProductFactory(), store, 2)
    response = client.post(reverse("inventory:archive", args=[product.pk]))
    assert response.status_code == 422
    assert b"Harbor 2" in response.content


def test_only_a_product_without_history_is_deleted(client, store):
    client.force_login(AdminFactory())
    unused, used = ProductFactory(), stock(ProductFactory(), store, 1)
    assert client.post(reverse("inventory:delete", args=[unused.pk])).url == "/products/"
    assert client.post(reverse("inventory:delete", args=[used.pk])).status_code == 422
    assert list(Product.objects.all()) == [used]


# --- Categories ---------------------------------------------------------------------------------------------------


def test_a_category_is_made_renamed_moved_and_deleted(client, back_office):
    client.force_login(back_office)
    client.post(reverse("inventory:categories"), {"name": "Cameras", "parent": ""})
    cameras = Category.objects.get()
    client.post(reverse("inventory:categories"), {"name": "Lenses", "parent": cameras.pk})
    lenses = Category.objects.get(path="Cameras > Lenses")
    client.post(reverse("inventory:category", args=[lenses.pk]), {"name": "Glass", "parent": ""})
    lenses.refresh_from_db()
    assert lenses.path == "Glass"
    client.post(reverse("inventory:delete_category", args=[lenses.pk]))
    assert list(Category.objects.values_list("path", flat=True)) == ["Cameras"]


def test_a_category_with_products_is_not_deleted_and_a_taken_name_refused(client, back_office):
    client.force_login(back_office)
    lenses, glass = make_category("Lenses"), make_category("Glass")
    ProductFactory(category=lenses)
    assert client.post(reverse("inventory:delete_category", args=[lenses.pk])).status_code == 422
    refused = client.post(reverse("inventory:category", args=[glass.pk]), {"name": "lenses", "parent": ""})
    assert refused.status_code == 422
    assert b"There is already a category Lenses" in refused.content
    assert client.post(reverse("inventory:categories"), {"name": "a > b"}).status_code == 422


def test_a_cashier_sees_categories_and_changes_none(client, cashier):
    client.force_login(cashier)
    category = make_category("Lenses")
    assert client.get(reverse("inventory:categories")).status_code == 200
    assert client.post(reverse("inventory:categories"), {"name": "Other"}).status_code == 403
    assert client.post(reverse("inventory:category", args=[category.pk]), {"name": "Other"}).status_code == 403
    assert client.post(reverse("inventory:delete_category", args=[category.pk])).status_code == 403


def test_fields_suggest_what_is_there_already(client, cashier):
    client.force_login(cashier)
    ProductFactory(manufacturer="Sea & gate", category=make_category("Cameras > Lenses"))
    suggested = client.get(reverse("inventory:suggestions", args=["manufacturers"])).content.decode()
    assert suggested.strip() == '<option value="Sea &amp; gate"></option>'
    assert b"Cameras &gt; Lenses" in client.get(reverse("inventory:suggestions", args=["categories"])).content
    assert client.get("/products/suggestions/prices/").status_code == 404
