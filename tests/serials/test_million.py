"""The shop of very many units that `manage.py verify` is measured over, with few: it is lawful, and of each kind."""

import pytest

from microbiz.laws import check_laws
from serials.models import Serial, SerialEvent
from tests.million import build

pytestmark = pytest.mark.django_db


def test_the_shop_of_many_units_is_lawful():
    build(400, batch=20)
    check_laws()
    assert Serial.objects.count() == 400
    assert set(SerialEvent.objects.values_list("kind", flat=True)) == {
        "receive",
        "recorded",
        "corrected",
        "sale",
        "transfer_out",
        "transfer_in",
    }
