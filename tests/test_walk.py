"""A random walk over everything that people do at the counter; the laws hold wherever it leads.

What the operations refuse is part of the walk. Anything but a DomainError is a bug, and so is a broken law.
"""

import random
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import set_open_stock
from inventory.models import StockLevel
from microbiz.errors import DomainError
from orders.operations import move_store_credit
from register.models import PaymentMethod, Sale, SaleLine
from register.operations import (
    ReturnPick,
    Tender,
    add_product,
    add_return,
    add_return_by_serial,
    change_price,
    claim_serial,
    close_shift,
    complete_sale,
    discount_line,
    discount_sale,
    expected_takings,
    hold_sale,
    move_cash,
    open_shift,
    recall_sale,
    remove_line,
    return_without_receipt,
    returnable,
    scan,
    set_customer,
    set_quantity,
    void_sale,
)
from serials.models import Serial
from serials.operations import record
from settings_app.models import SerialTracking
from tests import factories
from tests.laws import check_laws
from tests.register.till import open_till

pytestmark = pytest.mark.django_db

STEPS = 150


class Walk:
    """A small shop, and one random step at a time."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        factories.ShopSettingsFactory()
        harbor, north = factories.StoreFactory(), factories.StoreFactory()
        self.tills = [open_till(harbor), open_till(harbor), open_till(north)]
        self.methods = [factories.cash(), factories.card(), factories.store_credit()]
        rate = factories.TaxRateFactory(store=harbor, rate=8875)
        factories.TaxRateFactory(tax_class=rate.tax_class, store=north, rate=19_000, is_inclusive=True)
        self.products = []
        for at, tracking in enumerate([*SerialTracking, SerialTracking.SALES]):
            product = factories.ProductFactory(
                sku=f"P{at}", price=999 + at * 313, serial_tracking=tracking, tax_class=rate.tax_class
            )
            self.products.append(product)
            for store in (harbor, north):
                factories.units(product, store, *(f"{store.code}-{at}-{n}" for n in range(4)))
                factories.stock(product, store, 8)
        self.customers = [factories.CustomerFactory(), factories.CustomerFactory()]
        for customer in self.customers:
            move_store_credit(customer, 5000, document=self.tills[0].sale, staff=self.tills[0].staff)

    def step(self):
        till = self.chance.choice(self.tills)
        actions = [self.scan] * 10 + [self.pay] * 14 + [self.take_back] * 5
        actions += [getattr(self, name) for name in dir(self) if name.startswith("do_")]
        self.chance.choice(actions)(till)

    def line(self, till):
        return self.chance.choice(list(till.sale.lines.all()) or [None])

    def serial(self):
        return self.chance.choice(list(Serial.objects.order_by("pk")))

    def scan(self, till):
        codes = [self.serial().number, self.serial().number, self.chance.choice(self.products).sku, "NOTHING"]
        scan(till.sale, self.chance.choice(codes), selected=self.line(till), staff=till.staff)

    def pay(self, till):
        sale = till.sale
        if sale.customer is None and self.chance.random() < 0.5:
            set_customer(sale, self.chance.choice(self.customers), staff=till.staff)
        total, tenders = sale.total, []
        if total:
            first = self.chance.randint(1, abs(total)) * (1 if total > 0 else -1)
            parts = [first, total - first] if first != total else [total]
            tenders = [Tender(self.chance.choice(self.methods[: 2 if part > 0 else 3]), part) for part in parts]
            if total > 0 and sale.customer and total <= sale.customer.store_credit:
                tenders = [Tender(self.methods[2], total)]
        excuse = self.chance.choice(["", "Label torn off", "Label torn off"])
        key = uuid4()
        paid = complete_sale(sale, tenders=tenders, key=key, staff=till.staff, override_reason=excuse)
        assert complete_sale(sale, tenders=[], key=key, staff=till.staff) == paid

    def take_back(self, till):
        receipt = self.chance.choice(list(Sale.objects.completed()) or [None])
        if receipt is None:
            return
        picks = []
        for found in returnable(receipt):
            quantity = self.chance.randint(0, found.left + (self.chance.random() < 0.1))
            free = [unit.serial for unit in found.units if unit.is_returnable]
            serials = self.chance.sample(free, min(len(free), quantity))
            if quantity:
                picks.append(ReturnPick(found.line, quantity, serials))
        add_return(till.sale, receipt, picks, reason="Faulty", staff=till.staff)

    def do_add(self, till):
        product = self.chance.choice(self.products)
        add_product(till.sale, product, quantity=self.chance.randint(1, 3), staff=till.staff)

    def do_quantity(self, till):
        if line := self.line(till):
            leaving = self.chance.sample(line.serials, self.chance.randint(0, line.attached))
            set_quantity(line, self.chance.randint(0, 4), detach=leaving, staff=till.staff)

    def do_price(self, till):
        if line := self.line(till):
            change_price(line, self.chance.randint(0, 2000), reason="Match", staff=till.staff)

    def do_discount(self, till):
        if line := self.line(till):
            discount_line(line, percent=Decimal(self.chance.randint(0, 110)), reason="Club", staff=till.staff)

    def do_discount_sale(self, till):
        discount_sale(till.sale, amount=self.chance.randint(0, 500), reason="Club", staff=till.staff)

    def do_remove(self, till):
        if line := self.line(till):
            remove_line(line, staff=till.staff)

    def do_hold(self, till):
        hold_sale(till.sale, note="Later", staff=till.staff)

    def do_recall(self, till):
        if held := Sale.objects.on_hold().order_by("?").first():
            recall_sale(held, register=till.register, staff=till.staff)

    def do_void(self, till):
        sale = self.chance.choice(list(Sale.objects.all()))
        void_sale(sale, reason="Changed his mind", staff=till.staff)

    def do_claim(self, till):
        serial = self.serial()
        if hasattr(serial, "hold"):
            claim_serial(till.sale, serial, staff=till.staff)

    def do_return_by_serial(self, till):
        add_return_by_serial(till.sale, self.serial(), reason="Noisy", staff=till.staff)

    def do_return_without_receipt(self, till):
        serial = self.serial()
        serials = [serial] if self.chance.random() < 0.5 else []
        return_without_receipt(till.sale, serial.product, price=100, serials=serials, reason="Gift", staff=till.staff)

    def do_stock(self, till):
        product = self.chance.choice(self.products)
        level = StockLevel.objects.filter(product=product, store=till.store).first()
        on_hand = max((level.on_hand if level else 0) + self.chance.randint(-2, 3), 0)
        leaving = list(Serial.objects.in_stock(till.store).filter(product=product)[:2])
        leaving = leaving if self.chance.random() < 0.5 else []
        set_open_stock(
            product, till.store, on_hand, leaving=leaving, staff=till.staff, reason=Adjustment.Reason.MISCOUNT
        )

    def do_record(self, till):
        product = self.chance.choice([product for product in self.products if product.is_tracked])
        record(product, till.store, [f"NEW-{Serial.objects.count()}"], staff=till.staff)

    def do_cash(self, till):
        move_cash(till.shift, self.chance.randint(-500, 500), reason="Bank", staff=till.staff)

    def do_close(self, till):
        counts = {taking.method.pk: taking.expected for taking in expected_takings(till.shift)}
        close_shift(till.shift, counts=counts, staff=till.staff)
        till.shift = open_shift(till.register, opening_balance=10_000, staff=till.staff)


@pytest.mark.parametrize("seed", range(4))
def test_the_laws_hold_wherever_a_random_walk_leads(seed):
    walk, refused = Walk(seed), 0
    for at in range(STEPS):
        try:
            walk.step()
        except DomainError:
            refused += 1
        if at % 3 == 2:  # a broken law stays broken
            check_laws()
    assert refused < STEPS / 2, "a walk that is mostly refused goes nowhere"
    assert Sale.objects.completed().count() > 5
    assert PaymentMethod.objects.filter(payments__isnull=False).distinct().count() > 1
    assert SaleLine.objects.filter(is_return=True, sale__status=Sale.Status.COMPLETED).exists()
