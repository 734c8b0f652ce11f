"""Finding stock counts: by number for the look-up, and the last one that saw a product's shelf."""

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from inventory.adjustments.sightings import Sighting
from inventory.counts.models import CountScan, StockCount
from inventory.models import Product
from inventory.scans import read_scan
from microbiz.lookups import Found
from settings_app.models import Store


def find_counts(code: str, staff) -> list[Found]:
    """The stock count with this number, of one's own stores."""
    number = read_scan(code).text
    if not number or not staff.has_perm("counts.count_stock"):
        return []
    found = StockCount.objects.for_staff(staff).filter(number=number.upper()).select_related("store", "category")
    return [
        Found(
            _("Stock count"),
            one.number,
            _("%(scope)s at %(store)s, %(status)s")
            % {"scope": one.scope_text, "store": one.store, "status": one.get_status_display().lower()},
            one.get_absolute_url(),
            "clipboard-check",
        )
        for one in found
    ]


def last_seen(store: Store, product: Product) -> Sighting | None:
    """The last count that saw a product's shelf, unless it was given up, and when it saw each unit."""
    scans = CountScan.objects.live().filter(product=product, finding__in=CountScan.EVIDENCE)
    counts = StockCount.objects.filter(Exists(scans.filter(count=OuterRef("pk"))), store=store)
    count = counts.exclude(status=StockCount.Status.CANCELLED).order_by("-pk").first()
    if count is None:
        return None
    seen = scans.filter(count=count, serial=OuterRef("pk"))
    return Sighting(count.number, count.get_absolute_url(), Subquery(seen.values("at")[:1]))
