"""The whole life of one unit, through every domain: where it is, who holds it and what its history says at each step."""

import pytest

from inventory.counts.operations import accept, post_count, start_count
from inventory.counts.operations import scan as count_scan
from inventory.counts.results import result_of
from microbiz.laws import check_laws
from orders.operations import add_product, create_order, hand_over, open_order
from receiving.operations import add_line, enter_codes, expect_serials, receive_shipment, start_shipment
from register.models import Sale
from register.operations import add_order_payment, add_return_by_serial, set_customer, take_in_trade
from serials.late_operations import correct
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import attach
from serials.policy import State
from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import open_till
from transfers.operations import add_unit, receive_transfer, request_transfer, scan_arrival, send_transfer

pytestmark = pytest.mark.django_db

NUMBER, OTHER = "ZA1T0042", "ZA1T0024"


class Life:
    """A shop of two stores and the one unit that is followed."""

    def __init__(self):
        factories.ShopSettingsFactory()
        self.harbor, self.north = factories.StoreFactory(name="Harbor"), factories.StoreFactory(name="North")
        self.staff = factories.AdminFactory()
        self.harbor_till, self.north_till = (open_till(store, self.staff) for store in (self.harbor, self.north))
        self.customer = factories.CustomerFactory(name="Ada Lovelace")
        self.product = factories.ProductFactory(
            name="IronWolf", sku="IW-16", price=10_000, serial_tracking=SerialTracking.ALL
        )
        self.history: list[tuple[str, str]] = []

    @property
    def unit(self) -> Serial:
        return Serial.objects.get(product=self.product, number=NUMBER)

    def is_(self, state, store=None, *, event=None, held_by=None, harbor=0, north=0):
        """What is true now, and that nothing which was true before is rewritten. `event` is what happened last."""
        unit = self.unit
        assert (unit.state, unit.store) == (state, store)
        if event is not None:
            self.history.append(event)
        written = unit.events.order_by("sequence").values_list("kind", "document")
        assert list(written) == self.history
        hold = SerialHold.objects.filter(serial=unit).first()
        assert (hold.document if hold else None) == (str(held_by) if held_by else None)
        assert factories.on_hand(self.product, self.harbor) == harbor
        assert factories.on_hand(self.product, self.north) == north
        check_laws()


def test_the_whole_life_of_one_unit():
    life = Life()
    product, staff, kinds = life.product, life.staff, SerialEvent.Kind

    # Announced by the vendor, together with one like it: no unit of ours yet.
    shipment = start_shipment(factories.VendorFactory(), life.harbor, staff=staff)
    line = add_line(shipment, product, quantity=2, unit_cost=6000)
    expect_serials(line, [NUMBER, OTHER])
    assert not Serial.objects.exists()
    enter_codes(line, [NUMBER, OTHER], staff=staff)
    life.is_(State.EXPECTED, held_by=shipment)

    # Received.
    receive_shipment(shipment, staff=staff)
    life.is_(State.IN_STOCK, life.harbor, event=(kinds.RECEIVE, shipment.number), harbor=2)

    # Transferred: asked for, on its way, there.
    transfer = request_transfer(life.harbor, life.north, staff=staff)
    add_unit(transfer, life.unit, staff=staff)
    life.is_(State.IN_STOCK, life.harbor, held_by=transfer, harbor=2)
    send_transfer(transfer, staff=staff)
    life.is_(State.IN_TRANSIT, event=(kinds.TRANSFER_OUT, transfer.number), harbor=1)
    scan_arrival(transfer, NUMBER, staff=staff)
    receive_transfer(transfer, staff=staff)
    life.is_(State.IN_STOCK, life.north, event=(kinds.TRANSFER_IN, transfer.number), harbor=1, north=1)

    # Counted, and found where it should be: that moves nothing.
    count = start_count(life.north, staff=staff)
    count_scan(count, NUMBER, staff=staff)
    assert result_of(count).undecided == []
    accept(count, {}, staff=staff)
    assert post_count(count, staff=staff).adjustment is None
    life.is_(State.IN_STOCK, life.north, harbor=1, north=1)

    # Reserved for an order, paid, handed over.
    order = create_order(store=life.north, customer=life.customer, staff=staff)
    order_line = add_product(order, product, staff=staff)
    open_order(order, staff=staff)
    attach(order_line, [NUMBER], staff=staff)
    life.is_(State.IN_STOCK, life.north, held_by=order, harbor=1, north=1)
    refused = life.north_till.scan(NUMBER)
    assert not refused.ok and order.number in refused.message
    add_order_payment(life.north_till.sale, order, 10_000, staff=staff)
    life.north_till.pay()
    paper = hand_over(order, staff=staff)
    life.is_(State.SOLD, event=(kinds.ORDER, paper.number), harbor=1)

    # Traded in by the same customer, for a part of what it had cost.
    set_customer(life.north_till.sale, life.customer, staff=staff)
    take_in_trade(life.north_till.sale, product, price=5000, numbers=[NUMBER], staff=staff)
    life.is_(State.SOLD, held_by=life.north_till.sale, harbor=1)
    bought = life.north_till.pay()
    life.is_(State.IN_STOCK, life.north, event=(kinds.TRADE_IN, bought.number), harbor=1, north=1)

    # Sold over the counter, returned at the other store, and sold there.
    sold = life.north_till.sell(NUMBER)
    life.is_(State.SOLD, event=(kinds.SALE, sold.number), harbor=1)
    add_return_by_serial(life.harbor_till.sale, life.unit, reason="Too loud", staff=staff)
    life.is_(State.SOLD, held_by=life.harbor_till.sale, harbor=1)
    back = life.harbor_till.pay()
    life.is_(State.IN_STOCK, life.harbor, event=(kinds.RETURN, back.number), harbor=2)
    again = life.harbor_till.sell(NUMBER)
    life.is_(State.SOLD, event=(kinds.SALE, again.number), harbor=1)

    # Corrected: the box that the customer carried home was the other one.
    correct(again.lines.get(), life.unit, OTHER, reason="Neighbour scanned", staff=staff)
    life.is_(State.IN_STOCK, life.harbor, event=(kinds.CORRECTED, back.number), harbor=1)
    assert Serial.objects.get(number=OTHER).state == State.SOLD

    # And sold at last.
    last = life.harbor_till.sell(NUMBER)
    life.is_(State.SOLD, event=(kinds.SALE, last.number))
    assert Sale.objects.completed().count() == 6
    assert Serial.objects.filter(product=product).count() == 2
