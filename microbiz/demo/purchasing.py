"""Vendors, reorder points and a few purchase orders, so that there is something on its way and something to order."""

from datetime import timedelta

from django.utils import timezone

from inventory.models import Product, Vendor
from inventory.supply.operations import Offer, Reorder, save_supply
from receiving.purchasing.operations import add_to_order, cancel_order, send_order, start_order
from settings_app.models import Staff, Store

# name, our account number, payment terms, email, phone, address
VENDORS = (
    ("Northline Distribution", "4L-20117", "Net 30", "orders@northline.example", "414-555-0120",
     "2100 W Canal St, Milwaukee, WI 53233"),
    ("Prairie Audio & Video", "FLE-88", "2% 10, Net 30", "sales@prairie-av.example", "515-555-0133",
     "700 Locust St, Des Moines, IA 50309"),
    ("Great Rivers Computing", "10045-FL", "Net 45", "orders@greatrivers.example", "612-555-0177",
     "310 N 4th Ave, Minneapolis, MN 55401"),
)  # fmt: skip
SUPPLIED = 36  # products with an offer, from the first on
REORDERED = {"EMAD": (4, 10), "WMAD": (3, 8)}  # store: below, up to


def order_goods(stores: dict[str, Store], staff: Staff) -> None:
    """Say who delivers what, and order: one order on its way, one draft, one that was given up."""
    vendors = [_vendor(*fields) for fields in VENDORS]
    products = list(Product.objects.order_by("pk")[:SUPPLIED])
    for at, product in enumerate(products):
        vendor = vendors[at % len(vendors)]
        save_supply(
            product,
            reorders=[Reorder(stores[code], point, up_to) for code, (point, up_to) in REORDERED.items() if at % 2],
            offers=[Offer(vendor, f"{vendor.name[0]}{10_400 + 7 * at}", product.cost, is_preferred=True)],
            staff=staff,
        )
    today = timezone.localdate()
    on_its_way = start_order(vendors[0], stores["EMAD"], staff=staff, expected_on=today + timedelta(days=4))
    for at, product in enumerate(products[0:12:3]):
        add_to_order(on_its_way, product, quantity=6 + 2 * at)
    send_order(on_its_way, staff=staff)
    draft = start_order(vendors[1], stores["WMAD"], staff=staff, note="Please send with the weekly truck")
    for product in products[1:9:3]:
        add_to_order(draft, product, quantity=4)
    given_up = start_order(vendors[2], stores["LACR"], staff=staff)
    add_to_order(given_up, products[2], quantity=20)
    cancel_order(send_order(given_up, staff=staff), reason="Out of stock until spring", staff=staff)


def _vendor(name: str, account: str, terms: str, email: str, phone: str, address: str) -> Vendor:
    fields = {"account_number": account, "payment_terms": terms, "email": email, "phone": phone, "address": address}
    return Vendor.objects.get_or_create(name=name, defaults=fields)[0]
