"""The races through the server once more, on one whose guards are taken out: each of them has to go wrong there.

Without the locks a net below refuses the second, who meets an error instead of an answer, or both have the unit. Without
that net as well both have it, whoever they are. (tests/running/unguarded.py, tests/running/meeting.py)
"""

import os
import re
from itertools import combinations_with_replacement

import pytest

from microbiz.laws import broken_laws, check_laws
from register.models import Payment
from serials.models import Serial
from tests import factories
from tests.races import wanting
from tests.races.threads import errors, together, values
from tests.races.wanting import IN_STOCK, SOLD, open_shop
from tests.running.meeting import AS_READ, HOLD, NEXT, RETURNED, a_meeting, nets_taken_out
from tests.running.server import running, url_of_test_database
from tests.running.till import Broken

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

BOTH = "both have it"
ONE = "one has it"
HOLDING = [want for want in IN_STOCK if want is not wanting.correction]
# `make races` takes every pair; the suite one for each way in which it may end.
WANTED = IN_STOCK if "ROUNDS" in os.environ else [wanting.sale, wanting.correction]
PAIRS = [*combinations_with_replacement(WANTED, 2), *combinations_with_replacement(SOLD, 2)]


@pytest.fixture(scope="module")
def unguarded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The server without locks, started once for all of these tests."""
    with django_db_blocker.unblock():
        database = url_of_test_database()
    environment = {"DJANGO_SETTINGS_MODULE": "tests.running.unguarded"}
    with running(database, tmp_path_factory.mktemp("shop"), workers=2, environment=environment) as server:
        yield server


@pytest.fixture(scope="module", params=["nets", "no nets"])
def nets(request, django_db_setup, django_db_blocker):
    """Whether there is a net below the locks. It is put back when all that fell through is gone again."""
    if request.param == "nets":
        yield True
        return
    with django_db_blocker.unblock(), nets_taken_out():
        yield False


@pytest.fixture
def shop(unguarded, nets):
    return open_shop(unguarded)


def name(pair) -> str:
    return " x ".join(want.__name__ for want in pair)


def what_becomes(shop, unguarded, pairs) -> dict[str, str]:
    """By the names of two who meet while they take a unit: the net that one fell into, or who has it."""
    found, numbers = {}, [f"U{at}" for at in range(len(pairs))]
    shop.stock(*numbers)
    for number, pair in zip(numbers, pairs, strict=True):
        if pair[0] in SOLD:
            shop.till.sell(number)
        wants = [want(shop, person, number) for want, person in zip(pair, shop.people, strict=True)]
        with a_meeting("taking") as to_the_end:
            outcomes = together(*(to_the_end(want.take) for want in wants))
        found[name(pair)] = caught_by(unguarded, outcomes) or (BOTH if all(one.has_it for one in wants) else ONE)
    return found


def caught_by(server, outcomes) -> str | None:
    """The net that refused one of them, as the server's log names it."""
    failed = errors(outcomes)
    if not failed:
        return None
    assert [type(error) for error in failed] == [Broken], failed
    return re.findall(f'(?<=unique constraint ").+(?=")|{AS_READ}', server.log.read_text())[-1]


def test_without_the_lock_one_press_that_is_sent_twice_is_paid_twice(unguarded):
    shop = open_shop(unguarded)
    cashier = shop.people[0].browser
    cashier.scan(factories.stock(factories.ProductFactory(price=1000), shop.store, 10).sku)
    payment = cashier.payment()
    with a_meeting("paying") as to_the_end:
        outcomes = together(*[to_the_end(lambda: cashier.send(payment))] * 2)
    assert not errors(outcomes)
    assert Payment.objects.count() == 2


def test_without_the_lock_one_of_two_that_leave_at_once_is_not_counted(unguarded):
    shop = open_shop(unguarded)
    units = factories.units(shop.product, shop.store, "Z1", "Z2")
    tills = [person.browser for person in shop.people]
    with a_meeting("counting") as to_the_end:
        sell = [lambda till=till, unit=unit: till.sell(unit.number) for till, unit in zip(tills, units, strict=True)]
        outcomes = together(*map(to_the_end, sell))
    assert all(values(outcomes))
    assert factories.on_hand(shop.product, shop.store) == 1
    assert broken_laws()


def test_a_unit_that_comes_back_is_kept_from_others_by_its_state_and_by_no_lock(unguarded):
    """Whoever wants it meanwhile reads that it is sold; what they would write they write when it is back, or never."""
    found = what_becomes(open_shop(unguarded), unguarded, [(wanting.customer_return, want) for want in WANTED])
    assert set(found.values()) == {ONE}
    check_laws()


def test_a_new_number_that_is_received_twice_is_one_unit_by_its_constraint_and_by_no_lock(shop, nets):
    wants = [wanting.shipment(shop, person, "N1") for person in shop.people]
    with a_meeting("making") as to_the_end:
        outcomes = together(*(to_the_end(want.take) for want in wants))
    assert not errors(outcomes)
    assert Serial.objects.filter(number="N1").count() == (1 if nets else 2)


def test_without_the_locks_a_net_refuses_one_of_two_or_both_have_the_unit(shop, unguarded, nets):
    caught = {name(pair): HOLD for pair in combinations_with_replacement(HOLDING, 2)} | {
        "correction x correction": AS_READ,
        "customer_return x customer_return": RETURNED,
        "correction_away x correction_away": NEXT,
    }
    expected = {pair: caught.get(pair, BOTH) if nets else BOTH for pair in map(name, PAIRS)}
    assert what_becomes(shop, unguarded, PAIRS) == expected
    assert nets or broken_laws()
