"""Who may count where."""

from django.shortcuts import get_object_or_404

from inventory.counts.models import StockCount
from settings_app.middleware import StaffRequest


def count_of(request: StaffRequest, pk: int) -> StockCount:
    """The count of the address, at one of the person's stores, else 404."""
    found = StockCount.objects.for_staff(request.user)
    return get_object_or_404(found.select_related("store", "category", "started_by", "settled_by", "adjustment"), pk=pk)
