"""What a report is, and how one leads to another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

from microbiz.reports.filters import ReportFilter
from microbiz.reports.tables import Table

SALES, STOCK = "settings_app.view_sales_reports", "settings_app.view_stock_reports"


@dataclass(frozen=True)
class Reader:
    """What a person may see in any report."""

    sees_cost: bool
    has_serials: bool  # the add-on is on


@dataclass(frozen=True)
class Report:
    """One report. `build` makes it from its filter, once that is sound, for the reader."""

    slug: str
    title: str | Promise
    about: str | Promise  # what it counts, in a sentence
    permission: str
    filter: type[ReportFilter]
    build: Callable[[Any, Reader], Table]
    needs_serials: bool = False

    def get_absolute_url(self) -> str:
        return reverse("reports:report", args=[self.slug])


def address(slug: str, found: ReportFilter | None = None, **more: Any) -> str:
    """Where a report is, with what is set of store and period here and `more` besides."""
    kept: Mapping[str, Any] = {}
    if found is not None:
        names = ("period", "since", "until", "store", "category", "staff")
        kept = {name: found.data[name] for name in names if found.data.get(name)}
    asked = {name: value for name, value in {**kept, **more}.items() if value not in (None, "")}
    return f"{reverse('reports:report', args=[slug])}?{urlencode(asked)}".removesuffix("?")
