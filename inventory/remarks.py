"""What inventory remarks on pages of the apps below it."""

from collections.abc import Sequence

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count

from inventory.models import Product


def products_by_tracking(policies: Sequence[str], columns: Sequence) -> dict[str, str]:
    """How many products follow each policy today, beside the choice of the default for new ones."""
    counted = Product.objects.active().order_by().values("serial_tracking").annotate(products=Count("pk"))
    found = {row["serial_tracking"]: row["products"] for row in counted}
    return {policy: intcomma(found.get(policy, 0)) for policy in policies}
