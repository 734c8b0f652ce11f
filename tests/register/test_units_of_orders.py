"""Units that leave a line of an order at the till go back to the order, unless somebody means another to go instead."""

import pytest

from orders.operations import add_product, open_order
from register.operations import add_order, claim_serial, set_quantity, void_sale
from serials.models import SerialHold
from serials.operations import attach
from serials.policy import State
from serials.verdicts import Finding, judge
from settings_app.models import SerialTracking
from tests import factories
from tests.factories import units
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    factories.ShopSettingsFactory(serial_numbers_enabled=True)
    return open_till()


@pytest.fixture
def camera(till):
    product = factories.TrackedFactory()
    units(product, till.store, "ZA1", "ZA2", "ZA3")
    return product


@pytest.fixture
def order(till, camera):
    """Two cameras, ZA1 and ZA2, at the till."""
    order = factories.OrderFactory(store=till.store)
    line = add_product(order, camera, quantity=2, staff=till.staff)
    open_order(order, staff=till.staff)
    attach(line, ["ZA1", "ZA2"], staff=till.staff, place=till.store.name)
    add_order(till.sale, order, staff=till.staff)
    return order


def line_at(till):
    return till.sale.lines.with_serials().get(order_line__isnull=False)


def choose(till, *numbers, **more):
    """Save these numbers in the pop-up of the order's line."""
    attach(line_at(till), numbers, staff=till.staff, place=till.register.name, **more)


def holders():
    return {hold.serial.number: hold.document for hold in SerialHold.objects.select_related("serial")}


def test_a_unit_taken_off_in_the_pop_up_is_held_by_the_order_again(till, order):
    sale = till.sale
    choose(till, "ZA1")
    assert holders() == {"ZA1": str(sale), "ZA2": str(order)}
    assert [serial.number for serial in order.lines.get().serials] == ["ZA2"]
    other = open_till(store=till.store, staff=till.staff)
    assert str(order) in other.scan("ZA2").message
    void_sale(sale, reason="Forgot the wallet", staff=till.staff)
    assert holders() == {"ZA1": str(order), "ZA2": str(order)}


def test_a_unit_that_leaves_with_the_quantity_waits_for_what_is_still_to_come(till, order):
    choose(till, "ZA1", quantity=1)
    assert holders() == {"ZA1": str(till.sale), "ZA2": str(order)}
    till.pay()
    order.refresh_from_db()
    assert (order.status, holders()) == ("open", {"ZA2": str(order)})


@pytest.mark.parametrize("again", ["scan", "pop-up"])
def test_what_its_own_order_holds_comes_back_onto_the_line_without_being_taken_over(till, order, again):
    choose(till, "ZA1")
    [verdict] = judge(line_at(till), ["ZA2"])
    assert verdict.finding is Finding.READY
    if again == "scan":
        assert till.scan("ZA2").ok
    else:
        choose(till, "ZA1", "ZA2")
    assert holders() == {"ZA1": str(till.sale), "ZA2": str(till.sale)}
    assert order.lines.get().serials == []


def test_a_unit_in_whose_place_another_goes_is_free(till, order):
    choose(till, "ZA1", "ZA3")
    assert holders() == {"ZA1": str(till.sale), "ZA3": str(till.sale)}
    void_sale(till.sale, reason="Forgot the wallet", staff=till.staff)
    assert holders() == {"ZA1": str(order), "ZA3": str(order)}


@pytest.mark.parametrize("how", ["scan", "pop-up", "claim"])
def test_it_is_free_as_soon_as_another_goes_in_its_place(till, order, camera, how):
    choose(till, "ZA1")
    match how:
        case "scan":
            assert till.scan("ZA3").ok
        case "pop-up":
            choose(till, "ZA1", "ZA3")
        case "claim":
            claim_serial(till.sale, camera.serials.get(number="ZA3"), staff=till.staff)
    assert holders() == {"ZA1": str(till.sale), "ZA3": str(till.sale)}
    assert order.lines.get().serials == []


def test_one_that_waits_for_the_rest_of_the_order_stays_when_another_is_exchanged(till, order):
    line = line_at(till)
    set_quantity(line, 1, detach=[line.serials[1]], staff=till.staff)
    choose(till, "ZA3")
    assert holders() == {"ZA2": str(order), "ZA3": str(till.sale)}
    till.pay()
    assert holders() == {"ZA2": str(order)}


def test_what_nobody_named_when_the_last_of_the_order_left_is_free(till, order, camera):
    camera.serial_tracking = SerialTracking.OPTIONAL
    camera.save()
    choose(till, "ZA1")
    till.pay()
    order.refresh_from_db()
    assert (order.status, holders()) == ("complete", {})
    assert order.lines.get().serials == []
    assert camera.serials.get(number="ZA2").state == State.IN_STOCK


def test_on_purpose_it_is_taken_over_by_another_sale(till, order, camera):
    choose(till, "ZA1")
    other = open_till(store=till.store, staff=till.staff)
    claim_serial(other.sale, camera.serials.get(number="ZA2"), staff=till.staff)
    assert holders() == {"ZA1": str(till.sale), "ZA2": str(other.sale)}
    void_sale(till.sale, reason="Forgot the wallet", staff=till.staff)
    assert holders() == {"ZA1": str(order), "ZA2": str(other.sale)}
