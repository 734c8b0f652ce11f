"""What the figures say: the table on the screen, benchmarks/results.json, and docs/performance.md, which is written from it.

    python -m benchmarks.report

writes docs/performance.md again from the kept results, without measuring.
"""

import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
DOCUMENT = ROOT / "docs" / "performance.md"
TEXT = Path(__file__).with_name("performance.md")  # the words around the tables
HEADINGS = ["task", "through", "serials", "median", "p95", "floor", "ratio", "statements"]


@dataclass(frozen=True)
class Target:
    """What one row of PostgreSQL's figures is to come to."""

    words: str
    task: str
    through: str
    most: float
    of: Callable[[dict], float]


def _ratio(row: dict) -> float:
    return row["ratio"]


def _statements(row: dict) -> float:
    return row["statements"]


TARGETS = [
    Target("receive 1,000 serials: times the floor", "receive_1000", "operation", 3, _ratio),
    Target("complete a sale of one unit: times the floor", "sell_1", "operation", 4, _ratio),
    Target("complete a sale of one unit: statements", "sell_1", "operation", 12, _statements),
    Target("transfer 100, both postings: times the floor", "transfer_100", "operation", 3, _ratio),
    Target("look a serial up: times the floor", "lookup", "operation", 2, _ratio),
    Target("scan a serial over HTTP: statements", "scan_serial", "http", 10, _statements),
    Target("complete a sale over HTTP: statements", "sell_1", "http", 20, _statements),
]
GROWTH = 1.2  # times the time at the smallest size


def machine() -> dict:
    """What the figures were measured on; `load` is what the machine did at the end, two or so being the benchmark's own."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1024**2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def table(rows: Iterable[dict]) -> str:
    """The rows as a Markdown table, which also reads well on a screen."""
    cells = [
        [
            row["task"],
            row["through"],
            f"{row['serials']:,}",
            f"{row['median_ms']:.2f} ms",
            f"{row['p95_ms']:.2f} ms",
            f"{row['floor_ms']:.2f} ms",
            f"{row['ratio']:.1f}x",
            str(row["statements"]),
        ]
        for row in rows
    ]
    return markdown(HEADINGS, cells)


def markdown(headings: list[str], cells: list[list[str]]) -> str:
    widths = [max(len(row[at]) for row in [headings, *cells]) for at in range(len(headings))]
    lines = [headings, ["-" * width for width in widths], *cells]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def targets(results: dict) -> str:
    """Each target of PostgreSQL at the largest size, beside what was measured; and what grows with the serials."""
    rows = [row for row in results["rows"] if row["backend"] == "postgresql"]
    cells = []
    for target in TARGETS:
        found = [row for row in rows if (row["task"], row["through"]) == (target.task, target.through)]
        if found:
            value = target.of(max(found, key=lambda row: row["serials"]))
            verdict = "met" if value <= target.most else "missed"
            cells.append([target.words, f"{target.most:g}", f"{value:g}", verdict])
    cells += wire_targets({row["task"]: row for row in results.get("wire", []) if row["backend"] == "postgresql"})
    on_floor, machines = growths(rows, "floor_ms"), growths(rows, "machine_ms")
    for (task, through), growth in growths(rows, "median_ms").items():
        floor, slower = on_floor[task, through], machines[task, through]
        by_the_machine = "met, but for the machine" if growth <= GROWTH * slower else "missed"
        verdict = "met" if growth <= GROWTH else by_the_machine
        words = f"{task} by {through}, largest to smallest database"
        cells.append([words, f"{GROWTH:g}", f"{growth:.2f}", verdict, f"{floor:.2f}", f"{slower:.2f}"])
    return markdown(
        ["target", "at most", "measured", "", "the floor's", "the machine's"], [pad(cell) for cell in cells]
    )


def pad(cells: list[str]) -> list[str]:
    """A row of the targets in full: what a target has no figure for stays empty."""
    return cells + [""] * (6 - len(cells))


def wire_targets(wire: dict[str, dict]) -> list[list[str]]:
    """What a scan and the first load cost between browser and server, in the largest database."""
    found: list[tuple[str, float, float]] = []
    if scan := wire.get("scan_serial"):
        found.append(("scan a serial over HTTP: requests", 1, scan["requests"]))
        found.append(("scan a serial over HTTP: bytes", 3000, scan["bytes"]))
        if empty := wire.get("empty_page"):
            times = round(scan["server_ms"] / empty["server_ms"], 2)
            found.append(("scan a serial over HTTP: server time, times an empty page", 2, times))
    if first := wire.get("first_load"):
        found.append(("first load of the register: requests", 14, first["requests"]))
        found.append(("first load of the register: bytes", 150_000, first["bytes"]))
        found.append(("first load of the register: bytes without fonts", 60_000, first["bytes"] - first["fonts_bytes"]))
    return [[words, f"{most:g}", f"{value:g}", "met" if value <= most else "missed"] for words, most, value in found]


def growths(rows: Iterable[dict], figure: str) -> dict[tuple[str, str], float]:
    """Of each task that was measured at several sizes: its figure in the largest database, times that in the smallest."""
    by_task: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows:
        by_task.setdefault((row["task"], row["through"]), {})[row["serials"]] = row[figure]
    return {
        task: times[max(times)] / times[min(times)] for task, times in by_task.items() if len(times) > 1 and min(times)
    }


def write_document(results: dict) -> None:
    """docs/performance.md: the words that stay, with the tables of these results."""
    parts = [TEXT.read_text().strip()]
    facts = results["machine"]
    parts.append(
        f"## The last run\n\nMeasured on {facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB, {facts['system']},"
        f" Python {facts['python']}; the machine's load was {facts['load']}{', the quick form' if results.get('quick') else ''}."
    )
    if any(row["backend"] == "postgresql" for row in results["rows"]):
        parts.append("### Targets\n\n" + targets(results))
    for backend, name in (("postgresql", "PostgreSQL"), ("sqlite", "SQLite")):
        if rows := [row for row in results["rows"] if row["backend"] == backend]:
            parts.append(
                f"### {name}\n\n" + table(sorted(rows, key=lambda row: (row["through"], row["task"], row["serials"])))
            )
    for key, heading in (("throughput", "Sales at once"), ("wire", "On the wire")):
        if found := results.get(key):
            parts.append(
                f"### {heading}\n\n" + markdown(list(found[0]), [[str(one) for one in row.values()] for row in found])
            )
    DOCUMENT.write_text("\n\n".join(parts) + "\n")


def keep(results: dict, path: Path = RESULTS) -> None:
    """Keep these results; rows of the other database stay from their own last run."""
    if path.exists():
        backends = {row["backend"] for row in results["rows"]}
        before = json.loads(path.read_text())
        for key in ("rows", "throughput", "wire"):
            results[key] = results.get(key, []) + [row for row in before.get(key, []) if row["backend"] not in backends]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    write_document(json.loads(RESULTS.read_text()))
