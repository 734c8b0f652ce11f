"""Real threads with connections of their own, made to meet where a lock should keep them apart."""

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.db import connections
from django.db.models import QuerySet


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

    threads = [threading.Thread(target=run, args=pair) for pair in zip(actions, outcomes, strict=True)]
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
def meeting(monkeypatch, module, name, people=2, patience=1.0, after=False):
    """Inside, whoever comes to `module.name` (or is done with it) waits for the others, until all have or patience ends.

    Without a lock all of them have read before anybody writes; with one, the first waits in vain and goes on.
    """
    original = getattr(module, name)
    barrier = threading.Barrier(people)

    def wait():
        with suppress(threading.BrokenBarrierError):  # alone here: the others wait for a lock
            barrier.wait(timeout=patience)

    def meet(*args, **kwargs):
        if not after:
            wait()
        result = original(*args, **kwargs)
        if after:
            wait()
        return result

    with monkeypatch.context() as patch:
        patch.setattr(module, name, meet)
        yield


def patience(locks):
    """How long, in seconds, to wait for the others: in vain with locks, until they come without, on a busy machine too."""
    return 1 if locks else 15


@contextmanager
def locks_taken_out(monkeypatch, taken_out=True):
    """Inside, rows are read without locking them: the guard that a race test has to be seen to need."""
    with monkeypatch.context() as patch:
        if taken_out:
            patch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self._chain())
        yield
