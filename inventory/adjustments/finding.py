"""Finding adjustments by number, for the look-up."""

from django.utils.translation import gettext as _

from inventory.adjustments.models import Adjustment
from inventory.scans import read_scan
from microbiz.lookups import Found


def find_adjustments(code: str, staff) -> list[Found]:
    """The adjustment with this number, of one's own stores."""
    number = read_scan(code).text
    if not number or not staff.has_perm("adjustments.view_adjustment"):
        return []
    found = Adjustment.objects.for_staff(staff).filter(number=number.upper()).select_related("store", "reason")
    return [
        Found(
            _("Adjustment"),
            one.number,
            _("%(reason)s at %(store)s, %(status)s")
            % {"reason": one.reason, "store": one.store, "status": one.get_status_display().lower()},
            one.get_absolute_url(),
            "clipboard-check",
        )
        for one in found
    ]
