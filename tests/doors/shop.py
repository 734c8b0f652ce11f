"""A shop with two stores in which every address leads somewhere, and one person of every role."""

from dataclasses import dataclass, field

from inventory.adjustments.operations import add_line, post_adjustment, start_adjustment
from inventory.counts.operations import scan as scan_into_count
from inventory.counts.operations import start_count
from inventory.imports.operations import open_import
from microbiz.roles import ROLES
from orders.operations import add_product, create_order, hand_over, open_order
from receiving.operations import start_reversal
from register.operations import close_shift, hold_sale
from serials.fix_operations import record_shelf
from serials.imports import SerialImport
from settings_app.models import SerialTracking, Staff, Store
from tests import factories
from tests.receiving.dock import Dock
from tests.register.till import Till, open_till
from transfers.models import Discrepancy, Transfer
from transfers.operations import add_product as add_to_transfer
from transfers.operations import decide, request_transfer, send_transfer

NOBODYS = "Far"  # the store where nobody of the tests works


@dataclass
class Place:
    """A store with one document of each kind in the state in which most can be done with it."""

    store: Store
    till: Till
    records: dict = field(default_factory=dict)

    def __getattr__(self, name):
        try:
            return self.__dict__["records"][name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass
class Shop:
    """Everybody but Admin works at `home` alone; `away` has the same documents."""

    home: Place
    away: Place
    people: dict[str, Staff]


def open_shop() -> Shop:
    factories.ShopSettingsFactory()
    factories.cash(), factories.card()
    boss = factories.AdminFactory(username="boss")
    shared = {
        "boss": boss,
        "far": factories.StoreFactory(name=NOBODYS),
        "vendor": factories.VendorFactory(),
        "customer": factories.CustomerFactory(),
        "category": factories.CategoryFactory(),
        "tax_class": factories.TaxClassFactory(),
        "method": factories.cash(),
        "status": factories.OrderStatusFactory(),
        "cable": factories.ProductFactory(sku="CABLE"),
        "drive": factories.ProductFactory(sku="DRIVE", serial_tracking=SerialTracking.OPTIONAL),
        "bag": factories.ProductFactory(sku="BAG", price=None),
    }
    home, away = _open_place("Home", shared), _open_place("Away", shared)
    people = {
        role: factories.StaffFactory(
            username=role.lower().replace(" ", "-"), stores=[home.store], role=role, pin="1234"
        )
        for role in ROLES
    }
    return Shop(home, away, people)


def _open_place(name: str, shared: dict) -> Place:
    staff, store = shared["boss"], factories.StoreFactory(name=name)
    till = open_till(store, staff)
    place = Place(store, till, dict(shared))
    place.records |= {
        "register": till.register,
        "person": factories.StaffFactory(stores=[store], role="Junior Cashier"),
    }
    _fill_shelves(place, name)
    _sell(place)
    _take_orders(place)
    _receive(place, Dock(store, shared["vendor"], staff))
    _send(place)
    _adjust(place)
    return place


def _fill_shelves(place: Place, name: str) -> None:
    factories.stock(place.cable, place.store, 50)
    factories.stock(place.drive, place.store, 10)
    numbers = [f"{name}-{n}" for n in range(1, 9)]
    fix = record_shelf(place.drive, place.store, numbers, staff=place.boss, reason="Back-fill")
    units = {unit.number: unit for unit in fix.units.model._meta.get_field("serial").related_model.objects.all()}
    place.records |= {"fix": fix, "units": [units[number] for number in numbers]}


def _sell(place: Place) -> None:
    till, (sold, in_cart, *_rest) = place.till, place.units
    closed = open_till(place.store, place.boss)
    place.records["closed_shift"] = close_shift(
        closed.shift, counts={factories.cash().pk: 10_000}, leave=10_000, staff=place.boss
    )
    place.records["receipt"] = till.sell(sold.number, place.cable.sku)
    till.scan(place.cable.sku)
    place.records["held"] = hold_sale(till.sale, staff=place.boss)
    till.scan(in_cart.number, place.cable.sku)
    sale = till.sale
    place.records |= {
        "sale": sale,
        "sale_line": sale.lines.get(product=place.cable),
        "serial_line": sale.lines.get(product=place.drive),
        "sold_line": place.receipt.lines.get(product=place.drive),
        "sold_unit": sold,
    }


def _take_orders(place: Place) -> None:
    values = {"store": place.store, "customer": place.customer, "staff": place.boss}
    free = factories.ProductFactory(price=0)
    factories.stock(free, place.store, 2)
    given = create_order(**values)
    add_product(given, free, staff=place.boss)
    place.records["hand_over"] = hand_over(open_order(given, staff=place.boss), staff=place.boss)
    place.records["given"] = given
    order = create_order(**values)
    add_product(order, place.cable, quantity=2, staff=place.boss)
    add_product(order, place.drive, staff=place.boss)
    place.records |= {
        "order": open_order(order, staff=place.boss),
        "order_line": order.lines.get(product=place.cable),
        "tracked_order_line": order.lines.get(product=place.drive),
    }


def _receive(place: Place, dock: Dock) -> None:
    shipment = dock.draft()
    line = dock.line(shipment, place.cable, 2)
    tracked = dock.line(shipment, place.drive, 1)
    received = dock.received(place.cable, 2)
    brought = dock.received(place.drive, 1, codes=[f"Back-{place.store.name}"])
    reversal = start_reversal(brought, staff=place.boss, reason="Wrong store")
    purchase = dock.order((place.cable, 3, 600), status="draft")
    place.records |= {
        "shipment": shipment,
        "shipment_line": line,
        "tracked_shipment_line": tracked,
        "received": received,
        "reversal": reversal,
        "reversal_line": reversal.lines.get(),
        "purchase": purchase,
        "purchase_line": purchase.lines.get(),
    }


def _send(place: Place) -> None:
    outgoing = request_transfer(place.store, place.far, staff=place.boss)
    line = add_to_transfer(outgoing, place.cable, quantity=2, staff=place.boss)
    tracked = add_to_transfer(outgoing, place.drive, staff=place.boss)
    leaving = request_transfer(place.store, place.far, staff=place.boss, product=place.cable)
    factories.stock(place.cable, place.far, 2)
    factories.stock(place.drive, place.far, 1)
    [unit] = factories.units(place.drive, place.far, f"To-{place.store.name}")
    arriving = request_transfer(place.far, place.store, staff=place.boss, serial=unit)
    add_to_transfer(arriving, place.cable, quantity=2, staff=place.boss)
    incoming: Transfer = send_transfer(arriving, staff=place.boss)
    told: Discrepancy = decide(
        incoming, "still", serial=unit, product=unit.product, quantity=1, reason="Second van", staff=place.boss
    )
    place.records |= {
        "outgoing": outgoing,
        "transfer_line": line,
        "tracked_transfer_line": tracked,
        "sent": send_transfer(leaving, staff=place.boss),
        "incoming": incoming,
        "coming_unit": unit,
        "discrepancy": told,
    }


def _adjust(place: Place) -> None:
    draft = start_adjustment(place.store, staff=place.boss, reason="found")
    line = add_line(draft, place.cable, is_minus=False, quantity=1)
    tracked = add_line(draft, place.drive, is_minus=True, quantity=1)
    posted = start_adjustment(place.store, staff=place.boss, reason="found")
    add_line(posted, place.cable, is_minus=False, quantity=1)
    count = start_count(place.store, staff=place.boss)
    scanned = scan_into_count(count, place.cable.sku, staff=place.boss)
    job = open_import(
        SerialImport, name="units.csv", content=b"SKU,Serial\nDRIVE,X1\n", staff=place.boss, store=place.store
    )
    place.records |= {
        "adjustment": draft,
        "adjustment_line": line,
        "tracked_adjustment_line": tracked,
        "posted": post_adjustment(posted, staff=place.boss),
        "reason": draft.reason,
        "count": count,
        "count_scan": scanned.scan,
        "import": job,
    }
