"""Which open document has a unit: holding it, letting it go, and passing it on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.apps import apps
from django.utils.translation import gettext as _

from microbiz.transactions import operation, part_of_a_posting
from serials.errors import SerialUnavailable
from serials.models import Serial, SerialEvent, SerialHold, SerializedLine
from serials.policy import State
from serials.verdicts import is_on
from settings_app.models import Staff


def hold_for(line: SerializedLine, serial: Serial | None, document, staff: Staff | None, place: str) -> SerialHold:
    """The unsaved hold of a unit for a line, or (None) one like those of all its units."""
    return SerialHold(
        serial_id=serial.pk if serial else None,
        document_type=document._meta.label_lower,
        document_id=document.pk,
        document=str(document),
        line_type=line._meta.label_lower,
        line_id=line.pk,
        place=place,
        staff_id=staff.pk if staff else None,
    )


def let_go(document, serial_ids: Collection[int] | None = None) -> None:
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


@operation
def release(document) -> None:
    """Let go of every unit that an open document holds, as voiding it does.

    Its links stay as its history, except those of numbers that were typed on it and never became a unit.
    """
    typed = SerialHold.objects.filter(
        document_type=document._meta.label_lower,
        document_id=document.pk,
        serial__state=State.EXPECTED,
        serial__sequence=0,
    )
    for line_type in set(typed.values_list("line_type", flat=True)):
        links = apps.get_model(line_type)._meta.get_field("serial_links").related_model
        links.objects.filter(serial__in=typed.filter(line_type=line_type).values("serial")).delete()
    let_go(document)


@part_of_a_posting
def leave_no_surplus(units: Mapping[SerializedLine, int]) -> None:
    """Let go of the units last attached to lines of one locked open document where they are more than `units`.

    A fixed number of statements.
    """
    [model] = {type(line) for line in units}
    numbered = model.serial_links.rel.related_model.objects.filter(line__in=units).order_by("pk")
    by_line: dict[int, list] = defaultdict(list)
    for link in numbered:
        by_line[link.line_id].append(link)
    surplus = [link for line, most in units.items() for link in by_line[line.pk][max(most, 0) :]]
    if surplus:
        numbered.filter(pk__in=[link.pk for link in surplus]).delete()
        let_go(next(iter(units)).document, [link.serial_id for link in surplus])


def take_off_others(line: SerializedLine, serials: Collection[Serial]) -> None:
    """Take locked units off the lines of other open documents that hold them. Where nobody does, nothing happens."""
    if not serials:
        return
    document = line.document
    holds = SerialHold.objects.filter(serial__in=serials).exclude(
        document_type=document._meta.label_lower, document_id=document.pk
    )
    held: dict[str, list[SerialHold]] = defaultdict(list)
    for hold in holds:
        held[hold.line_type].append(hold)
    for line_type, group in held.items():
        links = apps.get_model(line_type)._meta.get_field("serial_links").related_model
        links.objects.filter(
            line__in=[hold.line_id for hold in group], serial__in=[hold.serial_id for hold in group]
        ).delete()
    SerialHold.objects.filter(pk__in=[hold.pk for group in held.values() for hold in group]).delete()


@operation
def pass_on(
    moves: Iterable[tuple[SerializedLine, SerializedLine, Collection[Serial]]], *, staff: Staff, place: str = ""
) -> None:
    """Carry units, and the holds on them, from lines of one open document to lines of another.

    As where part of an order leaves by a paper of its own: at no moment are the units free for anybody else. Both
    documents are locked by the caller, the serials here. Raises SerialUnavailable, naming every unit that its
    first line does not hold. A fixed number of statements.
    """
    wanted = [(serial.pk, before, after) for before, after, serials in moves for serial in serials]
    if not wanted:
        return
    serials = {
        serial.pk: serial
        for serial in Serial.objects.select_for_update(of=("self",))
        .filter(pk__in=[pk for pk, _before, _after in wanted])
        .order_by("pk")
    }
    holds = {hold.serial_id: hold for hold in SerialHold.objects.filter(serial__in=serials)}
    lost = [serials[pk].number for pk, before, _after in wanted if pk not in holds or not is_on(holds[pk], before)]
    if lost:
        raise SerialUnavailable(
            _("%(numbers)s: no longer held here. Look at the document again.") % {"numbers": ", ".join(lost)}
        )
    links = [link for pk, _before, after in wanted for link in after.new_links([serials[pk]])]
    before, after = wanted[0][1:]
    before.serial_links.model.objects.filter(
        line__in={before.pk for _pk, before, _after in wanted}, serial__in=serials
    ).delete()
    after.serial_links.model.objects.bulk_create(links, batch_size=500)
    SerialHold.objects.filter(serial__in=serials).delete()
    SerialHold.objects.bulk_create(
        (hold_for(after, serials[pk], after.document, staff, place) for pk, _before, after in wanted), batch_size=500
    )
