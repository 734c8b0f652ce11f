"""The shop killed at random moments while it sells, again and again: what was acknowledged is there, once.

    python -m tests.crashes --kills 200 [--database sqlite]

Tills sell serialised units through the running server without pause. Meanwhile the application server, and on
PostgreSQL in turn the database itself, is killed with SIGKILL and started again. A till whose request was not answered
sends it again, a payment with the same key, until it is. After every restart the laws are checked in one moment of the
database; at the end every acknowledged receipt has to be there once, with its unit, and no sale that nobody heard of.
Ends with status 1 otherwise.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

from tests import postgres
from tests.running.server import Server
from tests.running.tables import make_tables
from tests.running.till import Broken, Cashier

TILLS = 4
DURABLE = {"max_connections": "60", "log_min_messages": "panic", "timezone": "UTC"}
# Commits that are answered before they are on the disk: the guard taken out.
CARELESS = DURABLE | {"synchronous_commit": "off", "wal_writer_delay": "10s"}


class Seller(threading.Thread):
    """A till that sells one unit after another, and keeps what it was told."""

    def __init__(self, cashier: Cashier, numbers, has_sold: threading.Event):
        super().__init__(daemon=True)
        self.cashier, self.numbers = cashier, numbers
        self.receipts: dict[str, str] = {}  # by serial number
        self.tried_again = 0
        self.has_sold, self.is_closing = has_sold, threading.Event()

    def run(self):
        for number in self.numbers:
            self.receipts[number] = self.sell(number)
            self.has_sold.set()
            if self.is_closing.is_set():
                return

    def sell(self, number: str) -> str:
        while True:
            self.until_answered(lambda: self.cashier.scan(number, scan_id=number))
            payment = self.until_answered(self.cashier.payment)
            if payment is not None:
                break
        return self.until_answered(lambda: self.cashier.send(payment))

    def until_answered(self, request):
        while True:
            try:
                return request()
            except (requests.RequestException, Broken):
                self.tried_again += 1
                time.sleep(0.1)  # as a person presses Try again: the server needs the machine to come back


def prepare() -> list[tuple[str, int]]:
    """Tables as the models say, a store, and tills as (username, register)."""
    from tests import factories

    make_tables()
    factories.ShopSettingsFactory()
    factories.cash()
    store = factories.StoreFactory()
    return [
        (factories.AdminFactory(stores=[store]).username, factories.RegisterFactory(store=store).pk)
        for _ in range(TILLS)
    ]


def put_on_shelf(kills: int) -> list[list[str]]:
    """More units than the tills can sell, a share for each till."""
    from settings_app.models import SerialTracking, Store
    from tests import factories

    product = factories.ProductFactory(serial_tracking=SerialTracking.ALL)
    numbers = [f"{at:06d}" for at in range(TILLS * (200 + 60 * kills))]
    for start in range(0, len(numbers), 2000):
        factories.units(product, Store.objects.get(), *numbers[start : start + 2000])
    return [numbers[at::TILLS] for at in range(TILLS)]


def faults(sellers: list[Seller]) -> list[str]:
    """What the tills were told and the records do not say, and the other way round."""
    from register.models import Sale
    from serials.models import SerialEvent

    told = {number: receipt for seller in sellers for number, receipt in seller.receipts.items()}
    events = SerialEvent.objects.filter(kind="sale").values_list("serial__number", "document_id")
    numbers = dict(Sale.objects.completed().values_list("pk", "number"))
    kept: dict[str, list[str]] = {}
    for number, document in events:
        kept.setdefault(number, []).append(numbers.get(document, "no completed sale"))
    return [
        *(
            f"{number}: told {receipt}, kept {kept.get(number, [])}"
            for number, receipt in told.items()
            if kept.get(number) != [receipt]
        ),
        *(f"{number}: sold on {sales}, and nobody was told" for number, sales in kept.items() if number not in told),
        *(
            [f"{len(numbers)} sales, but {len(set(told.values()))} receipts"]
            if len(numbers) != len(set(told.values()))
            else []
        ),
    ]


def broken() -> list[str]:
    from microbiz.laws import broken_laws
    from microbiz.laws.snapshot import snapshot

    with snapshot():
        return broken_laws()


def crash(kills: int, database: str, careless: bool, seed: int) -> dict:
    """Kill and restart; gives the figures."""
    chance = random.Random(seed)
    server = own = None
    with tempfile.TemporaryDirectory(prefix="microbiz-crash-", ignore_cleanup_errors=True) as folder:
        try:
            if database == "postgresql":
                own = postgres.PrivateServer(CARELESS if careless else DURABLE)
                own.create()
            url = own.url if own else f"sqlite:///{folder}/shop.sqlite3"
            set_up_django(url, folder)
            people = prepare()
            server = Server(url, Path(folder), workers=2)
            server.start()
            cashiers = [Cashier(server.url, name) for name, _register in people]
            for cashier, (_name, register) in zip(cashiers, people, strict=True):
                cashier.open(register)
            shelf = put_on_shelf(kills)
            has_sold = threading.Event()  # somebody, since it was last cleared
            sellers = [Seller(cashier, numbers, has_sold) for cashier, numbers in zip(cashiers, shelf, strict=True)]
            for seller in sellers:
                seller.start()
            problems = []
            for at in range(kills):
                has_sold.clear()
                has_sold.wait(timeout=60)  # every kill has something to lose
                time.sleep(chance.uniform(0, 1))  # a random moment of the next sales
                kill_once(own if own and (careless or at % 2) else None, server)
                problems += [f"after kill {at + 1}: {one}" for one in broken()]
                say(f"kill {at + 1} of {kills}: {acknowledged(sellers)} sales acknowledged")
            for seller in sellers:
                seller.is_closing.set()
            for seller in sellers:
                seller.join(timeout=120)
                if seller.is_alive():
                    problems.append("A till never got an answer.")
            problems += [*faults(sellers), *broken()]
            return {
                "database": database,
                "kills": kills,
                "sales": acknowledged(sellers),
                "requests_sent_again": sum(one.tried_again for one in sellers),
                "problems": problems,
            }
        finally:
            if server and server.process and server.process.poll() is None:
                server.kill()
            if own:
                own.remove()


def acknowledged(sellers: list[Seller]) -> int:
    return sum(len(one.receipts) for one in sellers)


def kill_once(own, server):
    from django.db import connection

    if own:
        connection.close()
        own.kill()
        own.start()
    else:
        server.kill()
        server.start()


def set_up_django(url: str, folder: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.running.settings",
        "DATABASE_URL": url,
        "MICROBIZ_MODE": "demo",
        "MICROBIZ_HTTPS": "off",
        "MICROBIZ_DATA": folder,
        "SECRET_KEY": "for tests only",
    }
    import django

    django.setup()


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--careless", action="store_true", help="commits that are not on the disk: has to fail")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    values = parser.parse_args()
    postgres.end_on_signals()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    say(f"seed {values.seed}")
    start = time.monotonic()
    figures = crash(values.kills, values.database, values.careless, values.seed)
    figures |= {"seconds": round(time.monotonic() - start), "seed": values.seed}
    for problem in figures["problems"]:
        say(problem)
    say(json.dumps({**figures, "problems": len(figures["problems"])}))
    if values.json:
        values.json.parent.mkdir(parents=True, exist_ok=True)
        values.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if figures["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
