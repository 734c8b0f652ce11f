"""The reasons that every shop has from the start."""

from django.db import DEFAULT_DB_ALIAS


def keep_builtin_reasons(sender, using=DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Receiver of post_migrate: the built-in reasons exist, whatever else the shop made of them."""
    from inventory.adjustments.models import Adjustment, ReasonCode

    reasons = [ReasonCode(code=code) for code in Adjustment.Reason.values]
    ReasonCode.objects.using(using).bulk_create(reasons, ignore_conflicts=True)
