"""Days of the wall calendar: a day is over at midnight of each store's own clock, wherever the reader sits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from settings_app.models import Store

PRESETS = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "7": gettext_lazy("Last 7 days"),
    "30": gettext_lazy("Last 30 days"),
    "month": gettext_lazy("This month"),
    "last_month": gettext_lazy("Last month"),
    "year": gettext_lazy("This year"),
    "last_year": gettext_lazy("Last year"),
    "any": gettext_lazy("Any day"),
}
EVER = date(1970, 1, 2)  # before any shop of ours


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both whole."""

    first: date
    last: date

    def __str__(self):
        if self.first == self.last:
            return date_format(self.first, "j M Y")
        if self.first == EVER:
            return _("Up to %(last)s") % {"last": date_format(self.last, "j M Y")}
        return _("%(first)s to %(last)s") % {
            "first": date_format(self.first, "j M Y"),
            "last": date_format(self.last, "j M Y"),
        }

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The moment at which the first day begins on a clock of `zone`, and that at which the last is over."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)

    def at(self, zone: ZoneInfo, path: str) -> Q:
        """What happened within the period on a clock of `zone`."""
        start, end = self.bounds(zone)
        return Q(**{f"{path}__gte": start, f"{path}__lt": end})


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def preset(name: str, today: date) -> Period:
    """The days that one of PRESETS means on `today`."""
    if name == "yesterday":
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if name.isdigit():
        return Period(today - timedelta(days=int(name) - 1), today)
    if name == "month":
        return Period(today.replace(day=1), today)
    if name == "last_month":
        end = today.replace(day=1) - timedelta(days=1)
        return Period(end.replace(day=1), end)
    if name == "year":
        return Period(today.replace(month=1, day=1), today)
    if name == "last_year":
        return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    return Period(EVER if name == "any" else today, today)


def by_zone(stores: Iterable[Store]) -> dict[ZoneInfo, list[Store]]:
    """The stores by the clock on their wall: one group, where all are in one time zone."""
    zones: dict[ZoneInfo, list[Store]] = {}
    for store in stores:
        zones.setdefault(ZoneInfo(store.time_zone), []).append(store)
    return zones
