"""What lies on the demo's shelves is corrected and counted: adjustments of several kinds, counts posted and under way."""

from inventory.adjustments.models import Adjustment, ReasonCode
from inventory.adjustments.operations import (
    add_line,
    discard_adjustment,
    post_adjustment,
    save_reason_code,
    start_adjustment,
)
from inventory.counts.operations import accept, post_count, scan, set_quantity, start_count
from inventory.counts.results import result_of, to_find
from inventory.models import Category, Product
from microbiz.transactions import operation
from serials.models import Serial
from serials.operations import attach
from settings_app.models import Staff, Store

STORE = "WMAD"
ROUTER, CABLE, CAMERA = "ELE-1016", "GEN-1003", "ELE-1015"
UNDER_WAY = "Computers"  # the category that is being counted


@operation
def correct(manager: Staff, helpers: tuple[Staff, Staff]) -> None:
    """A reason of the shop's own, three adjustments, one count that is posted and one that two people are at."""
    store = Store.objects.get(code=STORE)
    save_reason_code(ReasonCode(code="WINDOW", name="Shop window"))
    _adjust(store, manager)
    _count(store, manager)
    _go_on_counting(store, helpers)


def _units(store: Store, product: Product, most: int) -> list[Serial]:
    return list(Serial.objects.in_stock(store).filter(product=product, hold__isnull=True).order_by("pk")[:most])


def _adjust(store: Store, staff: Staff) -> None:
    """One router fell off the shelf, cables turned up; one draft was a mistake, one waits."""
    router, cable, camera = (Product.objects.get(sku=sku) for sku in (ROUTER, CABLE, CAMERA))
    posted = start_adjustment(store, staff=staff, reason=Adjustment.Reason.DAMAGED, note="Fell off the shelf")
    attach(add_line(posted, router, is_minus=True), [_units(store, router, 1)[0].number], staff=staff)
    add_line(posted, cable, is_minus=False, quantity=2)
    post_adjustment(posted, staff=staff)
    discard_adjustment(start_adjustment(store, staff=staff, reason=Adjustment.Reason.OTHER), staff=staff)
    draft = start_adjustment(store, staff=staff, reason=Adjustment.Reason.MISSING, note="Not in the display case")
    attach(add_line(draft, camera, is_minus=True, quantity=2), [_units(store, camera, 1)[0].number], staff=staff)
    add_line(draft, cable, is_minus=True, quantity=3)


def _count(store: Store, staff: Staff) -> None:
    """A list of two products, one unit missing, posted."""
    products = list(Product.objects.filter(sku__in=(ROUTER, CABLE)))
    count = start_count(store, staff=staff, products=products, note="Before the holidays")
    for serial in list(to_find(count))[1:]:
        scan(count, serial.number, staff=staff)
    cable = next(product for product in products if not product.is_tracked)
    level = cable.stock_levels.get(store=store)
    set_quantity(scan(count, cable.sku, staff=staff).scan, max(level.on_hand - 1, 0), staff=staff)
    accept(count, {one.product.pk: one.signature for one in result_of(count).differing}, staff=staff)
    post_count(count, staff=staff)


def _go_on_counting(store: Store, helpers: tuple[Staff, Staff]) -> None:
    """Two people count the electronics: most of it is found, beside a unit of another store and an unknown number."""
    category = Category.objects.get(path=UNDER_WAY)
    count = start_count(store, staff=helpers[0], category=category, is_blind=False)
    here = list(to_find(count)[:24])
    for at, serial in enumerate(here[2:]):
        scan(count, serial.number, staff=helpers[at % 2])
    other = Serial.objects.in_stock().filter(product=here[0].product).exclude(store=store).order_by("pk").first()
    if other is not None:
        scan(count, other.number, staff=helpers[1])
    scan(count, f"{here[2].number[:-1]}?", staff=helpers[1], product=here[2].product)
