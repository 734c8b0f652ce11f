"""A change of a product's policy: what it would mean, and who may make it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inventory.operations import change_tracking
from microbiz.laws import check_laws
from register.models import Sale
from serials.errors import SerialsMissing
from serials.models import Serial
from serials.operations import attach
from serials.tracking import KINDS, needs, preview
from settings_app.models import SerialTracking
from settings_app.views import TRACKING_CHOICES
from tests.factories import (
    AdjustmentLineFactory,
    ProductFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TrackedFactory,
    stock,
    unit,
    units,
)
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop():
    return ShopSettingsFactory()


@pytest.fixture
def store():
    return StoreFactory(name="Harbor")


@pytest.fixture
def manager(client, store):
    staff = StaffFactory(stores=[store], role="Manager", first_name="Mia", last_name="Manager")
    client.force_login(staff)
    return staff


def settings_of(product):
    return reverse("serials:product_settings", args=[product.pk])


def test_the_table_on_the_page_is_the_policy_itself():
    assert len(KINDS) == 4
    for choice in TRACKING_CHOICES:
        assert tuple(needs(choice["value"])) == choice["needs"]


def test_lines_of_open_and_held_documents_of_every_domain_are_named(store):
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    sold = SaleLineFactory(product=product, sale__register__store=store)
    held = SaleLineFactory(product=product, sale__register__store=store, sale__status=Sale.Status.ON_HOLD)
    SaleLineFactory(
        product=product, sale__register__store=store, sale__status=Sale.Status.VOIDED, sale__voided_at=timezone.now()
    )
    draft = AdjustmentLineFactory(product=product, adjustment__store=store)
    SaleLineFactory(sale__register__store=store)
    assert set(preview(product, SerialTracking.SALES).red_lines) == {sold, held}
    assert set(preview(product, SerialTracking.ALL).red_lines) == {sold, held, draft}
    assert preview(product, SerialTracking.NONE).red_lines == []


def test_a_line_with_its_serial_and_one_that_is_red_already_do_not_turn_red(store):
    product = TrackedFactory()
    unit(product, store, "A-1")
    complete = SaleLineFactory(product=product, sale__register__store=store)
    attach(complete, ["A-1"], staff=StaffFactory())
    SaleLineFactory(product=product, sale__register__store=store)
    assert preview(product, SerialTracking.ALL).red_lines == []


def test_units_without_a_serial_are_counted_per_store(store):
    northgate = StoreFactory(name="Northgate")
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    units(product, store, "A-1", "A-2")
    stock(stock(product, store, 3), northgate, 1)
    shown = preview(product, SerialTracking.ALL)
    assert [(one.store.name, one.balance.lacking) for one in shown.lacking] == [("Harbor", 3), ("Northgate", 1)]
    assert (shown.units_lacking, shown.on_record) == (4, 2)
    assert shown.stores == [store, northgate]
    assert preview(product, SerialTracking.NONE).stores == []


@pytest.mark.once
def test_a_preview_asks_as_often_for_ten_times_the_lines(store):
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)

    def count():
        with CaptureQueriesContext(connection) as queries:
            for line in preview(product, SerialTracking.SALES).red_lines:
                assert (line.attached, line.store, str(line.document)) != (1, None, "")
        return len(queries)

    SaleLineFactory.create_batch(2, product=product, sale__register__store=store)
    few = count()
    for _number in range(20):
        SaleLineFactory(product=product, sale__register__store=store)
    assert count() == few


def test_the_settings_tab_shows_four_choices_and_their_table(client, manager):
    page = client.get(settings_of(TrackedFactory())).content.decode()
    for words in ("Optional", "No Tracking", "Sales Required", "All Transactions Required"):
        assert f'<b class="b6">{words}' in page
    assert page.count('class="opt ch"') == 4


def test_the_preview_says_what_a_choice_would_mean_and_saves_nothing(client, manager, store):
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    stock(product, store, 2)
    line = SaleLineFactory(product=product, sale__register__store=store)
    page = client.get(reverse("serials:tracking_preview", args=[product.pk]), {"tracking": "sales"}).content.decode()
    assert f"sale {line.sale.number}" in page
    assert "has 0 of 1 serials" in page
    assert "2 units without a serial must get one before they are sold" in page
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.OPTIONAL


def test_a_change_is_saved_only_after_its_preview_and_recorded(client, manager, store):
    product = ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    unit(product, store, "A-1")
    asked = client.post(settings_of(product), {"tracking": "none", "seen": "optional"})
    assert asked.status_code == 422
    assert 'name="previewed" value="none"' in asked.content.decode()
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.OPTIONAL

    done = client.post(settings_of(product), {"tracking": "none", "seen": "optional", "previewed": "none"})
    assert done.url == settings_of(product)
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.NONE
    assert product.serials.count() == 1
    page = client.get(done.url).content.decode()
    assert "Changed by Mia Manager" in page
    assert "Optional → No Tracking" in page


def test_a_policy_that_changed_meanwhile_is_not_overwritten(client, manager):
    product = TrackedFactory()
    posted = {"tracking": "none", "seen": "optional", "previewed": "none"}
    refused = client.post(settings_of(product), posted)
    assert refused.status_code == 422
    assert "Somebody has set" in refused.content.decode()
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.SALES


def test_an_unknown_policy_is_refused(client, manager):
    product = TrackedFactory()
    assert client.post(settings_of(product), {"tracking": "some"}).status_code == 422
    assert client.get(reverse("serials:tracking_preview", args=[product.pk]), {"tracking": "x"}).status_code == 404


def test_back_office_looks_at_the_policy_and_does_not_change_it(client, store):
    client.force_login(StaffFactory(stores=[store], role="Back Office"))
    product = TrackedFactory()
    page = client.get(settings_of(product)).content.decode()
    assert "You may look at this, not change it." in page
    posted = {"tracking": "none", "seen": "sales", "previewed": "none"}
    assert client.post(settings_of(product), posted).status_code == 403
    assert client.get(reverse("serials:tracking_preview", args=[product.pk]), {"tracking": "none"}).status_code == 403


def test_with_the_add_on_off_there_is_no_choice(client, manager):
    product = TrackedFactory()
    ShopSettingsFactory(serial_numbers_enabled=False)
    page = client.get(settings_of(product)).content.decode()
    assert "Sales Required" not in page
    posted = {"tracking": "none", "seen": "sales", "previewed": "none"}
    assert client.post(settings_of(product), posted).status_code == 404
    product.refresh_from_db()
    assert product.serial_tracking == SerialTracking.SALES


def test_after_a_change_the_tab_leads_to_the_shelf_of_the_stores_that_lack_serials(client, manager, store):
    product = stock(ProductFactory(serial_tracking=SerialTracking.NONE), store, 3)
    assert "data-to-fill" not in client.get(settings_of(product)).content.decode()
    change = {"tracking": "all", "seen": "none", "previewed": "all"}
    shown = client.post(settings_of(product), change, follow=True).content.decode()
    assert "Harbor: 3 units without a serial" in shown
    assert reverse("serials:back_fill", args=[product.pk, store.pk]) in shown


def test_the_preview_says_who_has_an_open_document_and_which_stores_agree(client, manager, store):
    product = units(ProductFactory(serial_tracking=SerialTracking.OPTIONAL), store, "A-1")[0].product
    stock(product, StoreFactory(name="Northgate"), 2)
    line = SaleLineFactory(product=product, sale__register__store=store)
    address = reverse("serials:tracking_preview", args=[product.pk])
    shown = client.get(address, {"tracking": "all"}).content.decode()
    assert str(line.sale.staff) in shown and "Harbor agrees." in shown


def test_what_is_on_an_open_document_stays_consistent_while_the_policy_changes(store):
    """Off and on again with a unit in a cart: the hold stays, the sale moves the unit, a bare line turns red."""
    till = open_till(store)
    product = units(ProductFactory(serial_tracking=SerialTracking.OPTIONAL), store, "A-1", "A-2")[0].product
    till.scan("A-1")
    change_tracking(product, SerialTracking.NONE, staff=till.staff)
    assert till.pay().is_completed
    assert Serial.objects.get(number="A-1").state == "sold"
    change_tracking(product, SerialTracking.OPTIONAL, staff=till.staff)
    till.scan(product.sku)
    change_tracking(product, SerialTracking.SALES, staff=till.staff)
    with pytest.raises(SerialsMissing):
        till.pay()
    attach(till.sale.lines.get(), ["A-2"], staff=till.staff)
    assert till.pay().is_completed
    check_laws()
