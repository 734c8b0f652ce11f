"""Addresses and answers of pages about serials, and what they cost."""

import json

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def part(line, name):
    return reverse(f"serials:line_{name}", args=[line._meta.label_lower, line.pk])


def text(response):
    return " ".join(response.content.decode().split())


def events(response):
    return json.loads(response.headers.get("HX-Trigger", "{}"))


def numbers(line):
    return [link.serial.number for link in line.serial_links.select_related("serial")]


def count_queries(call):
    """The queries of a second call: the first also warms the session and the permissions."""
    call()
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)
