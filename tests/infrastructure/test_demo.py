"""The demo shop: complete, lawful, loaded once, never outside demo mode."""

from random import Random

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.test import RequestFactory

from inventory.models import Barcode, Product, StockLevel, StockMovement
from inventory.scans import gtin_problem
from microbiz.demo import people
from microbiz.demo.serial_numbers import luhn_digit, make
from microbiz.laws import LAWS, check_laws
from orders.models import Customer
from register.models import PaymentMethod, Register, Sale
from serials.models import Serial, SerialEvent, SerialHold
from settings_app.models import SerialTracking, Staff, Store
from tests.infrastructure.breaking import BREAKS
from transfers.models import Transfer


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The demo shop, loaded once for the tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def shop(loaded, django_db_blocker):
    """The demo shop; what a test changes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_demo_is_a_whole_shop(shop):
    assert Store.objects.count() == 4
    assert {store.region for store in Store.objects.all()} == {"WI"}
    assert set(Register.objects.values("store").annotate(n=Count("pk")).values_list("n", flat=True)) == {2}
    for store in Store.objects.all():
        assert sum(rate.rate for rate in store.tax_rates.all()) == 5_500
    assert PaymentMethod.objects.filter(kind="cash").count() == 1
    assert Customer.objects.count() >= 5
    assert 200 <= Product.objects.count() <= 999
    assert set(Product.objects.values_list("serial_tracking", flat=True)) == set(SerialTracking.values)
    for store in Store.objects.all():
        assert StockLevel.objects.filter(store=store, on_hand__gt=0).count() > 200
        assert Serial.objects.in_stock(store).count() > 50
    assert [code for code in Barcode.objects.values_list("code", flat=True) if gtin_problem(code)] == []

    # The ledgers add up: every level is the sum of its movements, every unit has all its events, one product has one
    # serial more than units (one was sold without saying which), and only the sale on hold holds a unit.
    check_laws()
    levels = {(one.store_id, one.product_id): one.on_hand for one in StockLevel.objects.all()}
    moved = StockMovement.objects.order_by().values_list("store", "product").annotate(sum=Sum("quantity"))
    assert {(store, product): total for store, product, total in moved} == {k: n for k, n in levels.items() if n}
    in_stock = Serial.objects.in_stock().order_by().values_list("store", "product").annotate(n=Count("pk"))
    assert [count - levels[store, product] for store, product, count in in_stock if count > levels[store, product]] == [
        1
    ]
    assert SerialEvent.objects.count() == Serial.objects.aggregate(n=Sum("sequence"))["n"]
    assert [hold.document_id for hold in SerialHold.objects.filter(document_type="register.sale")] == [
        Sale.objects.get(status="on_hold").pk
    ]
    assert set(Transfer.objects.values_list("status", flat=True)) == {"draft", "sent", "received"}
    assert Serial.objects.sold().exists()
    assert Sale.objects.filter(status="completed", total__lt=0).count() == 1


def test_every_check_of_the_laws_names_the_record_that_breaks_it(shop):
    seen, missed = set(), []
    for name, words, statement in BREAKS:
        with transaction.atomic(), connection.cursor() as cursor:
            for part in statement.split(";"):
                cursor.execute(part)
            checks = {check for law in LAWS if law.name == name for check in law.checks}
            found = {check for check in checks if any(words in str(one) for one in check.violations())}
            seen |= found
            missed += [] if found else [f"{name}: {words}"]
            transaction.set_rollback(True)
    assert missed == []
    assert [check.says for law in LAWS for check in law.checks if check not in seen] == []


def test_a_product_that_requires_serials_everywhere_has_them_all(shop):
    for level in StockLevel.objects.filter(product__serial_tracking=SerialTracking.ALL):
        assert Serial.objects.in_stock(level.store).filter(product=level.product_id).count() == level.on_hand


def test_every_login_works_and_has_its_role_and_pin(shop):
    for person in people.PEOPLE:
        request = RequestFactory().post("/login/")
        staff = authenticate(request, username=person.username, password=people.PASSWORD)
        assert staff is not None, person.username
        assert list(staff.groups.values_list("name", flat=True)) == [person.role]
        assert staff.has_pin(person.pin)
        assert {store.code for store in staff.stores_allowed()} == set(person.stores)
    assert people.PEOPLE[-1].username in people.table()


def test_a_second_load_changes_nothing(shop):
    before = Product.objects.count(), Staff.objects.count(), StockMovement.objects.count()
    call_command("load_demo", verbosity=0)
    assert before == (Product.objects.count(), Staff.objects.count(), StockMovement.objects.count())


def test_the_demo_never_loads_outside_demo_mode(db, settings):
    settings.IS_DEMO = False
    with pytest.raises(CommandError, match="not a demo installation"):
        call_command("load_demo")
    assert not Staff.objects.exists()


def test_generated_imeis_are_sound():
    number = make("IMEI:35413505", Random(1))
    assert len(number) == 15
    assert luhn_digit(number[:14]) == number[14]
    assert luhn_digit("49015420323751") == "8"  # the textbook's IMEI
