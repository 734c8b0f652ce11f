"""The tasks through the shop's own operations, each as a person's request would call it. Only `with clock:` counts."""

from functools import cached_property
from uuid import uuid4

from benchmarks.clock import Clock
from benchmarks.floor import any_number, gtin
from inventory.imports.operations import open_import, queue_import
from inventory.imports.products import ProductImport
from inventory.imports.run_operations import apply_rows, check_rows
from inventory.models import Product, Vendor
from receiving.models import ShipmentLine
from receiving.operations import add_line, receive_shipment, start_shipment
from register.models import PaymentMethod, Register, Sale, Shift
from register.operations import (
    Tender,
    add_product,
    add_return_by_serial,
    complete_sale,
    current_sale,
    open_shift,
    scan_at_register,
    void_sale,
)
from serials.lookups import find_units
from serials.models import Serial
from serials.operations import attach, attach_each
from settings_app.models import Staff, Store
from transfers.models import Transfer
from transfers.operations import add_product as ask_for
from transfers.operations import mark_all_arrived, receive_transfer, request_transfer, send_transfer


class Shop:
    """Who does it, where, and which product has a fifth of all units."""

    serials = 0  # that it was grown to

    @cached_property
    def staff(self) -> Staff:
        return Staff.objects.get(username="bench")

    @cached_property
    def stores(self) -> list[Store]:
        return list(Store.objects.order_by("pk")[:2])

    @cached_property
    def big(self) -> Product:
        return Product.objects.get(sku="P-1")

    @cached_property
    def register(self) -> Register:
        register = Register.objects.filter(store=self.stores[0]).order_by("pk").first()
        if register.open_shift is None:
            open_shift(register, opening_balance=0, staff=self.staff)
        return register

    @cached_property
    def cash(self) -> PaymentMethod:
        return PaymentMethod.objects.get(kind="cash")

    def free_units(self, units: int, store: int = 0) -> list[Serial]:
        free = Serial.objects.in_stock(self.stores[store]).filter(product=self.big, hold__isnull=True)
        return list(free.order_by("pk")[:units])

    def open_sale(self, lines: int) -> Sale:
        """A sale of so many serialised units, each on its line, ready to be paid."""
        sale = current_sale(self.register, staff=self.staff)
        for unit in self.free_units(lines):
            attach(add_product(sale, self.big, staff=self.staff), [unit.number], staff=self.staff)
        sale.refresh_from_db()
        return sale

    def pay(self, sale: Sale) -> Sale:
        tender = Tender(self.cash, sale.total, sale.total if sale.total > 0 else None)
        return complete_sale(sale, tenders=[tender], key=uuid4(), staff=self.staff)


def receive(shop: Shop, clock: Clock, size: int) -> None:
    """So many new units of one product, from the list of their numbers to stock."""
    line, numbers = draft(shop, size)
    with clock:
        attach_each(line, numbers, staff=shop.staff, new=numbers)
        receive_shipment(line.shipment, staff=shop.staff)


def post(shop: Shop, clock: Clock, size: int) -> None:
    """Receive a shipment whose numbers are on its draft already: what the button Receive does."""
    line, numbers = draft(shop, size)
    attach_each(line, numbers, staff=shop.staff, new=numbers)
    with clock:
        receive_shipment(line.shipment, staff=shop.staff)


def draft(shop: Shop, units: int) -> tuple[ShipmentLine, list[str]]:
    """The line of a new shipment for so many units, and numbers that they may have."""
    shipment = start_shipment(Vendor.objects.get(name="Vendor"), shop.stores[0], staff=shop.staff)
    line = add_line(shipment, shop.big, quantity=units, unit_cost=600)
    return line, [f"N{uuid4().hex[:16].upper()}" for _ in range(units)]


def sell(shop: Shop, clock: Clock, size: int) -> None:
    """Complete a sale of so many serialised units, each on its line."""
    sale = shop.open_sale(size)
    with clock:
        shop.pay(sale)


def give_back(shop: Shop, clock: Clock) -> None:
    """Take back one unit by its number, from the receipt on which it was sold, and pay the money out."""
    [unit] = shop.free_units(1)
    shop.pay(shop.open_sale(1))
    unit.refresh_from_db()
    sale = current_sale(shop.register, staff=shop.staff)
    with clock:
        add_return_by_serial(sale, unit, reason="Does not fit", staff=shop.staff)
        sale.total = -shop.big.price
        shop.pay(sale)


def transfer(shop: Shop, clock: Clock, size: int) -> None:
    """Send so many units of one product to another store, and receive them there: two postings."""
    asked = open_transfer(shop, size)
    with clock:
        send_transfer(asked, staff=shop.staff)
    mark_all_arrived(asked, staff=shop.staff)
    with clock:
        receive_transfer(asked, staff=shop.staff)


def open_transfer(shop: Shop, units: int) -> Transfer:
    """A request for so many units, each of them named."""
    asked = request_transfer(*shop.stores, staff=shop.staff)
    line = ask_for(asked, shop.big, quantity=units, staff=shop.staff)
    attach(line, [unit.number for unit in shop.free_units(units)], staff=shop.staff)
    return asked


def scan_code(shop: Shop, clock: Clock, code: str) -> None:
    sale = current_sale(shop.register, staff=shop.staff)
    shift = Shift.objects.select_related("register__store").get(pk=sale.shift_id)  # as a request comes with it
    with clock:
        result = scan_at_register(shift, code, staff=shop.staff)
    if not result.ok:
        raise AssertionError(f"{code}: {result.message}")
    void_sale(sale, reason="Measured", staff=shop.staff)


def scan_serial(shop: Shop, clock: Clock) -> None:
    """A unit's number at the register: found, on a line of the sale, held."""
    scan_code(shop, clock, shop.free_units(1)[0].number)


def scan_product(shop: Shop, clock: Clock) -> None:
    """A barcode at the register: the product found, and on a line of the sale."""
    scan_code(shop, clock, gtin(1)[1:])


def scan_gs1(shop: Shop, clock: Clock) -> None:
    """A GS1 code at the register: product and unit in one scan."""
    scan_code(shop, clock, f"]d201{gtin(1)}21{shop.free_units(1)[0].number}")


def look_up(shop: Shop, clock: Clock) -> None:
    """A unit by its number, with its product and its store."""
    number = any_number(shop.serials)
    shop.staff.get_all_permissions()
    with clock:
        [found] = find_units(number, shop.staff)
    if found.title != number:
        raise AssertionError(found)


def import_products(shop: Shop, clock: Clock, size: int) -> None:
    """A list of so many new products: taken in, checked, and written in one transaction."""
    lines = [f"F-{uuid4().hex[:12]},Imported product {at},{10 + at}.00" for at in range(size)]
    content = "\n".join(["SKU,Name,Price", *lines]).encode()
    with clock:
        job = open_import(ProductImport, name="new.csv", content=content, staff=shop.staff, in_background=False)
        check_rows(job)
        apply_rows(queue_import(job, takes_all=True, in_background=False))
    if job.rows.filter(is_applied=True).count() != size:
        raise AssertionError(f"Not every row was imported: {job.problem}")
    job.delete()  # the next task finds the catalogue as it was
    Product.objects.filter(sku__startswith="F-").delete()
