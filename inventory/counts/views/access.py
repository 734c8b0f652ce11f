"""Who may count where."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from inventory.counts.models import StockCount
from settings_app.middleware import StaffRequest


def count_of(request: StaffRequest, pk: int) -> StockCount:
    """The count of the address, at one of the person's stores, else 404."""
    found = StockCount.objects.for_staff(request.user)
    return get_object_or_404(found.select_related("store", "category", "started_by", "settled_by", "adjustment"), pk=pk)


def id_in(request: StaffRequest, name: str) -> int:
    """The id that a form sent under this name, or 404."""
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)
