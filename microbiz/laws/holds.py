"""What holds of units on open documents."""

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from microbiz.laws.law import Check, Law, query
from serials.models import SerialHold, SerializedLine
from serials.policy import State


def _links_of_open_documents() -> dict[type[SerializedLine], QuerySet]:
    """By kind of line: the links of units to lines of documents that are not settled."""
    lines = [model for model in apps.get_models() if issubclass(model, SerializedLine)]
    return {line: _links(line).filter(**_of_open(line)).order_by() for line in lines}


def _links(line: type[SerializedLine]) -> QuerySet:
    return line._meta.get_field("serial_links").related_model._default_manager.all()


def _of_open(line: type[SerializedLine]) -> dict:
    return {f"line__{path}": value for path, value in line.open_documents.items()}


def _not_held() -> QuerySet:
    """Units on an open document that does not hold them."""
    found = [
        links.exclude(
            Exists(
                SerialHold.objects.filter(
                    serial=OuterRef("serial"), line_type=line._meta.label_lower, line_id=OuterRef("line")
                )
            )
        ).values(
            record=F("serial_id"),
            number=F("serial__number"),
            sku=F("serial__product__sku"),
            line_type=Value(str(line._meta.verbose_name)),
            document=F(f"line__{line.store_path.partition('__')[0]}__number"),
        )
        for line, links in _links_of_open_documents().items()
    ]
    return found[0].union(*found[1:], all=True)


def _held_in_vain() -> QuerySet:
    """Holds without a link of an open document."""
    has_link = Q()
    for line, links in _links_of_open_documents().items():
        link = links.filter(serial=OuterRef("serial"), line=OuterRef("line_id"))
        has_link |= Q(Exists(link), line_type=line._meta.label_lower)
    return SerialHold.objects.exclude(has_link).values(
        "document", record=F("serial_id"), number=F("serial__number"), sku=F("serial__product__sku")
    )


def _away() -> QuerySet:
    """Units on an open document from which they leave, that do not stand at its store."""
    found = [
        links.filter(**{f"line__{name}": value for name, value in line.leaving.items()})
        .exclude(serial__state=State.IN_STOCK, serial__store=F(f"line__{line.store_path}"))
        .values(
            record=F("serial_id"),
            number=F("serial__number"),
            sku=F("serial__product__sku"),
            state=F("serial__state"),
            there=Coalesce("serial__store__name", Value("no store")),
            here=F(f"line__{line.store_path}__name"),
            document=F(f"line__{line.store_path.partition('__')[0]}__number"),
        )
        for line, links in _links_of_open_documents().items()
        if line.leaving is not None
    ]
    return found[0].union(*found[1:], all=True)


HOLDS = Law(
    "holds",
    "A hold stands for a link on an unfinished document, each link on one is held by it, and what is to leave is there.",
    ("serials.serialhold",),
    (
        Check(
            "serials.serial",
            "serial {number} of {sku} is held by {document}, which is finished, gone, or has it no more",
            query(_held_in_vain),
        ),
        Check(
            "serials.serial",
            "serial {number} of {sku} is on open {document} ({line_type}), which does not hold it",
            query(_not_held),
        ),
        Check(
            "serials.serial",
            "serial {number} of {sku} is to leave {here} with open {document}, but it is {state} at {there}",
            query(_away),
        ),
    ),
)
