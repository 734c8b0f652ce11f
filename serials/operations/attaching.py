"""Attaching units to the lines of open documents: moves nothing, and holds each unit for its document."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from microbiz.many_rows import insert_for_keys
from microbiz.prepared import Statement
from microbiz.transactions import operation, part_of_a_posting
from serials.errors import DocumentClosed, SerialUnavailable, TooManySerials
from serials.models import Serial, SerialHold, SerializedLine
from serials.numbers import number_key, valid_number
from serials.operations.holding import hold_for, leave_no_surplus, let_go, pass_on, take_off_others
from serials.operations.recording import create, record
from serials.policy import may_add_new
from serials.verdicts import Finding, Line, Verdict, held_text, judge
from settings_app.models import Staff


def _lock_open(line: SerializedLine) -> SerializedLine:
    """The line as it is now, its document locked and still open for it."""
    type(line.document)._default_manager.select_for_update(of=("self",)).get(pk=line.document.pk)
    line = type(line)._default_manager.select_related("product").get(pk=line.pk)
    _require_open(line)
    return line


def _require_open(line: SerializedLine) -> None:
    if not line.is_open:
        raise DocumentClosed(
            _("%(document)s is no longer open, so its serial numbers are settled.") % {"document": line.document}
        )


@operation
def attach(
    line: SerializedLine,
    numbers: Iterable[str],
    *,
    staff: Staff,
    new: Collection[str] = (),
    taking: Collection[str] = (),
    quantity: int | None = None,
    place: str = "",
) -> None:
    """Make `numbers` the serials of a line of an open document, exactly these, and hold their units for it.

    Those also named in `new` come through Add New and are put on record when they are not yet; every other number
    must be on record and attachable. Those named in `taking` are taken over from the open document that holds them,
    as from a cart that somebody walked away from: that document keeps its line, a serial short. `quantity` sets the
    line's units in the same breath. Moves nothing; lets go of units that are no longer named. Raises DocumentClosed,
    InvalidNumber, TooManySerials, or SerialUnavailable naming every wrong unit at once.
    """
    line = _lock_open(line)
    numbers = list({number_key(number): valid_number(number) for number in numbers}.values())
    units = line.quantity if quantity is None else quantity
    if len(numbers) > units:
        raise TooManySerials(
            ngettext(
                "This line has %(units)d unit, but %(serials)d serial numbers. Remove one or raise the quantity.",
                "This line has %(units)d units, but %(serials)d serial numbers. Remove some or raise the quantity.",
                units,
            )
            % {"units": units, "serials": len(numbers)}
        )
    if units > line.quantity:
        line.change_quantity(units, staff=staff)
    leaving = [serial.number for serial in line.serials] if line.lender else []  # locked with the others, in one order
    serials = _lock_units(line, [*numbers, *leaving], new, staff=staff)
    take_off_others(line, [serials[key] for key in map(number_key, taking) if key in serials])
    free = line.free_among([serial.pk for serial in serials.values()])
    verdicts = _judge_locked(line, numbers, serials, free)
    wrong = [verdict for verdict in verdicts if not verdict.is_fine]
    if wrong:
        raise SerialUnavailable(" ".join(f"{verdict.number}: {verdict.text}" for verdict in wrong))
    wanted = [serials[number_key(number)] for number in numbers]
    _relink(line, wanted, staff=staff, place=place)
    if units < line.quantity:
        line.change_quantity(units, staff=staff)


@operation
def attach_each(
    line: SerializedLine,
    numbers: Iterable[str],
    *,
    staff: Staff,
    new: Collection[str] = (),
    taking: Collection[str] = (),
    place: str = "",
) -> list[Verdict]:
    """Put on a line of an open document those of `numbers` that may be, beside what is there; a verdict for each.

    One bad number costs itself alone: it stays off the line, and its verdict says why. `new` and `taking` are as for
    `attach`. The units of the line rise where its serials would outnumber them. A fixed number of statements, whatever
    is on the line already. Raises DocumentClosed, InvalidNumber.
    """
    return put_on(_lock_open(line), numbers, staff=staff, new=new, taking=taking, place=place)


@part_of_a_posting
def put_on(
    line: SerializedLine,
    numbers: Iterable[str],
    *,
    staff: Staff,
    new: Collection[str] = (),
    taking: Collection[str] = (),
    place: str = "",
    locked: Serial | None = None,
) -> list[Verdict]:
    """As `attach_each`, on a line as it is now of a document that the caller has locked.

    `locked` is the one unit that is meant, where the caller has locked it already.
    """
    _require_open(line)
    numbers = list({number_key(number): valid_number(number) for number in numbers}.values())
    serials = {locked.number_key: locked} if locked else _lock_units(line, numbers, new, staff=staff)
    take_off_others(line, [serials[key] for key in map(number_key, taking) if key in serials])
    units = [serial.pk for serial in serials.values()]
    held = [] if line.lender else _hold(line, line.finds_free(units), staff=staff, place=place)
    verdicts = _judge_locked(line, numbers, serials, line.free_among(units) if line.lender else held)
    added = [serials[number_key(one.number)] for one in verdicts if one.finding is Finding.READY]
    attached = line.serial_links.count() + len(added)
    if attached > line.quantity:
        line.change_quantity(attached, staff=staff)
    _put_on(line, added, held=held, staff=staff, place=place)
    return verdicts


@operation
def detach(line: SerializedLine, numbers: Collection[str]) -> None:
    """Take units off a line of an open document and let go of them. The units of the line stay as many."""
    line = _lock_open(line)
    links = line.serial_links.filter(serial__number_key__in=[number_key(number) for number in numbers])
    gone = list(links.values_list("serial_id", flat=True))
    links.delete()
    let_go(line.document, gone)


@operation
def take_over(line: SerializedLine, serial: Serial, *, staff: Staff, place: str = "") -> None:
    """Take a unit over from the open document that holds it and put it on `line`, beside what is there."""
    attach(line, [*(s.number for s in line.serials), serial.number], taking=[serial.number], staff=staff, place=place)


@operation
def attach_units(
    document, serials_of: Mapping[Line, Sequence[Serial]], *, staff: Staff | None, place: str = ""
) -> None:
    """Attach units on record to the lines of a document that is just being made, each line's own.

    As `attach`, for many lines at once in a fixed number of statements; that each unit stands where its line's moment
    takes it from is the completing's to check. Raises SerialUnavailable naming every unit that somebody else holds.
    """
    line_of = {serial.pk: line for line, serials in serials_of.items() for serial in serials}
    if not line_of:
        return
    serials = list(Serial.objects.select_for_update(of=("self",)).filter(pk__in=line_of).order_by("pk"))
    holds = SerialHold.objects.filter(serial__in=line_of).select_related("staff", "serial").order_by("serial")
    if wrong := [f"{hold.serial.number}: {held_text(hold)}" for hold in holds]:
        raise SerialUnavailable(" ".join(wrong))
    [links] = {line.serial_links.model for line in line_of.values()}
    links.objects.bulk_create(links(line=line_of[serial.pk], serial=serial) for serial in serials)
    SerialHold.objects.bulk_create(hold_for(line_of[serial.pk], serial, document, staff, place) for serial in serials)


def serials_staying(line: SerializedLine, units: int, *, leaving: Collection[Serial]) -> list[str]:
    """The numbers that a line keeps when it is to have `units` and `leaving` go. Changes nothing.

    Raises TooManySerials, which asks for those that leave, where more serials than units would stay.
    """
    gone = {serial.pk for serial in leaving}
    staying = [serial.number for serial in line.serials if serial.pk not in gone]
    if len(staying) > units:
        surplus = line.attached - units
        raise TooManySerials(
            ngettext(
                "%(product)s has %(attached)d serial numbers. Choose %(surplus)d that leaves.",
                "%(product)s has %(attached)d serial numbers. Choose %(surplus)d that leave.",
                surplus,
            )
            % {"product": line.product.name, "attached": line.attached, "surplus": surplus}
        )
    return staying


def _lock_units(
    line: SerializedLine, numbers: Sequence[str], new: Collection[str], *, staff: Staff
) -> dict[str, Serial]:
    """The line's product's units with these numbers, locked, by key; those named in `new` are put on record first."""
    made = _add_new(line, numbers, new, staff=staff)
    units = {serial.number_key: serial for serial in made}
    return units | _lock_numbered(line, [number for number in numbers if number_key(number) not in units])


def _judge_locked(
    line: SerializedLine, numbers: Sequence[str], serials: Mapping[str, Serial], free: Collection[int]
) -> list[Verdict]:
    """One verdict per number, in order; `serials` are the locked units by key. Of those that are free, nothing is said."""
    free = set(free)
    fine = {serial.number_key: serial for serial in serials.values() if serial.pk in free}
    keys = [number_key(number) for number in numbers]
    others = [number for number, key in zip(numbers, keys, strict=True) if key not in fine]
    said = iter(judge(line, others, to_show=False) if others else ())
    return [Verdict(fine[key].number, Finding.READY, "", fine[key]) if key in fine else next(said) for key in keys]


def _add_new(line: SerializedLine, numbers: Sequence[str], new: Collection[str], *, staff: Staff) -> list[Serial]:
    """Put the numbers that came through Add New on record, where open stock leaves room; those that were not, locked."""
    new_keys = {number_key(number) for number in new}
    asked = [number for number in numbers if number_key(number) in new_keys]
    if not asked:
        return []
    keys = [number_key(number) for number in asked]
    units = Serial.objects.filter(product=line.product_id, number_key__among=keys)
    if not line.is_arrival:
        units = units.exclude(pk__in=Serial.objects.not_ours())
    known = set(units.values_list("number_key", flat=True))
    unknown = [number for number in asked if number_key(number) not in known]
    if not unknown:
        return []
    if not may_add_new(line.moment):
        raise SerialUnavailable(
            _("%(numbers)s: not on record, so it cannot come back. Check the number on the unit.")
            % {"numbers": ", ".join(unknown)}
        )
    if line.is_arrival:
        return create(line.product, unknown)
    return record(line.product, line.store, unknown, staff=staff)


def _lock_numbered(line: SerializedLine, numbers: Sequence[str]) -> dict[str, Serial]:
    """The line's product's units with these numbers, locked, by key."""
    keys = [number_key(number) for number in numbers]
    found = Serial.objects.select_for_update(of=("self",)).filter(product=line.product_id, number_key__among=keys)
    return {serial.number_key: serial for serial in found.order_by("pk")}


def _relink(line: SerializedLine, wanted: Sequence[Serial], *, staff: Staff, place: str) -> None:
    """Make the line's links and holds exactly those of `wanted`, keeping the links that stay."""
    linked = {link.serial_id: link for link in line.serial_links.select_related("serial")}
    keep = {serial.pk for serial in wanted}
    dropped = [link.serial for pk, link in linked.items() if pk not in keep]
    if dropped:
        _drop(line, dropped, staying=len(wanted), staff=staff)
    _put_on(line, [serial for serial in wanted if serial.pk not in linked], staff=staff, place=place)


def _put_on(
    line: SerializedLine, added: Sequence[Serial], *, held: Collection[int] = (), staff: Staff, place: str
) -> None:
    """Link units to the line and hold for its document those that are not `held` for it.

    Another line that lent its own keeps none in their place.
    """
    if not added:
        return
    if line.lender:
        _take_from_lender(line, added)
    line.add_serials(line.serial_links.model.objects.bulk_create(line.new_links(added)))
    if units := {serial.pk for serial in added}.difference(held):
        finds = Serial.objects.filter(pk__among=units).values_list("pk", flat=True).query.sql_with_params()
        _hold(line, finds, staff=staff, place=place)


def _hold(line: SerializedLine, finds: Statement, *, staff: Staff, place: str) -> list[int]:
    """Hold for the line's document the locked units that a statement finds, by one that does both; their keys."""
    return insert_for_keys(finds, hold_for(line, None, line.document, staff, place), "serial")


def _drop(line: SerializedLine, dropped: Sequence[Serial], *, staying: int, staff: Staff) -> None:
    """Take units off a line on which `staying` are, or will be. A lender takes back those that nothing replaces."""
    back: Sequence[Serial] = []
    if line.lender:
        back = dropped[: max(line.lender.quantity - line.lender.serial_links.count() - staying, 0)]
        pass_on([(line, line.lender, back)], staff=staff, place=line.store.name)
    gone = [serial.pk for serial in dropped[len(back) :]]
    line.serial_links.filter(serial__in=gone).delete()
    let_go(line.document, gone)


def _take_from_lender(line: SerializedLine, added: Sequence[Serial]) -> None:
    """Units that the lender holds come from it; of the rest it keeps no more than it will then lack."""
    lender = line.lender
    links = lender.serial_links.filter(serial__in=added)
    SerialHold.objects.filter(serial__in=links.values("serial")).delete()
    links.delete()
    leave_no_surplus({lender: lender.quantity - line.serial_links.count() - len(added)})
