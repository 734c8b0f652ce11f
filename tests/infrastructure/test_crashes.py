"""The shop killed while it sells: the short form of `make crash`."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from settings_app.models import SerialTracking
from tests import factories
from tests.crashes import faults
from tests.register.till import open_till
from tests.running.server import ROOT


@dataclass
class Told:
    """What a till was told: receipts by serial number."""

    receipts: dict


def crash(*arguments):
    command = [sys.executable, "-m", "tests.crashes", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.postgresql
def test_what_was_acknowledged_is_there_once_after_the_server_and_postgresql_were_killed():
    done = crash("--kills", "2")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.once
@pytest.mark.django_db
def test_what_the_tills_were_told_is_compared_with_what_is_kept():
    till = open_till()
    product = factories.ProductFactory(serial_tracking=SerialTracking.ALL)
    factories.units(product, till.store, "A1", "A2")
    told = Told({number: till.sell(number).number for number in ("A1", "A2")})
    assert faults([told]) == []
    assert faults([Told(told.receipts | {"A3": "R1-000009"})])[0] == "A3: told R1-000009, kept []"
    assert "A2: sold on" in faults([Told({"A1": told.receipts["A1"]})])[0]
    assert "A1: told None" in faults([Told(told.receipts | {"A1": None})])[0]


@pytest.mark.once
def test_what_was_acknowledged_is_there_once_after_a_server_on_sqlite_was_killed():
    done = crash("--kills", "2", "--database", "sqlite")
    assert done.returncode == 0, done.stdout + done.stderr
