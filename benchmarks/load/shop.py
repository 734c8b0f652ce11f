"""The shop of the load test before it opens, and what has to be true after it has closed."""

from collections import Counter

STORES = ("Harbor", "Northgate", "Airport", "Old Town")
REGISTERS = 4  # in each store
DOCKS = 2
TRACKED, PLAIN = 20, 60  # products
PER_MINUTE = 40  # units with serial numbers for each register and minute, more than it can sell
COUNTED = 40  # units of the product that is counted


def furnish(minutes: float, registers: int = REGISTERS) -> dict:
    """Fill an empty, migrated database; gives who works where with what, for benchmarks/load/saturday.py."""
    from settings_app.models import SerialTracking
    from tests import factories

    factories.ShopSettingsFactory()
    factories.cash()
    stores = [factories.StoreFactory(name=name) for name in STORES]
    drives = [
        factories.ProductFactory(sku=f"DRIVE-{at:02d}", serial_tracking=SerialTracking.ALL, price=9_900 + at)
        for at in range(TRACKED)
    ]
    cables = [factories.ProductFactory(sku=f"CABLE-{at:02d}", price=900 + at) for at in range(PLAIN)]
    for store in stores:
        for cable in cables:
            factories.stock(cable, store, 100_000)
    new_drive = factories.ProductFactory(sku="DRIVE-NEW", serial_tracking=SerialTracking.ALL, cost=5_000)
    counted = factories.ProductFactory(sku="DRIVE-COUNTED", serial_tracking=SerialTracking.ALL)
    factories.units(counted, stores[0], *(f"C{at:04d}" for at in range(COUNTED)))
    each = 100 + round(PER_MINUTE * minutes)
    sellers = []
    for store in stores:
        for _ in range(registers):
            register = factories.RegisterFactory(store=store)
            numbers = [f"U{register.pk:02d}{at:06d}" for at in range(each)]
            for at, drive in enumerate(drives):
                factories.units(drive, store, *numbers[at::TRACKED])
            staff = factories.StaffFactory(stores=[store], role="Senior Cashier")
            sellers.append({"username": staff.username, "register": register.pk, "numbers": numbers})
    vendor = factories.VendorFactory()
    travelling = [f"T{at:05d}" for at in range(each)]
    factories.units(drives[0], stores[0], *travelling)

    def somebody(role):
        return factories.StaffFactory(stores=stores, role=role).username

    return {
        "skus": [cable.sku for cable in cables],
        "sellers": sellers,
        "docks": [
            {"username": somebody("Back Office"), "store": store.pk, "vendor": vendor.pk, "sku": new_drive.sku}
            for store in stores[:DOCKS]
        ],
        "carriers": [
            {
                "username": somebody("Manager"),
                "from_store": stores[0].pk,
                "to_store": stores[1].pk,
                "numbers": travelling,
            }
        ],
        "counters": [
            {
                "username": somebody("Manager"),
                "store": stores[0].pk,
                "sku": counted.sku,
                "numbers": [f"C{at:04d}" for at in range(COUNTED)],
            }
        ],
        "readers": [{"username": somebody("Manager")}],
    }


def faults(told: dict) -> list[str]:
    """Where the records and what the people were told differ, in either direction."""
    from register.models import Sale
    from serials.models import Serial, SerialEvent

    numbers_of_sales = dict(Sale.objects.completed().values_list("pk", "number"))

    def kept(kind):
        events = SerialEvent.objects.filter(kind=kind).values_list("serial__number", "document_id")
        return Counter((number, numbers_of_sales.get(document, "no sale")) for number, document in events)

    found = [
        *_differences("sold", Counter(map(tuple, told["sold"])), kept("sale")),
        *_differences("returned", Counter(map(tuple, told["returned"])), kept("return")),
    ]
    received = set(Serial.objects.filter(product__sku="DRIVE-NEW", state="in_stock").values_list("number", flat=True))
    found += [f"{number}: received says one side only" for number in sorted(received ^ set(told["received"]))]
    travelled = Serial.objects.filter(number__in=told["transferred"], store__name="Northgate", state="in_stock")
    if travelled.count() != len(set(told["transferred"])):
        found.append(f"{len(told['transferred'])} units were transferred, {travelled.count()} are there")
    return found


def _differences(what: str, told: Counter, kept: Counter) -> list[str]:
    return [
        *(f"{number} {what} on {receipt}: told, not kept" for number, receipt in (told - kept).elements()),
        *(f"{number} {what} on {receipt}: kept, not told" for number, receipt in (kept - told).elements()),
    ]
