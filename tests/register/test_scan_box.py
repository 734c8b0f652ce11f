"""The scan box against the GS1 vectors: sound codes find their goods, unsound ones are refused with a reason."""

import pytest

from inventory.models import Barcode
from register.models import SaleLine
from tests import factories
from tests.gs1 import ENGINE, PLAIN, expected, sent
from tests.register.till import open_till

pytestmark = pytest.mark.django_db

PRODUCTS = [vector for vector in ENGINE if vector["valid"] and expected(vector)[0]]
UNSOUND = [vector for vector in ENGINE if not vector["valid"] and vector["id"] not in PLAIN]


@pytest.fixture
def till():
    return open_till()


@pytest.mark.parametrize("vector", PRODUCTS, ids=lambda vector: vector["id"])
def test_a_sound_code_puts_its_product_and_its_serial_on_the_sale(till, vector):
    gtin, serial = expected(vector)
    product = factories.TrackedFactory()
    Barcode.objects.create(product=product, code=gtin)
    if serial:
        factories.unit(product, till.store, serial)
    result = till.scan(sent(vector))
    assert (result.ok, result.line.product) == (True, product)
    assert [unit.number for unit in result.line.serials] == ([serial] if serial else [])


@pytest.mark.parametrize("vector", UNSOUND, ids=lambda vector: vector["id"])
def test_an_unsound_code_sells_nothing_and_says_why(till, vector):
    result = till.scan(sent(vector))
    assert not result.ok
    assert result.message
    assert not SaleLine.objects.exists()
