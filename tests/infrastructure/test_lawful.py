"""Every test is asked at its end whether what it wrote obeys the laws."""

import pytest

from inventory.models import StockLevel
from microbiz.laws import LawBroken
from tests import factories
from tests.lawful import as_a_hand_left_them, check_what_was_written


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("rolled back", marks=pytest.mark.django_db),
        pytest.param("committed", marks=pytest.mark.django_db(transaction=True)),
    ],
)
@pytest.mark.xfail(raises=LawBroken, strict=True, reason="A level without its movements: the test has to fail by it.")
def test_a_test_that_breaks_a_law_fails(end):
    factories.stock(factories.ProductFactory(), factories.StoreFactory(), 2)
    StockLevel.objects.update(on_hand=3)


@pytest.mark.django_db
def test_what_is_broken_is_named_and_what_was_put_right_is_not():
    factories.stock(factories.ProductFactory(), factories.StoreFactory(), 2)
    for on_hand in (3, 4):
        wrong = as_a_hand_left_them(StockLevel.objects.all(), on_hand=on_hand)
        with wrong, pytest.raises(LawBroken, match=f"level {on_hand}, movements 2"):
            check_what_was_written()
        check_what_was_written()
