"""manage.py verify over a shop with very many units, made by bulk inserts: does it hold, how long and how much memory.

    python -m tests.million --units 1000000 [--database sqlite]

Every unit came on a shipment; half of them are sold one by one, some went to another store, and some that were put on
record by mistake were taken off it. Ends with the status of the command.
"""

import argparse
import resource
import sys
import tempfile
import time
from contextlib import nullcontext

from tests import postgres
from tests.running.tables import make_tables

PRODUCTS, STORES = 200, 4


def build(units: int, batch: int = 1000) -> None:
    """Make the shop in an empty database. `batch`: units of a shipment, all of one product, a multiple of 20."""
    from django.utils import timezone

    from inventory.models import Product, StockLevel, StockMovement, Vendor
    from receiving.models import ShipmentLine, ShipmentLineSerial, VendorShipment
    from register.models import Payment, PaymentMethod, Register, Sale, SaleLine, SaleLineSerial, Shift
    from serials.models import Serial, SerialEvent
    from settings_app.models import Staff, Store
    from transfers.models import ArrivalLine, ArrivalLineSerial, Transfer, TransferLine, TransferLineSerial

    now, shipments, sales = timezone.now(), units // batch, units // 2
    shipment = f"(i - 1) / {batch}"  # of unit i, from 0
    product, store = f"({shipment}) % {PRODUCTS} + 1", f"({shipment}) % {STORES} + 1"
    of_sale = [text.replace("i - 1", "2 * i - 1") for text in (product, store)]  # sale i sells unit 2 * i
    of_shipment = f"(i - 1) % {PRODUCTS} + 1", f"(i - 1) % {STORES} + 1"
    goes, mistaken = f"i % 2 = 1 AND i % {batch} < {batch // 10}", f"i % {batch} = {batch - 1}"
    went, to_store = batch // 20, f"i % {STORES} + 1"
    text = "'{}' || i".format

    insert(Staff, 1, username="'somebody'")
    insert(Store, STORES, code=text("S"), name=text("Store "))
    insert(Product, PRODUCTS, sku=text("SKU-"), name=text("Product "), serial_tracking="'all'", created_at=now)
    insert(Vendor, 1, name="'Vendor'")
    insert(Register, STORES, store_id="i", name=text("Till "), prefix=text("R"))
    insert(Shift, STORES, register_id="i", opened_by_id="1", opening_balance="0")
    insert(PaymentMethod, 1, name="'Cash'", kind="'cash'")

    insert(
        Serial,
        units,
        product_id=product,
        number=text("N"),
        number_key=text("N"),
        state=f"CASE WHEN i % 2 = 0 THEN 'sold' WHEN {mistaken} THEN 'expected' ELSE 'in_stock' END",
        store_id=f"""CASE WHEN i % 2 = 0 OR {mistaken} THEN NULL
                     WHEN {goes} THEN ({shipment} + 1) % {STORES} + 1 ELSE {store} END""",
        sequence=f"CASE WHEN i % 2 = 0 OR {mistaken} THEN 2 WHEN {goes} THEN 3 ELSE 1 END",
    )
    # Events in the order in which they happened: received (or recorded), then whatever came.
    came = {"serial_id": "i", "store_id": store, "sequence": "1", "state": "'in_stock'"}
    by_shipment = {"document_type": "'receiving.vendorshipment'", "document_id": f"{shipment} + 1"}
    insert(
        SerialEvent, units, f"NOT ({mistaken})", id="i", kind="'receive'", document=text("VS-"), **came, **by_shipment
    )
    insert(SerialEvent, units, mistaken, id="i", kind="'recorded'", **came)
    insert(
        SerialEvent,
        units,
        mistaken,
        id=f"{units} + i",
        serial_id="i",
        sequence="2",
        kind="'corrected'",
        state="'expected'",
        store_id=store,
        as_of="0",
    )
    insert(
        SerialEvent,
        sales,
        id=f"{units} + 2 * i",
        serial_id="2 * i",
        sequence="2",
        kind="'sale'",
        state="'sold'",
        store_id=of_sale[1],
        document_type="'register.sale'",
        document_id="i",
        document=text("R-"),
    )
    # Transfer number s takes units of shipment s to the next store.
    moved = {"serial_id": "i", "document_type": "'transfers.transfer'", "document_id": f"{shipment} + 1"}
    left, arrived = (
        {"kind": "'transfer_out'", "state": "'in_transit'"},
        {"kind": "'transfer_in'", "state": "'in_stock'"},
    )
    insert(SerialEvent, units, goes, id=f"{2 * units} + i", sequence="2", store_id=store, **left, **moved)
    there = f"({shipment} + 1) % {STORES} + 1"
    insert(SerialEvent, units, goes, id=f"{3 * units} + i", sequence="3", store_id=there, **arrived, **moved)

    p, s = of_shipment
    insert(
        VendorShipment, shipments, number=text("VS-"), vendor_id="1", store_id=s, status="'received'", received_at=now
    )
    insert(ShipmentLine, shipments, shipment_id="i", product_id=p, quantity=str(batch - 1))
    insert(ShipmentLineSerial, units, f"NOT ({mistaken})", line_id=f"{shipment} + 1", serial_id="i")
    insert(
        Sale,
        sales,
        number=text("R-"),
        store_id=of_sale[1],
        register_id=of_sale[1],
        shift_id=of_sale[1],
        status="'completed'",
        staff_id="1",
        completed_at=now,
        completion_key=uuid(),
        subtotal="500",
        total="500",
    )
    insert(
        SaleLine,
        sales,
        sale_id="i",
        product_id=of_sale[0],
        name="'Product'",
        sku="'SKU'",
        unit_price="500",
        total="500",
    )
    insert(SaleLineSerial, sales, line_id="i", serial_id="2 * i")
    insert(Payment, sales, sale_id="i", method_id="1", amount="500", staff_id="1")
    insert(
        Transfer,
        shipments,
        number=text("ST-"),
        from_store_id=s,
        to_store_id=to_store,
        status="'received'",
        sent_at=now,
        ended_at=now,
    )
    insert(TransferLine, shipments, transfer_id="i", product_id=p, quantity=str(went))
    insert(TransferLineSerial, units, goes, line_id=f"{shipment} + 1", serial_id="i")
    insert(ArrivalLine, shipments, transfer_id="i", product_id=p, quantity=str(went), posted_at=now)
    insert(ArrivalLineSerial, units, goes, line_id=f"{shipment} + 1", serial_id="i")
    for at, (number, kind, p_, s_, quantity) in enumerate(
        [
            (shipments, VendorShipment, p, s, batch - 1),
            (sales, Sale, *of_sale, -1),
            (shipments, Transfer, p, s, -went),
            (shipments, Transfer, p, to_store, went),
        ]
    ):
        insert(
            StockMovement,
            number,
            id=f"{at * units} + i",
            product_id=p_,
            store_id=s_,
            quantity=str(quantity),
            reason="'receipt'",
            document_type=f"'{kind._meta.label_lower}'",
            document_id="i",
            document=text(""),
        )
    run(
        f"""INSERT INTO {StockLevel._meta.db_table} (product_id, store_id, on_hand, serials, may_go_negative)
        SELECT moved.product_id, moved.store_id, units, COALESCE(serials, 0), %s
        FROM (
            SELECT product_id, store_id, SUM(quantity) AS units FROM {StockMovement._meta.db_table}
            GROUP BY product_id, store_id
        ) AS moved
        LEFT JOIN (
            SELECT product_id, store_id, COUNT(*) AS serials FROM {Serial._meta.db_table}
            WHERE store_id IS NOT NULL GROUP BY product_id, store_id
        ) AS known ON known.product_id = moved.product_id AND known.store_id = moved.store_id""",
        [False],
    )


def insert(model, many, condition="i > 0", /, **columns):
    """Rows of a model, one for each i from 1 to `many` that meets the condition.

    A column is an expression of i, or else a value. A field that is not given has its default, the key is counted.
    """
    from django.db import connection
    from django.utils import timezone

    values = []
    for field in model._meta.concrete_fields:
        name = field.attname
        if name not in columns and (field.primary_key or (field.null and not field.has_default())):
            continue
        if isinstance(columns.get(name), str):
            columns[name] = columns[name].replace("%", "%%")
        else:
            is_moment = getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False)
            value = columns.get(name, timezone.now() if is_moment else field.get_default())
            values.append((name, field.get_db_prep_save(value, connection)))
            columns[name] = "%s"
    if condition == "i > 0":
        columns.setdefault("id", "i")
    values = [value for name in columns for of, value in values if of == name]
    quoted = ", ".join(f'"{name}"' for name in columns)
    run(
        f"""WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
        INSERT INTO {model._meta.db_table} ({quoted})
        SELECT {", ".join(columns.values())} FROM n WHERE {condition.replace("%", "%%")}""",
        values,
    )


def run(sql, values=()):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def uuid() -> str:
    """The key of i, in each database's words."""
    from django.db import connection

    digits = f"'{'0' * 32}' || i"
    return f"CAST(RIGHT({digits}, 32) AS uuid)" if connection.vendor == "postgresql" else f"SUBSTR({digits}, -32)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    values = parser.parse_args()
    postgres.end_on_signals()
    with tempfile.TemporaryDirectory(prefix="microbiz-million-") as folder:
        own = (
            postgres.private_server()
            if values.database == "postgresql"
            else nullcontext(f"sqlite:///{folder}/shop.sqlite3")
        )
        with own as url:
            return verify(url, folder, values.units)


def verify(url: str, folder: str, units: int) -> int:
    from tests.crashes import set_up_django

    set_up_django(url, folder)
    from django.core.management import CommandError, call_command
    from django.db import connection

    make_tables()
    # Foreign keys hold by construction; a million units have twenty million of them.
    is_postgresql = connection.vendor == "postgresql"
    run("SET session_replication_role = replica" if is_postgresql else "PRAGMA foreign_keys = OFF")
    began = time.monotonic()
    build(units)
    run("VACUUM ANALYZE" if is_postgresql else "ANALYZE")
    print(f"{units:,} units made in {time.monotonic() - began:.0f} s", flush=True)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        call_command("verify")
    except CommandError as error:
        print(error)
        return error.returncode
    finally:
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        print(f"{time.monotonic() - began:.1f} s, {grown} MB more memory than before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
