"""What is measured: each task once on the floor and once through the shop, by one name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks import on_floor, product


@dataclass(frozen=True)
class Task:
    """One task. A round of it changes the database; `rounds` are measured, after `warm_up` that are not."""

    name: str
    on_floor: Callable
    in_shop: Callable
    rounds: int = 30
    warm_up: int = 5
    size: int = 1
    units: int = 0  # of the big product that a round takes out of stock


def sized(name: str, verb: tuple[Callable, Callable], size: int, **options) -> Task:
    """A task of so many units, lines or rows."""
    on_floor, in_shop = (partial(one, size=size) for one in verb)
    return Task(f"{name}_{size}", on_floor, in_shop, size=size, **options)


RECEIVE = on_floor.receive, product.receive
SELL = on_floor.sell, product.sell
TRANSFER = on_floor.transfer, product.transfer
IMPORT = on_floor.import_products, product.import_products

TASKS = [
    sized("sell", SELL, 1, units=1),
    sized("sell", SELL, 3, units=3),
    sized("sell", SELL, 20, units=20, rounds=20, warm_up=3),
    Task("return_1", on_floor.give_back, product.give_back, units=1, rounds=20, warm_up=2),
    Task("scan_product", on_floor.scan_product, product.scan_product),
    Task("scan_serial", on_floor.scan_serial, product.scan_serial),
    Task("scan_gs1", on_floor.scan_gs1, product.scan_gs1),
    Task("lookup", on_floor.look_up, product.look_up, rounds=200, warm_up=20),
    sized("transfer", TRANSFER, 100, units=100, rounds=10, warm_up=1),
    sized("transfer", TRANSFER, 1000, units=1000, rounds=3, warm_up=0),
    sized("receive", RECEIVE, 1000, rounds=9, warm_up=1),
    sized("post", (on_floor.post, product.post), 1000, rounds=5, warm_up=1),
    sized("receive", RECEIVE, 10_000, rounds=2, warm_up=0),
    sized("import", IMPORT, 10_000, rounds=2, warm_up=0),
]
