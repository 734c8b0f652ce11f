"""The shop in which a day is replayed: opened for it, or one that an earlier replay opened."""

from dataclasses import dataclass
from uuid import uuid4

from inventory.models import Product, Vendor
from inventory.operations import save_product
from microbiz.replay.files import GoodsRow, StoreRow
from microbiz.setup import open_shop
from microbiz.transactions import operation
from orders.models import Customer
from orders.operations import create_customer
from register.models import PaymentMethod, Register
from settings_app.models import SerialTracking, ShopSettings, Staff, Store, TaxClass, TaxRate

USERNAME = "replay"
VENDOR = "Replayed deliveries"
# Models of drives take these in turn, so that every policy that knows serials is at work.
TRACKED = (SerialTracking.ALL, SerialTracking.SALES, SerialTracking.OPTIONAL)
COST = 60  # percent of the price
VAT = 20_000  # thousandths of a percent, in the prices


class ShopThere(Exception):
    """There is a shop with data already."""


@dataclass(frozen=True)
class Shop:
    """Four stores with a register each, and somebody who may do everything."""

    staff: Staff
    stores: list[Store]
    registers: list[Register]
    vendor: Vendor
    cash: PaymentMethod
    card: PaymentMethod


@operation
def prepare(rows: list[StoreRow], currency: str, *, into_this_shop: bool) -> Shop:
    """Open a shop with these stores, or take the one that is there when told to. Raises ShopThere."""
    if Staff.objects.exists() or ShopSettings.objects.exists():
        if not into_this_shop:
            raise ShopThere
        staff = Staff.objects.filter(is_superuser=True).first() or Staff.objects.filter(groups__name="Admin").first()
    else:
        staff = Staff(username=USERNAME, first_name="Replay")
        first = _store(rows[0])
        open_shop(
            company="Replayed shop",
            currency=currency,
            store=first,
            register_name="Till 1",
            admin=staff,
            password=uuid4().hex,  # nobody signs in with it; `manage.py changepassword replay` gives another
        )
        ShopSettings.objects.update(serial_numbers_enabled=True)
    stores, registers = [], []
    standard = TaxClass.objects.get(is_default=True)
    for row in rows:
        store = Store.objects.filter(code=row.code).first()
        if store is None:
            store = _store(row)
            store.save()
        TaxRate.objects.get_or_create(
            tax_class=standard, store=store, name="VAT", defaults={"rate": VAT, "is_inclusive": True}
        )
        register = Register.objects.filter(store=store, is_active=True).first()
        register = register or Register.objects.create(store=store, name="Till 1", prefix=f"{row.code[:5]}1")
        staff.stores.add(store)
        stores.append(store)
        registers.append(register)
    vendor, _created = Vendor.objects.get_or_create(name=VENDOR)
    methods = {kind: PaymentMethod.objects.filter(kind=kind, is_active=True).first() for kind in ("cash", "card")}
    return Shop(staff, stores, registers, vendor, methods["cash"], methods["card"])


def _store(row: StoreRow) -> Store:
    return Store(
        code=row.code,
        name=row.name,
        address=row.address,
        city=row.city,
        region=row.region,
        postal_code=row.postal_code,
        time_zone="America/Chicago",
    )


def product_of(
    sku: str, name: str, price: int, tracking: str, *, staff: Staff, goods: GoodsRow | None = None
) -> Product:
    """The product with this SKU, made where there is none."""
    known = Product.objects.with_sku(sku).first()
    if known is not None:
        return known
    fields = {"sku": sku, "name": name, "price": price, "cost": price * COST // 100, "serial_tracking": tracking}
    if goods is None:
        return save_product(None, fields=fields, staff=staff)
    fields |= {"manufacturer": goods.manufacturer, "model_number": goods.model}
    return save_product(None, fields=fields, category=goods.category, barcodes=[goods.barcode], staff=staff)


def customer_of(number: str) -> Customer | None:
    """The customer who has this number in the invoices, made where there is none."""
    if not number:
        return None
    name = f"Customer {number}"
    return Customer.objects.filter(name=name).first() or create_customer(name=name)
