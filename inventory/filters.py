"""The filters of the product list. All of them stand in the address; an unknown value is refused, not guessed."""

from dataclasses import dataclass

import django_filters
from django.db.models import Exists, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.models import Category, Product, StockLevel
from inventory.operations import BELOW
from settings_app.models import SerialTracking, Store

SORTS = {
    "name": (_("Name"), ["name", "pk"]),
    "sku": (_("SKU"), ["sku"]),
    "price": (_("Price, low first"), [F("price").asc(nulls_last=True), "name", "pk"]),
    "-price": (_("Price, high first"), [F("price").desc(nulls_last=True), "name", "pk"]),
    "-stock": (_("Stock, most first"), ["-total_on_hand", "name", "pk"]),
    "-changed": (_("Last changed"), ["-updated_at", "pk"]),
}


@dataclass(frozen=True)
class Chip:
    """One filter that is set: its name, its value in words, and the query string without it."""

    label: str | Promise
    value: str
    without: str


class ProductFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="found_by")
    category = django_filters.ModelChoiceFilter(
        label=_("Category"), queryset=Category.objects.all(), method="in_category", empty_label=_("Any")
    )
    serials = django_filters.ChoiceFilter(
        label=_("Serials"),
        choices=[("tracked", _("Tracked at all")), *SerialTracking.choices],
        method="tracked_as",
        empty_label=_("Any"),
    )
    in_stock = django_filters.ModelChoiceFilter(
        label=_("In stock at"), queryset=Store.objects.filter(is_active=True), method="stocked_at", empty_label=_("Any")
    )
    manufacturer = django_filters.CharFilter(label=_("Manufacturer"), lookup_expr="iexact")
    price = django_filters.ChoiceFilter(
        label=_("Price"), choices=[("none", _("No price"))], method="priced", empty_label=_("Any")
    )
    archived = django_filters.ChoiceFilter(
        label=_("Archived"),
        choices=[("with", _("Shown too")), ("only", _("Archived only"))],
        method="archived_too",
        empty_label=_("Left out"),
    )
    sort = django_filters.ChoiceFilter(
        label=_("Sort"), choices=[(key, words) for key, (words, _order) in SORTS.items()], method="sorted_by"
    )

    class Meta:
        model = Product
        fields: list[str] = []

    def __init__(self, data: QueryDict, *, serials_enabled: bool):
        super().__init__(data, queryset=Product.objects.all())
        if not serials_enabled:
            del self.filters["serials"]

    def filter_queryset(self, queryset):
        if not self.form.cleaned_data.get("archived"):
            queryset = queryset.active()
        if not self.form.cleaned_data.get("sort"):
            queryset = queryset.order_by("name", "pk")
        return super().filter_queryset(queryset)

    def found_by(self, queryset, name, value):
        return queryset.found_by(value)

    def in_category(self, queryset, name, category):
        below = Q(category__path__startswith=category.path + BELOW)
        return queryset.filter(Q(category=category) | below)

    def tracked_as(self, queryset, name, value):
        return queryset.tracked() if value == "tracked" else queryset.filter(serial_tracking=value)

    def stocked_at(self, queryset, name, store):
        levels = StockLevel.objects.filter(product=OuterRef("pk"), store=store, on_hand__gt=0)
        return queryset.filter(Exists(levels))

    def priced(self, queryset, name, value):
        return queryset.filter(price__isnull=True)

    def archived_too(self, queryset, name, value):
        return queryset.filter(is_archived=True) if value == "only" else queryset

    def sorted_by(self, queryset, name, value):
        if value == "-stock":
            levels = StockLevel.objects.filter(product=OuterRef("pk")).order_by().values("product")
            total = Subquery(levels.annotate(sum=Sum("on_hand")).values("sum"), output_field=IntegerField())
            queryset = queryset.annotate(total_on_hand=Coalesce(total, 0))
        return queryset.order_by(*SORTS[value][1])

    @property
    def sorting(self) -> str:
        return (self.form.cleaned_data.get("sort") if self.is_valid() else "") or "name"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What is asked for beside the words and the order, to be asked for again with other words."""
        return [(name, value) for name, value in self.data.items() if value and name not in ("q", "sort", "page")]

    def chips(self) -> list[Chip]:
        """The filters that are set, without search and sort."""
        chips = []
        for name, one in self.filters.items():
            value = self.data.get(name)
            if not value or name in ("q", "sort"):
                continue
            rest = self.data.copy()
            for key in (name, "page"):
                rest.pop(key, None)
            chips.append(Chip(one.label, self._words(name, value), clean_query(rest)))
        return chips

    def _words(self, name: str, value: str) -> str:
        chosen = self.form.cleaned_data.get(name)
        choices = dict(getattr(self.form.fields[name], "choices", ())) if isinstance(chosen, str) else {}
        return str(choices.get(chosen) or chosen or value)


def clean_query(data: QueryDict) -> str:
    """The query string of what is really set, for an address that can be shared."""
    kept = data.copy()
    for name in list(kept):
        if not kept[name] or (name, kept[name]) in (("sort", "name"), ("page", "1")):
            del kept[name]
    return kept.urlencode()
