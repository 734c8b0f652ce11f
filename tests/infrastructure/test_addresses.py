from django.test import RequestFactory

from microbiz.addresses import LoopbackOnlyMiddleware, client_address

PROXY = "10.0.0.1"


def request(forwarded="", remote=PROXY):
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


def test_without_proxies_a_forwarded_address_is_not_believed(settings):
    settings.PROXIES = 0
    assert client_address(request("203.0.113.9")) == PROXY


def test_behind_one_proxy_the_address_that_it_saw_counts(settings):
    settings.PROXIES = 1
    assert client_address(request("203.0.113.9")) == "203.0.113.9"


def test_an_invented_address_in_front_is_ignored(settings):
    settings.PROXIES = 1
    assert client_address(request("127.0.0.1, 203.0.113.9")) == "203.0.113.9"


def test_behind_two_proxies_the_second_from_the_right_counts(settings):
    settings.PROXIES = 2
    assert client_address(request("127.0.0.1, 203.0.113.9, 10.0.0.2")) == "203.0.113.9"


def test_the_demo_turns_other_machines_away():
    turned_away = LoopbackOnlyMiddleware(lambda request: None)(request(remote="192.168.1.20"))
    assert turned_away.status_code == 403
    assert LoopbackOnlyMiddleware(lambda request: "served")(request(remote="127.0.0.1")) == "served"
    assert LoopbackOnlyMiddleware(lambda request: "served")(request(remote="::1")) == "served"
