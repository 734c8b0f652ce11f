"""Who may do what with which transfer: asked by every view before it does anything."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from settings_app.middleware import StaffRequest
from transfers.models import Transfer


@dataclass(frozen=True)
class Rights:
    """What a person may do with one transfer, by role and by the stores where they work."""

    works_at_sender: bool
    works_at_receiver: bool
    may_change: bool
    may_send: bool
    may_receive: bool
    may_decide: bool
    may_write_off: bool


def rights_on(request: StaffRequest, transfer: Transfer) -> Rights:
    may = request.user.has_perm
    mine = {store.pk for store in request.stores}
    at_sender, at_receiver = transfer.from_store_id in mine, transfer.to_store_id in mine
    return Rights(
        works_at_sender=at_sender,
        works_at_receiver=at_receiver,
        may_change=may("transfers.change_transfer"),
        may_send=at_sender and may("transfers.send_transfer"),
        may_receive=at_receiver and may("transfers.receive_transfer"),
        may_decide=may("transfers.decide_discrepancy"),
        may_write_off=may("transfers.decide_discrepancy") and may("transfers.write_off_in_transit"),
    )


def find_transfer(request: StaffRequest, pk: int) -> Transfer:
    """The transfer, from or to one of the person's stores, else 404."""
    found = Transfer.objects.for_staff(request.user)
    people = ("requested_by", "sent_by", "ended_by")
    return get_object_or_404(found.select_related("from_store", "to_store", *people), pk=pk)


def on_transfer(permission: str, allows: Callable[[Rights], bool] = lambda rights: True):
    """Hands the view the transfer of the address, for those with `permission` and the rights on it; else 403."""

    def decorate(view):
        @wraps(view)
        def on_this(request, pk, *args, **kwargs):
            transfer = find_transfer(request, pk)
            if not allows(rights_on(request, transfer)):
                raise PermissionDenied
            return view(request, transfer, *args, **kwargs)

        return permission_required(permission, raise_exception=True)(on_this)

    return decorate
