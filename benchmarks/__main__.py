"""`make bench`: measure on a database of its own, print the table, keep the results, write docs/performance.md."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks import report
from tests import postgres
from tests.running.tables import make_tables

SIZES = [1_000, 100_000, 1_000_000]
QUICK_UNITS = 100  # on the largest document of the quick form
# The defaults, so that an answered commit is on the disk; more connections, for the registers.
DURABLE = {"max_connections": "100", "log_min_messages": "fatal", "timezone": "UTC"}


def arguments(given=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--sizes", type=lambda text: [int(one) for one in text.split(",")], help="serials: 1000,100000")
    parser.add_argument("--tasks", type=lambda text: text.split(","), help="names, such as sell_1,lookup; default all")
    parser.add_argument("--quick", action="store_true", help="1,000 serials and few rounds, to see that all of it runs")
    parser.add_argument("--json", type=Path, help="keep the results there, and leave docs/performance.md alone")
    options = parser.parse_args(given)
    options.sizes = options.sizes or (SIZES[:1] if options.quick else SIZES)
    return options


def set_up(url: str, folder: str) -> None:
    """Django with its tables as the models say, and a shop without units."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "DATABASE_URL": url,
        "MICROBIZ_MODE": "demo",
        "MICROBIZ_HTTPS": "off",
        "MICROBIZ_DEBUG": "off",
        "MICROBIZ_DATA": folder,
        "MICROBIZ_STATIC": f"{folder}/static",
        "SECRET_KEY": "for benchmarks only",
    }
    import django

    django.setup()
    make_tables()


def run(options, backend: str, folder: str, url: str) -> Iterator[dict]:
    """The results so far, after each size and at the end: what was measured is kept if the rest takes too long."""
    from benchmarks import data, http
    from benchmarks.floor import Floor
    from benchmarks.measure import measure
    from benchmarks.product import Shop
    from benchmarks.tasks import TASKS

    floor = Floor(url if backend == "postgresql" else f"{folder}/floor.sqlite3")
    floor.make_tables()
    data.make_shop()
    shop, before = Shop(), 0
    rows: list[dict] = []
    wire: list[dict] = []
    throughput: list[dict] = []
    tasks = [one for one in TASKS if _is_wanted(one, options)]
    pages = [one for one in http.PAGES if _is_wanted(one, options)]
    with http.server(url, Path(folder)) as server:
        for serials in sorted(options.sizes):
            say(f"Growing to {serials:,} serials ...")
            data.grow_floor(floor, before, serials)
            data.grow_shop(before, serials)
            data.tidy_shop()
            before = floor.serials = shop.serials = serials
            for task in tasks:
                row = measure(task, floor, shop, backend=backend, serials=serials, rounds=2 if options.quick else None)
                rows.append(show(row))
            person = http.Visitor(server, shop)
            wire = []  # of the largest database
            for page in pages:
                rounds = 2 if options.quick else None
                row, passed = http.measure(page, floor, person, backend=backend, serials=serials, rounds=rounds)
                rows.append(show(row))
                wire.append(passed)
            yield _results(options, rows, throughput, wire)
        if not options.tasks:
            wire.append(http.first_load(person, backend=backend))
            for registers in (2,) if options.quick else (2, 8, 16):
                seconds = 1 if options.quick else 15
                throughput.append(http.throughput(server, floor, shop, registers, seconds, backend=backend))
    yield _results(options, rows, throughput, wire)


def _results(options, rows: list[dict], throughput: list[dict], wire: list[dict]) -> dict:
    return {
        "machine": report.machine(),
        "quick": options.quick,
        "rows": rows,
        "throughput": throughput,
        "wire": wire,
    }


def _is_wanted(task, options) -> bool:
    if options.tasks:
        return task.name in options.tasks
    return not options.quick or task.size <= QUICK_UNITS


def show(row) -> dict:
    found = asdict(row)
    say(
        f"{row.task:16} {row.through:10} {row.serials:>10,}  {row.median_ms:9.2f} ms  p95 {row.p95_ms:9.2f} ms"
        f"  floor {row.floor_ms:8.2f} ms  {row.ratio:7.1f}x  {row.statements:5} statements"
    )
    return found


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    options = arguments()
    postgres.end_on_signals()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="microbiz-bench-", ignore_cleanup_errors=True))
        if options.backend == "postgresql":
            url = stack.enter_context(postgres.private_server(DURABLE))
        else:
            url = f"sqlite:///{folder}/shop.sqlite3"
        set_up(url, folder)
        for results in run(options, options.backend, folder, url):
            report.keep(results, options.json or report.RESULTS)
    say("\n" + report.table(results["rows"]))
    if not options.json:
        report.write_document(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
