"""The pages of a register: choosing, opening, its drawer and its close; who may stand where."""

import pytest

from register.models import CashMovement, Shift
from register.operations import (
    open_shift,
)
from tests.factories import (
    AdminFactory,
    RegisterFactory,
    StaffFactory,
    cash,
)
from tests.register.counter import CASHIER, HTMX, Till
from tests.register.counter import store as store
from tests.register.counter import till as till

pytestmark = pytest.mark.django_db


# --- Who may stand where ----------------------------------------------------------------------------------------------


def test_a_browser_without_a_register_is_sent_to_choose_one(client, store):
    client.force_login(StaffFactory(stores=[store], permissions=["register.sell"]))
    assert client.get("/register/").url == "/register/choose/"
    fragment = client.post("/register/scan/", {"code": "1"}, headers=HTMX)
    assert fragment.headers["HX-Redirect"] == "/register/choose/"


def test_choosing_and_opening_a_register_leads_to_the_till(client, store):
    register = RegisterFactory(store=store)
    client.force_login(StaffFactory(stores=[store], permissions=["register.sell", "register.open_shift"]))
    assert b"Which register is this?" in client.get("/register/choose/").content
    assert client.post("/register/choose/", {"register": register.pk}).url == "/register/open/"
    assert client.post("/register/open/", {"opening_balance": "x"}).status_code == 422
    assert client.post("/register/open/", {"opening_balance": "150.00"}).url == "/register/"
    assert register.open_shift.opening_balance == 15_000
    assert client.get("/register/").status_code == 200


def test_a_register_of_another_store_is_not_there(client, store):
    client.force_login(StaffFactory(stores=[store], permissions=["register.sell"]))
    assert client.post("/register/choose/", {"register": RegisterFactory().pk}).status_code == 404


def test_opening_needs_its_permission(client, store):
    till = Till(client, store, "sell")
    till.shift.closed_at, till.shift.closed_by = till.shift.opened_at, till.staff
    till.shift.save()
    assert till.client.post("/register/open/", {"opening_balance": "1"}).status_code == 403
    assert till.register.open_shift is None


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("price", "get"),
        ("discount", "get"),
        ("cash_in", "get"),
        ("cash_out", "get"),
        ("close", "get"),
        ("return_without", "get"),
        ("override", "get"),
        ("claim", "post"),
        ("new_customer", "get"),
    ],
)
def test_a_junior_is_refused_what_the_role_does_not_allow(till, name, method):
    assert getattr(till, method)(name).status_code == 403


@pytest.mark.parametrize("name", ["void", "return", "till", "pay", "held", "drawer"])
def test_somebody_who_does_not_sell_is_refused(client, store, name):
    till = Till(client, store, "view_sale")
    assert till.get(name).status_code == 403


def test_anonymous_visitors_are_sent_to_sign_in(client, store):
    assert client.get("/register/").status_code == 302
    assert client.get("/sales/").status_code == 302


# --- The drawer and closing -------------------------------------------------------------------------------------------


def test_cash_goes_in_and_out_with_what_it_is_for(client, store):
    till = Till(client, store, *CASHIER, "move_cash")
    assert till.post("cash_out", amount="20.00", reason="").status_code == 422
    assert till.post("cash_out", amount="2000.00", reason="Bank").status_code == 422
    assert till.post("cash_out", amount="20.00", reason="Window cleaner").status_code == 200
    assert till.post("cash_in", amount="5.00", reason="Change").status_code == 200
    assert list(CashMovement.objects.values_list("amount", flat=True)) == [-2_000, 500]


def test_closing_counts_by_note_and_coin_and_asks_why_it_differs(client, store):
    till = Till(client, store, *CASHIER, "close_shift", "view_shift")
    assert b"Count the cash" in till.client.get("/register/close/").content
    recount = till.post("close", recount="1", **{"piece-10000": "1"})
    assert 'aria-disabled="true"' not in recount.content.decode()
    short = {"piece-5000": "1", "piece-2000": "2", "piece-500": "1"}
    assert "say why" in till.post("close", recount="1", **short).content.decode()
    assert till.post("close", **short).status_code == 422
    done = till.post("close", **short, **{f"reason-{cash().pk}": "Wrong change"})
    assert done.headers["HX-Redirect"] == f"/register/shifts/{till.shift.pk}/"
    assert Shift.objects.get(pk=till.shift.pk).closed_by == till.staff
    report = till.client.get(f"/register/shifts/{till.shift.pk}/").content.decode()
    assert "Wrong change" in report
    assert till.client.get(f"/register/shifts/{till.shift.pk}/report.pdf").content.startswith(b"%PDF")
    assert till.get("till").headers["HX-Redirect"] == "/register/open/"


def test_a_report_of_another_store_is_not_there(client, store):
    till = Till(client, store, *CASHIER, "view_shift")
    other = open_shift(RegisterFactory(), opening_balance=0, staff=AdminFactory())
    assert till.client.get(f"/register/shifts/{other.pk}/").status_code == 404
