"""`make run`: everything a shop needs in one go, on this machine, until Ctrl-C.

Brings the database up to date, loads the demo once, gathers the static files when they changed, then keeps two
processes running side by side: the application server and the worker for imports and other background work.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import django
import environ

BASE_DIR = Path(__file__).resolve().parent.parent
WORKER = [sys.executable, "manage.py", "db_worker", "--queue-name", "*", "--no-reload"]
SERVER = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]


def prepare():
    """Make database, demo data and static files ready. Quick when there is nothing to do."""
    from django.conf import settings
    from django.core.management import call_command

    say("Bringing the database up to date ...")
    call_command("migrate", interactive=False, verbosity=0)
    if settings.IS_DEMO:
        call_command("load_demo")
    if static_files_changed():
        say("Gathering the static files ...")
        call_command("collectstatic", interactive=False, verbosity=0)


def static_files_changed() -> bool:
    """Whether a source is newer than what was gathered the last time, or one was added or taken away."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if settings.DEBUG or not manifest.exists():
        return not settings.DEBUG
    gathered = manifest.stat().st_mtime
    names = set()
    listed = set(json.loads(manifest.read_text())["paths"])
    for finder in get_finders():
        for path, storage in finder.list([]):
            names.add(path)
            if Path(storage.path(path)).stat().st_mtime > gathered:
                return True
    return names != listed


def keep_running() -> int:
    """Run server and worker until one signal ends both, or the server gives up."""

    def stop(number, frame):
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, stop)
    server = subprocess.Popen(SERVER, cwd=BASE_DIR)
    worker = subprocess.Popen(WORKER, cwd=BASE_DIR)
    try:
        while True:
            time.sleep(0.5)
            if server.poll() is not None:
                return server.returncode
            if worker.poll() is not None:
                say("The background worker ended; starting it again.")
                time.sleep(2)
                worker = subprocess.Popen(WORKER, cwd=BASE_DIR)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # A terminal tells the whole group, so both may be on their way out: told once more, they would stumble.
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(timeout=2)
        for process in (server, worker):
            if process.poll() is None:
                process.terminate()
        for process in (server, worker):
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    environ.Env.read_env(BASE_DIR / ".env")
    os.environ.setdefault("MICROBIZ_MODE", "demo")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "microbiz.settings")
    os.environ.setdefault("PORT", "8000")
    os.chdir(BASE_DIR)
    django.setup()
    prepare()
    from django.conf import settings

    say(f"\n  The shop is open at http://127.0.0.1:{os.environ['PORT']}/\n")
    if settings.IS_DEMO:
        from microbiz.demo import people

        say(people.table())
    say("  Ctrl-C closes it.\n")
    return keep_running()


if __name__ == "__main__":
    sys.exit(main())
