"""Records for tests. Stock and serials are put in place by operations, so that the ledgers hold from the start."""

import factory
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from factory.django import DjangoModelFactory

from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations import set_open_stock
from inventory.models import (
    Barcode,
    Category,
    Product,
    ReorderPoint,
    StockLevel,
    Vendor,
    VendorProduct,
)
from orders.models import Customer, CustomerOrder, OrderStatus
from receiving.models import PurchaseOrder, PurchaseOrderLine, ShipmentLine, VendorShipment
from register.models import PaymentMethod, Register, Sale, SaleLine, Shift
from register.operations.totals import retotal
from serials.models import Serial
from serials.operations import record
from settings_app.models import SerialTracking, ShopSettings, Staff, Store, TaxClass, TaxRate
from settings_app.operations import next_number


def _number(prefix: str) -> str:
    with transaction.atomic():
        return next_number(prefix)


class ShopSettingsFactory(DjangoModelFactory):
    """The one row of settings; a second call changes the same row."""

    class Meta:
        model = ShopSettings

    pk = 1
    company = "Lakeside Instruments"
    currency = "USD"
    serial_numbers_enabled = True
    default_serial_tracking = SerialTracking.NONE

    @classmethod
    def _create(cls, model_class, *args, **fields):
        pk = fields.pop("pk")
        return model_class.objects.update_or_create(pk=pk, defaults=fields)[0]


class StoreFactory(DjangoModelFactory):
    class Meta:
        model = Store

    code = factory.Sequence(lambda n: f"S{n}")
    name = factory.Sequence(lambda n: f"Store {n}")
    time_zone = "America/Chicago"


class TaxClassFactory(DjangoModelFactory):
    class Meta:
        model = TaxClass

    name = factory.Sequence(lambda n: f"Tax class {n}")


class TaxRateFactory(DjangoModelFactory):
    class Meta:
        model = TaxRate

    tax_class = factory.SubFactory(TaxClassFactory)
    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence(lambda n: f"Tax {n}")
    rate = 10_000  # 10%


class StaffFactory(DjangoModelFactory):
    """Somebody without rights; `stores=[...]`, `role="Manager"`, `permissions=["register.sell"]`, `pin="1"` add some."""

    class Meta:
        model = Staff
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    first_name = factory.Sequence(lambda n: f"First{n}")
    last_name = "Person"
    password = factory.django.Password("demo")

    @factory.post_generation
    def stores(self, create, extracted, **kwargs):
        if extracted:
            self.stores.set(extracted)

    @factory.post_generation
    def role(self, create, extracted, **kwargs):
        if extracted:
            self.groups.add(Group.objects.get(name=extracted))

    @factory.post_generation
    def permissions(self, create, extracted, **kwargs):
        for permission in extracted or ():
            app, codename = permission.split(".")
            self.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))

    @factory.post_generation
    def pin(self, create, extracted, **kwargs):
        if extracted:
            self.set_pin(extracted)
            self.save()


class AdminFactory(StaffFactory):
    """Somebody who may do everything everywhere."""

    username = factory.Sequence(lambda n: f"admin{n}")
    is_superuser = True


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")
    path = factory.LazyAttribute(lambda own: f"{own.parent.path} > {own.name}" if own.parent else own.name)
    parent = None


class ProductFactory(DjangoModelFactory):
    """Something untracked at 10.00; `TrackedFactory` is the same with serials required at sales."""

    class Meta:
        model = Product

    sku = factory.Sequence(lambda n: f"SKU-{n:04d}")
    name = factory.Sequence(lambda n: f"Product {n}")
    price = 1000
    serial_tracking = SerialTracking.NONE


class TrackedFactory(ProductFactory):
    serial_tracking = SerialTracking.SALES


class BarcodeFactory(DjangoModelFactory):
    class Meta:
        model = Barcode

    product = factory.SubFactory(ProductFactory)
    code = factory.Sequence(lambda n: _with_check_digit(f"4006381{n:05d}"))


def _with_check_digit(digits: str) -> str:
    weighted = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


class CustomerFactory(DjangoModelFactory):
    """`store_credit` is given by `move_store_credit` where a test needs it."""

    class Meta:
        model = Customer

    account_number = factory.LazyFunction(lambda: _number("C"))
    name = factory.Sequence(lambda n: f"Customer {n}")


class OrderStatusFactory(DjangoModelFactory):
    class Meta:
        model = OrderStatus

    name = factory.Sequence(lambda n: f"Stage {n}")


class OrderFactory(DjangoModelFactory):
    """A draft without lines; lines come by `orders.operations.add_product`."""

    class Meta:
        model = CustomerOrder

    number = factory.LazyFunction(lambda: _number("CO"))
    store = factory.SubFactory(StoreFactory)
    customer = factory.SubFactory(CustomerFactory)
    staff = factory.SubFactory(StaffFactory)


class RegisterFactory(DjangoModelFactory):
    class Meta:
        model = Register

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence(lambda n: f"Register {n}")
    prefix = factory.Sequence(lambda n: f"R{n}")


class PaymentMethodFactory(DjangoModelFactory):
    class Meta:
        model = PaymentMethod

    name = factory.Sequence(lambda n: f"Other {n}")
    kind = PaymentMethod.Kind.OTHER


def cash() -> PaymentMethod:
    return _method(PaymentMethod.Kind.CASH, "Cash")


def card() -> PaymentMethod:
    return _method(PaymentMethod.Kind.CARD, "Card")


def store_credit() -> PaymentMethod:
    return _method(PaymentMethod.Kind.STORE_CREDIT, "Store credit")


def _method(kind: str, name: str) -> PaymentMethod:
    return PaymentMethod.objects.get_or_create(kind=kind, defaults={"name": name})[0]


class ShiftFactory(DjangoModelFactory):
    """An open shift with 100.00 in the drawer."""

    class Meta:
        model = Shift

    register = factory.SubFactory(RegisterFactory)
    opened_by = factory.SubFactory(StaffFactory)
    opening_balance = 10_000


class SaleFactory(DjangoModelFactory):
    """An open sale without lines. `SaleFactory(register__store=store)` sets where."""

    class Meta:
        model = Sale

    register = factory.SubFactory(RegisterFactory)
    store = factory.SelfAttribute("register.store")
    shift = factory.SubFactory(ShiftFactory, register=factory.SelfAttribute("..register"))
    number = factory.LazyAttribute(lambda own: _number(own.register.prefix))
    staff = factory.SelfAttribute("shift.opened_by")


class SaleLineFactory(DjangoModelFactory):
    """A line without taxes, of a sale that comes to its lines."""

    class Meta:
        model = SaleLine
        skip_postgeneration_save = True

    sale = factory.SubFactory(SaleFactory)
    product = factory.SubFactory(ProductFactory)
    name = factory.SelfAttribute("product.name")
    sku = factory.SelfAttribute("product.sku")
    unit_price = factory.SelfAttribute("product.price")
    total = factory.LazyAttribute(lambda own: own.unit_price * own.quantity)
    quantity = 1

    @factory.post_generation
    def totals(self, create, extracted, **kwargs):
        retotal(self.sale)


class AdjustmentFactory(DjangoModelFactory):
    """A draft without lines."""

    class Meta:
        model = Adjustment

    number = factory.LazyFunction(lambda: _number("ADJ"))
    store = factory.SubFactory(StoreFactory)
    reason_id = Adjustment.Reason.FOUND


class AdjustmentLineFactory(DjangoModelFactory):
    class Meta:
        model = AdjustmentLine

    adjustment = factory.SubFactory(AdjustmentFactory)
    product = factory.SubFactory(ProductFactory)
    quantity = 1


class VendorFactory(DjangoModelFactory):
    class Meta:
        model = Vendor

    name = factory.Sequence(lambda n: f"Vendor {n}")


class VendorProductFactory(DjangoModelFactory):
    """The preferred offer of a product."""

    class Meta:
        model = VendorProduct

    product = factory.SubFactory(ProductFactory)
    vendor = factory.SubFactory(VendorFactory)
    cost = 600
    is_preferred = True


class ReorderPointFactory(DjangoModelFactory):
    class Meta:
        model = ReorderPoint

    product = factory.SubFactory(ProductFactory)
    store = factory.SubFactory(StoreFactory)
    point = 5
    up_to = 12


class PurchaseOrderFactory(DjangoModelFactory):
    """A draft without lines."""

    class Meta:
        model = PurchaseOrder

    number = factory.LazyFunction(lambda: _number("PO"))
    vendor = factory.SubFactory(VendorFactory)
    store = factory.SubFactory(StoreFactory)


class PurchaseOrderLineFactory(DjangoModelFactory):
    class Meta:
        model = PurchaseOrderLine

    order = factory.SubFactory(PurchaseOrderFactory)
    product = factory.SubFactory(ProductFactory)
    quantity = 1
    unit_cost = 600


class VendorShipmentFactory(DjangoModelFactory):
    """A draft without lines."""

    class Meta:
        model = VendorShipment

    number = factory.LazyFunction(lambda: _number("VS"))
    vendor = factory.SubFactory(VendorFactory)
    store = factory.SubFactory(StoreFactory)


class ShipmentLineFactory(DjangoModelFactory):
    class Meta:
        model = ShipmentLine

    shipment = factory.SubFactory(VendorShipmentFactory)
    product = factory.SubFactory(ProductFactory)
    quantity = 1
    unit_cost = 600


def stock(product: Product, store: Store, count: int) -> Product:
    """Put `count` more units of a product into a store."""
    whole = on_hand(product, store) + count
    set_open_stock(product, store, whole, staff=_stock_clerk(), reason=Adjustment.Reason.OPENING)
    return product


def units(product: Product, store: Store, *numbers: str) -> list[Serial]:
    """Put one more unit for each of these serial numbers into a store, on record and free to sell."""
    stock(product, store, len(numbers))
    serials = {serial.number: serial for serial in record(product, store, numbers, staff=_stock_clerk())}
    return [serials[number] for number in numbers]


def unit(product: Product, store: Store, number: str) -> Serial:
    return units(product, store, number)[0]


def on_hand(product: Product, store: Store) -> int:
    """How many units a store's stock level says there are."""
    level = StockLevel.objects.filter(product=product, store=store).first()
    return level.on_hand if level else 0


def _stock_clerk() -> Staff:
    return Staff.objects.filter(username="clerk").first() or AdminFactory(username="clerk")
