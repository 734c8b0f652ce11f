"""A model-based test: everything that people do, at random, over several stores and products of all policies.

The laws hold after each step (tests/machine, microbiz/laws.py). What the operations refuse is part of the walk;
anything but a DomainError is a bug. The same walks every time, unless HYPOTHESIS_PROFILE=long looks for new ones.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from microbiz.laws import check_laws
from tests.machine.counter import Counter
from tests.machine.goods_in import GoodsIn
from tests.machine.opening import begin_everything
from tests.machine.ordering import Ordering
from tests.machine.records import Records
from tests.machine.shop import Walk, open_shop
from tests.machine.stockroom import Stockroom

pytestmark = pytest.mark.django_db

COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
PROFILES = {
    "short": settings(derandomize=True, max_examples=6, stateful_step_count=40, phases=[Phase.generate], **COMMON),
    "hunt": settings(max_examples=40, stateful_step_count=100, phases=[Phase.generate], **COMMON),
    "long": settings(max_examples=300, stateful_step_count=120, print_blob=True, **COMMON),
}


class Machine(Counter, Ordering, GoodsIn, Stockroom, Records):
    """The whole shop."""


def test_the_laws_hold_whatever_people_do():
    profile = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "short")]
    Walk.shop, Walk.done, Walk.refused = open_shop(), {}, {}
    begin_everything(Walk.shop)
    check_laws()
    run_state_machine_as_test(Machine, settings=profile)
    done, refused = sum(Walk.done.values()), sum(Walk.refused.values())
    print(f"{done} steps done: {Walk.done}; {refused} refused: {Walk.refused}")
    assert done > refused, "walks that are mostly refused go nowhere"
    assert len(Walk.done) > 20, "most kinds of steps are taken"
