"""Who may do what with which adjustment: asked by every view before it does anything."""

from functools import wraps

from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404

from inventory.adjustments.models import Adjustment


def on_adjustment(permission: str):
    """Hands the view the adjustment of the address, at one of the person's stores (404), for those with `permission` (403)."""

    def decorate(view):
        @wraps(view)
        def on_this(request, pk):
            people = ("store", "staff", "reason", "reverses", "reversed_by")
            found = Adjustment.objects.for_staff(request.user).select_related(*people)
            return view(request, get_object_or_404(found, pk=pk))

        return permission_required(permission, raise_exception=True)(on_this)

    return decorate
