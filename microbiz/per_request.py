"""What is read once in a request, and forgotten with it: never older than the request, and never another's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_readings: ContextVar[dict[str, Any] | None] = ContextVar("readings", default=None)  # None: in no request


def read_once(name: str, read: Callable[[], T]) -> T:
    """What `read` says, asked for once in a request; outside of requests, each time anew."""
    readings = _readings.get()
    if readings is None:
        return read()
    if name not in readings:
        readings[name] = read()
    return readings[name]


def keep(name: str, value: Any) -> None:
    """Have this for the rest of the request as what was read; outside of requests nothing is kept."""
    readings = _readings.get()
    if readings is not None:
        readings[name] = value


def kept(name: str) -> Any:
    """What was read or kept in this request; None where nothing was."""
    return (_readings.get() or {}).get(name)


def forget(name: str) -> None:
    """Have it read anew: what was read has changed."""
    (_readings.get() or {}).pop(name, None)


@contextmanager
def one_request() -> Iterator[None]:
    """What is read inside with `read_once` is read once."""
    token = _readings.set({})
    try:
        yield
    finally:
        _readings.reset(token)


class PerRequestMiddleware:
    """Begins and ends what is read once."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with one_request():
            return self.get_response(request)
