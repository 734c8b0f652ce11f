"""Real threads with connections of their own, made to meet where a lock should keep them apart."""

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import connection, connections
from django.db.models import QuerySet

from microbiz import prepared
from serials.operations import moving

RACER = "racer"
HELD_UP = os.environ.get("HELD_UP")  # the number of the racer who goes on a second later than the others
IS_WAITED_FOR = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid)))"


@dataclass
class Outcome:
    """What one thread came back with."""

    value: object = None
    error: Exception | None = None


def together(*actions):
    """Run every action in a thread of its own, all starting at once; their outcomes in the same order."""
    start = threading.Barrier(len(actions))
    outcomes = [Outcome() for _ in actions]

    def run(action, outcome):
        try:
            start.wait(timeout=30)
            outcome.value = action()
        except Exception as error:  # every error is the answer that the test looks at
            outcome.error = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=pair, name=f"{RACER} {at}")
        for at, pair in enumerate(zip(actions, outcomes, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a thread hangs"
    return outcomes


def values(outcomes):
    return [outcome.value for outcome in outcomes if outcome.error is None]


def errors(outcomes):
    return [outcome.error for outcome in outcomes if outcome.error is not None]


@contextmanager
def meeting(monkeypatch, module, name, people=2, after=False):
    """Inside, whoever comes to `module.name` (or is done with it) waits for the others.

    Without a lock all of them have read before anybody writes. With one, whoever has it goes on as soon as somebody
    waits for it, which PostgreSQL tells; so nobody has to guess how long to wait. Once the first goes on, all do;
    with HELD_UP one of them later than the others, so that a test shows what in it hangs on who is first.
    Yields the event that somebody has come: whoever begins only then meets the first in the middle of it.
    """
    original = getattr(module, name)
    somebody, go_on = threading.Event(), threading.Event()
    waiting = set()

    def wait(observer):
        somebody.set()
        waiting.add(threading.current_thread())
        if len(waiting) >= people:
            go_on.set()
        connection.ensure_connection()
        mine = connection.connection.info.backend_pid
        ends = time.monotonic() + 30
        while not go_on.wait(timeout=0.01) and time.monotonic() < ends:
            if _racers() <= waiting or is_waited_for(observer, mine):
                go_on.set()
        if threading.current_thread().name == f"{RACER} {HELD_UP}":
            time.sleep(1)  # by hand alone, with HELD_UP set: in the suite nobody is held up

    def meet(*args, **kwargs):
        if not after:
            wait(observer)
        result = original(*args, **kwargs)
        if after:
            wait(observer)
        return result

    with observed() as observer, monkeypatch.context() as patch:
        patch.setattr(module, name, meet)
        yield somebody
        assert somebody.is_set(), f"Nobody came to {name}: it is not where they could meet."


def observed():
    """A connection of its own, which sees what the others wait for."""
    address = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return psycopg.connect(**{name: address[name] for name in names if name in address}, autocommit=True)


def is_waited_for(observer, backend: int) -> bool:
    """Whether a lock that this connection to the database has is what another one waits for."""
    return observer.execute(IS_WAITED_FOR, [backend]).fetchone()[0]


def _racers():
    """The threads of `together` that still run."""
    return {thread for thread in threading.enumerate() if thread.name.startswith(RACER)}


@contextmanager
def guards_of_units_taken_out(monkeypatch, taken_out=True):
    """As `locks_taken_out`, and whose a hold is is read before it is ended, not told by its end."""
    with locks_taken_out(monkeypatch, taken_out), monkeypatch.context() as patch:
        if taken_out:
            patch.setattr(moving, "delete_each", lambda rows, name: list(rows.values_list(name, flat=True)))
        yield


@contextmanager
def locks_taken_out(monkeypatch, taken_out=True):
    """Inside, rows are read without locking them: the guard that a race test has to be seen to need."""
    with monkeypatch.context() as patch:
        if taken_out:
            patch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self._chain())
            patch.setattr(prepared, "composed", {})  # not those that lock
        yield
