"""Making units and serials agree: each fix is kept with who, when and why, and undone by entries in the ledgers.

Lock order: the fix, a document, stock levels by (store, product), serials by pk.
"""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Product
from inventory.operations import lock_levels
from microbiz.transactions import operation
from serials import operations
from serials.errors import FixUndone, NothingToFix, SerialUnavailable, UnitMovedOn
from serials.fixes import fix_kind
from serials.history import histories
from serials.models import Fix, FixUnit, Serial, SerialHold, SerializedLine
from serials.operations import counted, take_back_last, write_events
from serials.policy import Moment, State
from serials.verdicts import away_text, held_text
from settings_app.models import Staff, Store

RECORDED, GONE, MOVED, NAMED = "recorded", "gone", "moved", "named"
CORRECTED, EXCHANGED = "corrected", "exchanged"


def keep_fix(
    kind: str,
    product: Product,
    store: Store,
    serials: Sequence[Serial],
    before: Mapping[int, int],
    *,
    staff: Staff,
    reason: str = "",
    line: SerializedLine | None = None,
    document=None,
    quantity: int | None = None,
) -> Fix:
    """Keep what was done, for the history of fixes. `before` says at which sequence each unit's history stood."""
    document = document or (line.document if line else None)
    fix = Fix.objects.create(
        kind=kind,
        product=product,
        store=store,
        quantity=quantity or len(serials),
        reason=reason.strip()[:200],
        document_type=document._meta.label_lower if document else "",
        document_id=document.pk if document else None,
        document=document.number if document else "",
        line_type=line._meta.label_lower if line else "",
        line_id=line.pk if line else None,
        staff=staff,
    )
    FixUnit.objects.bulk_create(
        FixUnit(fix=fix, serial=serial, before=before[serial.pk], after=serial.sequence) for serial in serials
    )
    return fix


@operation
def record_shelf(product: Product, store: Store, numbers: Sequence[str], *, staff: Staff, reason: str = "") -> Fix:
    """Give numbers to units on the shelf, as `record` does, and keep it as a fix."""
    known = dict(Serial.objects.filter(product=product).numbered(*numbers).values_list("pk", "sequence"))
    serials = operations.record(product, store, numbers, staff=staff, note=reason)
    before = {serial.pk: known.get(serial.pk, 0) for serial in serials}
    return keep_fix(RECORDED, product, store, serials, before, staff=staff, reason=reason)


@operation
def say_gone(
    product: Product,
    store: Store,
    serials: Collection[Serial],
    *,
    staff: Staff,
    moment: Moment = Moment.SALE,
    reason: str = "",
) -> Fix:
    """Say which recorded units left a store without being named, as `name_gone` does, and keep it as a fix."""
    gone = operations.name_gone(product, store, serials, staff=staff, moment=moment, reason=reason)
    before = {serial.pk: serial.sequence - 1 for serial in gone}
    return keep_fix(GONE, product, store, gone, before, staff=staff, reason=reason)


@operation
def move_record(product: Product, serial: Serial, to: Store, *, staff: Staff, reason: str = "") -> Fix:
    """Put a unit that stands in `to` on record there: it is on record at another store, which has no unit for it.

    No unit moves, so no stock level changes. Raises SerialUnavailable when the unit is not in stock at another store
    or is held, NothingToFix when that store has a unit for each of its serials, or `to` a serial for each unit.
    """
    origin = Serial.objects.values_list("store", flat=True).get(pk=serial.pk)
    stores = {store for store in (origin, to.pk) if store}
    levels = lock_levels({(store, product.pk) for store in stores})
    unit = Serial.objects.select_for_update(of=("self",)).get(pk=serial.pk)
    hold = SerialHold.objects.filter(serial=unit).select_related("staff").first()
    if hold or unit.state != State.IN_STOCK or unit.store_id != origin or origin == to.pk:
        text = held_text(hold) if hold else away_text(unit, None)
        raise SerialUnavailable(f"{unit.number}: {text}")
    if levels[origin, product.pk].serials <= levels[origin, product.pk].on_hand:
        raise NothingToFix(
            _("%(number)s is on record at %(store)s, which has a unit for each of its serials. Transfer it from there.")
            % {"number": unit.number, "store": levels[origin, product.pk].store.name}
        )
    if levels[to.pk, product.pk].serials >= levels[to.pk, product.pk].on_hand:
        raise NothingToFix(
            _("Every unit at %(store)s has its serial number. Count, and adjust the stock if there are more.")
            % {"store": to.name}
        )
    before = {unit.pk: unit.sequence}
    note = _("It was on record at %(store)s.") % {"store": levels[origin, product.pk].store.name}
    note = " ".join(filter(None, [note, reason.strip()]))
    with counted([unit]):
        unit.store_id = to.pk
        write_events([unit], Moment.MOVE, staff=staff, note=note[:200])
    return keep_fix(MOVED, product, to, [unit], before, staff=staff, reason=reason)


@operation
def undo_fix(fix: Fix, *, staff: Staff) -> Fix:
    """Put everything back as it was before a fix, by entries in the ledgers, once.

    Raises FixUndone, or UnitMovedOn naming every unit to which something happened since.
    """
    fix = Fix.objects.select_for_update(of=("self",)).select_related("product", "store").get(pk=fix.pk)
    if fix.is_undone:
        raise FixUndone(_("%(who)s has undone this already.") % {"who": fix.undone_by})
    fix_kind(fix.kind).undo(fix, staff=staff)
    fix.undone_at, fix.undone_by = timezone.now(), staff
    fix.save(update_fields=["undone_at", "undone_by"])
    return fix


@operation
def undo_events(fix: Fix, *, staff: Staff) -> None:
    """Undo a fix that wrote only events of its units."""
    now = fix.units.values_list("serial__store", flat=True)
    before = fix.units.filter(serial__events__sequence=F("before")).values_list("serial__events__store", flat=True)
    lock_levels({(store, fix.product_id) for store in {fix.store_id, *now, *before} if store})
    take_back(fix, lock_units(fix), staff=staff)


def lock_units(fix: Fix) -> list[Serial]:
    """The units of a fix, locked, if nothing happened to any of them since."""
    units = {unit.serial_id: unit for unit in fix.units.all()}
    serials = list(Serial.objects.select_for_update(of=("self",)).filter(pk__in=units).order_by("pk"))
    holds = {hold.serial_id: hold for hold in SerialHold.objects.filter(serial__in=serials).select_related("staff")}
    moved = [serial for serial in serials if serial.pk in holds or serial.sequence != units[serial.pk].after]
    if moved:
        last = {pk: held[-1] if held else None for pk, held in histories(moved).items()}
        raise UnitMovedOn(
            " ".join(
                [
                    _("This cannot be undone any more, because something happened since."),
                    *(
                        f"{one.number}: {held_text(holds[one.pk]) if one.pk in holds else away_text(one, last[one.pk])}"
                        for one in moved
                    ),
                ]
            )
        )
    return serials


def take_back(fix: Fix, serials: Sequence[Serial], *, staff: Staff) -> None:
    """Take back what a fix wrote into the histories of its locked units. Fixed statements."""
    before = dict(fix.units.values_list("serial", "before"))
    note = _("Undone: %(what)s.") % {"what": str(fix_kind(fix.kind).done).lower()}
    while serials:
        found = histories(serials)
        serials = [one for one in serials if found[one.pk] and found[one.pk][-1].sequence > before[one.pk]]
        take_back_last(serials, staff=staff, note=note)
