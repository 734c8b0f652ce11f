"""What this app tells of who did what: differences that were fixed, and completed documents that were corrected."""

from django.utils.translation import gettext_lazy

from microbiz.trail import Source, Told
from serials.fixes import fix_kind
from serials.models import Fix


def _fixes():
    return Fix.objects.select_related("product", "store")


def _told(fix: Fix) -> Told:
    detail = "; ".join(filter(None, [str(fix.product), fix.reason]))
    return Told(fix_kind(fix.kind).done, detail, fix.store)


FIXES = Source("fixes", gettext_lazy("Fixes and corrections of units"), _fixes, _told)
