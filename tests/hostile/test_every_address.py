"""Every address of a full shop, sent what means harm: an answer in the protocol, nothing unescaped, nothing broken.

One round, always the same; `make fuzz` goes on with other harm for as long as HOSTILE_SECONDS says.
"""

import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

import pytest
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from microbiz.laws import check_laws
from tests.doors.addresses import Address, every_address
from tests.doors.shop import Place, open_shop
from tests.hostile.fields import NOT_OURS, FieldsOfPages, overhearing
from tests.hostile.harm import HARM, MARKUP, as_sent, is_harmed
from tests.hostile.test_exports import FILES

pytestmark = pytest.mark.django_db

SECONDS = float(os.environ.get("HOSTILE_SECONDS", "0"))
PROTOCOL = {200, 204, 302, 303, 400, 403, 404, 405, 409, 413, 422, 429}
EVERYWHERE = {"next", "HX-Request"} | NOT_OURS  # asked for by the shell of every page


class Visitor:
    """An administrator at the open till of a place, whose every step is taken back."""

    def __init__(self, place: Place):
        self.client = Client(raise_request_exception=False)
        self.client.force_login(place.boss)
        session = self.client.session
        session["register_id"], session["store_id"] = place.till.register.pk, place.store.pk
        session.save()
        self.cookies = dict(self.client.cookies)
        self.crash: BaseException | None = None
        got_request_exception.connect(self._keep)

    def _keep(self, sender, request, **kwargs):
        self.crash = sys.exc_info()[1]

    def send(self, method: str, address: str, values: dict, **headers):
        """The answer to a form, and to the page that it leads to."""
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)
        self.crash = None
        body = urlencode({name: _sent(value) for name, value in values.items()}, doseq=True)
        with undone():
            if method == "post":
                kind = "application/x-www-form-urlencoded"
                return self.client.post(address, body, content_type=kind, headers=headers, follow=True)
            return self.client.get(address, query_params=None, QUERY_STRING=body, headers=headers, follow=True)


def _sent(value):
    return [as_sent(one) for one in value] if isinstance(value, list) else as_sent(str(value))


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def trouble_in(answer) -> str:
    """What is wrong with an answer, or nothing."""
    if answer.status_code not in PROTOCOL:
        return str(answer.status_code)
    is_page = "text/html" in answer.headers.get("Content-Type", "") and not answer.streaming
    return "unescaped" if is_page and is_harmed(answer.content.decode()) else ""


def is_file(answer) -> bool:
    return answer.streaming or answer.headers.get("Content-Type", "text/").split("/")[0] != "text"


def filling(values: dict, random: Random) -> dict:
    """A form with harm alone, or with one field harmed and one missing among sound ones."""
    names = sorted(values)
    if random.random() < 0.5:
        return {name: random.choice(HARM) for name in names}
    harmed, missing = random.choice(names), random.choice(names)
    rest = {name: value for name, value in values.items() if name != missing}
    return rest | {harmed: random.choice([MARKUP, random.choice(HARM), random.sample(HARM, 2)])}


@pytest.fixture
def place():
    return open_shop().home


@dataclass
class Door:
    """An address with the ways that it takes, and the fields that it asks for, sound where a page or a table says how."""

    address: str
    methods: list[str]
    fields: dict


def doors(visitor: Visitor, place: Place) -> dict[Address, Door]:
    pages, found = FieldsOfPages(), {}
    for one in every_address():
        address, form = one.at(place), one.form(place)
        with overhearing() as asked:
            answers = {"get": visitor.send("get", address, {}), "post": visitor.send("post", address, form)}
        is_known = one.name in FILES or not any(map(is_file, answers.values()))
        assert is_known, f"{one} answers with a file: tests/hostile/test_exports.py has to know it"
        page = answers["get"]
        if page.status_code == 200 and "text/html" in page.headers["Content-Type"]:
            pages.read(page.request["PATH_INFO"], page.content.decode())
        methods = [method for method, answer in answers.items() if answer.status_code != 405]
        found[one] = Door(address, methods, dict.fromkeys(sorted(asked - EVERYWHERE), "") | form)
    for one, door in found.items():
        door.fields |= pages.fields[one.name] | one.form(place)
    return found


def troubles_of_a_round(visitor: Visitor, doors: dict[Address, Door], random: Random) -> list[str]:
    troubles = []
    for one, door in doors.items():
        for method in door.methods if door.fields else []:
            form = filling(door.fields, random)
            answer = visitor.send(method, door.address, form, **random.choice([{}, {"HX-Request": "true"}]))
            if trouble := trouble_in(answer):
                told = {name: str(value)[:40] for name, value in form.items()}
                troubles.append(f"{trouble} {method} {one} {told!a}\n    {visitor.crash!r}")
    return troubles


def test_every_address_answers_whatever_it_is_sent(place):
    visitor, random, end = Visitor(place), Random(1949), time.monotonic() + SECONDS
    known = doors(visitor, place)
    assert sum("post" in door.methods for door in known.values()) > 150
    troubles = troubles_of_a_round(visitor, known, random)
    while time.monotonic() < end:
        troubles += troubles_of_a_round(visitor, known, random)
    assert not troubles, "\n".join(troubles)
    check_laws()


def test_markup_that_is_not_escaped_is_noticed():
    assert trouble_in(HttpResponse(f"<p>{MARKUP}</p>")) == "unescaped"
    assert not trouble_in(HttpResponse(escape(MARKUP)))
