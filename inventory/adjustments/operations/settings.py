"""The reasons that the shop gives for its corrections."""

from django.utils.translation import gettext as _

from inventory.adjustments.errors import ReasonInUse
from inventory.adjustments.models import Adjustment, ReasonCode
from microbiz.transactions import operation

# Chosen by the program itself: where stock is first entered, and by a count.
NEEDED = {Adjustment.Reason.OPENING, Adjustment.Reason.COUNT}


@operation
def save_reason_code(reason: ReasonCode) -> None:
    """Keep a reason and the history of its change. Raises ReasonInUse for one that the program itself gives."""
    if reason.code in NEEDED and not reason.is_active:
        raise ReasonInUse(
            _("%(reason)s stays in use: first stock and counts are posted with it. Give it another name instead.")
            % {"reason": reason}
        )
    reason.save()
