"""A browser at an open register, for tests of the register's pages."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from register.models import Sale
from register.operations import (
    Tender,
    add_product,
    complete_sale,
    current_sale,
    open_shift,
    scan,
)
from tests.factories import (
    AdminFactory,
    RegisterFactory,
    ShopSettingsFactory,
    StaffFactory,
    StoreFactory,
    card,
    cash,
)

HTMX = {"HX-Request": "true"}
CASHIER = ["sell", "take_return", "open_shift", "void_sale", "view_sale", "inventory.view_product"]


class Till:
    """A browser at an open register, with the person signed in."""

    def __init__(self, client, store, *permissions):
        self.client, self.store = client, store
        names = [name if "." in name else f"register.{name}" for name in permissions or CASHIER]
        self.staff = StaffFactory(stores=[store], permissions=names)
        self.register = RegisterFactory(store=store, name="Till 1")
        self.shift = open_shift(self.register, opening_balance=10_000, staff=self.staff)
        client.force_login(self.staff)
        session = client.session
        session["register_id"] = self.register.pk
        session["store_id"] = store.pk
        session.save()

    def get(self, name, *args, data=None, **headers):
        return self.client.get(reverse(f"register:{name}", args=args), data or {}, headers=HTMX | headers)

    def post(self, name, /, *args, **data):
        data = {key: value for key, value in data.items() if value is not None}
        return self.client.post(reverse(f"register:{name}", args=args), data, headers=HTMX)

    def scan(self, code, **data):
        return self.post("scan", code=code, **data)

    @property
    def sale(self):
        return Sale.objects.filter(register=self.register).latest("pk")

    def known(self):
        return " ".join(str(pk) for pk in self.sale.lines.values_list("pk", flat=True))

    def pay(self, **data):
        answer = self.get("pay")
        assert answer.status_code == 200, answer.content.decode()
        key = re.search(r'name="key" value="([^"]+)"', answer.content.decode())[1]
        return self.post("complete", self.sale.pk, key=key, method=cash().pk, **data)


@pytest.fixture
def store(db):
    ShopSettingsFactory()
    cash(), card()
    return StoreFactory(name="Harbor")


@pytest.fixture
def till(client, store):
    return Till(client, store)


def sold(store, product, *numbers, staff=None, register=None, customer=None):
    """A receipt of units sold with these serials."""
    staff = staff or AdminFactory()
    register = register or RegisterFactory(store=store)
    if register.open_shift is None:
        open_shift(register, opening_balance=0, staff=staff)
    sale = current_sale(register, staff=staff)
    for number in numbers:
        assert scan(sale, number, staff=staff).ok
    if not numbers:
        add_product(sale, product, staff=staff)
    if customer:
        Sale.objects.filter(pk=sale.pk).update(customer=customer)
    sale.refresh_from_db()
    return complete_sale(sale, tenders=[Tender(cash(), sale.total)], key=uuid4(), staff=staff)
