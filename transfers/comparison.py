"""What was sent against what came: per unit, per product, and for the whole transfer. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Product
from serials.models import Serial
from settings_app.models import ShopSettings
from transfers.models import ArrivalLine, Discrepancy, Outcome, Transfer, TransferLine


class Result(StrEnum):
    """Where a unit, or so many without a serial number, stand in the comparison."""

    ARRIVED = "arrived"
    MISSING = "missing"
    STILL = "still"
    BACK = "back"
    LOST = "lost"
    UNEXPECTED = "unexpected"
    WRONG_UNIT = "wrong_unit"
    SEND_BACK = "send_back"


UNEXPECTED = frozenset({Result.UNEXPECTED, Result.WRONG_UNIT, Result.SEND_BACK})
OPEN = frozenset({Result.MISSING, Result.UNEXPECTED})  # a decision is asked for


@dataclass(frozen=True)
class Row:
    """One unit, or (`serial` is None) `quantity` units of a product without serial numbers.

    `at` is when it was scanned or decided on. What is posted stays; the rest can be undone.
    """

    product: Product
    result: Result
    quantity: int = 1
    serial: Serial | None = None
    at: datetime | None = None
    is_posted: bool = False
    discrepancy: Discrepancy | None = None

    @property
    def is_undecided(self) -> bool:
        return self.result in OPEN

    @property
    def is_expected(self) -> bool:
        return self.result not in UNEXPECTED

    @property
    def has_arrived(self) -> bool:
        return self.result in (Result.ARRIVED, Result.WRONG_UNIT)

    @property
    def name(self) -> str:
        if self.serial is not None:
            return self.serial.number
        return _("%(quantity)d × %(product)s") % {"quantity": self.quantity, "product": self.product.name}

    @property
    def words(self) -> str:
        return {
            Result.ARRIVED: _("Arrived"),
            Result.MISSING: _("Missing"),
            Result.STILL: _("Stays in transit"),
            Result.BACK: _("Back at the sender"),
            Result.LOST: _("Lost"),
            Result.UNEXPECTED: _("Unexpected"),
            Result.WRONG_UNIT: _("Wrong unit, received"),
            Result.SEND_BACK: _("Goes back"),
        }[self.result]


@dataclass
class ProductComparison:
    """One product of a transfer: its rows, and how many of it may still be counted."""

    product: Product
    tracks: bool = True  # the add-on is on, so that units are told apart by their numbers
    rows: list[Row] = field(default_factory=list)
    waiting: list[ArrivalLine] = field(default_factory=list)  # lines that are not posted yet
    loose_out: int = 0  # units that were sent without a serial number
    loose_settled: int = 0  # of those, posted

    @property
    def line(self) -> ArrivalLine | None:
        """Where what arrives waits for its posting."""
        return next((line for line in self.waiting if line.outcome == Outcome.ARRIVED), None)

    @property
    def outstanding(self) -> int:
        """Units of which no end is posted yet."""
        return sum(row.quantity for row in self.rows if row.is_expected and not row.is_posted)

    @property
    def outstanding_loose(self) -> int:
        return self.loose_out - self.loose_settled

    @property
    def counted(self) -> int:
        """Units counted so far; while the add-on is off those that were scanned before among them."""
        if self.line is None:
            return 0
        return self.line.counted if self.tracks else self.line.has_come

    @property
    def is_tracked(self) -> bool:
        """Whether a unit of it that has no number is asked for one."""
        return self.tracks and self.product.is_tracked

    @property
    def is_counted(self) -> bool:
        """Whether some of it comes without serial numbers, so that it is counted."""
        return bool(self.outstanding_loose or self.counted or not self.is_tracked)

    def loose(self, line: TransferLine | ArrivalLine) -> int:
        """The units of a line that are counted, not scanned."""
        return line.quantity - (line.attached if self.tracks else 0)

    def units(self, *results: Result, posted: bool | None = None) -> int:
        """How many units stand at one of these results; only what is posted, or is not, if asked."""
        return sum(
            row.quantity for row in self.rows if row.result in results and (posted is None or row.is_posted == posted)
        )

    @property
    def out(self) -> int:
        """Units that left the sender: those that were sent, and those sent by mistake and received."""
        return sum(row.quantity for row in self.rows if row.is_expected or row.result is Result.WRONG_UNIT)

    @property
    def arrived(self) -> int:
        return self.units(Result.ARRIVED, Result.WRONG_UNIT)

    @property
    def unexpected(self) -> int:
        return self.units(*UNEXPECTED)

    @property
    def in_transit(self) -> int:
        """What would stay in transit if this were posted now."""
        return self.units(Result.MISSING, Result.STILL)


@dataclass
class Comparison:
    """The whole transfer, its products by name, and what was read for it."""

    transfer: Transfer
    sent: Sequence[TransferLine]
    arrivals: Sequence[ArrivalLine]
    told: Sequence[Discrepancy]
    tracks: bool  # the add-on is on
    products: Sequence[ProductComparison] = field(init=False)

    def __post_init__(self):
        self.products = _by_product(self)

    def again(self) -> "Comparison":
        """The comparison as it is once what was read for it has been changed and written. Reads nothing."""
        return replace(self)

    @property
    def rows(self) -> list[Row]:
        return [row for product in self.products for row in product.rows]

    @property
    def undecided(self) -> list[Row]:
        return [row for row in self.rows if row.is_undecided]

    @property
    def to_post(self) -> int:
        """Units that the next receipt takes into the receiver's stock."""
        return sum(product.units(Result.ARRIVED, Result.WRONG_UNIT, posted=False) for product in self.products)

    @property
    def out(self) -> int:
        return sum(product.out for product in self.products)

    @property
    def outstanding(self) -> int:
        return sum(product.outstanding for product in self.products)

    @property
    def arrived(self) -> int:
        return sum(product.arrived for product in self.products)

    @property
    def in_transit(self) -> int:
        return sum(product.in_transit for product in self.products)

    def count(self, *results: Result) -> int:
        return sum(product.units(*results) for product in self.products)

    def of(self, product: Product) -> ProductComparison:
        found = next((one for one in self.products if one.product == product), None)
        return found or ProductComparison(product, self.tracks)

    @property
    def sum_line(self) -> str:
        """Out is in, back, lost and still in transit, in words; always true."""
        parts = [_("%(count)d in") % {"count": self.arrived}]
        if back := self.count(Result.BACK):
            parts.append(_("%(count)d back") % {"count": back})
        if lost := self.count(Result.LOST):
            parts.append(_("%(count)d lost") % {"count": lost})
        parts.append(_("%(count)d still in transit") % {"count": self.in_transit})
        return _("%(out)d out = %(parts)s") % {"out": self.out, "parts": " + ".join(parts)}

    @property
    def why_not(self) -> str:
        """Why it cannot be received yet, with the next step, or nothing."""
        units = sum(row.quantity for row in self.undecided)
        if units:
            return ngettext("%(count)d unit still needs a decision", "%(count)d units still need a decision", units) % {
                "count": units
            }
        return ""


def compare(transfer: Transfer) -> Comparison:
    """Compare a transfer that was sent with what came of it so far. A fixed number of queries."""
    sent = list(transfer.lines.with_serials())
    arrivals = list(transfer.arrivals.with_serials())
    everything: list[TransferLine | ArrivalLine] = [*sent, *arrivals]
    for line in everything:
        line.transfer = transfer
    told = list(transfer.discrepancies.select_related("product", "serial__store", "decided_by", "line"))
    return Comparison(transfer, sent, arrivals, told, tracks=ShopSettings.load().serial_numbers_enabled)


def _by_product(whole: Comparison) -> list[ProductComparison]:
    by_product: dict[int, ProductComparison] = {}
    everything: list[TransferLine | ArrivalLine | Discrepancy] = [*whole.sent, *whole.arrivals, *whole.told]
    for one in everything:
        by_product.setdefault(one.product_id, ProductComparison(one.product, whole.tracks))
    for arrival in whole.arrivals:
        if arrival.posted_at is None:
            by_product[arrival.product_id].waiting.append(arrival)
    for product, found in by_product.items():
        own_arrivals = [line for line in whole.arrivals if line.product_id == product]
        own_told = [one for one in whole.told if one.product_id == product]
        own_sent = [line for line in whole.sent if line.product_id == product]
        if whole.tracks:
            _add_units(found, own_sent, own_arrivals, own_told)
        _add_loose(found, own_sent, own_arrivals, own_told)
    return sorted(by_product.values(), key=lambda one: (one.product.name, one.product.pk))


def _add_units(
    found: ProductComparison,
    sent: Iterable[TransferLine],
    arrivals: Iterable[ArrivalLine],
    told: Iterable[Discrepancy],
) -> None:
    """A row for each serial number: what was not expected first, then in the order of sending."""
    came: dict[int, tuple[ArrivalLine, datetime]] = {}
    for arrival in arrivals:
        if arrival.outcome != Outcome.WRONG_UNIT:
            came |= {link.serial_id: (arrival, link.at) for link in arrival.serial_links.all()}
    decided = {one.serial_id: one for one in told if one.kind == Discrepancy.Kind.MISSING and one.posted_at is None}
    decided |= {one.serial_id: one for one in told if one.line_id and one.kind == Discrepancy.Kind.MISSING}
    for one in told:
        if one.kind == Discrepancy.Kind.UNEXPECTED and one.serial_id:
            result = Result(one.decision) if one.decision else Result.UNEXPECTED
            found.rows.append(Row(found.product, result, 1, one.serial, one.found_at, one.posted_at is not None, one))
    for line in sent:
        for link in line.serial_links.all():
            discrepancy = decided.get(link.serial_id)
            if link.serial_id in came:
                arrival, at = came[link.serial_id]
                result = Result(arrival.outcome)
                row = Row(found.product, result, 1, link.serial, at, arrival.posted_at is not None, discrepancy)
            elif discrepancy is not None:
                row = Row(found.product, Result.STILL, 1, link.serial, discrepancy.decided_at, False, discrepancy)
            else:
                row = Row(found.product, Result.MISSING, 1, link.serial)
            found.rows.append(row)


def _add_loose(
    found: ProductComparison,
    sent: Iterable[TransferLine],
    arrivals: Iterable[ArrivalLine],
    told: Iterable[Discrepancy],
) -> None:
    """Rows for units without serial numbers: so many that are known to have ended one way, then what is left.

    While the add-on is off no number is shown, and every unit is one of these.
    """
    found.loose_out = sum(map(found.loose, sent))
    posted = [line for line in arrivals if line.posted_at is not None and line.outcome != Outcome.WRONG_UNIT]
    found.loose_settled = sum(map(found.loose, posted))
    if came_before := sum(found.loose(line) for line in posted if line.outcome == Outcome.ARRIVED):
        found.rows.append(Row(found.product, Result.ARRIVED, came_before, is_posted=True))
    missing = over = 0
    for one in told:
        is_posted = one.posted_at is not None
        if (one.serial_id and found.tracks) or (is_posted and one.decision == Discrepancy.Decision.STILL):
            continue  # what was said to be still on its way is asked about anew
        result = Result(one.decision) if one.decision else Result.UNEXPECTED
        found.rows.append(Row(found.product, result, one.quantity, None, one.decided_at, is_posted, one))
        if not is_posted and one.kind == Discrepancy.Kind.MISSING:
            missing += one.quantity
        elif not is_posted:
            over += one.quantity
    expected, counted = found.outstanding_loose, found.counted
    came = min(counted, expected)
    for state, count in (
        (Result.ARRIVED, came),
        (Result.MISSING, expected - came - missing),
        (Result.UNEXPECTED, counted - came - over),
    ):
        if count > 0:
            found.rows.append(Row(found.product, state, count))
