"""How often a minute a person, or a browser that nobody signed in at, may ask for what is worth guessing or collecting.

A count is the size of a file to which every request appends a byte, so that it holds for all processes of the server
without a write to the database. Nothing here slows a scanner down: the fastest reads some eight codes a second.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from microbiz.addresses import client_address

PER_MINUTE = {
    "login": 300,  # passwords, of all people behind one address; django-axes counts those of one person
    "pin": 60,  # PINs typed in one session's name; five wrong ones lock the PIN itself
    "password": 10,  # one's own password, asked for again
    "customer": 240,  # looking for customers, and their records
    "look-up": 1200,  # looking for units and whatever was scanned
}


def limited(what: str, *, methods: tuple[str, ...] = ("GET", "POST")) -> Callable:
    """Answers 429, and says when to go on, once this was asked for more often than PER_MINUTE says."""

    def decorate(view):
        @wraps(view)
        def counted(request, *args, **kwargs):
            if request.method in methods and count(what, _who(request)) > PER_MINUTE[what]:
                return _refusal(request)
            return view(request, *args, **kwargs)

        return counted

    return decorate


def count(what: str, who: str) -> int:
    """Count one more in this minute; how many that makes."""
    folder, name = Path(settings.MICROBIZ_LIMITS), f"{what}-{sha256(who.encode()).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{int(time.time()) // 60}"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, b".")
        size = os.fstat(file).st_size
    finally:
        os.close(file)
    if size == 1:
        for former in set(folder.glob(f"{name}.*")) - {path}:
            former.unlink(missing_ok=True)
    return size


def _who(request: HttpRequest) -> str:
    return f"person {request.user.pk}" if request.user.is_authenticated else f"address {client_address(request)}"


def _refusal(request: HttpRequest) -> HttpResponse:
    wait = 60 - int(time.time()) % 60
    again = timezone.localtime() + timedelta(seconds=wait)
    page = render_to_string("429.html", {"again": again}, request)
    return HttpResponse(page, status=429, headers={"Retry-After": wait})
