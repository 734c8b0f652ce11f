"""The filters of the reports. All of them stand in the address; an unknown value is refused, not guessed."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.filters import Chip, clean_query
from inventory.models import Category, Product, Vendor
from inventory.operations import BELOW
from inventory.supply.models import VendorProduct
from microbiz.reports.figures import Part
from microbiz.reports.periods import EVER, PRESETS, Period, by_zone, preset
from register.models import Sale
from settings_app.models import Staff, Store

ANY = gettext_lazy("Any")
DAYS = [MinValueValidator(EVER), MaxValueValidator(date(2999, 12, 31))]
NO_FILTER = ("period", "since", "until", "by", "store")  # always shown, and applied apart


class FilterForm(forms.Form):
    """Both days together make a period."""

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))
        return self.cleaned_data


def day(label) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        label=label, validators=DAYS, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ReportFilter(django_filters.FilterSet):
    """What every report can be asked: of which store, which category, which product."""

    store = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Store"), queryset=Store.objects.none(), method="of_pk", empty_label=gettext_lazy("All")
    )
    category = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Category"), queryset=Category.objects.all(), method="in_category", empty_label=ANY
    )
    vendor = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Vendor"), queryset=Vendor.objects.all(), method="of_vendor", empty_label=ANY
    )
    product = django_filters.CharFilter(label=gettext_lazy("Product"), method="of_product", max_length=200)

    class Meta:
        model = Product
        fields: list[str] = []
        form = FilterForm

    store_path = "store"  # from a row to its store
    product_path = "product"  # and to its product
    without: tuple[str, ...] = ()  # filters that make no sense here
    usual_by = ""  # how rows are summed up where nothing is asked for

    def __init__(self, data: QueryDict, *, stores: Sequence[Store], today: date):
        super().__init__(data, queryset=Product.objects.none())
        self.own, self.today = list(stores), today
        self.filters["store"].queryset = Store.objects.filter(pk__in=[store.pk for store in self.own])
        for name in self.without:
            del self.filters[name]

    @property
    def stores(self) -> list[Store]:
        """Those asked for: never more than the person's own."""
        chosen = self.form.cleaned_data.get("store")
        return [chosen] if chosen else self.own

    def value(self, name: str) -> Any:
        """What is asked for under this name; empty where nothing is."""
        return self.form.cleaned_data.get(name)

    @property
    def grouping(self) -> str:
        """By what rows are summed up."""
        return self.value("by") or self.usual_by

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """The rows asked for, at the person's stores; when, is for `parts` to say."""
        queryset = queryset.filter(self.at_stores(self.stores))
        for name, value in self.form.cleaned_data.items():
            if name not in NO_FILTER:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def at_stores(self, stores: Sequence[Store]) -> Q:
        return Q(**{f"{self.store_path}__in": [store.pk for store in stores]})

    def of_pk(self, queryset, name, record):
        return queryset.filter(**{name: record.pk})

    def in_category(self, queryset, name, category):
        below = Q(**{f"{self.product_path}__category__path__startswith": category.path + BELOW})
        return queryset.filter(Q(**{f"{self.product_path}__category": category}) | below)

    def of_vendor(self, queryset, name, vendor):
        """What the vendor offers, whoever it was bought from."""
        offered = VendorProduct.objects.filter(vendor=vendor).values("product")
        return queryset.filter(**{f"{self.product_path}__in": offered})

    def of_product(self, queryset, name, text):
        exact = Product.objects.with_sku(text.strip())[:1]
        found = exact.values("pk") if exact.exists() else Product.objects.found_by(text).values("pk")
        return queryset.filter(**{f"{self.product_path}__in": found})

    def chips(self) -> list[Chip]:
        """The filters that are set, without what is always shown."""
        chips = []
        for name, one in self.filters.items():
            value = self.data.get(name)
            if not value or name in NO_FILTER:
                continue
            rest = self.data.copy()
            for key in (name, "page"):
                rest.pop(key, None)
            chips.append(Chip(one.label, self._words(name, value), clean_query(rest)))
        return chips

    def _words(self, name: str, value: str) -> str:
        chosen = self.value(name)
        choices = dict(getattr(self.form.fields[name], "choices", ())) if isinstance(chosen, str) else {}
        return str(choices.get(chosen) or chosen or value)

    @property
    def said(self) -> list[str]:
        """What the report is about, in words for paper and files."""
        stores = [_("All stores")] if len(self.stores) == len(self.own) > 1 else [str(store) for store in self.stores]
        return [", ".join(stores), *[f"{chip.label}: {chip.value}" for chip in self.chips()]]


class TimeFilter(ReportFilter):
    """What happened in a period: one of the usual ones, or from one day to another."""

    period = django_filters.ChoiceFilter(label=gettext_lazy("Period"), choices=list(PRESETS.items()), empty_label=None)
    since = day(gettext_lazy("From"))
    until = day(gettext_lazy("To"))

    usual = "30"  # the period where none is asked for
    store_path = "at_store"
    at_path = "at"  # from a row to when it happened

    @property
    def when(self) -> Period:
        since, until = self.value("since"), self.value("until")
        if since or until:
            return Period(since or EVER, until or max(since, self.today))
        return preset(self.period_name, self.today)

    @property
    def period_name(self) -> str:
        """Which of PRESETS is on, if one is."""
        return "" if self.value("since") or self.value("until") else self.value("period") or self.usual

    def parts(self, querysets: Sequence[QuerySet]) -> Iterator[Part]:
        """What was asked for of each queryset, by the clock on the stores' walls."""
        for queryset in querysets:
            asked = self.filter_queryset(queryset)
            for zone, stores in by_zone(self.stores).items():
                yield Part(asked.filter(self.when.at(zone, self.at_path), self.at_stores(stores)), zone)

    def during(self, queryset: QuerySet) -> QuerySet:
        """The rows asked for, of all stores in one queryset."""
        then = Q()
        for zone, stores in by_zone(self.stores).items():
            then |= self.when.at(zone, self.at_path) & self.at_stores(stores)
        return self.filter_queryset(queryset).filter(then)

    @property
    def said(self) -> list[str]:
        return [str(self.when), *super().said]


class StaffFilter(TimeFilter):
    """What somebody did in a period. Offered are those who sold at the person's stores."""

    staff = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Staff"),
        queryset=Staff.objects.none(),
        field_name="by_staff",
        method="of_pk",
        empty_label=gettext_lazy("Everybody"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        sold = Sale.objects.filter(staff=OuterRef("pk"), store__in=[store.pk for store in self.own])
        self.filters["staff"].queryset = Staff.objects.filter(Exists(sold))
