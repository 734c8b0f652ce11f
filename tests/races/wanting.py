"""The documents that can want a unit, and the requests by which somebody at a browser gives it to them.

Each function prepares a document of its own for one person, by operations, and returns a Want. Nothing is taken before
`take` is called, which may be done at the same instant as another's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model

from inventory.adjustments.operations import start_adjustment
from inventory.models import Product
from orders.operations import add_product, open_order
from receiving.models import VendorShipment
from register.models import Register, Sale
from register.operations import current_sale
from serials.models import SerialEvent, SerialHold
from settings_app.models import SerialTracking, Staff, Store
from tests import factories
from tests.receiving.dock import Dock, open_dock
from tests.register.till import Till, open_till
from tests.running.server import Server
from tests.running.till import Cashier, text_of
from transfers.operations import request_transfer


@dataclass
class Person:
    """Somebody at a register of their own, whose browser may open every other page as well.

    `other` is what is put to a number for the unit that they mix up with it.
    """

    other: str
    browser: Cashier
    staff: Staff
    register: Register


@dataclass
class Shop:
    """Two stores, what is sold in the first, two people who are in each other's way, and a till that sold before."""

    store: Store
    other_store: Store
    product: Product
    people: list[Person]
    till: Till
    dock: Dock

    def stock(self, *numbers: str) -> None:
        """Put the units on the shelf, and for each person one that they may mix up with each."""
        others = ["", *(person.other for person in self.people)]
        factories.units(self.product, self.store, *(number + other for number in numbers for other in others))


def open_shop(server: Server) -> Shop:
    """A shop on the database of a server that runs, and two who stand at registers of theirs, signed in."""
    factories.ShopSettingsFactory()
    factories.cash()
    store = factories.StoreFactory(name="Harbor")
    product = factories.ProductFactory(serial_tracking=SerialTracking.ALL, sku="DRIVE", price=1000)
    people = []
    for other in ("-B", "-C"):
        staff, register = factories.AdminFactory(stores=[store]), factories.RegisterFactory(store=store)
        browser = Cashier(server.url, staff.username)
        browser.open(register.pk)
        people.append(Person(other, browser, staff, register))
    return Shop(store, factories.StoreFactory(), product, people, open_till(store), open_dock(store))


@dataclass
class Want:
    """A document that wants the unit `number`. `take` does all that there is to do; what the person read, in one text."""

    document: Model
    number: str
    take: Callable[[], str]

    @property
    def has_it(self) -> bool:
        """Whether the unit is on the document, or went by it.

        Who comes so late that it was written off already brings it back in by an adjustment: that is none of the two.
        """
        own = {"document_type": self.document._meta.label_lower, "document_id": self.document.pk}
        return any(
            found.filter(serial__number=self.number, **own).exists()
            for found in (SerialEvent.objects.that_hold().exclude(kind=SerialEvent.Kind.ADJUST_IN), SerialHold.objects)
        )


def sale(shop: Shop, person: Person, number: str) -> Want:
    """Scanned at the register, and paid."""

    def take():
        told = text_of(person.browser.scan(number))
        if payment := person.browser.payment():
            person.browser.send(payment)
        return told

    return Want(current_sale(person.register, staff=person.staff), number, take)


def order(shop: Shop, person: Person, number: str) -> Want:
    """Reserved for a customer."""
    order = factories.OrderFactory(store=shop.store)
    add_product(order, shop.product, staff=person.staff)
    open_order(order, staff=person.staff)
    return Want(order, number, lambda: _scanned(person, f"/orders/{order.pk}/", number))


def transfer(shop: Shop, person: Person, number: str) -> Want:
    """Put into a box and sent."""
    transfer = request_transfer(shop.store, shop.other_store, staff=person.staff)
    return Want(transfer, number, lambda: _scanned(person, f"/transfers/{transfer.pk}/", number, "send/"))


def adjustment(shop: Shop, person: Person, number: str) -> Want:
    """Written off."""
    adjustment = start_adjustment(shop.store, staff=person.staff, reason="missing")
    return Want(adjustment, number, lambda: _scanned(person, f"/adjustments/{adjustment.pk}/", number, "post/"))


def correction(shop: Shop, person: Person, number: str) -> Want:
    """Said to be the one that was really sold on a receipt that names another."""
    receipt = shop.till.sell(number + person.other)
    return Want(receipt, number, _correcting(person, receipt, meant=number))


def customer_return(shop: Shop, person: Person, number: str) -> Want:
    """Brought back by the customer who had bought it, and refunded."""
    receipt, sale = _receipt_of(number), current_sale(person.register, staff=person.staff)
    unit = receipt.lines.get().serials[0]

    def take():
        address = f"/register/return/{receipt.pk}/"
        told = text_of(person.browser.post(address, {"serial": unit.pk, "reason": "Faulty"}))
        if payment := person.browser.payment():
            person.browser.send(payment)
        return told

    return Want(sale, number, take)


def correction_away(shop: Shop, person: Person, number: str) -> Want:
    """Said not to be the one that was sold on its receipt: that was another, which the receipt wants."""
    receipt, meant = _receipt_of(number), number + person.other
    return Want(receipt, meant, _correcting(person, receipt, meant=meant))


def shipment(shop: Shop, person: Person, number: str) -> Want:
    """Unpacked as new, and received."""
    shipment: VendorShipment = shop.dock.draft()
    line = shop.dock.line(shipment, shop.product)
    address = f"/receiving/{shipment.pk}/"
    return Want(shipment, number, lambda: _scanned(person, address, number, "receive/", line=line.pk))


def _scanned(person: Person, address: str, number: str, *then: str, **data) -> str:
    told = text_of(person.browser.post(f"{address}scan/", {"code": number, **data}))
    for step in then:
        person.browser.post(address + step)
    return told


def _receipt_of(number: str) -> Sale:
    return Sale.objects.get(lines__serial_links__serial__number=number)


def _correcting(person: Person, receipt: Sale, *, meant: str) -> Callable[[], str]:
    """The page of the unit that the receipt names is open, and says that `meant` was the one."""
    line = receipt.lines.get()
    address = f"/serials/correct/register.saleline/{line.pk}/{line.serials[0].pk}/"
    return lambda: text_of(person.browser.post(address, {"meant": meant, "reason": "Swapped"}))


IN_STOCK = [sale, order, transfer, adjustment, correction]  # want a unit that stands on the shelf
SOLD = [customer_return, correction_away]  # want one that a receipt sold
