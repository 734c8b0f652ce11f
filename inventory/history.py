"""A product's history of changes: who, when, what from and to. No writing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Category, Product
from microbiz.money import format_money, half_up
from settings_app.models import SerialTracking, ShopSettings, Staff, TaxClass

COSTS = ("cost", "average_cost")
FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "sku": gettext_lazy("SKU"),
    "description": gettext_lazy("Description"),
    "category_id": gettext_lazy("Category"),
    "manufacturer": gettext_lazy("Manufacturer"),
    "model_number": gettext_lazy("Model"),
    "price": gettext_lazy("Price"),
    "cost": gettext_lazy("Cost"),
    "average_cost": gettext_lazy("Average cost"),
    "tax_class_id": gettext_lazy("Tax class"),
    "serial_tracking": gettext_lazy("Serial numbers"),
}


@dataclass(frozen=True)
class Change:
    """One field that differs, in words."""

    field: str
    label: str | Promise
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One save of the record: who, when, and what was different after it."""

    at: datetime
    staff: Staff | None
    event: str  # in words: Created, Changed, Archived
    changes: Sequence[Change]
    barcodes: str  # “+ 4006381333931 − 012345678905”


def entries(records: Sequence, *, shows_cost: bool) -> list[Entry]:
    """Entries for historical records of one product, newest first; the last of `records` may be their predecessor.

    A fixed number of queries. Costs are left out for those who may not see them.
    """
    in_words = words_for(records)
    return [
        _entry(record, before, in_words, shows_cost=shows_cost)
        for record, before in zip(records, [*records[1:], None], strict=True)
    ]


def _entry(record, before, in_words, *, shows_cost: bool) -> Entry:
    changes = differences(before, record, in_words, shows_cost=shows_cost) if before else []
    if before is None:
        event = _("Created") if record.history_type == "+" else _("Recorded")
    elif record.is_archived != before.is_archived:
        event = _("Archived") if record.is_archived else _("Taken back from the archive")
    elif [change.field for change in changes] == ["serial_tracking"]:
        event = _("Tracking policy changed")
    else:
        event = _("Changed")
    return Entry(record.history_date, record.history_user, event, changes, record.history_change_reason or "")


def differences(before, after, in_words: Callable[[str, Any], str], *, shows_cost: bool) -> list[Change]:
    """What differs between two states of a product, in the order of the form."""
    return [
        Change(field, label, in_words(field, getattr(before, field)), in_words(field, getattr(after, field)))
        for field, label in FIELDS.items()
        if getattr(before, field) != getattr(after, field) and (shows_cost or field not in COSTS)
    ]


def words_for(records: Iterable) -> Callable[[str, Any], str]:
    """A function that says a field's value in words, for all of these states of products, with two queries."""
    records = list(records)
    categories = Category.objects.in_bulk({record.category_id for record in records} - {None})
    tax_classes = TaxClass.objects.in_bulk({record.tax_class_id for record in records} - {None})
    currency = ShopSettings.load().currency
    gone = _("(deleted)")

    def in_words(field: str, value: Any) -> str:
        if value is None or value == "":
            return _("nothing")
        if field in ("price", *COSTS):
            return format_money(half_up(Decimal(value)), currency)
        if field == "category_id":
            return categories[value].path if value in categories else gone
        if field == "tax_class_id":
            return tax_classes[value].name if value in tax_classes else gone
        if field == "serial_tracking":
            return str(SerialTracking(value).label)
        return str(value)

    return in_words


def state_at(product: Product, moment: datetime):
    """The product as it was saved at `moment`, or None where no record of that is kept."""
    return product.history.filter(updated_at=moment).select_related("history_user").first()
