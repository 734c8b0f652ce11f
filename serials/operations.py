"""Attaching units to open documents, and moving them when a document completes.

Attaching moves nothing and holds the unit; completing moves it. Lock order, here as everywhere: document, stock
levels by (store, product), serials by pk.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.apps import apps
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Product
from inventory.operations import lock_levels
from serials.errors import DocumentClosed, SerialsMissing, SerialTaken, SerialUnavailable, TooManySerials
from serials.models import Serial, SerialEvent, SerialHold, SerializedLine
from serials.numbers import number_key, valid_number
from serials.policy import STEPS, Moment, State, may_add_new
from serials.verdicts import away_text, held_text, is_of, judge, red_lines
from settings_app.models import ShopSettings, Staff, Store


def _open_document(line: SerializedLine):
    """The line's document, locked, and still open."""
    document = type(line.document)._default_manager.select_for_update(of=("self",)).get(pk=line.document.pk)
    if not document.is_open:
        raise DocumentClosed(
            _("%(document)s is no longer open, so its serial numbers are settled.") % {"document": document}
        )
    return document


@transaction.atomic
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
    _open_document(line)
    line = type(line)._default_manager.select_related("product").get(pk=line.pk)
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
    _add_new(line, numbers, new, staff=staff)
    serials = {
        serial.number_key: serial
        for serial in Serial.objects.select_for_update(of=("self",))
        .filter(product=line.product_id, number_key__in=[number_key(number) for number in numbers])
        .order_by("pk")
    }
    _take_over(line, [serials[key] for key in map(number_key, taking) if key in serials])
    verdicts = judge(line, numbers)
    wrong = [verdict for verdict in verdicts if not verdict.is_fine]
    if wrong:
        raise SerialUnavailable(" ".join(f"{verdict.number}: {verdict.text}" for verdict in wrong))
    wanted = [serials[number_key(number)] for number in numbers]
    _relink(line, wanted, staff=staff, place=place)
    if units < line.quantity:
        line.change_quantity(units, staff=staff)


def _add_new(line: SerializedLine, numbers: Sequence[str], new: Collection[str], *, staff: Staff) -> None:
    """Put the numbers that came through Add New on record, where open stock leaves room for them."""
    new_keys = {number_key(number) for number in new}
    asked = [number for number in numbers if number_key(number) in new_keys]
    if not asked:
        return
    keys = [number_key(number) for number in asked]
    known = set(
        Serial.objects.filter(product=line.product_id, number_key__in=keys).values_list("number_key", flat=True)
    )
    unknown = [number for number in asked if number_key(number) not in known]
    if not unknown:
        return
    if not may_add_new(line.moment):
        raise SerialUnavailable(
            _("%(numbers)s: not on record, so it cannot come back. Check the number on the unit.")
            % {"numbers": ", ".join(unknown)}
        )
    if line.is_arrival:
        _create(line.product, None, unknown)
    else:
        record(line.product, line.store, unknown, staff=staff)


def _relink(line: SerializedLine, wanted: Sequence[Serial], *, staff: Staff, place: str) -> None:
    """Make the line's links and holds exactly those of `wanted`, keeping the links that stay."""
    linked = {link.serial_id: link for link in line.serial_links.all()}
    keep = {serial.pk for serial in wanted}
    dropped = [pk for pk in linked if pk not in keep]
    if dropped:
        line.serial_links.filter(serial__in=dropped).delete()
        _let_go(line.document, dropped)
    added = [serial for serial in wanted if serial.pk not in linked]
    line.serial_links.model.objects.bulk_create(line.new_links(added))
    document = line.document
    SerialHold.objects.bulk_create(
        SerialHold(
            serial=serial,
            document_type=document._meta.label_lower,
            document_id=document.pk,
            document=str(document),
            line_type=line._meta.label_lower,
            line_id=line.pk,
            place=place,
            staff=staff,
        )
        for serial in added
    )


def _let_go(document, serial_ids: Collection[int] | None = None) -> None:
    """End the document's holds, and forget numbers that were typed on it and never became a unit."""
    holds = SerialHold.objects.filter(document_type=document._meta.label_lower, document_id=document.pk)
    if serial_ids is not None:
        holds = holds.filter(serial__in=serial_ids)
    held = list(holds.values_list("serial_id", flat=True))
    holds.delete()
    Serial.objects.filter(pk__in=held, state=State.EXPECTED, sequence=0).filter(**_unlinked()).delete()


def _unlinked() -> dict[str, bool]:
    """The filter that finds serials on no line of any domain."""
    links = [
        relation.name
        for relation in Serial._meta.related_objects
        if relation.related_model not in (SerialHold, SerialEvent) and hasattr(relation.related_model, "line")
    ]
    return {f"{name}__isnull": True for name in links}


@transaction.atomic
def release(document) -> None:
    """Let go of every unit that an open document holds, as voiding it does. Its links stay as its history."""
    _let_go(document)


@transaction.atomic
def take_over(line: SerializedLine, serial: Serial, *, staff: Staff, place: str = "") -> None:
    """Take a unit over from the open document that holds it and put it on `line`, beside what is there."""
    attach(line, [*(s.number for s in line.serials), serial.number], taking=[serial.number], staff=staff, place=place)


def _take_over(line: SerializedLine, serials: Collection[Serial]) -> None:
    """Take locked units off the lines of other open documents that hold them. Where nobody does, nothing happens."""
    document = line.document
    holds = SerialHold.objects.filter(serial__in=serials).exclude(
        document_type=document._meta.label_lower, document_id=document.pk
    )
    for hold in holds:
        links = apps.get_model(hold.line_type)._meta.get_field("serial_links").related_model
        links.objects.filter(line=hold.line_id, serial=hold.serial_id).delete()
        hold.delete()


def _create(product: Product, store: Store | None, numbers: Sequence[str]) -> list[Serial]:
    """New serials: in stock at `store`, or expected. A number that somebody else recorded first is refused."""
    state = State.IN_STOCK if store else State.EXPECTED
    Serial.objects.bulk_create(
        (
            Serial(product=product, number=number, number_key=number_key(number), state=state, store=store)
            for number in numbers
        ),
        ignore_conflicts=True,
        batch_size=500,
    )
    keys = [number_key(number) for number in numbers]
    created = list(Serial.objects.select_for_update().filter(product=product, number_key__in=keys).order_by("pk"))
    taken = [serial.number for serial in created if store and serial.sequence]
    if taken:
        raise SerialTaken(
            _("Already on record for %(product)s: %(numbers)s.")
            % {"product": product.name, "numbers": ", ".join(taken)}
        )
    return created


@transaction.atomic
def record(product: Product, store: Store, numbers: Sequence[str], *, staff: Staff, note: str = "") -> list[Serial]:
    """Give numbers to units that already stand in `store`: Add New.

    Raises TooManySerials when that would put more serials on record than there is open stock, SerialTaken when a
    number is already on record for the product. The stock level does not change.
    """
    numbers = list({number_key(number): valid_number(number) for number in numbers}.values())
    level = lock_levels({(store.pk, product.pk)})[store.pk, product.pk]
    on_record = Serial.objects.in_stock(store).filter(product=product).count()
    known = Serial.objects.filter(product=product, number_key__in=[number_key(number) for number in numbers])
    taken = list(known.select_related("store").order_by("pk"))
    if taken:
        raise SerialTaken(
            _("Already on record for %(product)s: %(numbers)s.")
            % {
                "product": product.name,
                "numbers": ", ".join(f"{serial.number} ({serial.whereabouts})" for serial in taken),
            }
        )
    if on_record + len(numbers) > level.on_hand:
        raise TooManySerials(
            _(
                "%(units)d in stock at %(store)s, %(serials)d serial numbers on record: %(room)d more can be added. "
                "Receive or adjust stock first, or choose from the S/N List."
            )
            % {
                "units": level.on_hand,
                "store": store.name,
                "serials": on_record,
                "room": max(level.on_hand - on_record, 0),
            }
        )
    serials = _create(product, store, numbers)
    _write_events(serials, SerialEvent.Kind.RECORDED, staff=staff, note=note)
    return serials


@transaction.atomic
def name_gone(
    product: Product, store: Store, serials: Collection[Serial], *, staff: Staff, moment: Moment = Moment.SALE
) -> None:
    """Say which recorded units left a store without being named: sold, or (ADJUST_OUT) lost.

    Repairs what Optional tracking allows. The stock level stays: the unit was counted out when it left. Raises
    TooManySerials beyond the serials that have no unit, SerialUnavailable naming every unit that is not free there.
    """
    level = lock_levels({(store.pk, product.pk)})[store.pk, product.pk]
    surplus = Serial.objects.in_stock(store).filter(product=product).count() - level.on_hand
    chosen = list(
        Serial.objects.select_for_update(of=("self",))
        .filter(pk__in=[serial.pk for serial in serials], product=product)
        .order_by("pk")
    )
    if len(chosen) > surplus:
        raise TooManySerials(
            ngettext(
                "%(chosen)d chosen, but only %(surplus)d serial number at %(store)s has no unit.",
                "%(chosen)d chosen, but only %(surplus)d serial numbers at %(store)s have no unit.",
                max(surplus, 0),
            )
            % {"chosen": len(chosen), "surplus": max(surplus, 0), "store": store.name}
        )
    holds = {hold.serial_id: hold for hold in SerialHold.objects.filter(serial__in=chosen).select_related("staff")}
    wrong = [
        f"{serial.number}: {held_text(holds[serial.pk]) if serial.pk in holds else away_text(serial, None)}"
        for serial in chosen
        if serial.pk in holds or serial.state != State.IN_STOCK or serial.store_id != store.pk
    ]
    if wrong:
        raise SerialUnavailable(" ".join(wrong))
    for serial in chosen:
        serial.state, serial.store_id = STEPS[moment].leaves, None
    note = _("It left without being named; named afterwards.")
    _write_events(chosen, moment, staff=staff, store_id=store.pk, note=note)


def _write_events(
    serials: Sequence[Serial],
    kind: str,
    *,
    staff: Staff | None,
    document=None,
    store_id: int | None = None,
    note="",
) -> None:
    """Save where these units, all in the same place, now are, and append one event to each."""
    if not serials:
        return
    SerialEvent.objects.bulk_create(
        (
            SerialEvent(
                serial=serial,
                sequence=serial.sequence + 1,
                kind=kind,
                state=serial.state,
                store_id=serial.store_id or store_id,
                document_type=document._meta.label_lower if document else "",
                document_id=document.pk if document else None,
                document=document.number if document else "",
                note=note,
                staff=staff,
            )
            for serial in serials
        ),
        batch_size=500,
    )
    Serial.objects.filter(pk__in=[serial.pk for serial in serials]).update(
        state=serials[0].state, store_id=serials[0].store_id, sequence=F("sequence") + 1
    )
    for serial in serials:
        serial.sequence += 1


@transaction.atomic
def move_serials(
    document,
    lines: Sequence[SerializedLine],
    *,
    staff: Staff | None,
    excused: Collection[int] = (),
    note: str = "",
) -> None:
    """Carry every unit on `lines` through its line's moment, or raise and move none.

    `lines` come with their serials fetched (`with_serials`) and their document locked. Lines whose pk is in
    `excused` may lack required serials. Raises SerialsMissing naming every short line, SerialUnavailable naming
    every unit that is not where its moment needs it or that another document holds. Ends the document's holds.
    A fixed number of statements.
    """
    if ShopSettings.load().serial_numbers_enabled:
        _require_serials(lines, excused)
    line_of = {link.serial_id: line for line in lines for link in line.serial_links.all()}
    if not line_of:
        return
    serials = list(Serial.objects.select_for_update(of=("self",)).filter(pk__in=line_of).order_by("pk"))
    holds = {hold.serial_id: hold for hold in SerialHold.objects.filter(serial__in=line_of).select_related("staff")}
    _require_whereabouts(document, serials, line_of, holds)
    groups: dict[tuple[Moment, int | None, int], list[Serial]] = defaultdict(list)
    for serial in serials:
        line = line_of[serial.pk]
        leaves = STEPS[line.moment].leaves
        groups[line.moment, line.destination.pk if leaves == State.IN_STOCK else None, line.store.pk].append(serial)
    for (moment, goes_to, store_id), group in groups.items():
        for serial in group:
            serial.state, serial.store_id = STEPS[moment].leaves, goes_to
        _write_events(group, moment, staff=staff, document=document, store_id=store_id, note=note)
    SerialHold.objects.filter(document_type=document._meta.label_lower, document_id=document.pk).delete()


def _require_serials(lines: Sequence[SerializedLine], excused: Collection[int]) -> None:
    short = [line for line in red_lines(lines) if line.pk not in excused or line.attached > line.quantity]
    if short:
        raise SerialsMissing(
            " ".join(
                _("%(product)s: %(attached)d of %(quantity)d serial numbers. Scan the missing ones.")
                % {"product": line.product.name, "attached": line.attached, "quantity": line.quantity}
                for line in short
            )
        )


def _require_whereabouts(document, serials, line_of, holds) -> None:
    wrong = []
    for serial in serials:
        line, hold = line_of[serial.pk], holds.get(serial.pk)
        step = STEPS[line.moment]
        mine = hold and is_of(hold, document)
        if hold and not mine:
            wrong.append((serial, held_text(hold)))
        elif serial.state not in step.takes or (serial.state == State.IN_STOCK and serial.store_id != line.store.pk):
            wrong.append((serial, None))
        elif not hold:
            wrong.append((serial, _("No longer held by this document. Scan it again.")))
    if not wrong:
        return
    last = {
        event.serial_id: event
        for event in SerialEvent.objects.filter(
            serial__in=[serial for serial, _text in wrong], sequence=F("serial__sequence")
        )
    }
    raise SerialUnavailable(
        " ".join(f"{serial.number}: {text or away_text(serial, last.get(serial.pk))}" for serial, text in wrong)
    )
