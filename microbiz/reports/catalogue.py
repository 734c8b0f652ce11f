"""Every report there is, by what it is about."""

from django.utils.translation import gettext_lazy

from microbiz.reports import bought, coming, sales, stock, takings, units
from microbiz.reports.report import Report

SECTIONS: list[tuple[object, list[Report]]] = [
    (gettext_lazy("Sales"), sales.REPORTS),
    (gettext_lazy("Money and taxes"), takings.REPORTS),
    (gettext_lazy("Units"), units.REPORTS),
    (gettext_lazy("Stock"), stock.REPORTS),
    (gettext_lazy("From vendors and on the way"), [*bought.REPORTS, *coming.REPORTS]),
]
REPORTS = {one.slug: one for _title, reports in SECTIONS for one in reports}


def reports_for(staff, *, has_serials: bool) -> list[tuple[object, list[Report]]]:
    """The sections with the reports that `staff` may read."""
    shown = [
        (
            title,
            [one for one in reports if staff.has_perm(one.permission) and (has_serials or not one.needs_serials)],
        )
        for title, reports in SECTIONS
    ]
    return [(title, reports) for title, reports in shown if reports]
