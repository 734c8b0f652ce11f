"""Which column of a file becomes what: known headings of known layouts, and what a person says instead."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inventory.imports.errors import FileRefused

NOT_IMPORTED = ""


@dataclass(frozen=True)
class Field:
    """Something that a column can become."""

    name: str
    label: str | Promise
    headings: tuple[str, ...] = ()  # known names of it, in the form of `plain`
    is_code: bool = False  # shown in monospace


@dataclass(frozen=True)
class Layout:
    """The export of a known system: what its columns mean there, which they would not mean elsewhere."""

    signs: frozenset[str]  # headings that it always has, in the form of `plain`
    columns: dict[str, str] = field(default_factory=dict)  # heading -> name of a field, or NOT_IMPORTED


SHOPIFY = Layout(
    frozenset({"handle", "title", "variant sku", "variant price"}),
    {
        "handle": "group",
        "title": "name",
        "body html": "description",
        "vendor": "manufacturer",
        "type": "category",
        "option1 value": "variant",
        "variant sku": "sku",
        "variant price": "price",
        "variant barcode": "barcode",
        "cost per item": "cost",
        "product category": NOT_IMPORTED,
    },
)
MAGENTO = Layout(
    frozenset({"sku", "attribute set code", "product type", "product websites"}),
    {
        "sku": "sku",
        "store view code": "store_view",
        "product type": "composition",
        "categories": "category_paths",
        "name": "name",
        "description": "description",
        "price": "price",
        "tax class name": NOT_IMPORTED,
    },
)
LAYOUTS = (SHOPIFY, MAGENTO)


def plain(heading: str) -> str:
    """A heading without case, punctuation and spaces too many: “GTIN-14” and “gtin_14” are one."""
    return " ".join(re.sub(r"[\W_]+", " ", heading.strip().casefold()).split())


def layout_of(headings: Sequence[str]) -> Layout | None:
    """The known export that has these headings."""
    there = {plain(heading) for heading in headings}
    return next((layout for layout in LAYOUTS if layout.signs <= there), None)


def match_headings(headings: Sequence[str], fields: Sequence[Field]) -> list[str]:
    """For each heading the name of the field that it is known to mean, or NOT_IMPORTED. No field is given twice."""
    known = {field.name for field in fields}
    meaning = {heading: field.name for field in fields for heading in field.headings}
    layout = layout_of(headings)
    if layout:
        meaning.update({heading: name for heading, name in layout.columns.items() if name in known or not name})
    taken: set[str] = set()
    matched = []
    for heading in headings:
        name = meaning.get(plain(heading), NOT_IMPORTED)
        if name in taken:
            name = NOT_IMPORTED
        elif name:
            taken.add(name)
        matched.append(name)
    return matched


def read_columns_option(text: str, headings: Sequence[str], fields: Sequence[Field]) -> list[str]:
    """What a person says the columns are: “category,sku,name,-,price” by position, or “Item no.=sku,Sell=price”.

    Headings that are not named keep their known meaning. Raises FileRefused for words that mean nothing.
    """
    known = {field.name for field in fields}
    parts = [part.strip() for part in text.split(",")]
    if any("=" in part for part in parts):
        matched = match_headings(headings, fields)
        for part in parts:
            heading, _equals, name = part.rpartition("=")
            places = [i for i, there in enumerate(headings) if plain(there) == plain(heading)]
            if not places:
                raise FileRefused(
                    _("There is no column “%(heading)s”. The columns are: %(columns)s.")
                    % {"heading": heading, "columns": ", ".join(headings)}
                )
            matched = [NOT_IMPORTED if there == name else there for there in matched]
            matched[places[0]] = _known(name, known)
        return matched
    named = [_known(part, known) for part in parts]
    if len(named) > len(headings):
        raise FileRefused(
            _("%(given)d columns are named, but the file has %(there)d.")
            % {"given": len(named), "there": len(headings)}
        )
    return named + [NOT_IMPORTED] * (len(headings) - len(named))


def _known(name: str, known: set[str]) -> str:
    name = name.strip().casefold().replace(" ", "_")
    if name in {"", "-", "_"}:
        return NOT_IMPORTED
    if name not in known:
        raise FileRefused(
            _("“%(name)s” is nothing that a column can be. Use one of: %(known)s, or - to leave it out.")
            % {"name": name, "known": ", ".join(sorted(known))}
        )
    return name
