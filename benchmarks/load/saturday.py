"""Who works in the shop on that day, for locust: every person checks that each answer names the unit they scanned.

Started by `python -m benchmarks.load`, which says by LOAD_PLAN who works where, and where to keep what they were told.
"""

import json
import os
import random
import re
import time
from pathlib import Path

from locust import HttpUser, constant, events, task

from tests.running.till import Cashier, Person, text_of

PLAN = json.loads(Path(os.environ["LOAD_PLAN"]).read_text())
TOLD: dict[str, list] = {
    name: [] for name in ("sold", "returned", "received", "transferred", "counted", "reports", "wrong")
}
RETURN = re.compile(r"/register/return/(\d+)/")
SERIAL = re.compile(r'name="serial" value="(\d+)"[^>]*checked')
RECEIVED_LINE = re.compile(r'data-line="(\d+)"')


def check(is_right: bool, what: str, answer) -> None:
    """Keep a wrong answer; the person goes on with the next piece of work."""
    if not is_right:
        TOLD["wrong"].append(f"{what}: {answer.status_code} {text_of(answer)[:600]}")
        raise WrongAnswer(what)


class WrongAnswer(Exception):
    """An answer that is not what the person did."""


def think(shortest: float, longest: float) -> None:
    """The pause of a person between two presses, in seconds: part of the load, nothing is waited for."""
    time.sleep(random.uniform(shortest, longest))


class Worker(HttpUser):
    """Somebody of the staff, signed in; the next of their kind in the plan."""

    abstract = True
    wait_time = constant(1)
    role: type[Person] = Person
    kind: str  # in the plan

    def on_start(self):
        self.own = PLAN[self.kind].pop()
        with self.client.rename_request("sign in"):
            self.person = self.role(self.host, self.own["username"], session=self.client)

    def get(self, name: str, path: str, **values):
        with self.client.rename_request(name):
            return self.person.get(path, **values)

    def post(self, name: str, path: str, data: dict, htmx: bool = True):
        with self.client.rename_request(name):
            return self.person.post(path, data, htmx=htmx)


class Seller(Worker):
    """Sells one to five lines again and again; every tenth time a customer brings a unit back."""

    kind = "sellers"
    fixed_count = len(PLAN[kind])
    role = Cashier
    person: Cashier

    def on_start(self):
        super().on_start()
        with self.client.rename_request("open the register"):
            self.person.open(self.own["register"])
        self.receipts: list[tuple[str, str]] = []  # unit and receipt, sold and not yet back

    @task(9)
    def sell(self):
        self.get("till: page", "/register/")
        numbers = []
        for _ in range(random.randint(1, 5)):
            think(0.5, 1.5)
            if random.random() < 0.6:
                numbers.append(self.own["numbers"].pop())
                self.scan("till: scan a serial", numbers[-1])
            else:
                self.scan("till: scan a product", random.choice(PLAN["skus"]))
        think(2, 5)
        receipt = self.pay("till: pay")
        TOLD["sold"] += [(number, receipt) for number in numbers]
        self.receipts += [(number, receipt) for number in numbers]

    @task(1)
    def take_back(self):
        if not self.receipts:
            return
        number, receipt = self.receipts.pop(random.randrange(len(self.receipts)))
        think(0.5, 1.5)
        panel = self.scan("till: scan a receipt", receipt)
        address = RETURN.search(panel.text)[0]
        rows = self.post("till: scan a unit coming back", f"{address}rows/", {"code": number})
        picked = SERIAL.findall(rows.text)
        check(len(picked) == 1 and number in rows.text, f"{number} coming back", rows)
        self.post("till: take it back", address, {"serial": picked, "reason": "Faulty"})
        think(1, 3)
        TOLD["returned"].append((number, self.pay("till: pay back")))
        self.own["numbers"].insert(0, number)

    def scan(self, name, code):
        with self.client.rename_request(name):
            answer = self.person.scan(code)
        check(code in answer.text, f"{code} scanned", answer)
        return answer

    def pay(self, name: str) -> str:
        with self.client.rename_request(f"{name}, opened"):
            payment = self.person.payment()
        assert payment is not None, "There is nothing to pay"
        with self.client.rename_request(name):
            receipt = self.person.send(payment)
        assert receipt, "The payment was not taken"
        return receipt


class Dock(Worker):
    """Receives shipments of new units, scanned one by one."""

    kind = "docks"
    fixed_count = len(PLAN[kind])

    def on_start(self):
        super().on_start()
        self.next = 0

    @task
    def receive(self):
        draft = {"vendor": self.own["vendor"], "store": self.own["store"], "invoice_number": f"INV-{self.next}"}
        address = self.post("receiving: new", "/receiving/new/", draft, htmx=False).url.removeprefix(self.host)
        answer = self.post("receiving: scan the product", f"{address}scan/", {"code": self.own["sku"]})
        line = RECEIVED_LINE.search(answer.text)[1]
        numbers = []
        for _ in range(random.randint(5, 15)):
            think(0.5, 1.5)
            self.next += 1
            numbers.append(f"N{self.own['store']}-{self.next:05d}")
            answer = self.post("receiving: scan a serial", f"{address}scan/", {"code": numbers[-1], "line": line})
            check(numbers[-1] in answer.text, f"{numbers[-1]} received", answer)
        answer = self.post("receiving: receive", f"{address}receive/", {})
        check("HX-Redirect" in answer.headers, "received", answer)
        TOLD["received"] += numbers


class Carrier(Worker):
    """Sends units to another store and unpacks them there."""

    kind = "carriers"
    fixed_count = len(PLAN[kind])

    @task
    def transfer(self):
        draft = {"from_store": self.own["from_store"], "to_store": self.own["to_store"]}
        address = self.post("transfers: new", "/transfers/new/", draft, htmx=False).url.removeprefix(self.host)
        numbers = [self.own["numbers"].pop() for _ in range(5)]
        self.scan("transfers: scan to send", address, numbers)
        self.post("transfers: send", f"{address}send/", {})
        self.scan("transfers: scan what arrives", address, numbers)
        self.post("transfers: receive", f"{address}receive/", {})
        TOLD["transferred"] += numbers

    def scan(self, name, address, numbers):
        for number in numbers:
            think(0.5, 1.5)
            answer = self.post(name, f"{address}scan/", {"code": number})
            check(number in answer.text, f"{number} on a transfer", answer)


class Counter(Worker):
    """Counts one product, all of which is there, and posts the count."""

    kind = "counters"
    fixed_count = len(PLAN[kind])

    @task
    def count(self):
        draft = {"store": self.own["store"], "scope": "products", "products": self.own["sku"], "is_blind": "on"}
        address = self.post("counts: new", "/counts/new/", draft, htmx=False).url.removeprefix(self.host)
        for number in self.own["numbers"]:
            think(0.3, 0.8)
            answer = self.post("counts: scan", f"{address}scan/", {"code": number})
            check(number in answer.text, f"{number} counted", answer)
        self.get("counts: review", f"{address}review/")
        self.post("counts: post", f"{address}post/", {})
        TOLD["counted"].append(address)


class Reader(Worker):
    """Reads the reports of the day."""

    kind = "readers"
    fixed_count = len(PLAN[kind])

    @task
    def read(self):
        for slug in ("sales-over-time", "sales-by-product", "sales-by-store", "returns"):
            self.get(f"reports: {slug}", f"/reports/{slug}/")
            TOLD["reports"].append(slug)
            think(3, 6)


@events.quitting.add_listener
def keep(environment, **_more):
    """What everybody was told, and how long each action took in milliseconds."""
    actions = [
        {
            "action": f"{entry.name} ({entry.method})",
            "requests": entry.num_requests,
            "failures": entry.num_failures,
            **{f"p{part}": entry.get_response_time_percentile(part / 100) for part in (50, 90, 95, 99)},
            "max": round(entry.max_response_time),
        }
        for entry in sorted(environment.stats.entries.values(), key=lambda entry: entry.name)
    ]
    errors = [f"{one.name}: {one.error} ({one.occurrences} times)" for one in environment.stats.errors.values()]
    errors += [str(one["msg"]) for one in environment.runner.exceptions.values()]
    Path(os.environ["LOAD_TOLD"]).write_text(json.dumps({**TOLD, "actions": actions, "errors": errors}))
