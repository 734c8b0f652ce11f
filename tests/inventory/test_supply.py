"""From whom a product is bought and when it is ordered again."""

import pytest

from inventory.errors import OfferTwice, PointAboveUpTo, ProductChanged
from inventory.models import ReorderPoint, VendorProduct
from inventory.supply.operations import Offer, Reorder, save_supply, supply_seen
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbor():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def staff(harbor):
    return factories.AdminFactory()


@pytest.fixture
def drive():
    return factories.TrackedFactory()


def kept(product):
    return (
        sorted(product.reorder_points.values_list("store__name", "point", "up_to")),
        sorted(product.offers.values_list("vendor__name", "item_number", "cost", "is_preferred")),
    )


def test_points_and_offers_are_what_was_saved_last(drive, harbor, staff):
    quay = factories.StoreFactory(name="Quay")
    north, south = factories.VendorFactory(name="North"), factories.VendorFactory(name="South")
    points = [Reorder(harbor, 5, 12), Reorder(quay, 1, 1)]
    save_supply(drive, reorders=points, offers=[Offer(north, "N-1", 900, True), Offer(south, "S-1", None)], staff=staff)
    assert kept(drive) == (
        [("Harbor", 5, 12), ("Quay", 1, 1)],
        [("North", "N-1", 900, True), ("South", "S-1", None, False)],
    )
    save_supply(drive, reorders=[Reorder(harbor, None, None)], offers=[Offer(south, "S-1", 800, True)], staff=staff)
    assert kept(drive) == ([("Quay", 1, 1)], [("South", "S-1", 800, True)])
    assert VendorProduct.history.filter(history_type="-").get().history_user == staff


def test_the_preferred_vendor_moves_in_one_step(drive, harbor, staff):
    north, south = factories.VendorFactory(name="North"), factories.VendorFactory(name="South")
    save_supply(drive, reorders=[], offers=[Offer(north, is_preferred=True), Offer(south)], staff=staff)
    save_supply(drive, reorders=[], offers=[Offer(north), Offer(south, is_preferred=True)], staff=staff)
    assert drive.offers.get(is_preferred=True).vendor == south


def test_saving_the_same_again_leaves_no_trace(drive, harbor, staff):
    north = factories.VendorFactory()
    for _again in range(2):
        save_supply(drive, reorders=[Reorder(harbor, 5, 12)], offers=[Offer(north, "N", 5, True)], staff=staff)
    assert ReorderPoint.history.count() == VendorProduct.history.count() == 1


def test_who_does_not_see_costs_keeps_them(drive, harbor, staff):
    offer = factories.VendorProductFactory(product=drive, cost=900)
    save_supply(drive, reorders=[], offers=[Offer(offer.vendor, "N-2", keeps_cost=True)], staff=staff)
    assert kept(drive)[1] == [(offer.vendor.name, "N-2", 900, False)]


def test_what_contradicts_itself_is_refused_and_nothing_is_saved(drive, harbor, staff):
    north, south = factories.VendorFactory(name="North"), factories.VendorFactory(name="South")
    sound = [Reorder(harbor, 5, 12)]
    with pytest.raises(PointAboveUpTo, match="Harbor: order up to at least 5"):
        save_supply(drive, reorders=[Reorder(harbor, 5, 4)], offers=[Offer(north)], staff=staff)
    with pytest.raises(OfferTwice, match="North: one row"):
        save_supply(drive, reorders=sound, offers=[Offer(north), Offer(north, "N-2")], staff=staff)
    with pytest.raises(OfferTwice, match="one preferred"):
        save_supply(
            drive,
            reorders=sound,
            offers=[Offer(north, is_preferred=True), Offer(south, is_preferred=True)],
            staff=staff,
        )
    assert kept(drive) == ([], [])


def test_of_two_people_at_one_product_the_second_is_told(drive, harbor, staff):
    north, south = factories.VendorFactory(), factories.VendorFactory()
    seen = supply_seen(drive)
    save_supply(drive, reorders=[], offers=[Offer(north, "N-1")], staff=staff, seen=seen)
    with pytest.raises(ProductChanged, match="while you were at it"):
        save_supply(drive, reorders=[Reorder(harbor, 5, 12)], offers=[Offer(south)], staff=staff, seen=seen)
    assert [offer.vendor for offer in drive.offers.all()] == [north]
    assert not drive.reorder_points.exists()
