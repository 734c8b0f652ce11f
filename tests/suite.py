"""`make test`: the whole suite on SQLite, then on PostgreSQL, browser tests included in both."""

import os
import shutil
import subprocess
import sys
import time

from tests import postgres
from tests.chromium import chromium

SEVERAL = min(2, os.cpu_count() or 1)


def main(arguments) -> int:
    postgres.end_on_signals()
    ensure("Chromium", "chromium-headless-shell", lambda: chromium() is not None)
    ensure("PostgreSQL", "postgresql", lambda: postgres.binaries() is not None)
    sqlite = run_pytest("SQLite", arguments, {"MICROBIZ_TEST_DATABASE_URL": ""})
    with postgres.private_server() as url:
        postgresql = run_pytest("PostgreSQL", arguments, {"MICROBIZ_TEST_DATABASE_URL": url})
    print()
    for status, database, seconds, _summary in (sqlite, postgresql):
        print(f"{database}: {'passed' if status == 0 else f'failed (exit status {status})'} in {seconds:.0f} s")
    for *_, summary in (sqlite, postgresql):
        print(summary)
    return max(sqlite[0], postgresql[0])


def run_pytest(database, arguments, environment):
    """Run the suite, showing its output as it comes; gives exit status, database, seconds and pytest's last line."""
    print(f"\n--- The suite on {database} ---", flush=True)
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-n", str(SEVERAL), "--dist", "worksteal", *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    summary = ""
    try:
        for line in process.stdout:
            print(line, end="", flush=True)
            summary = line.rstrip() or summary
        status = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)
    return status, database, time.monotonic() - start, summary


def ensure(what, package, is_there):
    """Stop with the command that helps, or, as root, run it."""
    if is_there():
        return
    command = f"apt-get update && apt-get install -y --no-install-recommends {package}"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"{what} is missing; installing it: {command}", flush=True)
        subprocess.run(["bash", "-c", command], env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    if not is_there():
        sudo = command if os.geteuid() == 0 else command.replace("apt-get", "sudo apt-get")
        sys.exit(f"The tests need {what}, which is not installed. Install it with:\n\n    {sudo}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
