"""The factories that every other test stands on."""

import pytest

from inventory.models import StockMovement
from serials.models import SerialEvent
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "factory",
    [value for name, value in vars(factories).items() if name.endswith("Factory") and value._meta.model is not None],
    ids=lambda factory: factory.__name__,
)
def test_a_factory_makes_its_record_twice(factory):
    factory()
    assert factory().pk


def test_stock_and_serials_are_put_in_place_through_their_ledgers():
    store, product = factories.StoreFactory(), factories.TrackedFactory()
    factories.stock(product, store, 2)
    serial = factories.unit(product, store, "SN-1")
    assert factories.on_hand(product, store) == 3
    assert sum(StockMovement.objects.values_list("quantity", flat=True)) == 3
    assert SerialEvent.objects.get().serial == serial


def test_a_member_of_staff_has_the_permissions_and_stores_asked_for():
    store = factories.StoreFactory()
    staff = factories.StaffFactory(stores=[store], permissions=["register.sell"], pin="1234")
    assert staff.has_perm("register.sell")
    assert list(staff.stores_allowed()) == [store]
    assert staff.has_pin("1234")
