"""A shop whose operations read without locking: what the guards of the races over HTTP are seen to be needed by."""

from django.db.models import QuerySet

from tests.running.settings import *  # noqa: F403 (a settings module is its names)

QuerySet.select_for_update = lambda self, **kwargs: self._chain()
