"""Putting units on record without moving stock, and naming those that left unnamed."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Product
from inventory.operations import lock_levels
from microbiz.transactions import operation
from serials.errors import SerialTaken, SerialUnavailable, TooManySerials
from serials.models import Serial, SerialEvent, SerialHold
from serials.numbers import number_key, valid_number
from serials.operations.moving import counted, write_events
from serials.policy import STEPS, Moment, State
from serials.verdicts import away_text, held_text
from settings_app.models import Staff, Store


@operation
def record(product: Product, store: Store, numbers: Sequence[str], *, staff: Staff, note: str = "") -> list[Serial]:
    """Give numbers to units that already stand in `store`: Add New.

    Raises TooManySerials when that would put more serials on record than there is open stock, SerialTaken when a
    number is already on record for the product. The stock level does not change.
    """
    numbers = list({number_key(number): valid_number(number) for number in numbers}.values())
    level = lock_levels({(store.pk, product.pk)})[store.pk, product.pk]
    known = Serial.objects.filter(product=product, number_key__in=[number_key(number) for number in numbers])
    taken = list(known.exclude(pk__in=Serial.objects.not_ours()).select_related("store").order_by("pk"))
    if taken:
        raise SerialTaken(
            _("Already on record for %(product)s: %(numbers)s.")
            % {
                "product": product.name,
                "numbers": ", ".join(f"{serial.number} ({serial.whereabouts})" for serial in taken),
            }
        )
    if level.serials + len(numbers) > level.on_hand:
        raise TooManySerials(
            _(
                "%(units)d in stock at %(store)s, %(serials)d serial numbers on record: %(room)d more can be added. "
                "Receive or adjust stock first, or choose from the S/N List."
            )
            % {
                "units": level.on_hand,
                "store": store.name,
                "serials": level.serials,
                "room": max(level.on_hand - level.serials, 0),
            }
        )
    return put_on_record(product, store, numbers, staff=staff, note=note)


def put_on_record(
    product: Product, store: Store, numbers: Sequence[str], *, staff: Staff, note: str = ""
) -> list[Serial]:
    """Make units in stock at `store` of valid numbers that are none yet, without asking for room.

    The stock level of that store is locked. A number that is no longer a unit of ours (its receipt or its recording was
    taken back) becomes one again; of those that somebody else recorded first, SerialTaken names each.
    """
    serials = create(product, numbers)
    held = set(SerialHold.objects.filter(serial__in=serials).values_list("serial", flat=True))
    taken = [serial.number for serial in serials if serial.pk in held or serial.state != State.EXPECTED]
    if taken:
        raise SerialTaken(
            _("Already on record for %(product)s: %(numbers)s.")
            % {"product": product.name, "numbers": ", ".join(taken)}
        )
    with counted(serials):
        for serial in serials:
            serial.state, serial.store = State.IN_STOCK, store
        write_events(serials, SerialEvent.Kind.RECORDED, staff=staff, note=note)
    return serials


def create(product: Product, numbers: Sequence[str]) -> list[Serial]:
    """The serials of these numbers, locked; those that are not on record yet are so now, as expected."""
    keys = [number_key(number) for number in numbers]
    Serial.objects.bulk_create(
        [
            Serial(product_id=product.pk, number=number, number_key=key, state=State.EXPECTED)
            for number, key in zip(numbers, keys, strict=True)
        ],
        ignore_conflicts=True,
    )
    return list(Serial.objects.select_for_update().filter(product=product, number_key__among=keys).order_by("pk"))


@operation
def name_gone(
    product: Product,
    store: Store,
    serials: Collection[Serial],
    *,
    staff: Staff,
    moment: Moment = Moment.SALE,
    reason: str = "",
) -> list[Serial]:
    """Say which recorded units left a store without being named: sold, or (ADJUST_OUT) lost. Returns those units.

    Repairs what Optional tracking allows. The stock level stays: the unit was counted out when it left. Raises
    TooManySerials beyond the serials that have no unit, SerialUnavailable naming every unit that is not free there.
    """
    level = lock_levels({(store.pk, product.pk)})[store.pk, product.pk]
    surplus = level.serials - level.on_hand
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
    note = " ".join(filter(None, [_("It left without being named; named afterwards."), reason.strip()]))
    with counted(chosen):
        for serial in chosen:
            serial.state, serial.store_id = STEPS[moment].leaves, None
        write_events(chosen, moment, staff=staff, store_id=store.pk, note=note[:200])
    return chosen
