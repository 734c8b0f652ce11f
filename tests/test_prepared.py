"""Queries that are composed once: they answer for the values of each call, and for nothing that was kept."""

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from inventory.models import Product
from microbiz.prepared import prepared
from register.models import Sale
from serials.models import Serial
from tests import factories

pytestmark = pytest.mark.django_db


@prepared
def units_of(product, numbers):
    return Serial.objects.filter(product=product, number_key__among=numbers).select_related("product", "store")


@prepared
def keys_of(product):
    return Serial.objects.filter(product=product).values_list("number_key", flat=True)


@prepared
def in_state(state, /, product):
    assert isinstance(state, str)
    return Serial.objects.filter(state=state, product=product).values_list("number", F("product__name"))


@prepared
def locked(product):
    return Product.objects.select_for_update().filter(pk=product)


@prepared
def dated(product):
    return Product.objects.filter(pk=product).values_list("is_archived", "updated_at")


@pytest.fixture
def store():
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def product(store):
    product = factories.ProductFactory(name="Drive")
    factories.units(product, store, "A1", "B2", "C3")
    return product


def test_each_call_is_answered_for_its_own_values(product, store):
    other = factories.ProductFactory()
    factories.units(other, store, "A1")
    assert [unit.number for unit in units_of(product.pk, ["a1", "c3"])] == ["A1", "C3"]
    assert [unit.number for unit in units_of(product.pk, ["b2"])] == ["B2"]
    assert [unit.product for unit in units_of(other.pk, numbers={"a1"})] == [other]
    assert units_of(other.pk, ["b2"]) == units_of(product.pk, []) == []


def test_nothing_of_an_answer_is_kept(product):
    assert keys_of(product.pk) == ["a1", "b2", "c3"]
    Serial.objects.filter(number="B2").update(number_key="x")
    assert keys_of(product.pk) == ["a1", "x", "c3"]
    first, again = units_of(product.pk, ["a1"]) + units_of(product.pk, ["a1"])
    assert first == again and first is not again


def test_objects_come_with_what_was_selected_beside_them(product, django_assert_num_queries):
    with django_assert_num_queries(1):
        [unit] = units_of(product.pk, ["a1"])
        assert (unit.product.name, unit.store.name) == ("Drive", "Harbor")
    assert not unit._state.adding


def test_values_come_as_python_has_them(product):
    assert dated(product.pk) == [(False, product.updated_at)]


def test_what_stands_before_the_slash_chooses_the_query(product):
    assert in_state("in_stock", product.pk) == [("A1", "Drive"), ("B2", "Drive"), ("C3", "Drive")]
    assert in_state("sold", product.pk) == []


def test_it_is_composed_once_for_many_and_once_for_one(product):
    built = []

    @prepared
    def numbered(numbers):
        built.append(numbers)
        return Serial.objects.filter(number_key__among=numbers)

    for numbers in (["a1"], ["b2"], ["a1", "b2"], ["a1", "b2", "c3"], []):
        assert [unit.number_key for unit in numbered(numbers)] == numbers
    assert len(built) == 2


def test_nothing_equals_none(product):
    with pytest.raises(ValueError, match="product is None"):
        keys_of(None)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_lock_is_asked_for_inside_a_transaction_alone(product):
    with transaction.atomic():
        assert locked(product.pk) == [product]
    with pytest.raises(TransactionManagementError):
        locked(product.pk)


@pytest.mark.postgresql
def test_a_list_of_one_is_an_equality_which_postgresql_keeps_a_plan_for(product):
    with CaptureQueriesContext(connection) as asked:
        units_of(product.pk, ["a1"])
        units_of(product.pk, ["a1", "b2"])
    one, many = (query["sql"] for query in asked)
    assert "ANY" not in one
    assert "ANY" in many


def test_what_it_cannot_make_is_refused():
    @prepared
    def as_dicts():
        return Sale.objects.values("number")

    with pytest.raises(KeyError):
        as_dicts()


def test_a_value_may_be_given_by_its_name(product):
    assert units_of(numbers=["a1"], product=product.pk) == units_of(product.pk, ["a1"])
