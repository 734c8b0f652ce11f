"""The same unit wanted at several registers, through the server with its workers, as browsers do it."""

import os

import pytest

from microbiz.laws import check_laws
from register.models import Sale
from serials.models import Serial, SerialEvent
from settings_app.models import SerialTracking
from tests import factories
from tests.races.threads import errors, together, values
from tests.running.till import Cashier, text_of

pytestmark = [pytest.mark.django_db(transaction=True)]
ROUNDS = int(os.environ.get("ROUNDS", "3"))
REGISTERS = 8
TILLS = int(os.environ.get("TILLS", REGISTERS))  # that sell units of one product


@pytest.fixture
def counter(server):
    return counter_of(server, REGISTERS)


def counter_of(server, registers):
    """A store, a tracked product, and cashiers who stand at so many registers of their own, signed in."""
    factories.ShopSettingsFactory()
    factories.cash()
    store = factories.StoreFactory(name="Harbor")
    product = factories.ProductFactory(serial_tracking=SerialTracking.ALL, sku="DRIVE")
    cashiers = []
    for _ in range(registers):
        cashier = Cashier(server.url, factories.AdminFactory(stores=[store]).username)
        cashier.open(factories.RegisterFactory(store=store).pk)
        cashiers.append(cashier)
    return store, product, cashiers


def test_one_serial_at_eight_registers_is_sold_once(counter):
    """Each scans the unit and presses Pay; whoever lost has a message that names it, and an empty or red line."""
    store, product, cashiers = counter
    for at in range(ROUNDS):
        number = factories.units(product, store, f"ZA{at}")[0].number
        outcomes = together(*(lambda one=one, number=number: one.sell(number) for one in cashiers))
        assert not errors(outcomes)
        sold = [receipt for receipt in values(outcomes) if receipt]
        assert len(sold) == 1
        assert Serial.objects.get(number=number).state == "sold"
        loser = cashiers[next(i for i, receipt in enumerate(values(outcomes)) if not receipt)]
        assert number in text_of(loser.scan(number))
    assert SerialEvent.objects.filter(kind="sale").count() == ROUNDS
    check_laws()


def test_units_of_one_product_leave_together(server):
    """Each register sells a unit of its own; all of them change one stock level."""
    store, product, cashiers = counter_of(server, TILLS)
    for at in range(ROUNDS):
        units = factories.units(product, store, *(f"Z{at}-{i}" for i in range(TILLS)))
        outcomes = together(
            *(lambda one=one, unit=unit: one.sell(unit.number) for one, unit in zip(cashiers, units, strict=True))
        )
        assert not errors(outcomes)
        assert all(values(outcomes))
    assert factories.on_hand(product, store) == 0
    assert Sale.objects.filter(status=Sale.Status.COMPLETED).count() == ROUNDS * TILLS
    check_laws()


def test_one_submit_sent_eight_times_at_once_is_one_sale(counter):
    store, product, [cashier, *_others] = counter
    for at in range(ROUNDS):
        factories.units(product, store, f"Y{at}")
        cashier.scan(f"Y{at}")
        payment = cashier.payment()
        outcomes = together(*[lambda payment=payment: cashier.send(payment)] * 8)
        assert not errors(outcomes)
        assert set(values(outcomes)) == {cashier.send(payment)}
    assert Sale.objects.filter(status=Sale.Status.COMPLETED).count() == ROUNDS
    check_laws()
