"""What is on its way between our stores and from vendors, and what waits for somebody."""

from datetime import date

import pytest

from microbiz.reports import bought, coming, sales, stock
from microbiz.reports.dashboard import in_transit, waiting
from microbiz.reports.filters import StaffFilter
from microbiz.reports.report import Reader
from receiving.models import PurchaseOrder
from receiving.operations import change_back, post_reversal, start_reversal
from serials.models import Serial
from tests import factories
from tests.receiving.dock import Dock, arrive
from tests.reports.conftest import EVERYTHING, ask, at, rows
from transfers.operations import add_product, add_unit, request_transfer, send_transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(shops):
    """A guitar and 3 stickers left Harbor for Dublin on the 9th."""
    staff = shops.harbor.staff
    with at(9, 9, 0):
        transfer = request_transfer(shops.harbor.store, shops.dublin.store, staff=staff)
        add_unit(transfer, Serial.objects.get(number="G3"), staff=staff)
        add_product(transfer, shops.sticker, quantity=3, staff=staff)
        return send_transfer(transfer, staff=staff)


def test_units_in_transit_are_shown_to_both_stores_and_to_no_other(shops, sent, noon):
    table = coming.in_transit(ask(coming.InTransitFilter, shops), EVERYTHING)
    names = ("number", "sender", "receiver", "days", "name", "units", "cost")
    assert sorted(tuple(row[name] for name in names) for row in table.rows) == [
        (sent.number, "Harbor", "Dublin", 3, "Guitar", 1, 75_00),
        (sent.number, "Harbor", "Dublin", 3, "Sticker", 3, None),
    ]
    assert table.totals == {"units": 4, "cost": 75_00}
    for store in shops.stores:
        assert len(list(coming.in_transit(ask(coming.InTransitFilter, shops, store=store.pk), EVERYTHING).rows)) == 2
    third = factories.StoreFactory()
    assert in_transit([third]).transfers == []
    found = in_transit([shops.dublin.store])
    assert (found.units, [(one.number, one.sent, one.left, one.come) for one in found.transfers]) == (
        4,
        [(sent.number, 4, 4, 0)],
    )


@pytest.fixture
def ordered(shops):
    """10 books, of which 4 came and 1 never will, due on the 10th; 5 stickers of somebody else, without a date."""
    order = factories.PurchaseOrderFactory(
        store=shops.harbor.store, status=PurchaseOrder.Status.SENT, expected_on=date(2026, 11, 10)
    )
    line = factories.PurchaseOrderLineFactory(order=order, product=shops.book, quantity=10, given_up=1, unit_cost=18_00)
    arrive(line, 4, staff=shops.harbor.staff)
    other = factories.PurchaseOrderFactory(store=shops.dublin.store, status=PurchaseOrder.Status.SENT)
    factories.PurchaseOrderLineFactory(order=other, product=shops.sticker, quantity=5, unit_cost=None)
    factories.PurchaseOrderLineFactory(order__store=shops.harbor.store, product=shops.guitar)  # a draft
    return order


def test_what_vendors_still_owe_and_how_late_it_is(shops, ordered):
    table = coming.expected(ask(coming.ExpectedFilter, shops), EVERYTHING)
    names = ("number", "name", "ordered", "received", "units", "late", "cost")
    assert [tuple(row[name] for name in names)[1:] for row in table.rows] == [
        ("Book", 10, 4, 5, 2, 90_00),
        ("Sticker", 5, 0, 5, None, None),
    ]
    assert table.totals == {"units": 10, "cost": 90_00}
    assert list(rows(coming.expected, coming.ExpectedFilter, shops, due="late")) == ["Book"]
    assert list(rows(coming.expected, coming.ExpectedFilter, shops, due="undated")) == ["Sticker"]
    assert list(rows(coming.expected, coming.ExpectedFilter, shops, vendor=ordered.vendor.pk)) == ["Book"]


def test_a_vendor_is_asked_for_by_what_they_offer(shops):
    offer = factories.VendorProductFactory(product=shops.book)
    assert list(rows(sales.by_product, StaffFilter, shops, vendor=offer.vendor.pk)) == ["Book"]
    assert list(rows(stock.on_hand, stock.StockFilter, shops, vendor=offer.vendor.pk)) == ["Book"]


def test_what_waits_is_told_to_those_who_may_see_it(shops, sent, ordered, noon):
    request_transfer(shops.dublin.store, shops.harbor.store, staff=shops.harbor.staff)
    for wanted in (date(2026, 11, 12), date(2026, 11, 13)):
        factories.OrderFactory(store=shops.harbor.store, status="open", wanted_by=wanted)
    factories.OrderFactory(store=shops.harbor.store)  # a draft
    manager = factories.StaffFactory(role="Manager")
    assert [(one.words, one.late) for one in waiting(manager, shops.stores)] == [
        ("2 customer orders", "1 wanted by today"),
        ("2 transfers to receive or send", "1 of them to send"),
        ("2 purchase orders expected", "1 late"),
    ]
    cashier = factories.StaffFactory(role="Senior Cashier")
    assert [one.words for one in waiting(cashier, [shops.harbor.store])] == ["2 customer orders"]
    assert waiting(manager, [factories.StoreFactory()]) == []


def test_what_was_received_counts_less_what_was_taken_back(shops):
    dock = Dock(shops.harbor.store, factories.VendorFactory(), shops.harbor.staff)
    with at(10, 23, 30):
        shipment = dock.received(shops.book, 6, 18_00, freight=3_00)
    factories.ShipmentLineFactory(shipment__store=shops.harbor.store, product=shops.book, quantity=9)  # a draft
    with at(11, 9, 0):
        back = start_reversal(shipment, staff=dock.staff, reason="Wrong edition")
        change_back(back.lines.get(), 2)
        post_reversal(back, staff=dock.staff)
    names = ("units", "price", "freight", "cost")
    for by, name in (("vendor", str(shipment.vendor)), ("product", "Book"), ("store", "Harbor")):
        found = rows(bought.bought, bought.BoughtFilter, shops, by=by)
        assert {key: tuple(row[one] for one in names) for key, row in found.items()} == {name: (4, 72_00, 3_00, 75_00)}
    on_the_10th = rows(bought.bought, bought.BoughtFilter, shops, since="2026-11-10", until="2026-11-10")
    assert [row["units"] for row in on_the_10th.values()] == [6]
    assert rows(bought.bought, bought.BoughtFilter, shops, vendor=factories.VendorFactory().pk) == {}
    table = bought.bought(ask(bought.BoughtFilter, shops), Reader(sees_cost=False, has_serials=True))
    assert [column.key for column in table.filed] == ["name", "units"]
