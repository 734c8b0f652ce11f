"""Two days of two shops, small enough to be added up by hand.

| when, where                          | what                                                | net     | tax    | total   |
|--------------------------------------|-----------------------------------------------------|---------|--------|---------|
| 10 Nov 23:30 Chicago (11 Nov UTC)    | 2 guitars at 100.00 less 20.00, 10% added           | 180.00  | 18.00  | 198.00  |
| 11 Nov 00:30 Dublin (10 Nov Chicago) | 1 sticker at 5.00, no tax                           | 5.00    | 0.00   | 5.00    |
| 11 Nov 10:00 Chicago                 | 1 book at 50.00, 25% contained; 3 stickers at 5.00  | 55.00   | 10.00  | 65.00   |
| 11 Nov 15:00 Chicago                 | exchange: 1 of the guitars back, 1 book             | -50.00  | 1.00   | -49.00  |
| 11 Nov 16:00 Chicago                 | voided: a guitar; still open: a book                |         |        |         |

Guitars cost 60.00 and books 20.00 when sold (the guitar's cost was changed since); what a sticker costs nobody knows.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict

from inventory.models import Product
from microbiz.reports.report import Reader
from orders.models import Customer
from register.models import Sale
from register.operations import ReturnPick, add_return, discount_line, set_customer, void_sale
from serials.models import Serial
from tests import factories
from tests.register.till import Till, open_till

CHICAGO, DUBLIN = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Dublin")
TODAY = date(2026, 11, 12)
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=CHICAGO)


def at(day: int, hour: int, minute: int, zone=CHICAGO):
    """The clock stands at this time of November 2026."""
    return time_machine.travel(datetime(2026, 11, day, hour, minute, tzinfo=zone), tick=False)


@dataclass
class Shops:
    harbor: Till
    dublin: Till
    guitar: Product
    book: Product
    sticker: Product
    customer: Customer
    first: Sale
    exchange: Sale

    @property
    def stores(self):
        return [self.harbor.store, self.dublin.store]


@pytest.fixture
def shops(db):
    factories.ShopSettingsFactory()
    with at(1, 9, 0):
        harbor = open_till(factories.StoreFactory(name="Harbor", time_zone="America/Chicago"))
        dublin = open_till(factories.StoreFactory(name="Dublin", time_zone="Europe/Dublin"))
        added, contained = factories.TaxClassFactory(), factories.TaxClassFactory()
        for till in (harbor, dublin):
            factories.TaxRateFactory(tax_class=added, store=till.store, name="Sales tax", rate=10_000)
            factories.TaxRateFactory(tax_class=contained, store=till.store, name="VAT", rate=25_000, is_inclusive=True)
        strings = factories.CategoryFactory(name="Strings")
        below = factories.CategoryFactory(name="Guitars", parent=strings)
        guitar = factories.TrackedFactory(
            name="Guitar", sku="GTR", price=100_00, cost=60_00, tax_class=added, category=below
        )
        book = factories.ProductFactory(name="Book", sku="0012", price=50_00, cost=20_00, tax_class=contained)
        sticker = factories.ProductFactory(name="Sticker", sku="STK", price=5_00, category=strings)
        factories.units(guitar, harbor.store, "G1", "G2", "G3")
        for till in (harbor, dublin):
            factories.stock(book, till.store, 10)
            factories.stock(sticker, till.store, 10)
    customer = factories.CustomerFactory(name="Anna Berg")
    with at(10, 23, 30):
        harbor.scan("GTR", "G1", "G2")
        set_customer(harbor.sale, customer, staff=harbor.staff)
        discount_line(harbor.sale.lines.get(), amount=20_00, reason="regular", staff=harbor.staff)
        first = harbor.pay()
    with at(11, 0, 30, DUBLIN):
        dublin.sell("STK")
    with at(11, 10, 0):
        harbor.sell("0012", "STK", "STK", "STK")
    guitar.cost = 75_00
    guitar.save()
    with at(11, 15, 0):
        pick = ReturnPick(first.lines.get(), 1, [Serial.objects.get(number="G1")])
        add_return(harbor.sale, first, [pick], reason="Too loud", staff=harbor.staff)
        harbor.scan("0012")
        exchange = harbor.pay()
    with at(11, 16, 0):
        harbor.scan("GTR", "G3")
        void_sale(harbor.sale, reason="changed his mind", staff=harbor.staff)
        harbor.scan("0012")
    return Shops(harbor, dublin, guitar, book, sticker, customer, first, exchange)


@pytest.fixture
def noon():
    """It is noon of the day after."""
    with time_machine.travel(NOON, tick=False):
        yield


def ask(kind, shops, **asked):
    """A filter as an address would ask it, on 12 November, by default for both days."""
    if "period" in kind.base_filters and not asked.keys() & {"period", "since", "until"}:
        asked |= {"since": "2026-11-10", "until": "2026-11-11"}
    data = QueryDict(mutable=True)
    data.update({name: str(value) for name, value in asked.items()})
    found = kind(data, stores=shops.stores, today=TODAY)
    assert found.is_valid(), found.errors
    return found


EVERYTHING = Reader(sees_cost=True, has_serials=True)


def rows(build, kind, shops, **asked):
    """The rows of a report, each by its name."""
    return {str(row["name"]): row for row in build(ask(kind, shops, **asked), EVERYTHING).rows}
