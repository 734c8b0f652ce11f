"""Guessing and collecting are slowed down; selling is not.

Seen to fail with each of these taken out: the comparison, the appending, the removal of old counts.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from microbiz.limits import PER_MINUTE, count
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MICROBIZ_LIMITS = tmp_path / "limits"
    return Path(settings.MICROBIZ_LIMITS)


@pytest.fixture(autouse=True)
def one_minute(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_800_000_020.0)


@pytest.fixture
def cashier():
    factories.ShopSettingsFactory()
    return factories.StaffFactory(
        username="cora", stores=[factories.StoreFactory()], role="Senior Cashier", pin="2222", password="swordfish 12"
    )


def statuses(ask, times):
    return [ask().status_code for _n in range(times)]


@pytest.mark.parametrize(
    ("what", "path", "data"),
    [
        ("look-up", "/serials/look-up/", {"q": "X"}),
        ("customer", "/customers/", {"q": "a"}),
        ("customer", "/customers/1/", {}),
    ],
)
def test_whoever_collects_is_told_when_to_go_on(client, cashier, monkeypatch, what, path, data):
    monkeypatch.setitem(PER_MINUTE, what, 2)
    factories.CustomerFactory(pk=1)
    client.force_login(cashier)
    assert statuses(lambda: client.get(path, data), 3) == [200, 200, 429]
    answer = client.get(path, data)
    assert answer.headers["Retry-After"] == "40"
    assert "Go on at" in answer.text


@pytest.mark.parametrize(
    ("what", "path", "data"),
    [
        ("pin", "/pin/", {"staff": "1", "pin": "12345"}),
        ("password", "/account/", {"current": "wrong"}),
    ],
)
def test_whoever_guesses_is_stopped_and_may_still_read_the_page(client, cashier, monkeypatch, what, path, data):
    monkeypatch.setitem(PER_MINUTE, what, 2)
    client.force_login(cashier)
    assert statuses(lambda: client.post(path, data), 3) == [422, 422, 429]
    assert client.get(path).status_code == 200


def test_many_names_tried_from_one_address_are_stopped_and_other_addresses_are_not(client, cashier, monkeypatch):
    monkeypatch.setitem(PER_MINUTE, "login", 2)
    names = iter("abcdef")
    assert statuses(lambda: client.post("/login/", {"username": next(names), "password": "x"}), 3) == [422, 422, 429]
    data = {"username": "cora", "password": "swordfish 12"}
    assert client.post("/login/", data, REMOTE_ADDR="127.0.0.2").status_code == 302


def test_a_new_minute_counts_anew_and_the_old_count_is_gone(folder, monkeypatch):
    assert [count("look-up", "a"), count("look-up", "a"), count("look-up", "b")] == [1, 2, 1]
    monkeypatch.setattr(time, "time", lambda: 1_800_000_080.0)
    assert count("look-up", "a") == 1
    assert len(list(folder.iterdir())) == 2


def test_requests_at_the_same_time_are_all_counted(folder):
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda _n: count("look-up", "a"), range(100)))
    assert max(counted) == 100
    assert [path.stat().st_size for path in folder.iterdir()] == [100]


def test_the_fastest_scanner_is_never_too_fast():
    """50 codes at 10 ms a key: a code of twelve characters and Enter take 130 ms."""
    assert PER_MINUTE["look-up"] > 2 * 60 / 0.13
