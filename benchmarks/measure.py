"""One run of tasks on one database: the floor and the shop in turn, round by round, so that both meet the same machine."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks import on_floor
from benchmarks import product as in_shop
from benchmarks.clock import Clock, CountingClock, machine
from benchmarks.floor import Floor
from benchmarks.product import Shop
from benchmarks.tasks import Task


@dataclass(frozen=True)
class Row:
    """One line of the table. Times are milliseconds; `statements` are those of the shop in one round.

    `machine_ms` is what a fixed piece of Python took between the rounds.
    """

    task: str
    through: str
    backend: str
    serials: int
    median_ms: float
    p95_ms: float
    floor_ms: float
    ratio: float
    statements: int
    machine_ms: float


def measure(task: Task, floor: Floor, shop: Shop, *, backend: str, serials: int, rounds: int | None = None) -> Row:
    """Measure a task, in `rounds` instead of its own number of them. Stock for it is received first, unmeasured."""
    floors, shops, statements, machines = [], [], [], []
    warm_up = task.warm_up if rounds is None else 0
    stock_up(floor, shop, task.units * (warm_up + (rounds or task.rounds)) + 1)
    for at in range(warm_up + (rounds or task.rounds)):
        counts = at < warm_up or not warm_up  # counting takes time
        bare, clock = Clock(), CountingClock() if counts else Clock()
        task.on_floor(floor, bare)
        task.in_shop(shop, clock)
        if counts:
            statements.append(clock.statements)
        if at >= warm_up:
            floors.append(bare.seconds)
            shops.append(clock.seconds)
            machines.append(machine())
    return row(task.name, "operation", backend, serials, shops, floors, statements, machines)


def stock_up(floor: Floor, shop: Shop, units: int, *, of_shop: int | None = None) -> None:
    """Let both have so many units free to take, the shop `of_shop` if given, by their own verbs."""
    if lacking := max(units - len(floor.free_units(units)), 0):
        on_floor.receive(floor, Clock(), lacking)
    units = units if of_shop is None else of_shop
    if lacking := max(units - len(shop.free_units(units)), 0):
        in_shop.receive(shop, Clock(), lacking)


def row(
    task: str,
    through: str,
    backend: str,
    serials: int,
    seconds: Iterable[float],
    floors: Iterable[float],
    statements: Iterable[int],
    machines: Iterable[float],
) -> Row:
    floor, median = statistics.median(floors), statistics.median(seconds)
    return Row(
        task=task,
        through=through,
        backend=backend,
        serials=serials,
        median_ms=_ms(median),
        p95_ms=_ms(percentile(seconds, 0.95)),
        floor_ms=_ms(floor),
        ratio=round(median / floor, 2),
        statements=round(statistics.median(statements)),
        machine_ms=_ms(statistics.median(machines)),
    )


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that so many are not above."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
