"""Two stores with goods of all four policies, and a transfer between them."""

from dataclasses import dataclass

import pytest

from inventory.models import Product, StockMovement
from serials.models import Serial, SerialEvent
from serials.operations import record
from settings_app.models import SerialTracking, Staff, Store
from tests import factories
from transfers.models import Transfer
from transfers.operations import add_product, add_unit, request_transfer, scan_arrival, send_transfer

# Units by their policy at Warehouse: numbers on record, and how many have none.
SHELF = {
    "all": (["ZA1", "ZA2", "ZA3", "ZA4", "ZA5"], 0),
    "sales": (["S1", "S2", "S3"], 0),
    "optional": (["O1", "O2"], 3),
    "none": ([], 10),
}
POLICY_OF = {"Z": "all", "S": "sales", "O": "optional"}  # by the first letter of a number


class Shelf(dict):
    """A product of each policy, on the shelf once a test asks for it."""

    def __init__(self, store: Store):
        super().__init__()
        self.store = store

    def __missing__(self, policy: str) -> Product:
        numbers, unnumbered = SHELF[policy]
        self[policy] = factories.ProductFactory(
            name=f"Drive {policy}", sku=f"DRV-{policy}", serial_tracking=SerialTracking(policy)
        )
        factories.stock(self[policy], self.store, len(numbers) + unnumbered)
        if numbers:
            record(self[policy], self.store, numbers, staff=factories.AdminFactory())
        return self[policy]


@dataclass
class Road:
    """Warehouse sends to Harbor; somebody who may do everything is at both ends."""

    warehouse: Store
    harbor: Store
    staff: Staff
    products: Shelf

    def fill(self, *policies):
        """Put the products of these policies on the shelf, where nothing else asks for them before they are scanned."""
        for policy in policies:
            self.products[policy]

    def request(self, *numbers, **quantities) -> Transfer:
        """A draft with these units, and so many of the products by their policy: `request("ZA1", none=3)`."""
        transfer = request_transfer(self.warehouse, self.harbor, staff=self.staff)
        for number in numbers:
            add_unit(transfer, self.unit(number), staff=self.staff)
        for policy, quantity in quantities.items():
            add_product(transfer, self.products[policy], quantity=quantity, staff=self.staff)
        return transfer

    def send(self, *numbers, **quantities) -> Transfer:
        return send_transfer(self.request(*numbers, **quantities), staff=self.staff)

    def scan(self, transfer, *codes):
        """Scan codes at the receiving store, one after another; the answer to the last."""
        for code in codes:
            answer = scan_arrival(transfer, code, staff=self.staff)
        return answer

    def unit(self, number) -> Serial:
        self.products[POLICY_OF.get(number[0], "all")]
        return Serial.objects.select_related("product", "store").get(number=number)

    def on_hand(self, policy) -> tuple[int, int]:
        """Units at Warehouse and at Harbor."""
        product = self.products[policy]
        return factories.on_hand(product, self.warehouse), factories.on_hand(product, self.harbor)


@pytest.fixture
def road():
    factories.ShopSettingsFactory()
    warehouse, harbor = factories.StoreFactory(name="Warehouse"), factories.StoreFactory(name="Harbor")
    return Road(warehouse, harbor, factories.AdminFactory(), Shelf(warehouse))


@pytest.fixture
def unmoved():
    """Asserts at the end of a block that no stock and no unit moved in it."""

    class Unmoved:
        def __enter__(self):
            self.before = self.ledgers()

        def __exit__(self, *error):
            assert self.ledgers() == self.before

        def ledgers(self):
            return (
                list(StockMovement.objects.values_list("pk")),
                list(SerialEvent.objects.values_list("pk")),
                list(Serial.objects.order_by("pk").values_list("pk", "state", "store")),
                list(Transfer.objects.order_by("pk").values_list("pk", "status")),
            )

    return Unmoved()
