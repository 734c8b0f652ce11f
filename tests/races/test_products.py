"""Two people at one product at the same instant."""

import itertools

import pytest
from django.db import IntegrityError

import inventory.adjustments.operations.open_stock as stock_entry
from inventory import operations as inventory_operations
from inventory.adjustments.errors import StockChanged
from inventory.adjustments.operations import OpenStock, enter_open_stock
from inventory.errors import ProductChanged, SkuTaken
from inventory.models import Product
from inventory.operations import save_product
from tests.factories import ProductFactory, ShopSettingsFactory, StaffFactory, StoreFactory, on_hand, stock
from tests.races.threads import errors, locks_taken_out, meeting, together, values

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def save_at_once(monkeypatch, product, **guard):
    staff, seen = StaffFactory(), product.updated_at

    def change(**fields):
        return lambda: save_product(product, fields=fields, seen=seen, staff=staff)

    with locks_taken_out(monkeypatch, **guard), meeting(monkeypatch, inventory_operations, "_require_own_sku"):
        return together(change(price=1100), change(price=1200))


def test_of_two_who_save_one_product_the_second_is_told(monkeypatch):
    product = ProductFactory(price=1000)
    outcomes = save_at_once(monkeypatch, product, taken_out=False)
    assert len(values(outcomes)) == 1
    assert [type(error) for error in errors(outcomes)] == [ProductChanged]
    product.refresh_from_db()
    assert product.price == values(outcomes)[0].price
    assert product.history.count() == 2


def test_without_the_lock_one_of_two_saves_would_be_lost(monkeypatch):
    outcomes = save_at_once(monkeypatch, ProductFactory(price=1000))
    assert len(values(outcomes)) == 2


def create_of_one_sku(monkeypatch):
    """Both have found the SKU free."""
    staff = StaffFactory()
    ShopSettingsFactory()

    def create(name):
        return lambda: save_product(None, fields={"name": name, "sku": "L-1"}, staff=staff)

    with meeting(monkeypatch, inventory_operations, "_barcode_news"):
        return together(create("One"), create("Two"))


def test_two_products_of_one_sku_at_once_are_one_product_and_one_message(monkeypatch):
    outcomes = create_of_one_sku(monkeypatch)
    assert len(values(outcomes)) == 1
    [error] = errors(outcomes)
    assert isinstance(error, SkuTaken)
    assert error.product == Product.objects.get()


def test_without_a_second_look_the_other_meets_the_constraint_instead_of_an_answer(monkeypatch):
    monkeypatch.setattr(inventory_operations, "_require_own_sku", lambda product: None)
    [error] = errors(create_of_one_sku(monkeypatch))
    assert isinstance(error, IntegrityError) and "sku" in str(error)


def correct_at_once(monkeypatch, **guard):
    """Two figures for one store. Numbers are given without their counter, which would keep the two apart as well."""
    ShopSettingsFactory()
    store, staff, numbers = StoreFactory(), StaffFactory(), itertools.count()
    product = stock(ProductFactory(), store, 5)
    monkeypatch.setattr(stock_entry, "next_number", lambda prefix: f"{prefix}-{next(numbers)}")

    def enter(count):
        entry = OpenStock(store, count, seen=5)
        return lambda: enter_open_stock(product, [entry], staff=staff, reason="found")

    with locks_taken_out(monkeypatch, **guard), meeting(monkeypatch, stock_entry, "_require_leaving"):
        return product, store, together(enter(7), enter(8))


def test_of_two_who_correct_one_figure_the_second_is_told(monkeypatch):
    product, store, outcomes = correct_at_once(monkeypatch, taken_out=False)
    assert len(values(outcomes)) == 1
    assert [type(error) for error in errors(outcomes)] == [StockChanged]
    assert on_hand(product, store) in (7, 8)
    assert on_hand(product, store) == sum(product.movements.values_list("quantity", flat=True))


def test_without_the_lock_both_figures_would_be_entered(monkeypatch):
    _product, _store, outcomes = correct_at_once(monkeypatch)
    assert len(values(outcomes)) == 2
