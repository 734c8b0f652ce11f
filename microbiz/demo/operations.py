"""Filling an empty database with the demo shop, through the same operations that a real shop uses."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations import post_adjustment
from inventory.models import Barcode, Category, Product
from microbiz.demo import (
    differences,
    morning,
    orders,
    people,
    purchasing,
    receiving,
    serial_numbers,
    stock,
    transfers,
)
from microbiz.laws import check_laws
from microbiz.money import from_decimal
from microbiz.transactions import operation
from orders.operations import create_customer
from register.models import PaymentMethod, Register
from serials.operations import record
from settings_app.models import SerialTracking, ShopSettings, Staff, Store, TaxClass, TaxRate
from settings_app.operations import next_number

FOLDER = Path(__file__).parent
CURRENCY = "USD"
GENERAL, FOOD = "General goods", "Food (exempt)"

# One product of which there are many, to see long lists with.
PLENTY = {("ELE-1018", "EMAD"): 140}

CUSTOMERS = (
    ("Priya Raman", "priya.raman@example.com", "608-555-0114", "118 Jenifer St, Madison, WI 53703"),
    ("Tom Halvorsen", "tom.halvorsen@example.com", "608-555-0131", "2204 Sherman Ave, Madison, WI 53704"),
    ("Lakeside Dental", "office@lakeside-dental.example", "608-555-0148", "6 Odana Ct, Madison, WI 53719"),
    ("Grace Vang", "grace.vang@example.com", "608-555-0152", "415 Milton Ave, Janesville, WI 53545"),
    ("Miguel Ortiz", "", "608-555-0167", "77 Losey Blvd S, La Crosse, WI 54601"),
    ("Rock River Robotics Club", "treasurer@rrrc.example", "608-555-0170", "1800 Kellogg Ave, Janesville, WI 53546"),
    ("Hannah O’Neil", "hannah.oneil@example.com", "608-555-0183", "901 State St, La Crosse, WI 54601"),
    ("Zoë Šimková", "zoe.simkova@example.com", "608-555-0196", "36 Farwell Dr, Madison, WI 53704"),
)


@operation
def open_demo_shop() -> None:
    """Make company, stores, registers, taxes, people, products, stock, serials, customers, a morning's sales and transfers, all or none.

    Meant for a database without a shop; the command that calls it looks first. Raises LawBroken for a shop that contradicts itself.
    """
    random = Random(1949)
    ShopSettings.objects.create(
        pk=1,
        company="Four Lakes Electronics",
        currency=CURRENCY,
        serial_numbers_enabled=True,
        default_serial_tracking=SerialTracking.NONE,
        receipt_footer="Returns within 30 days with this receipt.",
    )
    stores = _open_stores()
    staff = _hire(stores)
    products = _list_products()
    for store in stores.values():
        _stock(store, products, random, staff["manager"])
    for name, email, phone, address in CUSTOMERS:
        create_customer(name=name, email=email, phone=phone, address=address)
    patterns = {product.sku: pattern for product, pattern in products}
    receiving.unpack(stores["EMAD"], staff["manager"], patterns)
    morning.trade(staff["cashier"])
    stock.correct(staff["manager"], (staff["backoffice"], staff["cashier"]))
    transfers.drive(staff)
    differences.disagree(cashier=staff["cashier"], manager=staff["manager"])
    purchasing.order_goods(stores, staff["manager"])
    orders.take_orders(staff["manager"])
    check_laws()


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _open_stores() -> dict[str, Store]:
    """Four stores with two registers each, and the taxes of their counties."""
    general = TaxClass.objects.create(name=GENERAL, is_default=True)
    TaxClass.objects.create(name=FOOD)
    stores = {}
    for row in _rows("stores.csv"):
        fields = ("code", "name", "address", "city", "region", "postal_code", "time_zone")
        store = Store.objects.create(**{field: row[field] for field in fields})
        TaxRate.objects.create(store=store, tax_class=general, name="Wisconsin sales tax", rate=5_000)
        TaxRate.objects.create(store=store, tax_class=general, name=f"{row['county']} tax", rate=500)
        for number in (1, 2):
            Register.objects.create(store=store, name=f"Till {number}", prefix=f"{row['prefix']}{number}")
        stores[store.code] = store
    kinds = PaymentMethod.Kind
    for position, (kind, name) in enumerate(
        [(kinds.CASH, "Cash"), (kinds.CARD, "Card"), (kinds.STORE_CREDIT, "Store credit"), (kinds.OTHER, "Check")]
    ):
        PaymentMethod.objects.get_or_create(name=name, defaults={"kind": kind, "position": position})
    return stores


def _hire(stores: dict[str, Store]) -> dict[str, Staff]:
    password = make_password(people.PASSWORD)
    hired = {}
    for person in people.PEOPLE:
        staff = Staff(username=person.username, first_name=person.first_name, last_name=person.last_name)
        staff.password = password
        staff.set_pin(person.pin)
        staff.save()
        staff.stores.set(stores[code] for code in person.stores)
        staff.groups.set(Group.objects.filter(name=person.role))
        hired[person.username] = staff
    return hired


def _list_products() -> list[tuple[Product, str]]:
    """Every product of products.csv, with the pattern of its serial numbers."""
    tax_classes = {one.name: one for one in TaxClass.objects.all()}
    categories: dict[str, Category] = {}
    products = []
    for row in _rows("products.csv"):
        product = Product.objects.create(
            sku=row["sku"],
            name=row["name"],
            manufacturer=row["manufacturer"],
            model_number=row["model"],
            category=_category(row["category"], categories),
            price=from_decimal(Decimal(row["price"]), CURRENCY),
            cost=from_decimal(Decimal(row["cost"]), CURRENCY),
            tax_class=tax_classes[row["tax_class"]],
            serial_tracking=row["tracking"],
        )
        Barcode.objects.create(product=product, code=row["gtin"])
        products.append((product, row["serial_pattern"]))
    return products


def _category(path: str, known: dict[str, Category]) -> Category:
    """The category at the end of `path`, made with its parents where they are missing."""
    if path not in known:
        above, _separator, name = path.rpartition(" > ")
        known[path] = Category.objects.create(name=name, path=path, parent=_category(above, known) if above else None)
    return known[path]


def _stock(store: Store, products: list[tuple[Product, str]], random: Random, staff: Staff) -> None:
    """Opening stock of one store as one adjustment, then the serial numbers that are on record."""
    opening = Adjustment.objects.create(
        number=next_number("ADJ"), store=store, reason_id=Adjustment.Reason.OPENING, note="Opening stock", staff=staff
    )
    counts = {product.pk: _units(product, store, random) for product, _pattern in products}
    AdjustmentLine.objects.bulk_create(
        AdjustmentLine(adjustment=opening, product=product, quantity=counts[product.pk])
        for product, _pattern in products
        if counts[product.pk]
    )
    # Opening stock says how many; the numbers follow, as on a shop's first day.
    post_adjustment(opening, staff=staff, excused=set(opening.lines.values_list("pk", flat=True)))
    for product, pattern in products:
        numbers = {serial_numbers.make(pattern, random) for _unit in range(counts[product.pk])} if pattern else set()
        if product.serial_tracking == SerialTracking.OPTIONAL and store.code in ("WMAD", "LACR"):
            numbers = set(sorted(numbers)[: len(numbers) // 2])  # the rest lies unrecorded on the shelf
        if numbers:
            record(product, store, sorted(numbers), staff=staff)


def _units(product: Product, store: Store, random: Random) -> int:
    """How many of a product lie in a store: few of what is dear; none of some, but for the largest store."""
    if (product.sku, store.code) in PLENTY:
        return PLENTY[product.sku, store.code]
    is_largest = store.code == "EMAD"
    if random.random() < 0.06 and not is_largest:
        return 0
    dollars = (product.price or 0) // 100
    most = 4 if dollars >= 500 else 7 if dollars >= 100 else 14 if dollars >= 15 else 48
    return random.randint(3 if is_largest else 1, most)
