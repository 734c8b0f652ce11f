"""Databases of a given number of serials, for the floor and for the shop, grown in place by INSERT ... SELECT.

One product has a fifth of all units, the others share the rest. Three quarters stand in two stores; a quarter was sold,
each unit by a sale of its own over the last two years. What a shop would have written is written: shipments, sales,
both ledgers, links and payments, so that its laws hold.
"""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import F, Max, Min
from django.utils import timezone

from benchmarks.floor import PRICE, Floor, gtin
from inventory.models import Barcode, Product, Vendor
from receiving.models import VendorShipment
from register.models import PaymentMethod, Register, Shift
from serials.models import Serial
from settings_app.models import ShopSettings, Store

DAYS = 1_000_000 // 1440 + 1  # of sales
PRODUCTS = 2_000  # at every size, so that what grows is the units


def numbers(first: int, last: int) -> str:
    """The head of a statement that has the rows n (i), from first to last."""
    return f"WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "


def product_of(i: str) -> str:
    """The SQL of the product of unit `i`, counted from 1: a fifth are of the first."""
    return f"CASE WHEN {i} %% 5 = 0 THEN 1 ELSE {i} / 5 %% {PRODUCTS} + 1 END"


# --- The floor --------------------------------------------------------------------------------------------------------


def grow_floor(floor: Floor, before: int, serials: int) -> None:
    """Let the floor have `serials` units where it has `before`."""
    at = "now()" if floor.is_postgresql else "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
    with floor.transaction():
        if not before:
            _begin_floor(floor)
        last = floor.one("SELECT coalesce(max(id), 0) FROM serial")[0]
        first_line = floor.one("SELECT coalesce(max(id), 0) FROM line")[0]
        product = f"(SELECT id FROM product WHERE sku = 'P-' || ({product_of('i')}))"
        floor.execute(
            numbers(before + 1, serials)
            + "INSERT INTO serial (product_id, number, number_key, state, store_id, sequence)"
            f" SELECT {product}, 'U' || (1000000000 + i), 'u' || (1000000000 + i), 'in_stock', i %% 2 + 1, 1 FROM n"
        )
        fresh = f"serial.id > {last}"
        goods = floor.all(
            f"SELECT store_id, product_id, count(*) FROM serial WHERE {fresh} GROUP BY 1, 2 ORDER BY 1, 2"
        )
        for store, of, units in goods:
            document = floor.one(
                "INSERT INTO document (kind, number, store_id, status, total, created_at, done_at) VALUES"
                f" ('shipment', %s, %s, 'done', 0, {at}, {at}) RETURNING id",
                f"B{serials}-{store}-{of}",
                store,
            )[0]
            floor.new_line(document, of, units, "shipment")
            floor.execute(
                "INSERT INTO stock_level (store_id, product_id, on_hand) VALUES (%s, %s, %s)"
                " ON CONFLICT (store_id, product_id) DO UPDATE SET on_hand = stock_level.on_hand + excluded.on_hand",
                store,
                of,
                units,
            )
            floor.execute(
                "INSERT INTO movement (product_id, store_id, quantity, reason, document_type, document_id, document, at)"
                f" VALUES (%s, %s, %s, 'receipt', 'shipment', %s, '', {at})",
                of,
                store,
                units,
                document,
            )
        units = (
            "FROM serial JOIN document ON document.store_id = serial.store_id JOIN line ON line.document_id = document.id"
            f" AND line.product_id = serial.product_id WHERE {fresh} AND line.id > {first_line}"
        )
        floor.execute(f"INSERT INTO link (line_id, serial_id) SELECT line.id, serial.id {units}")
        floor.execute(
            "INSERT INTO event (serial_id, sequence, kind, state, store_id, document_type, document_id, document, at)"
            f" SELECT serial.id, 1, 'receive', 'in_stock', serial.store_id, 'shipment', document.id, '', {at} {units}"
        )
        _sell_on_the_floor(floor, fresh)
    _tidy(floor.execute, is_postgresql=floor.is_postgresql)


def _begin_floor(floor: Floor) -> None:
    """Two stores, a person and products without units."""
    for name in ("Here", "There"):
        floor.execute("INSERT INTO store (name) VALUES (%s)", name)
    floor.execute("INSERT INTO staff (name) VALUES ('Somebody')")
    for at in range(1, PRODUCTS + 1):
        sku_name_price = f"P-{at}", name_of(at), PRICE
        pk = floor.one(
            "INSERT INTO product (sku, name, price, cost) VALUES (%s, %s, %s, 600) RETURNING id", *sku_name_price
        )
        floor.execute("INSERT INTO barcode (product_id, code, gtin) VALUES (%s, %s, %s)", pk[0], gtin(at), gtin(at))


def _sell_on_the_floor(floor: Floor, fresh: str) -> None:
    """A quarter of the fresh units, each by a sale of its own."""
    gone = f"{fresh} AND serial.id %% 4 = 0"
    at = past("serial.id", floor.is_postgresql)
    floor.execute(
        "INSERT INTO document (kind, number, store_id, status, total, completion_key, created_at, done_at)"
        f" SELECT 'sale', 'S' || id, store_id, 'done', {PRICE}, 'key' || id, {at}, {at} FROM serial WHERE {gone}"
    )
    sold = f"FROM serial JOIN document ON document.number = 'S' || serial.id WHERE {gone}"
    floor.execute(
        "INSERT INTO line (document_id, product_id, kind, quantity, unit_price, total, cost)"
        f" SELECT document.id, product_id, 'sale', 1, {PRICE}, {PRICE}, 600 {sold}"
    )
    floor.execute(
        "INSERT INTO link (line_id, serial_id) SELECT line.id, serial.id FROM serial"
        f" JOIN document ON document.number = 'S' || serial.id JOIN line ON line.document_id = document.id WHERE {gone}"
    )
    floor.execute(
        "INSERT INTO event (serial_id, sequence, kind, state, store_id, document_type, document_id, document, at)"
        f" SELECT serial.id, 2, 'sale', 'sold', serial.store_id, 'sale', document.id, document.number, {at} {sold}"
    )
    floor.execute(
        "INSERT INTO movement (product_id, store_id, quantity, reason, document_type, document_id, document, at)"
        f" SELECT product_id, serial.store_id, -1, 'sale', 'sale', document.id, document.number, {at} {sold}"
    )
    floor.execute(
        "INSERT INTO payment (document_id, method, amount, tendered, at)"
        f" SELECT document.id, 'cash', {PRICE}, {PRICE}, {at} {sold}"
    )
    floor.execute(
        "UPDATE stock_level SET on_hand = on_hand - (SELECT count(*) FROM serial"
        f" WHERE {gone} AND serial.product_id = stock_level.product_id AND serial.store_id = stock_level.store_id)"
    )
    floor.execute(f"UPDATE serial SET state = 'sold', store_id = NULL, sequence = 2 WHERE {gone}")


def past(i: str, is_postgresql: bool) -> str:
    """The SQL of a moment within the last two years, other for every `i`."""
    if is_postgresql:
        return f"now() - make_interval(mins => ({i} %% 1000000)::int)"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '-' || ({i} %% 1000000) || ' minutes')"


def day_of(i: str) -> str:
    """The SQL of how many days ago that was."""
    return f"({i} %% 1000000) / 1440"


def name_of(product: int) -> str:
    return f"Product {product} of the shelf"


def _tidy(execute, *, is_postgresql: bool) -> None:
    """What the database does by itself in quiet hours, done now: statistics, and what a growth left behind."""
    if is_postgresql:
        tables = execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in tables.fetchall():
            execute(f'VACUUM ANALYZE "{table}"')
        execute("CHECKPOINT")
    else:
        execute("ANALYZE")
        execute("PRAGMA wal_checkpoint(TRUNCATE)")


# --- The shop ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_shop() -> None:
    """Two stores with their registers, people and products without units."""
    ShopSettings.objects.update_or_create(pk=1, defaults={"company": "Benchmark", "serial_numbers_enabled": True})
    PaymentMethod.objects.get_or_create(kind=PaymentMethod.Kind.CASH, defaults={"name": "Cash"})
    for code in ("HERE", "THERE"):
        store = Store.objects.create(code=code, name=code.title(), time_zone="UTC")
        for at in range(1, 18):
            Register.objects.create(store=store, name=f"Till {at}", prefix=f"{code[0]}{at}")
    get_user_model().objects.create_superuser("bench", password="demo", first_name="Bench", last_name="Person")  # noqa: S106 (how the benchmark signs in; its database is dropped after the run)
    for at in range(1, PRODUCTS + 1):
        product = Product.objects.create(sku=f"P-{at}", name=name_of(at), price=PRICE, cost=600, serial_tracking="all")
        Barcode.objects.create(product=product, code=gtin(at))


@transaction.atomic
def grow_shop(before: int, serials: int) -> None:
    """Let the shop have `serials` units where it has `before`."""
    _receive(before, serials)


def tidy_shop() -> None:
    _tidy(run, is_postgresql=connection.vendor == "postgresql")


def _receive(before: int, serials: int) -> None:
    """One shipment for each store and product, with all its fresh units."""

    vendor, _new = Vendor.objects.get_or_create(name="Vendor")
    here, there = Store.objects.order_by("pk").values_list("pk", flat=True)[:2]
    staff = get_user_model().objects.get(username="bench").pk
    product = f"(SELECT id FROM inventory_product WHERE sku = 'P-' || ({product_of('i')}))"
    last_serial = Serial.objects.aggregate(last=Max("pk"))["last"] or 0
    last_shipment = VendorShipment.objects.aggregate(last=Max("pk"))["last"] or 0
    run(
        numbers(before + 1, serials)
        + "INSERT INTO serials_serial (product_id, number, number_key, state, store_id, sequence, created_at)"
        f" SELECT {product}, 'U' || (1000000000 + i), 'u' || (1000000000 + i), 'in_stock',"
        f" CASE WHEN i %% 2 = 0 THEN {here} ELSE {there} END, 1, {now()} FROM n"
    )
    _count_rows("serials_serial")
    goods = f"FROM serials_serial WHERE id > {last_serial} GROUP BY store_id, product_id"
    number = f"'B{serials}-' || store_id || '-' || product_id"
    run(
        "INSERT INTO receiving_vendorshipment (number, vendor_id, store_id, status, invoice_number, packing_slip_number,"
        " freight, note, staff_id, created_at, received_by_id, received_at)"
        f" SELECT {number}, {vendor.pk}, store_id, 'received', '', '', 0, '', {staff}, {now()}, {staff}, {now()} {goods}"
    )
    run(
        "INSERT INTO receiving_shipmentline (shipment_id, product_id, quantity, unit_cost, closes_short, freight, excuse)"
        f" SELECT shipment.id, product_id, units, 600, {no()}, 0, '' FROM receiving_vendorshipment shipment"
        f" JOIN (SELECT {number} AS number, product_id, count(*) AS units {goods}) goods"
        " ON goods.number = shipment.number"
    )
    lines = (
        "FROM receiving_shipmentline line JOIN receiving_vendorshipment shipment ON shipment.id = line.shipment_id"
        f" AND shipment.id > {last_shipment}"
    )
    run(
        "INSERT INTO inventory_stocklevel (store_id, product_id, on_hand, serials, may_go_negative)"
        f" SELECT shipment.store_id, line.product_id, line.quantity, line.quantity, {no()} {lines} WHERE true"
        " ON CONFLICT (store_id, product_id) DO UPDATE SET on_hand = inventory_stocklevel.on_hand + excluded.on_hand,"
        " serials = inventory_stocklevel.serials + excluded.serials"
    )
    run(
        "INSERT INTO inventory_stockmovement (product_id, store_id, quantity, reason, document_type, document_id, document,"
        " note, staff_id, at) SELECT line.product_id, shipment.store_id, line.quantity, 'receipt',"
        f" 'receiving.vendorshipment', shipment.id, shipment.number, '', {staff}, {now()} {lines}"
    )
    units = (
        f"{lines} JOIN serials_serial serial ON serial.product_id = line.product_id"
        f" AND serial.store_id = shipment.store_id AND serial.id > {last_serial}"
    )
    run(f"INSERT INTO receiving_shipmentlineserial (line_id, serial_id) SELECT line.id, serial.id {units}")
    run(
        "INSERT INTO serials_serialevent (serial_id, sequence, kind, state, store_id, document_type, document_id, document,"
        " note, staff_id, at) SELECT serial.id, 1, 'receive', 'in_stock', serial.store_id, 'receiving.vendorshipment',"
        f" shipment.id, shipment.number, '', {staff}, {now()} {units}"
    )
    _sell(f"serial.id > {last_serial} AND serial.id %% 4 = 0", staff)


def _sell(gone: str, staff: int) -> None:
    """Those of the fresh units, each by a sale of its own."""

    first_shifts = {
        register: _shift_of_each_day(register, staff) for register in Register.objects.filter(name="Till 17")
    }
    first = " ".join(f"WHEN {register.pk} THEN {shift}" for register, shift in first_shifts.items())
    cash = PaymentMethod.objects.get(kind="cash").pk
    at = past("serial.id", connection.vendor == "postgresql")
    key = "md5('key' || serial.id)::uuid" if connection.vendor == "postgresql" else "printf('%%032x', serial.id)"
    run(
        "INSERT INTO register_sale (number, store_id, register_id, shift_id, status, staff_id, created_at, completed_at,"
        " completion_key, last_scan, note, subtotal, tax_total, total, change, print_count)"
        f" SELECT 'B-' || serial.id, serial.store_id, register.id, CASE register.id {first} END + {day_of('serial.id')},"
        f" 'completed', {staff}, {at}, {at}, {key}, '', '', {PRICE}, 0, {PRICE}, 0, 0 FROM serials_serial serial"
        f" JOIN register_register register ON register.store_id = serial.store_id AND register.name = 'Till 17' WHERE {gone}"
    )
    _count_rows("register_sale")
    sold = "FROM serials_serial serial JOIN register_sale sale ON sale.number = 'B-' || serial.id"
    run(
        "INSERT INTO register_saleline (sale_id, product_id, quantity, kind, name, sku, unit_price, discount, tax, total,"
        f" cost, return_reason, condition) SELECT sale.id, serial.product_id, 1, 'sale', product.name, product.sku,"
        f" {PRICE}, 0, 0, {PRICE}, 600, '', '' {sold}"
        f" JOIN inventory_product product ON product.id = serial.product_id WHERE {gone}"
    )
    _count_rows("register_saleline")
    run(
        f"INSERT INTO register_salelineserial (line_id, serial_id) SELECT line.id, serial.id {sold}"
        f" JOIN register_saleline line ON line.sale_id = sale.id WHERE {gone}"
    )
    run(
        "INSERT INTO serials_serialevent (serial_id, sequence, kind, state, store_id, document_type, document_id, document,"
        " note, staff_id, at) SELECT serial.id, 2, 'sale', 'sold', serial.store_id, 'register.sale', sale.id, sale.number,"
        f" '', {staff}, {at} {sold} WHERE {gone}"
    )
    run(
        "INSERT INTO inventory_stockmovement (product_id, store_id, quantity, reason, document_type, document_id, document,"
        " note, staff_id, at) SELECT serial.product_id, serial.store_id, -1, 'sale', 'register.sale', sale.id, sale.number,"
        f" '', {staff}, {at} {sold} WHERE {gone}"
    )
    run(
        "INSERT INTO register_payment (sale_id, method_id, amount, tendered, reference, staff_id, at)"
        f" SELECT sale.id, {cash}, {PRICE}, {PRICE}, '', {staff}, {at} {sold} WHERE {gone}"
    )
    units = (
        f"(SELECT count(*) FROM serials_serial serial WHERE {gone} AND serial.product_id = inventory_stocklevel.product_id"
        " AND serial.store_id = inventory_stocklevel.store_id)"
    )
    run(f"UPDATE inventory_stocklevel SET on_hand = on_hand - {units}, serials = serials - {units}")
    run(f"UPDATE serials_serial AS serial SET state = 'sold', store_id = NULL, sequence = 2 WHERE {gone}")
    run("DELETE FROM register_shiftcount")
    run(
        "INSERT INTO register_shiftcount (shift_id, method_id, expected, counted, reason, denominations)"
        " SELECT sale.shift_id, payment.method_id, sum(payment.amount), sum(payment.amount), '', '{}' FROM register_payment"
        " payment JOIN register_sale sale ON sale.id = payment.sale_id JOIN register_shift shift ON shift.id = sale.shift_id"
        " WHERE shift.closed_at IS NOT NULL GROUP BY sale.shift_id, payment.method_id"
    )


def _shift_of_each_day(register: Register, staff: int) -> int:
    """Shifts from opening to closing, one for each of DAYS back, today's first: the key of that one."""
    if (first := register.shifts.filter(closed_at__isnull=False).aggregate(first=Min("pk"))["first"]) is not None:
        return first
    now = timezone.now()
    past = {"register": register, "opened_by_id": staff, "closed_by_id": staff, "opening_balance": 0}
    made = Shift.objects.bulk_create(
        Shift(**past, closed_at=now - timedelta(days=day), left_in_drawer=0) for day in range(DAYS)
    )
    for day, shift in enumerate(made):  # in steps of one, which `day_of` counts on
        if shift.pk != made[0].pk + day:
            raise AssertionError(f"shift {shift.pk} is not {made[0].pk + day}")
    register.shifts.filter(closed_at__isnull=False).update(opened_at=F("closed_at") - timedelta(hours=12))
    return made[0].pk


def _count_rows(table: str) -> None:
    """Tell PostgreSQL what was just added: it may hold the table for empty, and then joins it row by row for hours."""
    if connection.vendor == "postgresql":
        run(f"ANALYZE {table}")


def run(sql: str):
    """One statement on the shop's database."""
    cursor = connection.cursor()
    cursor.execute(sql, [])
    return cursor


def now() -> str:
    return "now()" if connection.vendor == "postgresql" else "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"


def no() -> str:
    return "false" if connection.vendor == "postgresql" else "0"
