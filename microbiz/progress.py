"""A progress bar for commands: redrawn in place on a screen, a line per quarter in a log."""

import sys
from collections.abc import Callable

from django.core.management.base import OutputWrapper


def progress_bar(stdout: OutputWrapper, what: str) -> Callable[[int, int], None]:
    """A function to call with how much is done, and of how much."""
    last = -1

    def show(done: int, total: int) -> None:
        nonlocal last
        part = done / total if total else 1
        bar = "█" * round(30 * part) + "░" * (30 - round(30 * part))
        line = f"{what} {bar} {done:,}/{total:,}"
        if sys.stdout.isatty() and stdout.isatty():
            stdout.write("\r" + line, ending="\n" if done >= total else "")
            stdout.flush()
        elif int(4 * part) > last:
            last = int(4 * part)
            stdout.write(line)

    return show
