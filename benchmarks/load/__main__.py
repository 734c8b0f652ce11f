"""Run the busy Saturday on a PostgreSQL of its own, and look whether everything came out right.

    python -m benchmarks.load --minutes 10 --json docs/reliability/load.json

Everything runs on two cores: PostgreSQL with its usual durability, gunicorn with the project's defaults, and locust
with everybody who works there. Ends with status 1 when a request failed, an answer named another unit than was
scanned, the records differ from what people were told, or a law is broken.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.load import shop
from tests import postgres
from tests.crashes import DURABLE, broken, say, set_up_django
from tests.running.server import ROOT, Server, running

CORES = 2
PRESSES_END_WITHIN = 60  # seconds after the last minute for work that is under way


def load(minutes: float, registers: int) -> dict:
    """Furnish, open, work, close, check; gives the figures."""
    own = postgres.PrivateServer(DURABLE)
    with tempfile.TemporaryDirectory(prefix="microbiz-load-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            own.create()
            set_up_django(own.url, name)
            from django.core.management import call_command
            from django.db import connection

            call_command("migrate", verbosity=0)
            plan = shop.furnish(minutes, registers)
            connection.close()
            with running(own.url, folder, workers=2) as server:
                say(f"The shop is open for {minutes:g} minutes.")
                told = work(server, plan, minutes, folder)
            figures = figures_of(told, plan, minutes)
            figures["postgresql"] = connection.pg_version // 10_000
            figures["problems"] = [*told["errors"], *told["wrong"], *shop.faults(told), *broken()]
            connection.close()
            return figures
        finally:
            own.remove()


def work(server: Server, plan: dict, minutes: float, folder: Path) -> dict:
    """Let everybody work for so long; gives what they were told."""
    files = {"LOAD_PLAN": folder / "plan.json", "LOAD_TOLD": folder / "told.json"}
    files["LOAD_PLAN"].write_text(json.dumps(plan))
    command = [
        sys.executable,
        "-m",
        "locust",
        "--headless",
        "--only-summary",
        "--locustfile",
        "benchmarks/load/saturday.py",
    ]
    options = {
        "host": server.url,
        "users": people(plan),
        "spawn-rate": 2,
        "run-time": f"{round(minutes * 60)}s",
        "stop-timeout": PRESSES_END_WITHIN,
        "exit-code-on-error": 0,
        "loglevel": "WARNING",
    }
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = os.environ | {name: str(path) for name, path in files.items()}
    subprocess.run(command, cwd=ROOT, check=True, env=environment)
    return json.loads(files["LOAD_TOLD"].read_text())


def people(plan: dict) -> int:
    return sum(len(plan[kind]) for kind in ("sellers", "docks", "carriers", "counters", "readers"))


def figures_of(told: dict, plan: dict, minutes: float) -> dict:
    requests = sum(one["requests"] for one in told["actions"])
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {CORES} cores, Python {platform.python_version()}",
        "minutes": minutes,
        "people": people(plan),
        "requests": requests,
        "requests_per_second": round(requests / (minutes * 60), 1),
        "failed_requests": sum(one["failures"] for one in told["actions"]),
        "wrong_answers": len(told["wrong"]),
        "units_sold": len(told["sold"]),
        "units_returned": len(told["returned"]),
        "units_received": len(told["received"]),
        "units_transferred": len(told["transferred"]),
        "counts": len(told["counted"]),
        "reports": len(told["reports"]),
        "actions": told["actions"],
    }


def table(actions: list[dict]) -> str:
    """Milliseconds per action, for people."""
    columns = ("requests", "failures", "p50", "p90", "p95", "p99", "max")
    rows = [("action", *columns), *((one["action"], *(f"{one[name]:.0f}" for name in columns)) for one in actions)]
    return "\n".join(f"{row[0]:34}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--registers", type=int, default=shop.REGISTERS, help="in each of the four stores")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    values = parser.parse_args()
    postgres.end_on_signals()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])  # and everything that is started from here
    start = time.monotonic()
    figures = load(values.minutes, values.registers)
    figures["seconds_in_all"] = round(time.monotonic() - start)
    say(table(figures["actions"]))
    for problem in figures["problems"][:50]:
        say(problem)
    say(json.dumps({**figures, "actions": len(figures["actions"]), "problems": len(figures["problems"])}))
    if values.json:
        values.json.parent.mkdir(parents=True, exist_ok=True)
        values.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if figures["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
