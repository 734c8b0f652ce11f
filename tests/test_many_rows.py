"""Rows by the thousand: found by one list, and added by INSERT ... SELECT."""

import pytest
from django.db import IntegrityError
from django.db.models import F, OuterRef
from django.utils import timezone

from inventory.models import Product, StockLevel
from inventory.operations import lock_levels
from microbiz.many_rows import add_to_each, insert_for_each, insert_for_keys, rows_of
from serials.models import Serial, SerialEvent, SerialHold
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def units():
    return factories.units(factories.ProductFactory(), factories.StoreFactory(), "A1", "A2", 'B"3\\{,}', "É4")


def test_numbers_and_keys_are_found_by_one_list(units):
    wanted = [units[2].number_key, units[3].number_key, "none"]
    assert list(Serial.objects.filter(number_key__among=wanted).order_by("pk")) == units[2:]
    assert list(Serial.objects.filter(pk__among={units[0].pk, 0})) == units[:1]
    assert SerialEvent.objects.filter(serial_id__among=[unit.pk for unit in units[:2]]).count() == 2
    assert not Serial.objects.filter(pk__among=[]).exists()


@pytest.mark.by_hand
def test_a_row_is_added_for_each_with_constants_defaults_and_its_own(units, django_assert_num_queries):
    staff, before = factories.StaffFactory(), timezone.now()
    like = SerialHold(document_type="register.sale", document_id=7, document="sale 7", line_id=8, staff=staff)
    with django_assert_num_queries(1):
        insert_for_each(Serial.objects.filter(pk__among=[unit.pk for unit in units[1:]]), like, serial=F("pk"))
    holds = list(SerialHold.objects.order_by("serial"))
    assert [hold.serial_id for hold in holds] == [unit.pk for unit in units[1:]]
    for hold in holds:
        assert (hold.document_type, hold.document_id, hold.document, hold.line_id) == ("register.sale", 7, "sale 7", 8)
        assert (hold.staff, hold.place, hold.line_type) == (staff, "", "")
        assert before <= hold.since <= timezone.now()


@pytest.mark.by_hand
def test_the_rows_come_in_the_order_of_those_they_are_for(units):
    like = SerialEvent(kind=SerialEvent.Kind.RECORDED, state="in_stock", store=units[0].store)
    insert_for_each(Serial.objects.order_by("-pk"), like, serial=F("pk"), sequence=F("sequence") + 1)
    added = SerialEvent.objects.filter(sequence=F("serial__sequence") + 1).order_by("pk")
    assert [event.serial_id for event in added] == [unit.pk for unit in reversed(units)]
    assert {event.document_id for event in added} == {None}


@pytest.mark.by_hand
def test_what_the_database_refuses_is_refused_here(units):
    like = SerialHold(document_type="register.sale", document_id=7, line_id=8)
    insert_for_each(Serial.objects.filter(pk=units[0].pk), like, serial=F("pk"))
    with pytest.raises(IntegrityError):
        insert_for_each(Serial.objects.all(), like, serial=F("pk"))


@pytest.mark.by_hand
def test_a_row_is_added_for_each_key_that_a_statement_finds(units, django_assert_num_queries):
    staff, before = factories.StaffFactory(), timezone.now()
    like = SerialHold(document_type="register.sale", document_id=7, document="100% sale", line_id=8, staff=staff)
    insert_for_each(Serial.objects.filter(pk=units[0].pk), like, serial=F("pk"))
    free = Serial.objects.filter(hold__isnull=True, number__contains="").order_by("pk").values_list("pk", flat=True)
    with django_assert_num_queries(1):
        added = insert_for_keys(free.query.sql_with_params(), like, "serial")
    assert added == [unit.pk for unit in units[1:]]
    assert insert_for_keys(free.query.sql_with_params(), like, "serial") == []
    for hold in SerialHold.objects.filter(serial__in=added):
        assert (hold.document_type, hold.document_id, hold.document, hold.line_id) == (
            "register.sale",
            7,
            "100% sale",
            8,
        )
        assert (hold.staff, hold.place, hold.line_type) == (staff, "", "")
        assert before <= hold.since <= timezone.now()


def test_rows_of_another_table_come_with_the_row_they_belong_to(units, django_assert_num_queries):
    product, without = units[0].product, factories.ProductFactory()
    own = rows_of(Serial.objects.filter(product=OuterRef("pk")), "pk", "number", "store__name", "product__price")
    products = Product.objects.annotate(units=own)
    list(products.all())  # Django asks SQLite once whether it has JSON
    with django_assert_num_queries(1):
        found = {one.pk: one.units for one in products}
    of_product = [[unit.pk, unit.number, unit.store.name, product.price] for unit in units]
    assert sorted(found[product.pk]) == of_product
    assert not found[without.pk]


@pytest.mark.by_hand
def test_each_row_that_is_named_gets_its_own_amount_and_no_other(units, django_assert_num_queries):
    product, here, there = units[0].product, units[0].store, factories.StoreFactory()
    other = factories.ProductFactory()
    pairs = [(store.pk, one.pk) for store in (here, there) for one in (product, other)]
    lock_levels(set(pairs))
    with django_assert_num_queries(1):
        added = add_to_each(
            StockLevel,
            "on_hand",
            {(here.pk, product.pk): 3, (there.pk, other.pk): 5, (there.pk, 0): 7},
            "store",
            "product",
        )
    assert added == 2
    levels = dict(StockLevel.objects.values_list("store", "on_hand").filter(on_hand__gt=4))
    assert levels == {here.pk: 4 + 3, there.pk: 5}
