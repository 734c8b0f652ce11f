"""Vendors, a shipment that was received and partly taken back, and one that is being unpacked."""

from collections.abc import Sequence
from random import Random

from inventory.models import Product, Vendor, VendorContact
from inventory.vendors.operations import save_contacts, save_vendor
from microbiz.demo import serial_numbers
from receiving.models import ShipmentLine, VendorShipment
from receiving.operations import (
    LineChange,
    add_line,
    change_back,
    change_line,
    enter_codes,
    expect_serials,
    post_reversal,
    receive_shipment,
    start_reversal,
    start_shipment,
)
from serials.models import Serial
from settings_app.models import Staff, Store

VENDORS = (
    ("Northline Distribution", "4L-20117", "Net 30", "orders@northline.example", "414-555-0120", "2100 W Canal St, Milwaukee, WI 53233"),
    ("Badger Electronics Supply", "1180", "Net 15", "sales@badger-supply.example", "414-555-0172", "77 S Barclay St, Milwaukee, WI 53204"),
    ("Pacific Rim Imports", "US-88213", "Prepaid", "export@pacrim.example", "206-555-0119", "1 Alaskan Way, Seattle, WA 98104"),
)  # fmt: skip
PHONE, ROUTER, POWER_BANK, CABLE = "ELE-1002", "ELE-1016", "ELE-1018", "GEN-1003"


def unpack(store: Store, staff: Staff, patterns: dict[str, str]) -> None:
    """Fill the list of shipments of one store. `patterns` are those of the products' serial numbers, by SKU."""
    northline, *_others = [_vendor(*fields) for fields in VENDORS]
    contact = VendorContact(name="Dana Whitcomb", role="Orders", email="dana@northline.example", phone="312-555-0141")
    save_contacts(northline, kept=[contact], removed=[])
    random = Random(51)
    products = {product.sku: product for product in Product.objects.filter(sku__in=[PHONE, ROUTER, POWER_BANK, CABLE])}

    def line(shipment: VendorShipment, sku: str, units: int, named: int = 0) -> tuple[ShipmentLine, Sequence[str]]:
        made = add_line(shipment, products[sku], quantity=units, expected=units)
        numbers = [serial_numbers.make(patterns[sku], random) for _unit in range(named)]
        if numbers:
            enter_codes(made, numbers, staff=staff, place=store.name)
        return made, numbers

    done = start_shipment(
        northline, store, staff=staff, invoice_number="INV-88104", packing_slip_number="PS-55067", freight=3950
    )
    line(done, PHONE, 3, named=3)
    line(done, ROUTER, 6, named=6)
    cables, _numbers = line(done, CABLE, 24)
    receive_shipment(done, staff=staff)
    back = start_reversal(done, staff=staff, reason="Four cables with a bent plug", everything=False)
    change_back(back.lines.get(shipment_line=cables), 4)
    post_reversal(back, staff=staff)

    open_one = start_shipment(
        northline, store, staff=staff, invoice_number="INV-88213", packing_slip_number="PS-55102", freight=4800
    )
    phones, numbers = line(open_one, PHONE, 6, named=4)
    announced = [*numbers, *(serial_numbers.make(patterns[PHONE], random) for _unit in range(2))]
    expect_serials(phones, announced)
    sold = (
        Serial.objects.filter(product=products[PHONE], store=store).order_by("pk").values_list("number", flat=True)[:1]
    )
    enter_codes(phones, [numbers[0][:-1] + str((int(numbers[0][-1]) + 1) % 10), *sold], staff=staff)
    line(open_one, ROUTER, 2, named=2)
    line(open_one, POWER_BANK, 6, named=2)
    short, _numbers = line(open_one, CABLE, 50)
    change_line(short, LineChange(quantity=48))


def _vendor(name: str, account: str, terms: str, email: str, phone: str, address: str) -> Vendor:
    return save_vendor(
        None, name=name, account_number=account, payment_terms=terms, email=email, phone=phone, address=address
    )
