"""Two people who are served by different processes, made to meet where a lock should keep them apart."""

import time
from contextlib import contextmanager

from django.db import connection

SEQUENCE = "race_meeting"  # counts who came, also in transactions that are still open


@contextmanager
def a_meeting():
    """Inside, the first two who are about to put a unit on a line wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SEQUENCE {SEQUENCE}")
        try:
            yield
        finally:
            cursor.execute(f"DROP SEQUENCE {SEQUENCE}")


class Meeting:
    """Makes the place where they meet, as a middleware that asks nothing of a request: by then the apps are loaded."""

    def __init__(self, get_response):
        from serials.operations import attaching

        self.get_response = get_response
        put_on = attaching._put_on

        def met(*args, **kwargs):
            wait_for_the_other()
            put_on(*args, **kwargs)

        attaching._put_on = met

    def __call__(self, request):
        return self.get_response(request)


def wait_for_the_other() -> None:
    """Return once two have come, this one included; after half a minute alone as well."""
    ends = time.monotonic() + 30
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nextval('{SEQUENCE}')")
        while time.monotonic() < ends:
            cursor.execute(f"SELECT last_value FROM {SEQUENCE}")
            if cursor.fetchone()[0] >= 2:
                return
            time.sleep(0.01)  # nobody is told when a sequence moves: it is asked again
