"""The shop that the machine drives, and how its steps choose."""

from dataclasses import dataclass
from functools import wraps
from uuid import uuid4

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from inventory.models import Product, Vendor
from microbiz.errors import DomainError
from orders.models import Customer
from orders.operations import move_store_credit
from register.models import PaymentMethod, Register, Sale, Shift
from register.operations import Tender, complete_sale, current_sale
from serials.models import Serial
from settings_app.models import SerialTracking, Staff, Store
from tests import factories
from tests.lawful import check_what_was_written
from tests.register.till import open_till

NEW_NUMBERS = [f"NEW-{n}" for n in range(12)]


@dataclass(frozen=True)
class Shop:
    """What stands before the first step of every example, made once."""

    stores: list[Store]
    registers: list[Register]
    products: list[Product]
    customers: list[Customer]
    vendors: list[Vendor]
    methods: list[PaymentMethod]
    staff: Staff


def open_shop() -> Shop:
    """Three stores, four tills, products of all policies with a few units of each in every store."""
    factories.ShopSettingsFactory()
    harbor, north, depot = (factories.StoreFactory(name=name) for name in ("Harbor", "North", "Depot"))
    staff = factories.AdminFactory()
    tills = [open_till(store, staff) for store in (harbor, harbor, north, depot)]
    methods = [factories.cash(), factories.card(), factories.store_credit()]
    rate = factories.TaxRateFactory(store=harbor, rate=8875)
    factories.TaxRateFactory(tax_class=rate.tax_class, store=north, rate=19_000, is_inclusive=True)
    products = []
    for at, tracking in enumerate([*SerialTracking, SerialTracking.OPTIONAL]):
        product = factories.ProductFactory(
            sku=f"P{at}", price=999 + at * 313, serial_tracking=tracking, tax_class=rate.tax_class
        )
        products.append(product)
        for store, most in ((harbor, 8), (north, 6), (depot, 1)):
            if product.is_tracked:
                factories.units(product, store, *(f"{store.name[0]}{at}-{n}" for n in range(most)))
            if tracking != SerialTracking.ALL:
                factories.stock(product, store, 5)
    customers = [factories.CustomerFactory(), factories.CustomerFactory()]
    for customer in customers:
        move_store_credit(customer, 5000, document=tills[0].sale, staff=staff)
    vendors = [factories.VendorFactory(), factories.VendorFactory()]
    stores, registers = [harbor, north, depot], [till.register for till in tills]
    return Shop(stores, registers, products, customers, vendors, methods, staff)


def step(**strategies):
    """A rule whose refusals are part of the walk: only a DomainError is one, everything else is a bug.

    A step that finds nothing to work on ends at once.
    """

    def decorate(function):
        @rule(data=st.data(), **strategies)
        @wraps(function)
        def run(self, data, **drawn):
            self.data = data
            try:
                function(self, **drawn)
                self.done[function.__name__] = self.done.get(function.__name__, 0) + 1
            except NothingThere:
                return
            except DomainError as refusal:
                self.refused[type(refusal).__name__] = self.refused.get(type(refusal).__name__, 0) + 1
            self.is_checked = False

        # Hypothesis asks the signature what it is to draw.
        del run.__wrapped__
        return run

    return decorate


class NothingThere(Exception):
    """A step had nothing to choose from."""


class Walk(RuleBasedStateMachine):
    """One walk through the shop, in a savepoint of its own that is rolled back."""

    shop: Shop  # set by the test, for all walks
    done: dict[str, int] = {}
    refused: dict[str, int] = {}

    def __init__(self):
        super().__init__()
        self.is_checked = False
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @invariant()
    def the_laws_hold(self):
        if not self.is_checked:
            check_what_was_written()
            self.is_checked = True

    # --- Choosing -----------------------------------------------------------------------------------------------------

    @property
    def staff(self) -> Staff:
        return self.shop.staff

    def one(self, choices):
        """One of these records or values; the step ends where there is none."""
        choices = list(choices)
        if not choices:
            raise NothingThere
        return self.data.draw(st.sampled_from(choices))

    def some(self, choices, most=3):
        """Between none and `most` of these."""
        choices = list(choices)
        if not choices:
            return []
        found = self.data.draw(st.lists(st.integers(0, len(choices) - 1), unique=True, max_size=most))
        return [choices[at] for at in found]

    def number(self, least, most) -> int:
        return self.data.draw(st.integers(least, most))

    def chance(self, one_in=2) -> bool:
        """True about once in so many times; False is the simpler case."""
        return self.number(1, one_in) == one_in

    def product(self, *, tracked=False) -> Product:
        return self.one([one for one in self.shop.products if one.is_tracked or not tracked])

    def store(self) -> Store:
        return self.one(self.shop.stores)

    def serial(self, **where) -> Serial:
        return self.one(Serial.objects.filter(**where).select_related("product").order_by("pk"))

    def new_number(self) -> str:
        return self.one(NEW_NUMBERS)

    # --- The counter --------------------------------------------------------------------------------------------------

    def register(self) -> Register:
        return self.one(self.shop.registers)

    def shift(self, register) -> Shift:
        return self.one(Shift.objects.filter(register=register, closed_at=None))

    def sale(self, register=None) -> Sale:
        return current_sale(register or self.register(), staff=self.staff)

    def tenders(self, total) -> list[Tender]:
        if not total:
            return []
        first = self.number(1, abs(total)) * (1 if total > 0 else -1)
        parts = [first, total - first] if first != total else [total]
        return [Tender(self.one(self.shop.methods[: 2 if part > 0 else 3]), part) for part in parts]

    def pay(self, sale):
        """Complete a sale somehow; sent twice, it is the same sale."""
        sale.refresh_from_db()
        customer, key = sale.customer, uuid4()
        tenders = self.tenders(sale.total)
        if customer and 0 < sale.total <= Customer.objects.get(pk=customer.pk).store_credit and self.chance():
            tenders = [Tender(self.shop.methods[2], sale.total)]
        excuse = "Label torn off" if self.chance() else ""
        paid = complete_sale(sale, tenders=tenders, key=key, staff=self.staff, override_reason=excuse)
        assert complete_sale(sale, tenders=[], key=key, staff=self.staff) == paid
