"""A shop whose operations read without locking: what the guards of the races over HTTP are seen to be needed by.

Two who have judged a unit meet there before either of them writes.
"""

from django.db.models import QuerySet

from tests.running.settings import *  # noqa: F403 (a settings module is its names)
from tests.running.settings import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE, "tests.running.meeting.Meeting"]

QuerySet.select_for_update = lambda self, **kwargs: self._chain()
