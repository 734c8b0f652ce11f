"""The way from SQLite to PostgreSQL that the README describes, taken with the whole demo shop."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum

from inventory.models import Product, StockLevel, StockMovement
from serials.models import Serial, SerialEvent
from settings_app.models import Staff, Store
from tests.links import every_page

ROOT = Path(__file__).parents[2]
DEMO = """
import django
django.setup()
from django.core.management import call_command
from tests.running.tables import make_tables
make_tables()
call_command("load_demo")
"""


@pytest.mark.postgresql
def test_a_shop_moves_from_sqlite_to_postgresql_and_every_page_of_it_opens(tmp_path, db, client):
    environment = os.environ | {
        "MICROBIZ_MODE": "demo",
        "MICROBIZ_DATA": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/shop.sqlite3",
        "DJANGO_SETTINGS_MODULE": "microbiz.settings",
    }
    dump = re.search(r"manage\.py (dumpdata .*?)`", (ROOT / "README.md").read_text())[1].split()
    dump[-1] = str(tmp_path / "shop.json")
    for command in (["-c", DEMO], ["manage.py", *dump]):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)

    call_command("loaddata", tmp_path / "shop.json", verbosity=0)

    assert Store.objects.count() == 4
    assert StockLevel.objects.aggregate(n=Sum("on_hand")) == StockMovement.objects.aggregate(n=Sum("quantity"))
    assert SerialEvent.objects.count() == Serial.objects.aggregate(n=Sum("sequence"))["n"] > 500
    cashier = Staff.objects.get(username="cashier")
    assert cashier.has_perm("register.sell")
    assert [store.code for store in cashier.stores_allowed()] == ["EMAD", "WMAD"]
    # New rows get numbers after those that came along.
    last = Product.objects.latest("pk").pk
    assert Product.objects.create(sku="NEW", name="New", serial_tracking="none").pk == last + 1

    client.force_login(Staff.objects.get(username="admin"))
    assert len(every_page(client)) > 30
