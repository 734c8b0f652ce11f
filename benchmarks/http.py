"""The tasks over HTTP: a signed-in person at a running server with several workers, as the browser would ask.

Time is from sending the request to the last byte of the answer; statements and server time are what the answer says
(benchmarks.middleware). Where a task takes several requests they are added up.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from requests import Response

from benchmarks import on_floor, product
from benchmarks.clock import Clock, machine
from benchmarks.floor import Floor, gtin
from benchmarks.measure import Row, row, stock_up
from benchmarks.product import Shop
from register.models import Register, Sale
from register.operations import current_sale
from tests.chromium import ARGUMENTS, chromium
from tests.running.server import Server, running
from tests.running.till import Cashier, text_of
from tests.running.wire import Wire, size_of

WORKERS = 2


@contextmanager
def server(database: str, folder: Path) -> Iterator[Server]:
    """The shop as it runs in production, on this database."""
    call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()
    with running(
        database, folder, workers=WORKERS, environment={"DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    ) as found:
        yield found


class Visitor(Cashier):
    """Somebody at a register, beside a shop whose records can be prepared."""

    def __init__(self, server: Server, shop: Shop, register: int = 1):
        super().__init__(server.url, "bench")
        self.shop = shop
        self.register = Register.objects.filter(store=shop.stores[0]).order_by("pk")[register]
        self.open(self.register.pk, "0.00")

    def sale(self) -> Sale:
        return current_sale(self.register, staff=self.shop.staff)


@dataclass
class Meter:
    """What the measured requests of one round cost together."""

    seconds: float = 0.0
    server_ms: float = 0.0
    statements: int = 0
    requests: int = 0
    bytes: int = 0

    def __call__(self, send: Callable[[], Response]) -> Response:
        start = time.perf_counter()
        answer = send()
        self.seconds += time.perf_counter() - start
        if answer.status_code >= 400:
            raise AssertionError(f"{answer.request.url}: {answer.status_code} {text_of(answer)[:300]}")
        for one in (*answer.history, answer):
            self.server_ms += float(one.headers["X-Milliseconds"])
            self.statements += int(one.headers["X-Statements"])
            self.bytes += int(one.headers.get("Content-Length", len(one.content)))
            self.requests += 1
        return answer


@dataclass(frozen=True)
class Page:
    """One task over HTTP, with the floor that it is held against."""

    name: str
    on_floor: Callable[[Floor, Clock], None]
    visit: Callable[[Visitor, Meter], None]
    size: int = 1
    units: int = 0  # that a round takes out of stock
    rounds: int = 20


@dataclass
class Visits:
    """The rounds of one page."""

    meters: list[Meter] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    machines: list[float] = field(default_factory=list)


def measure(
    page: Page, floor: Floor, person: Visitor, *, backend: str, serials: int, rounds: int | None = None
) -> tuple[Row, dict]:
    """The row of the table, and what passed the wire."""
    rounds = rounds or page.rounds
    warm_up = 2 * WORKERS  # every worker has loaded what it needs
    stock_up(floor, person.shop, page.units * (rounds + warm_up) + 1)
    visits = Visits()
    for at in range(rounds + warm_up):
        bare, meter = Clock(), Meter()
        page.on_floor(floor, bare)
        page.visit(person, meter)
        if at >= warm_up:
            visits.floors.append(bare.seconds)
            visits.meters.append(meter)
            visits.machines.append(machine())
    seconds = [meter.seconds for meter in visits.meters]
    statements = [meter.statements for meter in visits.meters]
    found = row(page.name, "http", backend, serials, seconds, visits.floors, statements, visits.machines)
    wire = {
        "task": page.name,
        "backend": backend,
        "requests": visits.meters[-1].requests,
        "bytes": visits.meters[-1].bytes,
        "fonts_bytes": 0,
        "server_ms": round(statistics.median(meter.server_ms for meter in visits.meters), 2),
    }
    return found, wire


# --- What is asked ----------------------------------------------------------------------------------------------------


def scan(person: Visitor, meter: Meter, code: Callable[[Visitor], str], lines: int = 1) -> None:
    """A scan onto a sale with so many lines on the screen; with none, the sale begins with it."""
    text = code(person)
    if Sale.objects.filter(register=person.register, status=Sale.Status.OPEN).exists():
        person.void()  # what another task left
    for at in range(lines):
        person.scan(gtin(2 + at)[1:])
    known = [str(line.pk) for line in person.sale().lines.all()] if lines else []
    answer = meter(lambda: person.scan(text, known=" ".join(known)))
    if person.sale().lines.count() != lines + 1:
        raise AssertionError(f"{text}: {text_of(answer)[:300]}")
    person.void()


def sell(person: Visitor, meter: Meter, size: int) -> None:
    for unit in person.shop.free_units(size):
        person.scan(unit.number)
    payment = person.payment()
    answer = meter(lambda: person.post(f"/register/pay/{payment.sale}/", payment.data))
    if "is complete" not in answer.text:
        raise AssertionError(text_of(answer)[:300])


def get(person: Visitor, meter: Meter, path: Callable[[Visitor], str]) -> None:
    address = path(person)
    meter(lambda: person.get(address))


def transfer(person: Visitor, meter: Meter, size: int) -> None:
    asked = product.open_transfer(person.shop, size)
    meter(lambda: person.post(f"/transfers/{asked.pk}/send/"))
    product.mark_all_arrived(asked, staff=person.shop.staff)
    meter(lambda: person.post(f"/transfers/{asked.pk}/receive/"))
    asked.refresh_from_db()
    if asked.status != asked.Status.RECEIVED:
        raise AssertionError(f"{asked} is {asked.status}")


def receive(person: Visitor, meter: Meter, size: int) -> None:
    """The list of numbers pasted into a draft, and the shipment received."""
    line, numbers = product.draft(person.shop, size)
    product.attach_each(line, numbers, staff=person.shop.staff, new=numbers)
    meter(lambda: person.post(f"/receiving/{line.shipment_id}/receive/"))
    line.shipment.refresh_from_db()
    if not line.shipment.is_received:
        raise AssertionError(f"{line.shipment} is {line.shipment.status}")


def popup(person: Visitor) -> str:
    """The pop-up of a line, on which its units are chosen."""
    sale = person.sale()
    line = sale.lines.first() or product.add_product(sale, person.shop.big, staff=person.shop.staff)
    return line.serials_url


def number_of(person: Visitor) -> str:
    return person.shop.free_units(1)[0].number


def nothing(floor: Floor, clock: Clock) -> None:
    with clock:
        floor.one("SELECT 1")


PAGES = [
    Page("empty_page", nothing, partial(get, path=lambda person: "/benchmarks/empty/")),
    Page("scan_product", on_floor.scan_product, partial(scan, code=lambda person: gtin(1)[1:])),
    Page("scan_serial", on_floor.scan_serial, partial(scan, code=number_of)),
    Page("first_scan", on_floor.scan_serial, partial(scan, code=number_of, lines=0)),
    Page("scan_gs1", on_floor.scan_gs1, partial(scan, code=lambda person: f"]d201{gtin(1)}21{number_of(person)}")),
    Page("sell_1", partial(on_floor.sell, size=1), partial(sell, size=1), units=1),
    Page("sell_3", partial(on_floor.sell, size=3), partial(sell, size=3), units=3),
    Page("sell_20", partial(on_floor.sell, size=20), partial(sell, size=20), units=20, rounds=5),
    Page("lookup", on_floor.look_up, partial(get, path=lambda person: f"/serials/look-up/?q={number_of(person)}")),
    Page("popup", on_floor.serial_list, partial(get, path=popup), units=3),
    Page("serial_list", on_floor.serial_list, partial(get, path=lambda person: f"{popup(person)}list/"), units=3),
    Page(
        "serial_tab",
        on_floor.serial_list,
        partial(get, path=lambda person: f"/products/{person.shop.big.pk}/serial-numbers/"),
    ),
    Page("product_search", on_floor.product_search, partial(get, path=lambda person: "/products/?q=product+17")),
    Page("differences", on_floor.differences, partial(get, path=lambda person: "/serials/differences/"), rounds=5),
    Page("dashboard", on_floor.dashboard, partial(get, path=lambda person: "/"), rounds=10),
    Page("ageing", on_floor.ageing, partial(get, path=lambda person: "/reports/today/ageing/"), rounds=5),
    Page("transfer_100", partial(on_floor.transfer, size=100), partial(transfer, size=100), units=100, rounds=5),
    Page("post_1000", partial(on_floor.post, size=1000), partial(receive, size=1000), size=1000, rounds=5),
]


# --- Bytes on the wire ------------------------------------------------------------------------------------------------


def first_load(person: Visitor, *, backend: str) -> dict:
    """What a browser that never was here fetches for the register: requests, and bytes as they pass the wire."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = browser.new_context()
        context.add_cookies(
            [{"name": one.name, "value": one.value, "url": person.url} for one in person.session.cookies]
        )
        page = context.new_page()
        wire = Wire(page)
        page.goto(f"{person.url}/register/")
        passed = wire.taken()
        browser.close()
    return {
        "task": "first_load",
        "backend": backend,
        "requests": len(passed),
        "bytes": size_of(passed),
        "fonts_bytes": size_of(passed, "Font"),
        "server_ms": 0,
    }


# --- Many registers at once -------------------------------------------------------------------------------------------


def throughput(server: Server, floor: Floor, shop: Shop, registers: int, seconds: float, *, backend: str) -> dict:
    """Sales of one unit per second with so many registers at once: scan, payment screen, payment; and on the floor."""
    most, most_of_shop = (int(registers * seconds * each) for each in MOST_SALES)
    stock_up(floor, shop, most, of_shop=most_of_shop)
    cashiers = [Visitor(server, shop, register=at) for at in range(1, registers + 1)]
    numbers = [unit.number for unit in shop.free_units(most_of_shop)]
    in_shop = [partial(_sell_in_turn, one.sell, numbers[at::registers]) for at, one in enumerate(cashiers)]
    connection.close()
    through_shop = together(in_shop, seconds)
    floors = [Floor(floor.url) for _ in range(registers)]
    numbers = [number for _serial, number in floor.free_units(most)]
    bare = [
        partial(_sell_in_turn, partial(on_floor.sell_whole, one), numbers[at::registers])
        for at, one in enumerate(floors)
    ]
    through_floor = together(bare, seconds)
    for one in floors:
        one.close()
    return {
        "backend": backend,
        "registers": registers,
        "sales_per_second": round(through_shop, 1),
        "floor_per_second": round(through_floor, 1),
        "ratio": round(through_floor / through_shop, 1),
    }


MOST_SALES = 300, 30  # that one register may make in a second, on the floor and in the shop


def _sell_in_turn(sell: Callable[[str], object], numbers: list[str], until: float) -> int:
    """Sell one unit after another until the time is over; how many."""
    for sold, number in enumerate(numbers):
        if time.perf_counter() >= until:
            return sold
        sell(number)
    return len(numbers)


def together(sellers: list[Callable[[float], int]], seconds: float) -> float:
    """How much all of them do in a second, at once."""
    start = time.perf_counter()
    with ThreadPoolExecutor(len(sellers)) as pool:
        done = list(pool.map(lambda one: one(start + seconds), sellers))
    return sum(done) / (time.perf_counter() - start)
