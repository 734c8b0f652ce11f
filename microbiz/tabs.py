"""Lets an app add a tab to a page that another app owns, so the page need not know it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Tab:
    """One tab of a page.

    `url_name` is reversed with the record's pk, or without arguments on pages without a record.
    `visible` is asked with (record, staff); the view behind the tab still checks for itself.
    """

    label: str | Promise
    url_name: str
    weight: int = 100
    visible: Callable[[Any, Any], bool] = lambda record, staff: True


_tabs: dict[str, list[Tab]] = defaultdict(list)


def add_tab(page: str, tab: Tab) -> None:
    """Hang `tab` on `page`; called from an app's `ready()`. The same tab is added once."""
    if tab.url_name not in {known.url_name for known in _tabs[page]}:
        _tabs[page].append(tab)


def tabs_for(page: str, record: Any, staff: Any) -> list[Tab]:
    """The tabs of `page` that `staff` may see for `record`, lightest first."""
    shown = [tab for tab in _tabs[page] if tab.visible(record, staff)]
    return sorted(shown, key=lambda tab: tab.weight)
