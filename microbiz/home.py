"""Where each role begins, and the page that shows what each role may do."""

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from microbiz.places import places_for
from microbiz.roles import MATRIX, ROLES
from settings_app.models import ShopSettings

# Who reads the reports of sales starts with today's, whoever may sell at the register, the others at the products.
STARTS = [("/reports/", "settings_app.view_sales_reports"), ("/register/", ""), ("/products/", "")]


@require_safe
def home(request):
    """Lead everybody to where they work."""
    serials_enabled = ShopSettings.load().serial_numbers_enabled
    paths = [place.path for place in places_for(request.user, serials_enabled=serials_enabled)]
    starts = [path for path, permission in STARTS if not permission or request.user.has_perm(permission)]
    start = next((path for path in [*starts, *paths] if path in paths), None)
    if start is None:
        raise PermissionDenied
    return redirect(start)


@permission_required("settings_app.view_staff", raise_exception=True)
@require_safe
def roles(request):
    """The permission matrix, to read: who may do what."""
    sections = [
        (heading, [(right.words, [name in right.roles for name in ROLES]) for right in rows])
        for heading, rows in MATRIX.items()
    ]
    return render(request, "microbiz/roles.html", {"roles": ROLES.values(), "sections": sections})
