"""Who may stand at which till: asked by every view of the register before it does anything."""

from functools import wraps

from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from microbiz.incoming import id_of
from microbiz.prepared import first, prepared
from register.errors import ShiftNotOpen
from register.models import Register, Sale, Shift
from settings_app.taxes import keep_rates, rates_of_store


def may(*permissions: str):
    """Signed in and allowed: a person without one of the permissions is refused with 403."""

    def decorate(view):
        return login_required(permission_required(permissions, raise_exception=True)(view))

    return decorate


def register_of(request: HttpRequest) -> Register | None:
    """The register that this browser stands at: kept in the session, at the store in use."""
    registers = Register.objects.filter(is_active=True, store=request.store).select_related("store")
    return registers.filter(pk=request.session.get("register_id")).first()


def shift_of(request: HttpRequest) -> Shift | None:
    """The open shift of that register, with it and with what every step of a sale asks, in one query."""
    register = request.session.get("register_id")
    if register is None or request.store is None:
        return None
    shift = first(_open_shift(register, request.store.pk))
    if shift is not None:
        keep_rates(request.store.pk, shift.rates)
    return shift


@prepared
def _open_shift(register, store):
    shifts = Shift.objects.filter(closed_at__isnull=True).select_related("register__store")
    shifts = shifts.filter(register=register, register__is_active=True, register__store=store)
    in_hand = Sale.objects.in_hand().filter(register=OuterRef("register"))
    return shifts.annotate(has_sale_in_hand=Exists(in_hand), rates=rates_of_store("register__store"))


def at_till(*permissions: str):
    """Besides `may` (sell, unless told otherwise): the browser stands at an open register.

    The view finds it as `request.register`, and its shift as `request.shift`. Everybody else is sent to
    choose a register, or to open theirs.
    """

    def decorate(view):
        @wraps(view)
        def at_register(request, *args, **kwargs):
            request.shift = shift_of(request)
            if request.shift is None:
                return go(request, "register:open" if register_of(request) else "register:choose")
            request.register = request.shift.register
            try:
                return view(request, *args, **kwargs)
            except ShiftNotOpen:  # somebody closed the register since the line above
                return go(request, "register:open")

        return may(*permissions or ("register.sell",))(at_register)

    return decorate


def id_in(request: HttpRequest, name: str) -> int:
    """The id that a form sent under this name; 0, which nothing has, for anything that is no id."""
    return id_of(request.POST.get(name, ""))


def go(request: HttpRequest, to, *args):
    """Send the browser to another page, also from within a fragment's request."""
    answer = redirect(to, *args)
    return HttpResponseClientRedirect(answer.url) if request.htmx else answer
