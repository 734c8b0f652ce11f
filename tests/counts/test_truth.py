"""A shop whose shelves are known: whatever moves while it is counted, posting makes the records what the shelves are."""

import random

import pytest

from inventory.adjustments.operations import set_open_stock
from inventory.counts.operations import accept, confirm_new, count_none, count_without, post_count, scan, set_quantity
from inventory.counts.operations import start_count as start
from inventory.counts.results import not_counted, result_of
from inventory.models import StockLevel
from microbiz.laws import check_laws
from register.operations import add_return_by_serial
from serials.models import Serial
from serials.policy import State
from settings_app.models import SerialTracking
from tests.factories import ProductFactory, stock, units

pytestmark = pytest.mark.django_db

BARE = "without a number"


class Shelves:
    """What really stands in the store: for each product the numbers of its units, and how many have none."""

    def __init__(self, seed, store, till, counters):
        self.chance = random.Random(seed)
        self.to_scan, self.begun = [], set()
        self.store, self.till, self.counters = store, till, counters
        self.units, self.bare, self.sold, self.made = {}, {}, {}, 0
        for tracking in SerialTracking:
            product = ProductFactory(serial_tracking=tracking, sku=f"P-{tracking}")
            self.units[product], self.bare[product], self.sold[product] = [], 0, []
            if product.is_tracked:
                self.units[product] = self.numbers(6)
                units(product, store, *self.units[product])
                self.bare[product] = 3 if tracking == SerialTracking.OPTIONAL else 0
            else:
                self.bare[product] = 12
            if self.bare[product]:
                stock(product, store, self.bare[product])
        self.spoil()

    def numbers(self, n):
        self.made += n
        return [f"N{at:04d}" for at in range(self.made - n, self.made)]

    def spoil(self):
        """Before the count the records go wrong: units vanish, turn up, and are there without anybody knowing."""
        for product, own in self.units.items():
            if own:
                self.chance.shuffle(own)
                del own[: self.chance.randint(0, 2)]  # stolen
                off = Serial.objects.get(product=product, number=own[0])
                level = StockLevel.objects.get(product=product, store=self.store).on_hand
                set_open_stock(product, self.store, level - 1, staff=self.till.staff, reason="missing", leaving=[off])
                own += self.numbers(self.chance.randint(0, 2))  # never received
            if self.bare[product]:
                self.bare[product] += self.chance.randint(-2, 2)

    # --- What happens in between --------------------------------------------------------------------------------------

    def sell(self):
        product = self.chance.choice(list(self.units))
        here = Serial.objects.in_stock(self.store).filter(product=product, number__in=self.units[product])
        known = list(here.values_list("number", flat=True))
        level = StockLevel.objects.get(product=product, store=self.store).on_hand
        if known and level:
            number = self.chance.choice(known)
            self.till.sell(number)
            self.units[product].remove(number)
            self.sold[product].append(number)
        elif self.bare[product] and level and not product.is_tracked:
            self.till.sell(product.sku)
            self.bare[product] -= 1

    def take_back(self):
        product = self.chance.choice([one for one in self.units if self.sold[one]] or [None])
        if product is not None:
            number = self.sold[product].pop()
            serial = Serial.objects.get(product=product, number=number)
            add_return_by_serial(self.till.sale, serial, reason="Noisy", staff=self.till.staff)
            self.till.pay()
            self.arrive(product, [number])

    def receive(self):
        product = self.chance.choice(list(self.units))
        level = StockLevel.objects.get(product=product, store=self.store).on_hand
        new = self.numbers(1) if product.is_tracked else []
        set_open_stock(product, self.store, level + 1, staff=self.till.staff, reason="found", serials=new)
        self.arrive(product, new)
        self.bare[product] += not new

    def arrive(self, product, numbers):
        """What comes in before its product's first scan is scanned with it; what comes later may be missed."""
        self.units[product] += numbers
        if product not in self.begun:
            self.to_scan += [(product, number) for number in numbers]

    # --- Counting -----------------------------------------------------------------------------------------------------

    def count(self):
        """Everything is scanned in some order, each unit that still stands there when its turn comes."""
        count = start(self.store, staff=self.counters[0])
        self.to_scan = [(product, number) for product, own in self.units.items() for number in own]
        self.to_scan += [(product, BARE) for product, n in self.bare.items() if n or not product.is_tracked]
        while self.to_scan:
            while self.chance.random() < 0.3:
                self.chance.choice([self.sell, self.sell, self.take_back, self.receive])()
            product, number = self.to_scan.pop(self.chance.randrange(len(self.to_scan)))
            self.scan_one(count, product, number)
        for _late in range(3):
            self.chance.choice([self.sell, self.take_back, self.receive])()
        for product in not_counted(count):
            if not self.units[product] and not self.bare[product]:
                count_none(count, product, staff=self.counters[0])
        return count

    def scan_one(self, count, product, number):
        staff = self.chance.choice(self.counters)
        if number == BARE:
            self.begun.add(product)
            shown = count_without(count, product, staff=staff).scan
            set_quantity(shown, self.bare[product], staff=staff)
        elif number in self.units[product]:
            self.begun.add(product)
            result = scan(count, number, staff=staff, product=product)
            if result.scan.finding == "new":
                confirm_new(result.scan, staff=staff)

    def check(self):
        for product, own in self.units.items():
            level = StockLevel.objects.get(product=product, store=self.store).on_hand
            assert level == len(own) + self.bare[product], product.sku
            on_record = Serial.objects.filter(product=product, state=State.IN_STOCK, store=self.store)
            assert sorted(on_record.values_list("number", flat=True)) == sorted(own), product.sku


@pytest.mark.parametrize("seed", range(3))
def test_after_posting_the_records_are_what_the_shelves_are(seed, harbor, till, ann, ben):
    shelves = Shelves(seed, harbor, till, [ann, ben])
    count = shelves.count()
    seen = {one.product.pk: one.signature for one in result_of(count).differing}
    assert seen, "nothing differed: the walk proved nothing"
    accept(count, seen, staff=ann)
    post_count(count, staff=ann)
    shelves.check()
    check_laws()
