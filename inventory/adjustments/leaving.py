"""Which units leave when the stock of a store is lowered below its serials: what can be ticked, and what a scan says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Value, When
from django.utils.translation import gettext as _

from inventory.adjustments.models import AdjustmentLine
from inventory.adjustments.sightings import Sighting, last_sighting
from inventory.models import Product
from serials.models import Serial, SerialEvent, SerialHold
from serials.numbers import number_key
from serials.verdicts import away_text
from settings_app.models import Store

ROWS = 25  # units that are offered at a time


@dataclass(frozen=True)
class Offer:
    """One look at the units of a store: those ticked, and a page of the others."""

    ticked: Sequence[Serial]
    others: Sequence[Serial]
    count: int  # units that fit the search and are not ticked
    page: int
    find: str
    said: str  # what the last scan meant
    is_fine: bool

    @property
    def has_more(self) -> bool:
        return self.page * ROWS < self.count


def offer(
    product: Product, store: Store, ticked: Sequence[int], *, find: str = "", code: str = "", page: int = 1
) -> Offer:
    """What to show after a tick, a search or a scan. A scanned unit of the store is ticked; anything else is a search."""
    here = Serial.objects.in_stock(store).filter(product=product).select_related("hold")
    chosen = {serial.pk: serial for serial in here.filter(pk__in=ticked)}
    said, is_fine = "", True
    if code.strip():
        scanned = Serial.objects.filter(product=product).numbered(code).select_related("store", "hold__staff").first()
        said, is_fine = _read(scanned, store, chosen)
        if scanned and is_fine:
            chosen[scanned.pk] = scanned
        find = "" if scanned else code.strip()
    others = here.exclude(pk__in=chosen).order_by("created_at", "pk")
    if find:
        others = others.filter(number_key__contains=number_key(find))
    count = others.count()
    if find and code and count:
        said, is_fine = _("No unit is numbered exactly so. These contain it."), False
    shown = list(others[(page - 1) * ROWS : page * ROWS])
    return Offer(list(chosen.values()), shown, count, page, find, said, is_fine)


def _read(scanned: Serial | None, store: Store, chosen: dict[int, Serial]) -> tuple[str, bool]:
    if scanned is None:
        return _("No such serial number is on record for this product."), False
    if scanned.pk in chosen:
        return _("%(number)s is ticked already.") % {"number": scanned.number}, True
    if scanned.store_id != store.pk:
        last = SerialEvent.objects.filter(serial=scanned, sequence=F("serial__sequence")).first()
        return f"{scanned.number}: {away_text(scanned, last)}", False
    if hasattr(scanned, "hold"):
        return _("%(number)s is held by %(document)s, so it cannot leave.") % {
            "number": scanned.number,
            "document": scanned.hold.document,
        }, False
    return _("%(number)s leaves.") % {"number": scanned.number}, True


@dataclass(frozen=True)
class LineOffer:
    """A page of the units that may leave by a minus line: those that nobody saw lately first."""

    line: AdjustmentLine
    page: Page  # of serials with `seen_at`, `is_elsewhere` (on another open document) and their last event
    attached: Collection[int]
    find: str
    sighting: Sighting | None

    @property
    def groups(self) -> list[tuple[str, list[Serial]]]:
        """The units of the page below what is known of them."""
        name = self.sighting.document if self.sighting else ""
        first = _("Not seen in %(document)s") % {"document": name} if self.sighting else _("In stock")
        second = _("Counted, or held") if self.sighting else _("Held")
        units = list(self.page.object_list)
        groups = [
            (first, [one for one in units if not one.is_elsewhere and not one.seen_at]),
            (second, [one for one in units if one.is_elsewhere or one.seen_at]),
        ]
        return [(words, own) for words, own in groups if own]


def offer_line(line: AdjustmentLine, *, find: str = "", page: str | int | None = 1) -> LineOffer:
    """Which units may leave by a line. A fixed number of queries."""
    sighting = last_sighting(line.store, line.product)
    elsewhere = SerialHold.objects.filter(serial=OuterRef("pk")).exclude(
        document_type=line.document._meta.label_lower, document_id=line.document.pk
    )
    here = Serial.objects.in_stock(line.store).filter(product=line.product)
    if find:
        here = here.filter(number_key__contains=number_key(find))
    here = (
        here.annotate(
            seen_at=sighting.at if sighting else Value(None, output_field=DateTimeField()),
            is_elsewhere=Exists(elsewhere),
        )
        .annotate(after=Case(When(seen_at__isnull=True, is_elsewhere=False, then=0), default=1))
        .with_last_event()
        .select_related("hold")
        .order_by("after", "created_at", "pk")
    )
    attached = {link.serial_id for link in line.serial_links.all()}
    return LineOffer(line, Paginator(here, ROWS).get_page(page), attached, find, sighting)
