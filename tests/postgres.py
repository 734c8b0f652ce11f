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
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

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


class PrivateServer:
    """A PostgreSQL in a temporary folder, to be killed and started again."""

    def __init__(self, options: dict[str, str] = OPTIONS, parent: Path | None = None):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="microbiz-pg-", dir=parent))
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self.process = None
        user = unprivileged()
        if user:
            os.chown(self.folder, user["user"], user["group"])
        (self.folder / "password").write_text(self.password)
        self._run = {"cwd": self.folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **user}

    @property
    def url(self) -> str:
        return f"postgres://microbiz:{self.password}@127.0.0.1:{self.port}/microbiz"

    def create(self) -> None:
        subprocess.run(
            [binaries() / "initdb", "--no-sync", *options_of_initdb(self.folder)],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._run,
        )
        self.start()
        createdb = [binaries() / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "microbiz", "microbiz"]
        subprocess.run(createdb, check=True, env={**os.environ, "PGPASSWORD": self.password})

    def start(self) -> None:
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)]
        options = [f"--{name}={value}" for name, value in self.options.items()]
        self.process = subprocess.Popen(
            [binaries() / "postgres", "-D", self.folder / "data", *address, *options],
            start_new_session=True,
            **self._run,
        )
        wait_until_it_answers(self.process, self.port)

    def kill(self) -> None:
        """SIGKILL to the server and every process of its own: what is not on the disk is lost."""
        self.process.send_signal(signal.SIGSTOP)  # from now on it starts no further one
        processes = [*children_of(self.process.pid), self.process.pid]
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=30)
        while any(is_alive(pid) for pid in processes):
            time.sleep(0.01)  # killed is not yet gone: a new server refuses to start beside what is left of the old

    def stop(self) -> None:
        """Shut down in order, whoever is connected."""
        self.process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def remove(self) -> None:
        if self.process is not None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def children_of(pid: int) -> list[int]:
    """The processes that this one started: a backend of PostgreSQL leads a session of its own."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be taken note of does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def private_server(options: dict[str, str] = OPTIONS):
    """Yields the URL of a fresh server. It is stopped and its folder removed whatever happens inside."""
    server = PrivateServer(options)
    try:
        server.create()
        yield server.url
    finally:
        server.remove()


@contextmanager
def another_database(url: str):
    """Yields the URL of an empty database on the server of this one. It is dropped afterwards, whoever is connected."""
    name = f"another_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{url.rsplit('/', 1)[0]}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
