"""The benchmark still runs, is honest about what it writes, and leaves a shop whose laws hold."""

import pytest
from django.db import connection

from benchmarks import data
from benchmarks.floor import Floor
from benchmarks.measure import measure
from benchmarks.product import Shop
from benchmarks.tasks import TASKS
from inventory.models import StockMovement
from microbiz.laws import check_laws
from register.models import Payment
from serials.models import SerialEvent, SerialHold
from tests.running.server import url_of_test_database

SHORT = [task for task in TASKS if task.size <= 20]


@pytest.mark.django_db(transaction=True)
def test_floor_and_shop_write_the_same_ledgers_and_the_laws_hold(tmp_path):
    floor = Floor(url_of_test_database() if connection.vendor == "postgresql" else str(tmp_path / "floor.sqlite3"))
    try:
        floor.make_tables()
        data.make_shop()
        shop = Shop()
        data.grow_floor(floor, 0, 400)
        data.grow_shop(0, 400)
        data.grow_floor(floor, 400, 500)
        data.grow_shop(400, 500)
        floor.serials = shop.serials = 500
        check_laws()
        for task in SHORT:
            row = measure(task, floor, shop, backend=connection.vendor, serials=500, rounds=1)
            assert row.statements > 0, task.name
            assert row.floor_ms > 0, task.name
            counts = {
                table: floor.one(f"SELECT count(*) FROM {table}")[0] for table in ("event", "movement", "payment")
            }
            assert counts == {
                "event": SerialEvent.objects.count(),
                "movement": StockMovement.objects.count(),
                "payment": Payment.objects.count(),
            }, task.name
        assert floor.one("SELECT count(*) FROM hold")[0] == SerialHold.objects.count() == 0
        check_laws()
    finally:
        floor.drop_tables()
        floor.close()
