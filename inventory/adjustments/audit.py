"""What this app tells of who did what: adjustments posted without required serial numbers, and the reason codes."""

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.adjustments.models import AdjustmentLine, ReasonCode
from microbiz.trail import Source, Told
from settings_app.audit import changes_of


def _excused():
    found = AdjustmentLine.objects.exclude(excuse="").filter(adjustment__posted_at__isnull=False)
    return found.annotate(posted_at=F("adjustment__posted_at")).select_related(
        "adjustment__store", "adjustment__staff", "product"
    )


def _told(line: AdjustmentLine) -> Told:
    adjustment = line.adjustment
    detail = f"{adjustment}; {line.product}; {line.excuse}"
    url = adjustment.get_absolute_url()
    return Told(_("Posted without required serial numbers"), detail, adjustment.store, url)


SOURCES = [
    Source(
        "adjustments",
        gettext_lazy("Overrides on adjustments"),
        _excused,
        _told,
        at="posted_at",
        staff="adjustment__staff",
    ),
    changes_of("reasons", gettext_lazy("Reason codes"), ReasonCode),
]
