"""Who may see and edit serials where: asked by every view before it does anything."""

from functools import wraps

from django.apps import apps
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from serials.late_operations import may_be_named
from serials.models import SerializedLine
from settings_app.models import ShopSettings


def serials_on(view):
    """The page exists only while the add-on is on, for people who are signed in."""

    @wraps(view)
    def asked(request, *args, **kwargs):
        if not ShopSettings.load().serial_numbers_enabled:
            raise Http404("Serial Numbers is switched off.")
        return view(request, *args, **kwargs)

    return login_required(asked)


def may(permission: str):
    """As `serials_on`, for those with `permission`; anybody else is refused with 403."""

    def decorate(view):
        return serials_on(permission_required(permission, raise_exception=True)(view))

    return decorate


def line_view(view):
    """Hands the view the line of the address: of a document at one of the person's stores, else 404.

    Refused with 403 to those who may not edit serials on that kind of document.
    """

    @wraps(view)
    def on_line(request, label, pk, *args, **kwargs):
        line = find_line(label, pk, request.user)
        return view(request, line, *args, **kwargs)

    return serials_on(on_line)


def find_line(label: str, pk: int, staff) -> SerializedLine:
    """A line whose pop-up `staff` may open. Completed lines open for those who name units on them afterwards, too."""
    line = any_line(label, pk, staff)
    may_name = not line.is_open and staff.has_perm("serials.change_serial")
    if not staff.has_perm(line.edit_permission) and not may_name:
        raise PermissionDenied
    line.is_late = may_name and may_be_named(line)
    return line


def any_line(label: str, pk: int, staff) -> SerializedLine:
    """A line of a document at one of the person's stores, of a tracked product, or 404."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        raise Http404("No such kind of line.") from None
    if not issubclass(model, SerializedLine):
        raise Http404("No such kind of line.")
    lines = model._default_manager.for_staff(staff).with_serials().select_related("product", model.store_path)
    line = get_object_or_404(lines, pk=pk)
    if not line.product.is_tracked:
        raise Http404("This product is not tracked.")
    return line
