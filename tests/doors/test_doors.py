"""Everybody gets in where `table.txt` says, and nowhere else: every address as every role, at one's own store and another."""

from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from django.db import transaction
from django.test import Client

from orders.models.orders import CustomerOrderQuerySet
from tests.doors.addresses import Address, every_address
from tests.doors.shop import Place, Shop, open_shop

# Who gets in is decided above the database, the same on both.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

TABLE = Path(__file__).parent / "table.txt"
NOBODY = "nobody"
METHODS = ("get", "post")
CLOSED = {"403", "405", "in"}


@pytest.fixture
def shop():
    return open_shop()


@contextmanager
def undone():
    """Whatever is done inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def undrawn():
    """Pages are left blank: who gets in is decided before, and six thousand pages take a minute to draw."""
    with mock.patch("django.template.backends.django.Template.render", lambda *args, **kwargs: ""):
        yield


class Visitor:
    """Somebody with a browser, who stands at the open till of a place."""

    def __init__(self, person, place: Place):
        self.client = Client()
        if person:
            self.client.force_login(person)
            session = self.client.session
            session["register_id"], session["store_id"] = place.till.register.pk, place.store.pk
            session.save()
        self.cookies = dict(self.client.cookies)

    def knock(self, method: str, address: Address, place: Place) -> str:
        """How an address answers: its status, `in` for the way to the login, `till` for the way to choosing a till."""
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)
        with undone():
            answer = getattr(self.client, method)(address.at(place), address.form(place))
        if answer.status_code == 302 and answer.url.startswith("/login/?"):
            return "in"
        if answer.status_code == 302 and answer.url == "/register/choose/" and address.name != "register:choose":
            return "till"
        return str(answer.status_code)


def measured(shop: Shop, address: Address, own: dict[str, Visitor], elsewhere: dict[str, Visitor]) -> str:
    """The row of an address, as it answers now."""
    cells = [f"{address!s:37}"]
    for method in METHODS:
        if own["Admin"].knock(method, address, shop.home) == "405":
            cells.append("-".ljust(34))
            continue
        at_home = {name: visitor.knock(method, address, shop.home) for name, visitor in own.items()}
        asked = [name for name in elsewhere if at_home[name] not in CLOSED and address.depends_on_place]
        away = [elsewhere[name].knock(method, address, shop.away) for name in asked]
        same = away == [at_home[name] for name in asked]
        there = "=" if same else "/".join(dict.fromkeys(away))
        cells.append(" ".join(f"{code:4}" for code in [*at_home.values(), there]))
    return " | ".join(cells).rstrip()


def test_everybody_gets_in_where_the_table_says_and_nowhere_else(shop):
    visitors = {NOBODY: None, **shop.people}
    own = {name: Visitor(person, shop.home) for name, person in visitors.items()}
    elsewhere = {name: Visitor(person, shop.away) for name, person in shop.people.items() if name != "Admin"}
    with undrawn():
        rows = [measured(shop, address, own, elsewhere) for address in every_address()]
    table = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    answered, said = set(map(_squeezed, rows)), set(map(_squeezed, table))
    wrong = [f"+ {row}" for row in rows if _squeezed(row) not in said]
    wrong += [f"- {row}" for row in table if _squeezed(row) not in answered]
    assert not wrong, "Answers (+) that the table (-) does not say:\n" + "\n".join(
        sorted(wrong, key=lambda row: row[2:])
    )


def _squeezed(row: str) -> str:
    return " ".join(row.split())


def test_an_order_that_is_not_looked_for_in_ones_own_stores_would_be_seen(shop):
    """The table can fail: with the guard of orders gone, another store's order opens."""
    manager = shop.people["Manager"]
    own, elsewhere = {"Manager": Visitor(manager, shop.home)}, {"Manager": Visitor(manager, shop.away)}
    own["Admin"] = Visitor(shop.people["Admin"], shop.home)
    address = next(one for one in every_address() if str(one) == "orders:order")
    with undrawn():
        assert measured(shop, address, own, elsewhere).split()[-3] == "404"
        with mock.patch.object(CustomerOrderQuerySet, "for_staff", lambda orders, staff: orders):
            assert measured(shop, address, own, elsewhere).split()[-3] == "="
