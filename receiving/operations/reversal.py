"""Taking a received shipment back, or a part of it, as far as its units have not moved on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Product
from inventory.operations import move_stock
from microbiz.money import scaled
from microbiz.transactions import operation
from receiving.costs import Lot, average_without
from receiving.errors import (
    FewerThanSerials,
    LineGone,
    MoreThanReceived,
    NothingArrived,
    ReasonMissing,
    ReversalNotOpen,
    ReversalUnderWay,
    ShipmentNotReceived,
    UnitsUnnamed,
)
from receiving.models import (
    ReversalLine,
    ReversalLineSerial,
    ShipmentLine,
    ShipmentReversal,
    VendorShipment,
)
from receiving.operations.locks import lock_shipment
from receiving.operations.orders import follow_orders, lock_order_lines
from receiving.operations.receipt import lock_products, save_costs, units_on_hand
from serials.models import Serial
from serials.operations import attach_units, move_serials, release
from settings_app.models import ShopSettings, Staff
from settings_app.operations import next_number


@dataclass(frozen=True)
class Remaining:
    """What is still to take back of one line: units, those among them that came without a serial, and the named ones."""

    line: ShipmentLine
    units: int
    unnamed: int
    here: Sequence[Serial]  # nothing happened to them since, and nobody holds them
    gone: Sequence[tuple[Serial, str]]  # moved on or held, with where they are

    @property
    def most(self) -> int:
        """How many units can be taken back."""
        return min(self.units, self.unnamed + len(self.here))


def remaining(shipment: VendorShipment) -> list[Remaining]:
    """What of a received shipment can be taken back, line by line. Reads only; a fixed number of queries."""
    lines = list(shipment.lines.with_serials())
    back = _taken_back(lines)
    named_back = set(
        ReversalLineSerial.objects.filter(
            line__shipment_line__in=lines, line__reversal__status=ShipmentReversal.Status.POSTED
        ).values_list("serial", flat=True)
    )
    came = Serial.objects.filter(pk__in=[unit.pk for line in lines for unit in line.serials])
    here = set(came.last_moved_by(shipment).filter(hold=None).values_list("pk", flat=True))
    elsewhere = {unit.pk: unit for unit in came.exclude(pk__in=here).select_related("store", "hold").with_last_event()}
    found = []
    for line in lines:
        units = line.quantity - back.get(line.pk, 0)
        named = [unit for unit in line.serials if unit.pk not in named_back]
        unnamed = units - len(named)
        gone = [(elsewhere[unit.pk], _where(elsewhere[unit.pk])) for unit in named if unit.pk not in here]
        found.append(Remaining(line, units, unnamed, [unit for unit in named if unit.pk in here], gone))
    return found


def _where(serial: Serial) -> str:
    hold = getattr(serial, "hold", None)
    if hold is not None:
        return _("held by %(document)s") % {"document": hold.document}
    parts = {"where": serial.whereabouts, "document": serial.last_document}
    return _("%(where)s, by %(document)s") % parts if serial.last_document else serial.whereabouts


def _taken_back(lines: Sequence[ShipmentLine]) -> dict[int, int]:
    """Units of each line that posted reversals took back."""
    posted = ReversalLine.objects.filter(shipment_line__in=lines, reversal__status=ShipmentReversal.Status.POSTED)
    return dict(posted.order_by().values_list("shipment_line").annotate(Sum("quantity")))


@operation
def start_reversal(shipment: VendorShipment, *, staff: Staff, reason: str, everything: bool = True) -> ShipmentReversal:
    """A draft that takes back everything of a shipment that is still here, or (`everything` off) nothing yet.

    Holds the units on it. Locks the counter, then the shipment. Raises ShipmentNotReceived, ReversalUnderWay,
    ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing(_("Say why the shipment is taken back."))
    number = next_number("VR")
    shipment = lock_shipment(shipment)
    if not shipment.is_received:
        raise ShipmentNotReceived(
            _("%(number)s is not received, so there is nothing to take back.") % {"number": shipment.number}
        )
    if other := shipment.reversals.filter(status=ShipmentReversal.Status.DRAFT).first():
        raise ReversalUnderWay(
            _("%(number)s is already being taken back by %(other)s. Finish that first.")
            % {"number": shipment.number, "other": other.number}
        )
    reversal = ShipmentReversal.objects.create(
        number=number, shipment=shipment, store=shipment.store, reason=reason.strip()[:200], staff=staff
    )
    wanted = [one for one in remaining(shipment) if one.units]
    lines = ReversalLine.objects.bulk_create(
        ReversalLine(
            reversal=reversal,
            shipment_line=one.line,
            product_id=one.line.product_id,
            quantity=one.most if everything else 0,
        )
        for one in wanted
    )
    if everything:
        offered = {line: one.here for line, one in zip(lines, wanted, strict=True)}
        attach_units(reversal, offered, staff=staff, place=shipment.store.name)
    return reversal


def lock_reversal(reversal: ShipmentReversal) -> ShipmentReversal:
    """The reversal as it is now, locked, in whatever status."""
    ShipmentReversal.objects.select_for_update().only("pk").get(pk=reversal.pk)
    return ShipmentReversal.objects.select_related("store", "shipment__vendor").get(pk=reversal.pk)


def lock_open_reversal(reversal: ShipmentReversal) -> ShipmentReversal:
    """The draft as it is now, locked, or ReversalNotOpen."""
    reversal = lock_reversal(reversal)
    if not reversal.is_open:
        raise ReversalNotOpen(
            _("%(number)s is no longer a draft: %(status)s.")
            % {"number": reversal.number, "status": reversal.get_status_display().lower()}
        )
    return reversal


@operation
def change_back(line: ReversalLine, quantity: int) -> ReversalLine:
    """Set how many units of a line are taken back. Raises FewerThanSerials below the serials on it, LineGone."""
    reversal = lock_open_reversal(line.reversal)
    found = reversal.lines.select_related("product").filter(pk=line.pk).first()
    if found is None:
        raise LineGone(_("This line is gone from %(number)s.") % {"number": reversal.number})
    if quantity < (attached := found.serial_links.count()):
        raise FewerThanSerials(
            _("%(product)s: %(count)d units are named by their serial numbers. Take those off first that stay.")
            % {"product": found.product.name, "count": attached}
        )
    found.change_quantity(quantity, staff=None)
    return found


@operation
def cancel_reversal(reversal: ShipmentReversal) -> ShipmentReversal:
    """Give a draft up and let go of its units."""
    reversal = lock_open_reversal(reversal)
    ReversalLineSerial.objects.filter(line__reversal=reversal).delete()
    release(reversal)
    reversal.status = ShipmentReversal.Status.CANCELLED
    reversal.save()
    return reversal


@operation
def post_reversal(reversal: ShipmentReversal, *, staff: Staff) -> ShipmentReversal:
    """Take the draft's units out of stock, each back to where it was before the shipment; once, however often sent.

    Purchase orders await what went back, and costs follow: the average loses these units at what they cost, and the
    last cost returns to what it was where the shipment had set it. Locks the reversal, its shipment, orders, products,
    stock levels and serials. Raises MoreThanReceived, UnitsUnnamed, NotEnoughStock, SerialsMissing or
    SerialUnavailable, naming all that is wrong, and then changes nothing.
    """
    reversal = lock_reversal(reversal)
    if reversal.status == ShipmentReversal.Status.POSTED:
        return reversal
    reversal = lock_open_reversal(reversal)
    shipment = lock_shipment(reversal.shipment)
    reversal.shipment = shipment
    lines = list(reversal.lines.with_serials().select_related("product", "shipment_line").exclude(quantity=0))
    for line in lines:
        line.reversal = reversal
    if not lines:
        raise NothingArrived(_("Nothing is on %(number)s. Say what is taken back.") % {"number": reversal.number})
    _require_remaining(shipment, lines)
    order_lines = lock_order_lines(line.shipment_line.order_line_id for line in lines)
    products = lock_products(lines)
    on_hand = units_on_hand(products)
    back = _taken_back([line.shipment_line for line in lines])
    move_stock([line.movement() for line in lines], staff=staff)
    _restore_costs(reversal, lines, products, on_hand, back, staff)
    follow_orders(order_lines, went=lines)
    move_serials(reversal, lines, staff=staff, note=reversal.reason)
    reversal.status = ShipmentReversal.Status.POSTED
    reversal.staff, reversal.posted_at = staff, timezone.now()
    reversal._history_user = staff
    reversal.save()
    return reversal


def _require_remaining(shipment: VendorShipment, lines: Sequence[ReversalLine]) -> None:
    """No more than came and is not back yet; and units that came with a serial are named."""
    left = {one.line.pk: one for one in remaining(shipment)}
    more, nameless = [], []
    tracks = ShopSettings.load().serial_numbers_enabled
    for line in lines:
        one = left[line.shipment_line_id]
        parts = {"product": line.product.name, "count": line.quantity, "attached": line.attached}
        parts |= {"units": one.units, "unnamed": max(one.unnamed, 0)}
        if line.quantity > one.units:
            more.append(_("%(product)s: %(count)d to take back, but only %(units)d are left of it.") % parts)
        elif tracks and line.product.is_tracked and line.quantity - line.attached > max(one.unnamed, 0):
            nameless.append(
                _(
                    "%(product)s: %(attached)d of %(count)d units are named, but only %(unnamed)d of what came has no "
                    "serial number. Scan which ones go, or lower the units."
                )
                % parts
            )
    if more:
        raise MoreThanReceived(" ".join(more))
    if nameless:
        raise UnitsUnnamed(" ".join(nameless))


def _value(line: ReversalLine, back: int) -> int:
    """What these units cost, freight included; all reversals of a line together give back exactly what it cost."""
    source = line.shipment_line
    until, before = back + line.quantity, back
    return scaled(source.landed, until, source.quantity) - scaled(source.landed, before, source.quantity)


def _restore_costs(reversal, lines: Sequence[ReversalLine], products, on_hand, back, staff: Staff) -> None:
    by_product: dict[int, list[ReversalLine]] = defaultdict(list)
    for line in lines:
        if line.shipment_line.unit_cost is not None:
            by_product[line.product_id].append(line)
    for pk, own in by_product.items():
        product: Product = products[pk]
        lot = Lot(
            sum(line.quantity for line in own),
            sum(_value(line, back.get(line.shipment_line_id, 0)) for line in own),
        )
        product.average_cost = average_without(on_hand.get(pk, 0), product.average_cost, lot)
        _restore_last_cost(product, own, back)
    save_costs([products[pk] for pk in by_product], reason=str(reversal), staff=staff)


def _restore_last_cost(product: Product, lines: Sequence[ReversalLine], back: dict[int, int]) -> None:
    """The cost from before the shipment, once the whole of it is back and nobody has set another since."""
    sources = [line.shipment_line for line in lines]
    whole = all(back.get(line.shipment_line_id, 0) + line.quantity == line.shipment_line.quantity for line in lines)
    set_by_shipment = Lot(sum(one.quantity for one in sources), sum(one.landed for one in sources)).unit_cost
    if whole and product.cost == set_by_shipment:
        product.cost = sources[0].cost_before
