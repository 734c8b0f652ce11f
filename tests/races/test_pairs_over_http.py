"""Two documents that want one unit at the same instant, through the server with its workers: every pair of them."""

import os
from itertools import combinations_with_replacement

import pytest

from microbiz.laws import check_laws
from serials.models import Serial
from tests.races import wanting
from tests.races.threads import errors, together, values
from tests.races.wanting import IN_STOCK, SOLD, Want, open_shop

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = int(os.environ.get("ROUNDS", "1"))


@pytest.fixture
def shop(server):
    return open_shop(server)


def numbers(name):
    """A number for each round of a pair."""
    return [f"{name}-{at}" for at in range(ROUNDS)]


def take_at_once(shop, number, *pair) -> list[tuple[Want, str]]:
    """What each of the two wanted, with what its person read. Nobody meets an error."""
    wants = [want(shop, person, number) for want, person in zip(pair, shop.people, strict=True)]
    outcomes = together(*(want.take for want in wants))
    assert not errors(outcomes), f"{number}: {errors(outcomes)}"
    return list(zip(wants, values(outcomes), strict=True))


def who_lost(number, taken) -> str:
    """What the one read who did not get the unit; the other one has it."""
    lost = [told for want, told in taken if not want.has_it]
    assert len(lost) == 1, f"{number}: {[(want.document, want.has_it) for want, _told in taken]}"
    return lost[0]


def test_a_unit_in_stock_goes_to_one_of_two_documents(shop):
    for at, pair in enumerate(combinations_with_replacement(IN_STOCK, 2)):
        for number in numbers(f"S{at}"):
            shop.stock(number)
            assert number in who_lost(number, take_at_once(shop, number, *pair))
    check_laws()


def test_a_sold_unit_comes_back_by_one_of_two_ways(shop):
    for at, pair in enumerate(combinations_with_replacement(SOLD, 2)):
        for number in numbers(f"R{at}"):
            shop.stock(number)
            shop.till.sell(number)
            assert who_lost(number, take_at_once(shop, number, *pair))
    check_laws()


def test_a_unit_that_comes_back_can_be_had_from_then_on(shop):
    """It is brought back in the same instant: whoever wants it gets it afterwards, or reads where it is."""
    for at, want in enumerate(IN_STOCK):
        for number in numbers(f"B{at}"):
            shop.stock(number)
            shop.till.sell(number)
            (back, _told), (other, told) = take_at_once(shop, number, wanting.customer_return, want)
            assert back.has_it or other.has_it, number
            assert number in told
    check_laws()


def test_a_new_number_that_is_received_twice_is_one_unit(shop):
    for number in numbers("N"):
        assert number in who_lost(number, take_at_once(shop, number, wanting.shipment, wanting.shipment))
        assert Serial.objects.filter(number=number).count() == 1
    check_laws()
