"""A PostgreSQL server of the tests' own: made in a temporary folder, gone afterwards.

    python -m tests.postgres python -m pytest tests/register

runs the command with MICROBIZ_TEST_DATABASE_URL pointing at a fresh server on a free port of 127.0.0.1.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

# A test database need not survive a power cut.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


def binaries() -> Path | None:
    """The folder with initdb and postgres, or None where no server is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def unprivileged() -> dict:
    """Arguments for subprocess: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            person = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    raise SystemExit("PostgreSQL refuses to run as root, and there is neither a postgres nor a nobody user.")


@contextmanager
def private_server():
    """Yields the URL of a fresh server. It is stopped and its folder removed whatever happens inside."""
    folder = Path(tempfile.mkdtemp(prefix="microbiz-pg-"))
    server = None
    try:
        user = unprivileged()
        if user:
            os.chown(folder, user["user"], user["group"])
        password = secrets.token_hex(16)
        (folder / "password").write_text(password)
        run = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **user}
        subprocess.run(
            [binaries() / "initdb", "--no-sync", *options_of_initdb(folder)],
            check=True,
            stdout=subprocess.DEVNULL,
            **run,
        )
        port = free_port()
        address = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        server = subprocess.Popen([binaries() / "postgres", "-D", folder / "data", *address, *options], **run)
        wait_until_it_answers(server, port)
        createdb = [binaries() / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "microbiz", "microbiz"]
        subprocess.run(createdb, check=True, env={**os.environ, "PGPASSWORD": password})
        yield f"postgres://microbiz:{password}@127.0.0.1:{port}/microbiz"
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def options_of_initdb(folder: Path) -> list:
    where = ["--pgdata", folder / "data", "--pwfile", folder / "password"]
    return [*where, "--username", "microbiz", "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_answers(server, port):
    ready = [binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(300):
        if server.poll() is not None:
            raise SystemExit("PostgreSQL for the tests did not start.")
        if subprocess.run(ready).returncode == 0:
            return
        time.sleep(0.1)
    raise SystemExit("PostgreSQL for the tests did not answer within 30 s.")


def end_on_signals():
    """Turn the signals that would end this process at once into an exit that cleans up."""

    def leave(number, frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


if __name__ == "__main__":
    end_on_signals()
    if binaries() is None:
        raise SystemExit("No PostgreSQL server found: apt-get install postgresql")
    with private_server() as url:
        status = subprocess.run(sys.argv[1:], env=os.environ | {"MICROBIZ_TEST_DATABASE_URL": url}).returncode
    sys.exit(status)
