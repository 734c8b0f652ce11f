"""What is measured on the floor: each task in the parts that `Floor` has, and the steps that tasks share.

Only `with clock:` is measured.
"""

from datetime import timedelta
from uuid import uuid4

from benchmarks.clock import Clock
from benchmarks.floor import BIG, HERE, PRICE, STAFF, THERE, Floor, any_number, gtin, now


def receive(floor: Floor, clock: Clock, size: int) -> None:
    """So many new units of one product, from the list of their numbers to stock."""
    document, line, numbers = draft(floor, size)
    with clock:
        enter(floor, document, line, numbers)
        take_in(floor, document)


def post(floor: Floor, clock: Clock, size: int) -> None:
    """Receive a shipment whose numbers are on its draft already."""
    document, line, numbers = draft(floor, size)
    enter(floor, document, line, numbers)
    with clock:
        take_in(floor, document)


def draft(floor: Floor, units: int) -> tuple[int, int, list[str]]:
    """A new shipment with one line for so many units, and numbers that they may have."""
    document = floor.new_document("shipment")
    line = floor.new_line(document, BIG, units, "shipment")
    return document, line, [f"N{uuid4().hex[:16].upper()}" for _ in range(units)]


def enter(floor: Floor, document: int, line: int, numbers: list[str]) -> None:
    """Put the numbers on the draft: expected, linked, held."""
    with floor.transaction():
        floor.lock_document(document)
        floor.executemany(
            "INSERT INTO serial (product_id, number, number_key, state, store_id, sequence)"
            " VALUES (%s, %s, %s, 'expected', NULL, 0)",
            [(BIG, number, number.lower()) for number in numbers],
        )
        keys = [number.lower() for number in numbers]
        found = floor.all(
            "SELECT id FROM serial WHERE product_id = %s AND number_key = ANY(%s) ORDER BY id FOR UPDATE", BIG, keys
        )
        floor.attach(document, "shipment", line, [serial for (serial,) in found])


def take_in(floor: Floor, document: int) -> None:
    """What the shipment brings becomes stock."""
    with floor.transaction():
        number, _status, _total = floor.lock_document(document)
        floor.execute("SELECT id FROM product WHERE id = %s FOR UPDATE", BIG)
        floor.move(document, number, "shipment", "receipt", HERE, 1)
        floor.execute("UPDATE product SET cost = %s WHERE id = %s", 600, BIG)
        floor.carry(document, number, "shipment", floor.lock_units(document), "receive", "in_stock", HERE)
        floor.finish(document)


def sell(floor: Floor, clock: Clock, size: int) -> None:
    """Complete a sale of so many serialised units, each on its line."""
    document = open_sale(floor, size)
    with clock:
        complete(floor, document)


def open_sale(floor: Floor, lines: int) -> int:
    """A sale of so many serialised units, each on its line, ready to be paid."""
    document = floor.new_document("sale")
    for serial, _number in floor.free_units(lines):
        floor.attach(document, "sale", floor.new_line(document, BIG, 1, "sale"), [serial])
    floor.execute("UPDATE document SET total = %s WHERE id = %s", PRICE * lines, document)
    return document


def sell_whole(floor: Floor, number: str) -> None:
    """A whole sale of one unit: opened, scanned, paid."""
    document = floor.new_document("sale")
    put_on(floor, document, number)
    complete(floor, document)


def complete(floor: Floor, document: int) -> None:
    with floor.transaction():
        number, _status, total = floor.lock_document(document)
        floor.move(document, number, "sale", "sale", HERE, -1)
        floor.carry(document, number, "sale", floor.lock_units(document), "sale", "sold", None)
        floor.execute(
            "UPDATE line SET cost = (SELECT cost FROM product WHERE id = line.product_id) WHERE document_id = %s",
            document,
        )
        pay(floor, document, total)
        floor.finish(document)


def pay(floor: Floor, document: int, amount: int) -> None:
    floor.execute(
        "INSERT INTO payment (document_id, method, amount, tendered, staff_id, at) VALUES (%s, 'cash', %s, %s, %s, %s)",
        document,
        amount,
        amount,
        STAFF,
        now(),
    )


def give_back(floor: Floor, clock: Clock) -> None:
    """Take back one unit by its number, from the receipt on which it was sold, and pay the money out."""
    [(serial, key)] = floor.free_units(1)
    complete(floor, open_sale(floor, 1))
    refund = floor.new_document("sale")
    with clock:
        with floor.transaction():
            floor.lock_document(refund)
            sold_line, sold_link = floor.one(
                "SELECT line.id, link.id FROM serial JOIN link ON link.serial_id = serial.id"
                " JOIN line ON line.id = link.line_id WHERE serial.number_key = %s AND serial.state = 'sold'"
                " AND NOT EXISTS (SELECT 1 FROM link back WHERE back.returned_link_id = link.id)"
                " ORDER BY link.id DESC FOR UPDATE",
                key.lower(),
            )
            line = floor.new_line(refund, BIG, 1, "return", returned=sold_line)
            floor.attach(refund, "sale", line, [serial])
            floor.execute("UPDATE link SET returned_link_id = %s WHERE line_id = %s", sold_link, line)
            floor.execute("UPDATE document SET total = %s WHERE id = %s", -PRICE, refund)
        with floor.transaction():
            number, _status, total = floor.lock_document(refund)
            floor.move(refund, number, "sale", "return", HERE, 1)
            floor.carry(refund, number, "sale", floor.lock_units(refund), "return", "in_stock", HERE)
            pay(floor, refund, total)
            floor.finish(refund)


def transfer(floor: Floor, clock: Clock, size: int) -> None:
    """Send so many units of one product to another store, and receive them there: two postings."""
    document = floor.new_document("transfer", to_store=THERE)
    line = floor.new_line(document, BIG, size, "transfer")
    serials = [serial for serial, _number in floor.free_units(size)]
    floor.attach(document, "transfer", line, serials)
    with clock, floor.transaction():
        number, _status, _total = floor.lock_document(document)
        floor.move(document, number, "transfer", "transfer_out", HERE, -1)
        floor.carry(document, number, "transfer", floor.lock_units(document), "transfer_out", "in_transit", None)
        floor.finish(document, "sent")
    at = now()
    floor.executemany(
        "INSERT INTO hold (serial_id, document_type, document_id, line_id, staff_id, since)"
        " VALUES (%s, 'transfer', %s, %s, %s, %s)",
        [(one, document, line, STAFF, at) for one in serials],
    )
    with clock, floor.transaction():
        number, _status, _total = floor.lock_document(document)
        floor.move(document, number, "transfer", "transfer_in", THERE, 1)
        floor.carry(document, number, "transfer", floor.lock_units(document), "transfer_in", "in_stock", THERE)
        floor.finish(document)


def scan_serial(floor: Floor, clock: Clock) -> None:
    """A unit's number at the register: found, on a line of the sale, held."""
    [(_serial, number)] = floor.free_units(1)
    document = floor.new_document("sale")
    with clock:
        put_on(floor, document, number)
    let_go(floor, document)


def put_on(floor: Floor, document: int, number: str) -> None:
    """The unit of this number on an open sale."""
    with floor.transaction():
        floor.lock_document(document)
        serial, product = floor.one(
            "SELECT serial.id, product_id FROM serial JOIN product ON product.id = product_id"
            " WHERE number_key = %s AND state = 'in_stock' AND store_id = %s FOR UPDATE",
            number.lower(),
            HERE,
        )
        floor.attach(document, "sale", floor.new_line(document, product, 1, "sale"), [serial])
        floor.execute("UPDATE document SET total = total + %s WHERE id = %s", PRICE, document)


def scan_product(floor: Floor, clock: Clock) -> None:
    """A barcode at the register: the product found, and on a line of the sale."""
    document = floor.new_document("sale")
    with clock, floor.transaction():
        floor.lock_document(document)
        product, price = floor.one(
            "SELECT product.id, price FROM product JOIN barcode ON product_id = product.id WHERE gtin = %s", gtin(BIG)
        )
        floor.new_line(document, product, 1, "sale")
        floor.execute("UPDATE document SET total = total + %s WHERE id = %s", price, document)
    let_go(floor, document)


def scan_gs1(floor: Floor, clock: Clock) -> None:
    """A GS1 code at the register: product and unit in one scan."""
    [(_serial, number)] = floor.free_units(1)
    document = floor.new_document("sale")
    with clock, floor.transaction():
        floor.lock_document(document)
        serial, product = floor.one(
            "SELECT serial.id, serial.product_id FROM serial JOIN barcode ON barcode.product_id = serial.product_id"
            " WHERE gtin = %s AND number_key = %s AND state = 'in_stock' AND store_id = %s FOR UPDATE",
            gtin(BIG),
            number.lower(),
            HERE,
        )
        floor.attach(document, "sale", floor.new_line(document, product, 1, "sale"), [serial])
        floor.execute("UPDATE document SET total = total + %s WHERE id = %s", PRICE, document)
    let_go(floor, document)


def let_go(floor: Floor, document: int) -> None:
    """The cart is walked away from, unmeasured."""
    floor.execute("DELETE FROM hold WHERE document_id = %s AND document_type = 'sale'", document)


def look_up(floor: Floor, clock: Clock) -> None:
    """A unit by its number, with its product and its store."""
    number = any_number(floor.serials)
    with clock:
        floor.all(
            "SELECT serial.id, number, state, product.name, store.name FROM serial JOIN product ON product.id = product_id"
            " LEFT JOIN store ON store.id = store_id WHERE number_key = %s LIMIT 8",
            number.lower(),
        )


def import_products(floor: Floor, clock: Clock, size: int) -> None:
    """A list of so many new products: read, and written in one transaction."""
    names = [(f"F-{uuid4().hex[:12]}", f"Imported product {at}", 1000 + at) for at in range(size)]
    with clock, floor.transaction():
        skus = [sku for sku, _name, _price in names]
        floor.all("SELECT sku FROM product WHERE sku = ANY(%s)", skus)
        floor.executemany("INSERT INTO product (sku, name, price) VALUES (%s, %s, %s)", names)
    floor.execute("DELETE FROM product WHERE sku LIKE 'F-%%'")  # the next task finds the catalogue as it was


def serial_list(floor: Floor, clock: Clock) -> None:
    """The first page of the units of a product that may be sold here."""
    with clock:
        floor.free_units(50)


def product_search(floor: Floor, clock: Clock) -> None:
    """The first page of the products whose name holds two words."""
    with clock:
        floor.all(
            "SELECT id, sku, name, price FROM product WHERE name ILIKE %s AND name ILIKE %s ORDER BY name LIMIT 50",
            "%product%",
            "%17%",
        )


def differences(floor: Floor, clock: Clock) -> None:
    """Every stock level beside the units on record there, where the two differ."""
    with clock:
        floor.all(
            "SELECT stock_level.product_id, stock_level.store_id, on_hand, coalesce(n, 0) FROM stock_level LEFT JOIN"
            " (SELECT product_id, store_id, count(*) AS n FROM serial WHERE state = 'in_stock' GROUP BY 1, 2) found"
            " ON found.product_id = stock_level.product_id AND found.store_id = stock_level.store_id"
            " WHERE on_hand <> coalesce(n, 0) LIMIT 50"
        )


def dashboard(floor: Floor, clock: Clock) -> None:
    """Today's sales of a store: how many, and for how much; the units that each store has."""
    day = now().replace(hour=0, minute=0, second=0, microsecond=0)
    with clock:
        floor.one(
            "SELECT count(*), sum(total) FROM document WHERE store_id = %s AND kind = 'sale' AND done_at >= %s",
            HERE,
            day,
        )
        floor.all("SELECT store_id, sum(on_hand) FROM stock_level GROUP BY 1")


def ageing(floor: Floor, clock: Clock) -> None:
    """Units in stock of each product by whole months since they came in."""
    months = [now() - timedelta(days=days) for days in (30, 60, 90)]
    with clock:
        floor.all(
            "SELECT CASE WHEN at >= %s THEN 0 WHEN at >= %s THEN 1 WHEN at >= %s THEN 2 ELSE 3 END AS months,"
            " serial.product_id, count(*), min(at) FROM serial JOIN event ON event.serial_id = serial.id"
            " AND event.sequence = serial.sequence WHERE serial.state = 'in_stock' GROUP BY 1, 2",
            *months,
        )
