"""The log of a day's work, with its failures, names no secret and no customer."""

import json
import logging

import pytest
import structlog

from microbiz.settings import LOG_STEPS
from tests import factories
from tests.register.till import open_till

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PASSWORD, WRONG, PIN, REFERENCE = "correct horse battery", "hunter2hunter2", "4739", "REF-8841-XK"
MACHINE_MADE = {"request_id", "timestamp"}  # digits that may happen to be those of a PIN
CUSTOMER, PHONE = "Wilhelmina Quist", "0171-5550199"


class Lines(logging.Handler):
    """Every line of the log, whatever its level, as production writes it."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=LOG_STEPS,
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
            )
        )
        self.lines = []

    def emit(self, record):
        if record.name.startswith(("factory", "faker")):
            return  # the tests' own
        line = json.loads(self.format(record))
        self.lines.append(json.dumps({key: line[key] for key in line if key not in MACHINE_MADE}))


@pytest.fixture
def log():
    root, handler = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_day_with_failures_leaves_no_secret_in_the_log(client, log, monkeypatch):
    factories.ShopSettingsFactory()
    till, card = open_till(), factories.card()
    role = {"stores": [till.store], "role": "Manager"}
    factories.StaffFactory(username="mara", password=PASSWORD, pin=PIN, **role)
    ben = factories.StaffFactory(pin=PIN, **role)
    client.raise_request_exception = False
    client.post("/login/", {"username": "mara", "password": WRONG})
    client.post("/login/", {"username": "mara", "password": PASSWORD})
    session = client.session
    session["register_id"], session["store_id"] = till.register.pk, till.store.pk
    session.save()
    keys = [session.session_key]
    client.post("/register/customer/new/", {"name": CUSTOMER, "phone": PHONE})
    client.get("/customers/", {"q": CUSTOMER})
    till.scan(factories.stock(factories.ProductFactory(price=1000), till.store, 1).sku)
    data = {"method": card.pk, "amount": "10.00", "reference": REFERENCE, "expected": "1000"}
    assert client.post(f"/register/pay/{till.sale.pk}/", data).status_code == 200
    client.post("/pin/", {"staff": ben.pk, "pin": "1111"})
    client.post("/pin/", {"staff": ben.pk, "pin": PIN})
    keys.append(client.session.session_key)

    def break_down(*args, **kwargs):
        raise RuntimeError("no such thing")

    for target in ("settings_app.operations.change_own_secrets", "orders.views.customers.create_customer"):
        monkeypatch.setattr(target, break_down)
    entered = {"current": "demo", "password": "a brand new one 5", "pin": "9090"}
    assert client.post("/account/", entered).status_code == 500
    assert client.post("/customers/new/", {"name": CUSTOMER, "phone": PHONE}).status_code == 500
    text = "\n".join(log)
    assert "request_finished" in text and "no such thing" in text and "RuntimeError" in text
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else "no token was given"
    secrets = [PASSWORD, WRONG, PIN, REFERENCE, CUSTOMER, PHONE, "a brand new one 5", "9090", token, *keys]
    assert [secret for secret in secrets if secret in text] == []
    assert [line for line in log if "Quist" in line or "Wilhelmina" in line] == []
