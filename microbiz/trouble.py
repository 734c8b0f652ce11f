"""When the database or its disk cannot do their part: which trouble it is, and the one answer that says so.

Nothing here knows which page was asked for: whatever view, template or middleware meets the trouble, Django leads it to
`server_error` (and `bad_request`, see there), and the person reads what happened and what to do.
"""

import errno
import sqlite3
import sys
from collections.abc import Iterator
from enum import StrEnum

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from microbiz.uploads import read_past

RETRY_AFTER = 5  # seconds
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)  # DATA_UPLOAD_MAX_... in the settings
HEADER = "X-Trouble"  # tells static/js/shell.js which words to show


class Trouble(StrEnum):
    """What the person can do depends on it: wait, have room made, or press again."""

    AWAY = "away"  # no connection, or it was lost
    FULL = "full"  # no room on the database's disk
    BUSY = "busy"  # others were in the way for longer than is waited


# PostgreSQL, appendix A: error codes, and whole classes by their first two letters.
OF_POSTGRESQL = {
    "53100": Trouble.FULL,  # disk_full
    "40001": Trouble.BUSY,  # serialization_failure
    "40P01": Trouble.BUSY,  # deadlock_detected
    "55P03": Trouble.BUSY,  # lock_not_available
    "57014": Trouble.BUSY,  # query_canceled, also by statement_timeout
    "25006": Trouble.AWAY,  # read_only_sql_transaction: a standby that is not yet the server
    "08": Trouble.AWAY,  # connection exception
    "53": Trouble.AWAY,  # insufficient resources
    "57": Trouble.AWAY,  # operator intervention
    "58": Trouble.AWAY,  # system error
}
OF_SQLITE = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_CANTOPEN: Trouble.AWAY,
    sqlite3.SQLITE_IOERR: Trouble.AWAY,
    sqlite3.SQLITE_READONLY: Trouble.AWAY,
}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}  # for an upload, or a count of microbiz/limits.py


def trouble_of(exception: BaseException | None) -> Trouble | None:
    """The trouble with the database or its disk behind `exception`, or met on the way; None: a fault of ours."""
    for one in _chain(exception):
        if isinstance(one, OSError) and one.errno in NO_ROOM:
            return Trouble.FULL
        if isinstance(one, DatabaseError) and (found := _of_driver(one)):
            return found
    return None


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    while exception is not None:
        yield exception
        exception = exception.__cause__ or exception.__context__


def _of_driver(error: Exception) -> Trouble | None:
    """What the driver's own error says; Django keeps it as the cause."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return OF_SQLITE.get(code & 0xFF)  # the low byte is the error, the rest its variant
    state = getattr(cause, "sqlstate", None)
    if state:
        return OF_POSTGRESQL.get(state) or OF_POSTGRESQL.get(state[:2])
    # Without a code the server never answered: refused, cut off, or closed. Whatever else has none is a fault of ours.
    return Trouble.AWAY if isinstance(error, OperationalError) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of everything unexpected: 503 where the database is in trouble, else 500."""
    trouble = trouble_of(sys.exception())
    return unavailable(request, trouble) if trouble else defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of bad requests.

    A session that the database could not save comes as one (503), and so does more than a form may send (413).
    """
    if trouble := trouble_of(exception):
        return unavailable(request, trouble)
    if isinstance(exception, TOO_MUCH):
        read_past(request)
        return HttpResponse(render_to_string("413.html"), status=413)
    return defaults.bad_request(request, exception)


def unavailable(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """The page for this trouble, made without the database. A fragment's page shows the same words in its bar."""
    again = request.get_full_path() if request.method == "GET" else ""
    page = render_to_string("503.html", {"trouble": trouble, "again": again})
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER, HEADER: trouble})
