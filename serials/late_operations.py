"""Completed documents put right: units named that went through without a serial, and one serial swapped for another.

The stock level stays: the unit was counted when the document completed. Lock order: document, stock levels by
(store, product), serials by pk.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import StockLevel, StockMovement
from inventory.operations import lock_levels
from microbiz.transactions import operation
from serials.errors import (
    NotCompleted,
    NotOnLine,
    ReasonMissing,
    SerialUnavailable,
    TooManySerials,
    UnitMovedOn,
)
from serials.fix_operations import CORRECTED, EXCHANGED, NAMED, keep_fix, lock_units, take_back
from serials.history import histories
from serials.models import Fix, Serial, SerialHold, SerializedLine
from serials.numbers import number_key, valid_number
from serials.operations import create, pass_moment, put_on_record, take_back_last
from serials.policy import DEPARTURES, STEPS, State, may_add_new
from serials.verdicts import away_text, held_text, judge
from settings_app.models import Staff


def completion(line: SerializedLine) -> StockMovement | None:
    """The movement by which this line's document moved its units, or None: not completed, or it moves no stock."""
    arrives = STEPS[line.moment].leaves == State.IN_STOCK
    document = line.document
    moved = StockMovement.objects.filter(
        document_type=document._meta.label_lower,
        document_id=document.pk,
        product=line.product_id,
        store=line.destination if arrives else line.store,
    )
    moved = moved.filter(quantity__gt=0) if arrives else moved.filter(quantity__lt=0)
    return moved.order_by("pk").first()


def may_be_named(line: SerializedLine) -> bool:
    """Whether this line completed with fewer serials than units, so that the others may be named afterwards."""
    return not line.is_open and line.missing > 0 and not line.why_not_late and completion(line) is not None


def line_of_last(serial: Serial) -> SerializedLine | None:
    """The completed line by which a unit is where it is, if a document brought it there: where it may be corrected."""
    held = histories([serial])[serial.pk]
    last = held[-1] if held else None
    if last is None or last.document_id is None:
        return None
    for model in apps.get_models():
        if not issubclass(model, SerializedLine):
            continue
        name = model.store_path.partition("__")[0]
        if model._meta.get_field(name).related_model._meta.label_lower != last.document_type:
            continue
        for line in model._default_manager.filter(**{name: last.document_id, "serial_links__serial": serial.pk}):
            if line.moment == last.kind and not line.is_open:
                return line
    return None


def _lock_closed(line: SerializedLine) -> SerializedLine:
    """The line as it is now, its document locked and no longer open for it."""
    document = type(line.document)._default_manager.select_for_update(of=("self",)).get(pk=line.document.pk)
    line = type(line)._default_manager.with_serials().get(pk=line.pk)
    if line.is_open:
        raise NotCompleted(
            _("%(document)s is still open: change its serial numbers there.") % {"document": _named(document)}
        )
    return line


@operation
def name_late(
    line: SerializedLine, numbers: Sequence[str], *, staff: Staff, new: Collection[str] = (), reason: str = ""
) -> Fix:
    """Name units of a completed line that was completed short, as if they had been scanned then.

    Each unit passes the line's moment now, by that document: one that a receipt sold can come back on it. Numbers
    also in `new` are put on record first, where they are not yet. Raises NotCompleted, TooManySerials, or SerialUnavailable naming every unit that the document cannot have had.
    """
    line = _lock_closed(line)
    moved = completion(line)
    if moved is None:
        raise NotCompleted(_("%(document)s moved nothing, so no unit of it can be named.") % _of(line))
    if line.why_not_late:
        raise NotCompleted(line.why_not_late)
    numbers = list({number_key(number): valid_number(number) for number in numbers}.values())
    if not numbers:
        raise NotOnLine(_("Scan the unit first."))
    if len(numbers) > line.missing:
        raise TooManySerials(
            ngettext(
                "%(document)s: %(missing)d unit of this line has no serial number, but %(serials)d are named.",
                "%(document)s: %(missing)d units of this line have no serial number, but %(serials)d are named.",
                line.missing,
            )
            % {**_of(line), "missing": line.missing, "serials": len(numbers)}
        )
    room = _Room(line)
    found = _find(line, numbers, new, staff=staff)
    _require_fit(line, found.serials, moved.at, just_recorded=found.just_recorded)
    line.serial_links.model.objects.bulk_create(line.new_links(found.serials))
    note = " ".join(filter(None, [_("Named afterwards."), reason.strip()]))
    pass_moment(line.document, [(serial, line) for serial in found.serials], staff=staff, note=note[:200])
    room.require()
    store = line.store
    return keep_fix(NAMED, line.product, store, found.serials, found.before, line=line, staff=staff, reason=reason)


@operation
def correct(
    line: SerializedLine, wrong: Serial, number: str, *, staff: Staff, reason: str, is_new: bool = False
) -> Fix:
    """Swap `wrong` on a completed line for the unit that was meant, in one transaction and in both histories.

    `wrong` is again as before the document; the other passes the document's moment in its place, and links follow.
    With `is_new` a number on record nowhere is put there first. Raises UnitMovedOn when something happened to
    `wrong` since, SerialUnavailable when the other cannot have been on the document, NotOnLine, ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing(_("Say why the serial number is corrected."))
    line = _lock_closed(line)
    units, before = _swap(line, wrong, number, staff=staff, reason=reason, is_new=is_new)
    return keep_fix(CORRECTED, line.product, line.store, units, before, line=line, staff=staff, reason=reason)


def _swap(line, wrong: Serial, number: str, *, staff, reason: str, is_new: bool = False):
    """The correction itself, on a line whose document is locked: the units, and where their histories stood before."""
    room = _Room(line)
    found = _find(line, [valid_number(number)], [number] if is_new else [], staff=staff, also=wrong)
    wrong = next(serial for serial in found.serials if serial.pk == wrong.pk)
    right = next(serial for serial in found.serials if serial.number_key == number_key(number))
    link = line.serial_links.filter(serial=wrong).first()
    if link is None:
        raise NotOnLine(_("%(number)s is not on %(document)s any more.") % {"number": wrong, **_of(line)})
    if right == wrong:
        raise NotOnLine(_("%(number)s is the one that stands there. Scan the unit that was meant.") % {"number": wrong})
    since = _require_unmoved(line, wrong)
    _require_fit(line, [right], since, just_recorded=found.just_recorded)
    line.swap(link, right)
    told = {"document": line.document, "wrong": wrong.number, "right": right.number, "reason": reason.strip()}
    take_back_last([wrong], staff=staff, note=_("Not on %(document)s: %(right)s was meant. %(reason)s") % told)
    note = _("In place of %(wrong)s. %(reason)s") % told
    pass_moment(line.document, [(right, line)], staff=staff, note=note[:200])
    room.require()
    return [right, wrong], found.before


def mixed_up_with(line: SerializedLine, number: str) -> SerializedLine | None:
    """The completed line of another document that has this unit, where the two may have got each other's: of the
    same product, store and departure."""
    unit = Serial.objects.filter(product=line.product_id, number_key=number_key(number)).first()
    other = line_of_last(unit) if unit and line.moment in DEPARTURES else None
    fits = other is not None and (other.moment, other.store) == (line.moment, line.store)
    return other if fits and other.document != line.document else None


@operation
def exchange(line: SerializedLine, serial: Serial, number: str, *, staff: Staff, reason: str) -> Fix:
    """Two completed documents have each other's unit: each gets the one that it really moved, in one transaction.

    Locks both documents. Raises as `correct` does; SerialUnavailable where no other document has the unit.
    """
    if not reason.strip():
        raise ReasonMissing(_("Say why the serial numbers are corrected."))
    other = mixed_up_with(line, number)
    if other is None:
        raise SerialUnavailable(
            _("%(number)s is on no other completed document of %(store)s.") % {"number": number, "store": line.store}
        )
    unit = Serial.objects.get(product=line.product_id, number_key=number_key(number))
    units, before = _exchange((line, serial), (other, unit), staff=staff, reason=reason)
    return keep_fix(EXCHANGED, line.product, line.store, units, before, line=line, staff=staff, reason=reason)


def _exchange(*pairs: tuple[SerializedLine, Serial], staff, reason: str):
    """Swap the units of two completed lines, each unmoved since and there when the other document moved its goods."""
    pairs = tuple(sorted(pairs, key=lambda pair: (pair[0]._meta.label_lower, pair[0].document.pk)))
    lines = [_lock_closed(line) for line, _serial in pairs]
    room = _Room(lines[0])
    locked = {
        unit.pk: unit
        for unit in Serial.objects.select_for_update(of=("self",))
        .filter(pk__in=[serial.pk for _line, serial in pairs])
        .order_by("pk")
    }
    units = [locked[serial.pk] for _line, serial in pairs]
    before = {unit.pk: unit.sequence for unit in units}
    links = [line.serial_links.filter(serial=unit).first() for line, unit in zip(lines, units, strict=True)]
    if None in links:
        raise NotOnLine(_("%(document)s was corrected meanwhile. Look at it again.") % _of(lines[links.index(None)]))
    moved = [_require_unmoved(line, unit) for line, unit in zip(lines, units, strict=True)]
    held = histories(units)
    for unit, line, since in zip(units, reversed(lines), reversed(moved), strict=True):
        if len(held[unit.pk]) > 1 and held[unit.pk][-2].at > since:
            raise SerialUnavailable(
                _("%(number)s was not there yet when %(document)s was completed.") % {"number": unit, **_of(line)}
            )
    for link, line, unit in zip(links, lines, reversed(units), strict=True):
        line.swap(link, unit)
    told = {"one": lines[0].document, "other": lines[1].document, "reason": reason.strip()}
    note = _("%(one)s and %(other)s had each other's unit. %(reason)s") % told
    take_back_last(units, staff=staff, note=note)
    for line, unit in zip(lines, reversed(units), strict=True):
        pass_moment(line.document, [(unit, line)], staff=staff, note=note[:200])
    room.require()
    return units, before


@operation
def undo_exchange(fix: Fix, *, staff: Staff) -> None:
    """Give two documents their units back, as another exchange would, where nothing happened to either since."""
    found = list(fix.units.select_related("serial"))
    units = [unit.serial for unit in found]
    lines = [line_of_last(unit) for unit in units]
    if None in lines or any(unit.serial.sequence != unit.after for unit in found):
        lock_units(fix)  # says what happened to them since
    _exchange(*zip(lines, units, strict=True), staff=staff, reason=_("Correction undone."))


@operation
def undo_naming(fix: Fix, *, staff: Staff) -> None:
    """Take the units that a fix named off their completed line again, where nothing happened to them since."""
    line = _lock_closed(_line_of(fix))
    _Room(line)
    units = lock_units(fix)
    line.serial_links.filter(serial__in=units).delete()
    take_back(fix, units, staff=staff)


@operation
def undo_correction(fix: Fix, *, staff: Staff) -> None:
    """Swap the two units of a correction back, as another correction would."""
    line = _lock_closed(_line_of(fix))
    on_line = {link.serial_id for link in line.serial_links.all()}
    right = [unit.serial for unit in fix.units.select_related("serial") if unit.serial_id in on_line]
    wrong = [unit.serial for unit in fix.units.select_related("serial") if unit.serial_id not in on_line]
    if len(right) != 1 or len(wrong) != 1:
        raise NotOnLine(_("%(document)s was corrected again since. Undo that first.") % _of(line))
    units, _before = _swap(line, right[0], wrong[0].number, staff=staff, reason=_("Correction undone."))
    take_back(fix, units[1:], staff=staff)  # what the correction itself had put on record


def _line_of(fix: Fix) -> SerializedLine:
    model = apps.get_model(fix.line_type)
    return model._default_manager.select_related("product", model.store_path).get(pk=fix.line_id)


@dataclass(frozen=True)
class _Found:
    """Locked units, by pk the sequences at which their histories stood before, and which went on record just now."""

    serials: Sequence[Serial]
    before: dict[int, int]
    just_recorded: Collection[int]


def _find(line, numbers, new, *, staff, also: Serial | None = None) -> _Found:
    """The units of these numbers (and `also`), locked; those in `new` that are none yet are put on record.

    A departure's new unit stood on the shelf; an arrival's comes with the document. Nothing else can be new.
    """
    keys = {number_key(number): number for number in numbers}
    units = Serial.objects.filter(product=line.product_id, number_key__in=keys)
    stood = dict(units.values_list("number_key", "sequence"))
    ours = set(units.exclude(pk__in=Serial.objects.not_ours()).values_list("number_key", flat=True))
    wanted = {number_key(number) for number in new} if may_add_new(line.moment) else set()
    fresh = [number for key, number in keys.items() if key in wanted and key not in ours]
    if fresh:
        if line.is_arrival:
            create(line.product, fresh)
        else:
            put_on_record(line.product, line.store, fresh, staff=staff)
    locked = Serial.objects.select_for_update(of=("self",)).filter(product=line.product_id)
    one_of_them = Q(number_key__in=keys) | Q(pk=also.pk if also else None)
    serials = list(locked.filter(one_of_them).order_by("pk"))
    found = {serial.number_key for serial in serials}
    if lacking := [number for key, number in keys.items() if key not in found]:
        raise SerialUnavailable(" ".join(f"{verdict.number}: {verdict.text}" for verdict in judge(line, lacking)))
    recorded = {number_key(number) for number in fresh}
    return _Found(
        serials,
        {s.pk: stood.get(s.number_key, 0) if s.number_key in recorded else s.sequence for s in serials},
        {s.pk for s in serials if s.number_key in recorded},
    )


def _require_fit(line, serials: Sequence[Serial], since: datetime, *, just_recorded: Collection[int]) -> None:
    """Each unit is where the document took its units from, free, and nothing happened to it since."""
    wrong = [
        f"{verdict.number}: {verdict.text}"
        for verdict in judge(line, [s.number for s in serials])
        if not verdict.is_fine or verdict.serial.pk in {link.serial_id for link in line.serial_links.all()}
    ]
    if not wrong:
        for pk, held in histories([serial for serial in serials if serial.pk not in just_recorded]).items():
            if held and held[-1].at > since:
                number = next(serial.number for serial in serials if serial.pk == pk)
                told = {"number": number, "what": held[-1].get_kind_display().lower(), **_of(line)}
                wrong.append(
                    _("%(number)s: %(what)s after %(document)s, so it cannot be the one. Look at its history.") % told
                )
    if wrong:
        raise SerialUnavailable(" ".join(wrong))


def _require_unmoved(line, wrong: Serial) -> datetime:
    """When the document moved the unit that it names wrongly; nothing happened to it since."""
    hold = SerialHold.objects.filter(serial=wrong).select_related("staff").first()
    last = histories([wrong])[wrong.pk][-1]
    document = line.document
    is_its = (last.document_type, last.document_id, last.kind) == (
        document._meta.label_lower,
        document.pk,
        line.moment,
    )
    if hold or not is_its:
        where = held_text(hold) if hold else away_text(wrong, last)
        raise UnitMovedOn(
            _("%(number)s has moved on since %(document)s, so it cannot be corrected there. %(where)s")
            % {"number": wrong, "where": where, **_of(line)}
        )
    moved = completion(line)
    return moved.at if moved else last.at


class _Room:
    """Locks the levels that a line concerns, and holds that naming never adds serials beyond units there."""

    def __init__(self, line):
        self.before = lock_levels({(store.pk, line.product_id) for store in (line.store, line.destination)}).values()

    def require(self) -> None:
        """Raise TooManySerials where there are now more serials than units, and more than before."""
        levels = StockLevel.objects.filter(pk__in=[level.pk for level in self.before])
        after = dict(levels.values_list("pk", "serials"))
        for level in self.before:
            if after[level.pk] > max(level.on_hand, level.serials):
                raise TooManySerials(
                    _(
                        "%(store)s: %(units)d units in stock, so it cannot have %(serials)d serial numbers. "
                        "Say first which unit left, or adjust the stock."
                    )
                    % {"store": level.store.name, "units": level.on_hand, "serials": after[level.pk]}
                )


def _named(document) -> str:
    text = str(document)
    return text[:1].upper() + text[1:]


def _of(line) -> dict[str, str]:
    return {"document": _named(line.document)}
