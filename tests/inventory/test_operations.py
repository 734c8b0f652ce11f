import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from inventory.errors import (
    BarcodeTaken,
    CategoryInItself,
    CategoryInUse,
    CategoryTaken,
    CategoryTooLong,
    NotEnoughStock,
    ProductChanged,
    ProductHasHistory,
    ProductInStock,
    SkuTaken,
)
from inventory.history import entries
from inventory.models import Category, Product, StockLevel, StockMovement
from inventory.operations import (
    archive_product,
    change_category,
    change_tracking,
    delete_category,
    delete_product,
    lock_levels,
    make_category,
    move_stock,
    save_product,
    unarchive_product,
)
from settings_app.models import SerialTracking
from tests.factories import (
    BarcodeFactory,
    CategoryFactory,
    ProductFactory,
    SaleLineFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    TaxClassFactory,
    TrackedFactory,
    on_hand,
    stock,
    unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def store():
    return StoreFactory(name="Harbor")


def movement(product, store, quantity):
    return StockMovement(
        product=product,
        store=store,
        quantity=quantity,
        reason=StockMovement.Reason.ADJUSTMENT,
        document="ADJ-000001",
    )


# --- Stock ---------------------------------------------------------------------------------------------------------


def test_a_movement_is_in_the_ledger_and_in_the_stock_level(staff, store):
    product = ProductFactory()
    move_stock([movement(product, store, 5), movement(product, store, -2)], staff=staff)
    assert on_hand(product, store) == 3
    assert sum(product.movements.values_list("quantity", flat=True)) == 3
    assert {entry.staff for entry in product.movements.all()} == {staff}


def test_every_short_product_is_named_and_nothing_moves(staff, store):
    one, two, enough = ProductFactory(name="Lens"), ProductFactory(name="Tripod"), ProductFactory(name="Bag")
    stock(enough, store, 9)
    with pytest.raises(NotEnoughStock, match=r"Lens: 0 on hand at Harbor.*Tripod: 0 on hand"):
        move_stock([movement(product, store, -1) for product in (one, two, enough)], staff=staff)
    assert on_hand(enough, store) == 9
    assert not one.movements.exists()


def test_a_store_that_allows_it_goes_below_zero_and_can_be_repaired(staff):
    store = StoreFactory(allows_negative_stock=True)
    product = ProductFactory()
    move_stock([movement(product, store, -3)], staff=staff)
    assert on_hand(product, store) == -3
    store.allows_negative_stock = False
    store.save()
    move_stock([movement(product, store, 1)], staff=staff)
    assert on_hand(product, store) == -2
    with pytest.raises(NotEnoughStock):
        move_stock([movement(product, store, -1)], staff=staff)


def test_stock_is_moved_within_a_posting_only(transactional_db):
    """By itself its lock would end with the statement that takes it."""
    with pytest.raises(TransactionManagementError, match="move_stock is part of a posting"):
        move_stock([StockMovement()], staff=None)


@pytest.mark.once
def test_a_posting_of_many_products_takes_as_many_statements_as_one_of_few(staff, store, django_assert_num_queries):
    few, many = ProductFactory.create_batch(2), ProductFactory.create_batch(20)
    with CaptureQueriesContext(connection) as queries:
        move_stock([movement(product, store, 1) for product in few], staff=staff)
    with django_assert_num_queries(len(queries)):
        move_stock([movement(product, store, 1) for product in many], staff=staff)


def test_levels_are_locked_all_or_none_before_missing_ones_are_made(store, django_assert_num_queries):
    """One statement where all are there. Where one is missing it locks none, so that all are locked in one order.

    Seen to fail without the count of the levels in `lock_levels`.
    """
    known, missing = ProductFactory(), ProductFactory()
    stock(known, store, 1)
    with django_assert_num_queries(1):
        assert set(lock_levels({(store.pk, known.pk)})) == {(store.pk, known.pk)}
    with CaptureQueriesContext(connection) as queries:
        levels = lock_levels({(store.pk, known.pk), (store.pk, missing.pk)})
    assert [levels[store.pk, product.pk].on_hand for product in (known, missing)] == [1, 0]
    with connection.cursor() as cursor:
        cursor.execute(queries[0]["sql"])
        assert len(cursor.fetchall()) == 2  # now that both are there
        StockLevel.objects.filter(product=missing).delete()
        cursor.execute(queries[0]["sql"])
        assert cursor.fetchall() == []


def test_the_ledger_of_stock_is_never_changed(staff, store):
    product = ProductFactory()
    stock(product, store, 1)
    entry = product.movements.get()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        StockMovement.objects.update(quantity=9)
    with pytest.raises(TypeError):
        StockMovement.objects.all().delete()


# --- Products ------------------------------------------------------------------------------------------------------


def test_a_new_product_copies_the_default_policy_and_tax_class(staff):
    ShopSettingsFactory(default_serial_tracking=SerialTracking.SALES)
    standard = TaxClassFactory(is_default=True)
    product = save_product(None, fields={"name": "Lens", "sku": "L-1"}, staff=staff)
    ShopSettingsFactory(default_serial_tracking=SerialTracking.ALL)
    product.refresh_from_db()
    assert (product.serial_tracking, product.tax_class) == (SerialTracking.SALES, standard)


def test_a_new_product_comes_with_its_category_and_barcodes(staff):
    product = save_product(
        None,
        fields={"name": "Lens", "sku": "L-1"},
        category="Cameras > Lenses",
        barcodes=["4006381333931", "", "012345678905"],
        staff=staff,
    )
    assert product.category.path == "Cameras > Lenses"
    assert product.category.parent.path == "Cameras"
    assert [barcode.code for barcode in product.barcodes.all()] == ["4006381333931", "012345678905"]


def test_saving_what_is_already_so_writes_no_history(staff):
    product = save_product(None, fields={"name": "Lens", "sku": "L-1"}, barcodes=["123"], staff=staff)
    save_product(product, fields={"name": "Lens"}, barcodes=["123"], category="", staff=staff)
    assert product.history.count() == 1


def test_history_says_who_changed_what_and_which_barcodes_came_and_went(staff):
    product = save_product(None, fields={"name": "Lens", "sku": "L-1", "price": 1000}, barcodes=["123"], staff=staff)
    save_product(
        product, fields={"price": 1250, "cost": 700}, category="Glass", barcodes=["4006381333931"], staff=staff
    )
    changed, created = entries(list(product.history.all()), shows_cost=True)
    assert created.event == "Created"
    assert (changed.event, changed.staff) == ("Changed", staff)
    assert [(change.label, change.before, change.after) for change in changed.changes] == [
        ("Category", "nothing", "Glass"),
        ("Price", "10.00", "12.50"),
        ("Cost", "nothing", "7.00"),
    ]
    assert changed.barcodes == "+ 4006381333931 − 123"


def test_costs_in_history_are_only_for_those_who_may_see_them(staff):
    product = save_product(None, fields={"name": "Lens", "sku": "L-1", "cost": 700}, staff=staff)
    save_product(product, fields={"cost": 800}, staff=staff)
    assert entries(list(product.history.all()), shows_cost=False)[0].changes == []


def test_the_second_of_two_people_who_save_one_product_is_told_and_nothing_is_lost(staff):
    product = ProductFactory(price=1000)
    seen = product.updated_at
    save_product(product, fields={"price": 1100}, seen=seen, staff=staff)
    with pytest.raises(ProductChanged):
        save_product(product, fields={"name": "Other name"}, seen=seen, staff=staff)
    product.refresh_from_db()
    assert (product.price, product.name) != (1000, "Other name")
    assert product.price == 1100


def test_a_barcode_of_another_product_is_refused_and_the_product_named(staff):
    other = BarcodeFactory(code="4006381333931", product__name="Highlighter").product
    with pytest.raises(BarcodeTaken, match="4006381333931 already belongs to Highlighter") as refusal:
        save_product(None, fields={"name": "Lens", "sku": "L-1"}, barcodes=["04006381333931"], staff=staff)
    assert refusal.value.product == other
    assert not Product.objects.filter(sku="L-1").exists()


def test_a_sku_that_differs_in_case_only_is_taken(staff):
    ProductFactory(sku="ab-1", name="Highlighter")
    with pytest.raises(SkuTaken, match="Already Highlighter"):
        save_product(None, fields={"name": "Lens", "sku": "AB-1"}, staff=staff)


def test_an_upc_and_the_same_code_as_ean_are_one_barcode(staff):
    product = save_product(
        None, fields={"name": "Lens", "sku": "L-1"}, barcodes=["012345678905", "0012345678905"], staff=staff
    )
    assert product.barcodes.count() == 1


def test_a_product_in_stock_is_not_archived(staff, store):
    product = stock(ProductFactory(), store, 2)
    with pytest.raises(ProductInStock, match="Harbor 2"):
        archive_product(product, staff=staff)
    product.refresh_from_db()
    assert not product.is_archived


def test_archiving_keeps_the_product_and_can_be_undone(staff):
    product = ProductFactory()
    archive_product(product, staff=staff)
    assert not Product.objects.active().filter(pk=product.pk).exists()
    unarchive_product(product, staff=staff)
    assert Product.objects.active().filter(pk=product.pk).exists()
    events = [entry.event for entry in entries(list(product.history.all()), shows_cost=True)]
    assert events == ["Taken back from the archive", "Archived", "Created"]


def test_a_product_without_any_history_can_be_deleted(staff, store):
    product = ProductFactory()
    BarcodeFactory(product=product)
    StockLevel.objects.create(product=product, store=store)
    delete_product(product, staff=staff)
    assert not Product.objects.exists()


@pytest.mark.parametrize("happened", ["stock", "serial", "sale"])
def test_a_product_with_history_is_not_deleted(staff, store, happened):
    product = TrackedFactory()
    if happened == "stock":
        stock(product, store, 1)
    elif happened == "serial":
        unit(product, store, "SN-1")
    else:
        SaleLineFactory(product=product)
    with pytest.raises(ProductHasHistory, match="Archive it instead"):
        delete_product(product, staff=staff)
    assert Product.objects.filter(pk=product.pk).exists()


def test_a_policy_change_is_recorded_and_deletes_no_serial(staff, store):
    product = TrackedFactory()
    unit(product, store, "SN-1")
    change_tracking(product, SerialTracking.NONE, seen=SerialTracking.SALES, staff=staff)
    assert product.serials.count() == 1
    latest = entries(list(product.history.all()), shows_cost=False)[0]
    assert (latest.event, latest.staff) == ("Tracking policy changed", staff)
    assert [(change.before, change.after) for change in latest.changes] == [("Sales Required", "No Tracking")]


def test_a_policy_that_somebody_else_changed_meanwhile_is_not_overwritten(staff):
    product = TrackedFactory()
    change_tracking(product, SerialTracking.ALL, staff=staff)
    with pytest.raises(ProductChanged, match="All Transactions Required"):
        change_tracking(product, SerialTracking.NONE, seen=SerialTracking.SALES, staff=staff)


# --- Categories ----------------------------------------------------------------------------------------------------


def test_a_category_is_made_once_whatever_the_case():
    lenses = make_category("Cameras > Lenses")
    assert make_category("cameras >lenses") == lenses
    assert make_category("  ") is None
    assert Category.objects.count() == 2


def test_the_paths_below_a_category_follow_when_it_is_renamed_and_moved():
    lenses = make_category("Cameras > Lenses > Zoom").parent
    photo = make_category("Photo")
    change_category(lenses, name="Glass", parent=photo)
    assert sorted(Category.objects.values_list("path", flat=True)) == [
        "Cameras",
        "Photo",
        "Photo > Glass",
        "Photo > Glass > Zoom",
    ]


def test_a_category_whose_name_only_begins_alike_stays():
    CategoryFactory(name="Lens caps", path="Lens caps")
    change_category(make_category("Lens"), name="Glass", parent=None)
    assert Category.objects.filter(path="Lens caps").exists()


def test_a_category_is_never_merged_by_renaming():
    lenses, glass = make_category("Lenses"), make_category("Glass")
    with pytest.raises(CategoryTaken):
        change_category(lenses, name="glass", parent=None)
    change_category(glass, name="GLASS", parent=None)
    assert Category.objects.filter(path="GLASS").exists()


def test_a_category_cannot_move_below_itself():
    cameras = make_category("Cameras > Lenses").parent
    with pytest.raises(CategoryInItself):
        change_category(cameras, name="Cameras", parent=Category.objects.get(path="Cameras > Lenses"))


def test_a_category_that_does_not_fit_is_refused():
    with pytest.raises(CategoryTooLong):
        make_category("x" * 121)


def test_only_an_empty_category_is_deleted():
    lenses = make_category("Cameras > Lenses")
    product = ProductFactory(category=lenses)
    with pytest.raises(CategoryInUse, match="1 product"):
        delete_category(lenses)
    with pytest.raises(CategoryInUse, match="below"):
        delete_category(lenses.parent)
    product.category = None
    product.save()
    delete_category(lenses)
    assert not Category.objects.filter(path="Cameras > Lenses").exists()
