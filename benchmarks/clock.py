"""Measuring: only what happens inside `with clock:` counts, its time and its SQL statements."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Seconds inside the measured parts of one round. On its own it counts no statements, as the floor needs none."""

    seconds: float = 0.0
    statements: int = 0

    def __enter__(self):
        self._start = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.seconds += time.perf_counter() - self._start


@dataclass
class CountingClock(Clock):
    """Counts what Django sends as well: every statement and savepoint; BEGIN and COMMIT it sends past the counter."""

    sql: list[str] = field(default_factory=list)

    def __enter__(self):
        from django.db import connection

        self._stack = ExitStack()
        self._stack.enter_context(connection.execute_wrapper(self._count))
        return super().__enter__()

    def __exit__(self, *exc):
        super().__exit__(*exc)
        self._stack.close()

    def _count(self, execute, sql, params, many, context):
        self.statements += 1
        self.sql.append(sql)
        return execute(sql, params, many, context)


def machine() -> float:
    """Seconds that a fixed piece of Python takes: how fast this machine is just now, whatever is in the database."""
    start = time.perf_counter()
    sum(at * at for at in range(20_000))
    return time.perf_counter() - start
