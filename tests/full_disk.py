"""The shop on a disk that is really full, and on with it once there is room.

    python -m tests.full_disk [--database sqlite]

A small disk of its own (tmpfs, which only root may mount) holds the shop's data, or PostgreSQL's. It is filled to the last
byte while a till sells. Whatever is pressed then is answered with a page that says what is wrong, and nothing is done by
half; once there is room the same press is taken, and the till goes on. Ends with status 1 otherwise, and with 2 where no disk
can be mounted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import requests

from tests import postgres
from tests.crashes import DURABLE, Seller, broken, faults, prepare, put_on_shelf, say, set_up_django
from tests.running.server import Server
from tests.running.till import Broken, Cashier

MEGABYTES = {"sqlite": 40, "postgresql": 250}
PRESSES = 5  # while the disk is full
MOST_SALES = 300  # that may still find room in what the database had taken before
CLEAR = ("The disk of the shop's server is full", "The shop's records cannot be reached")


class NoDisk(Exception):
    """Nothing can be mounted here, and why."""


@contextmanager
def small_disk(megabytes: int):
    """Yields the folder of an empty disk; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="microbiz-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode:
            raise NoDisk(done.stderr.strip())
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


class Ballast:
    """A file that takes whatever room is left on a disk."""

    def __init__(self, disk: Path):
        self.path = disk / "ballast"

    def fill(self) -> None:
        with self.path.open("ab", buffering=0) as file:
            for size in (1024**2, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass  # full, for pieces of this size

    def drop(self) -> None:
        self.path.unlink()


class Till(Seller):
    """Sells until the disk is full, presses PRESSES times in vain, has room made and goes on."""

    def __init__(self, cashier, numbers, make_room):
        super().__init__(cashier, numbers, threading.Event())
        self.make_room, self.refusals = make_room, []

    def until_answered(self, request):
        while len(self.refusals) < 100:
            try:
                return request()
            except (requests.RequestException, Broken) as refusal:
                self.refusals.append(str(refusal))
                if len(self.refusals) == PRESSES:
                    self.make_room()
                elif len(self.refusals) > PRESSES:
                    time.sleep(0.2)  # PostgreSQL may have to come back by itself
        raise SystemExit(f"The till never goes on: {self.refusals[-1]}")


def problems_with(refusals: list[str]) -> list[str]:
    """Answers other than the page that says it."""
    return [one for one in refusals if ": 503 " not in one or not any(words in one for words in CLEAR)]


def refusals_at_the_door(url: str) -> list[str]:
    """What somebody reads who wants to sign in meanwhile."""
    try:
        Cashier(url, "nobody")
    except (requests.RequestException, Broken) as refusal:
        return [str(refusal)] if "was not let in" not in str(refusal) else []
    return []


def sell_on_a_full_disk(database: str) -> dict:
    """Fill, press, make room, go on; gives the figures."""
    server = own = None
    with small_disk(MEGABYTES[database]) as disk, tempfile.TemporaryDirectory(prefix="microbiz-full-") as folder:
        try:
            if database == "postgresql":
                own = postgres.PrivateServer(DURABLE, parent=disk)
                own.create()
            data = folder if own else str(disk)
            url = own.url if own else f"sqlite:///{disk}/shop.sqlite3"
            set_up_django(url, data)
            [(name, register), *_others] = prepare()
            server = Server(url, Path(folder), workers=2, environment={"MICROBIZ_DATA": data})
            server.start()
            cashier = Cashier(server.url, name)
            cashier.open(register)
            [numbers, *_others] = put_on_shelf(1)
            ballast, door = Ballast(disk), []

            def make_room():
                door.extend(refusals_at_the_door(server.url))
                ballast.drop()
                if own and own.process.poll() is not None:
                    own.start()  # as its service does: without a place for its log it ends itself

            till = Till(cashier, numbers, make_room)
            for number in numbers[:3]:
                till.receipts[number] = till.sell(number)
            ballast.fill()
            rest = iter(numbers[3:])
            while len(till.refusals) < PRESSES and len(till.receipts) < MOST_SALES:
                number = next(rest)
                till.receipts[number] = till.sell(number)
            for number in (next(rest) for _ in range(3)):
                till.receipts[number] = till.sell(number)
            problems = [*problems_with([*till.refusals, *door]), *faults([till]), *broken()]
            if len(till.refusals) < PRESSES:
                problems.append("The disk was never full.")
            return {
                "database": database,
                "sales": len(till.receipts),
                "refusals": len(till.refusals) + len(door),
                "problems": problems,
            }
        finally:
            if server and server.process and server.process.poll() is None:
                server.kill()
            if own:
                own.remove()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    values = parser.parse_args()
    postgres.end_on_signals()
    try:
        figures = sell_on_a_full_disk(values.database)
    except NoDisk as why:
        say(f"No small disk can be mounted here, so nothing was tried: {why}")
        return 2
    for problem in figures["problems"]:
        say(problem)
    say(json.dumps({**figures, "problems": len(figures["problems"])}))
    return 1 if figures["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
