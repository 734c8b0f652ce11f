"""The application server on a database, with several workers, to be killed and started again."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import requests
from django.db import connection

from tests.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]


def url_of_test_database() -> str:
    """Where the database of this test is, for other processes."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return (
        f"postgres://{quote(values['USER'])}:{quote(values['PASSWORD'])}@{values['HOST']}:{values['PORT']}"
        f"/{quote(values['NAME'])}"
    )


@dataclass
class Server:
    """gunicorn as the shop runs it (gunicorn.conf.py), on a free port of 127.0.0.1."""

    database: str
    folder: Path
    workers: int = 4
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.running.settings",
            "MICROBIZ_MODE": "demo",
            "MICROBIZ_HTTPS": "off",
            "MICROBIZ_DATA": str(self.folder),
            "MICROBIZ_STATIC": str(self.folder / "static"),
            "MICROBIZ_WORKERS": str(self.workers),
            "SECRET_KEY": "for tests only",
            "DATABASE_URL": self.database,
            "PORT": str(self.port),
            # A browser sends again what meets a connection that was just closed as idle; a test's client does not.
            "GUNICORN_CMD_ARGS": "--keep-alive 600",
        }
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"],
                cwd=ROOT,
                env=os.environ | own | self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # master and workers are killed together
            )
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError(f"The server did not start:\n{self.log.read_text()[-3000:]}")
            if self._answers():
                return
            time.sleep(0.1)  # a process says nothing when it is ready: it is asked again
        raise AssertionError(f"The server did not answer within 60 s:\n{self.log.read_text()[-3000:]}")

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """SIGKILL to the master and every worker, in whatever they are doing."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


@contextmanager
def running(database: str, folder: Path, **options):
    """Yields a Server that answers; it is gone afterwards."""
    server = Server(database, folder, **options)
    try:
        server.start()
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
