"""Every index of the large tables is used by a query of the shop, and no hot path reads a large table whole.

What the operations and pages really send is explained by PostgreSQL over 100,000 serials.
"""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks import data, product
from benchmarks.clock import Clock
from benchmarks.product import Shop
from inventory.models import Product, StockMovement
from register.models import Payment, Sale, SaleLine
from serials.lookups import guess_units
from serials.models import Serial, SerialEvent

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

# Tables that grow with the units that pass through the shop.
LARGE = [
    "inventory_stockmovement",
    "receiving_shipmentlineserial",
    "register_payment",
    "register_sale",
    "register_saleline",
    "register_salelineserial",
    "serials_serial",
    "serials_serialevent",
]


def other_uses(shop):
    """What else asks by an index that selling, receiving and moving do not use: pages, reports, and deleting.

    Before a person or a payment method is deleted the database looks for rows that refer to it.
    """
    nobody, nothing, now = 0, 0, timezone.now()
    some = Product.objects.get(sku="P-7")
    moves = StockMovement.objects.filter(product=some, store=shop.stores[0])
    return {
        "movement_by_product": moves.order_by("-pk")[:50],  # the history of a product
        "inventory_stockmovement_staff_id": StockMovement.objects.filter(staff=nobody),
        "inventory_stockmovement_store_id": StockMovement.objects.filter(store=nothing),
        "register_payment_method_id": Payment.objects.filter(method=nothing),
        "register_payment_sale_id": Payment.objects.filter(sale=1),  # a receipt
        "register_payment_staff_id": Payment.objects.filter(staff=nobody),
        "register_sale_customer_id": Sale.objects.filter(customer=1),  # the receipts of a customer
        "register_sale_shift_id": Sale.objects.filter(shift=nothing),  # the report of a shift
        "register_sale_staff_id": Sale.objects.filter(staff=nobody),
        "sale_by_store_and_time": Sale.objects.filter(store=shop.stores[0], completed_at__gte=now - timedelta(hours=2)),
        "sale_by_register": Sale.objects.filter(register=shop.register, status="on_hold"),
        "register_saleline_handed_line_id": SaleLine.objects.filter(handed_line=1),
        "register_saleline_product_id": SaleLine.objects.filter(product=nothing),
        "serials_serial_store_id": Serial.objects.filter(store=nothing),
        "serials_serialevent_staff_id": SerialEvent.objects.filter(staff=nobody),
        "serials_serialevent_store_id": SerialEvent.objects.filter(store=nothing),
    }


@pytest.fixture
def shop():
    data.make_shop()
    data.grow_shop(0, 100_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    shop = Shop()
    shop.serials = 100_000
    return shop


class Explained:
    """Collects what is sent, and explains it."""

    def __init__(self):
        self.sent = []

    def __call__(self, execute, sql, params, many, context):
        if not many and sql.startswith(("SELECT", "UPDATE", "DELETE")):
            self.sent.append((sql, params))
        return execute(sql, params, many, context)

    def nodes(self):
        """Every node of every plan, with its statement."""
        with connection.cursor() as cursor:
            for sql, params in self.sent:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                [(plan,)] = cursor.fetchall()
                yield from ((node, sql) for node in nodes_of(plan))


def nodes_of(plan):
    """The nodes of a plan as PostgreSQL explains it in JSON."""
    plan = json.loads(plan) if isinstance(plan, str) else plan
    waiting = [plan[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.get("Plans", [])


def test_no_hot_path_reads_a_large_table_whole_and_no_index_is_idle(shop, client):
    explained = Explained()
    with connection.execute_wrapper(explained):
        hot_paths(shop, client)
    nodes = list(explained.nodes())
    whole = {
        f"{node['Relation Name']}: {sql}"
        for node, sql in nodes
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    }
    assert not whole
    used = {node["Index Name"] for node, _sql in nodes if "Index Name" in node}
    idle = []
    for name, queryset in other_uses(shop).items():
        found = {node.get("Index Name", "") for node in nodes_of(queryset.explain(format="json"))}
        if not any(one.startswith(name) for one in found):
            idle.append(f"{name}: {found} are used by {queryset.query}")
        used |= found
    assert not idle
    assert searching_indexes() - used == set()


def searching_indexes():
    """The indexes of the large tables that are there to find rows by; a unique one is there for what it refuses."""
    sql = """SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE NOT indisunique AND indrelid::regclass::text = ANY(%s)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [LARGE])
        return {name for (name,) in cursor.fetchall()}


def hot_paths(shop, client):
    """Scanning, selling, returning, moving, receiving, looking up, and the pages of units."""
    clock = Clock()
    product.scan_product(shop, clock)
    product.scan_serial(shop, clock)
    product.scan_gs1(shop, clock)
    product.sell(shop, clock, 3)
    product.give_back(shop, clock)
    product.look_up(shop, clock)
    product.transfer(shop, clock, 20)
    product.receive(shop, clock, 20)
    [unit] = shop.free_units(1)
    guess_units("U1000000", shop.staff)
    client.force_login(shop.staff, backend="settings_app.backends.StaffBackend")
    for path in (
        f"/products/{shop.big.pk}/serial-numbers/",
        f"/serials/units/{unit.pk}/",
        f"/serials/look-up/?q={unit.number}",
    ):
        assert client.get(path).status_code in (200, 302), path
