"""The Settings tab of the product record: its tracking policy, with what a change would mean."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inventory.models import Product
from inventory.operations import change_tracking
from microbiz.errors import DomainError
from serials.back_fill import progress
from serials.tracking import Preview, needs, preview
from serials.views.access import may
from settings_app.middleware import StaffRequest
from settings_app.models import SerialTracking, ShopSettings
from settings_app.views import TRACKING_CHOICES

MOST_LINES = 20  # that a preview lists; it counts them all


class TrackingForm(forms.Form):
    """The policy that is chosen, the one that the person saw, and the one whose preview they saw."""

    tracking = forms.ChoiceField(choices=SerialTracking)
    seen = forms.ChoiceField(choices=SerialTracking, required=False)
    previewed = forms.ChoiceField(choices=SerialTracking, required=False)


@permission_required("inventory.view_product", raise_exception=True)
def product_settings(request: StaffRequest, pk: int) -> HttpResponse:
    """The four choices. A change is saved only after its preview was shown."""
    product = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    if request.method == "POST":
        if not request.user.has_perm("inventory.change_tracking"):
            raise PermissionDenied
        if not ShopSettings.load().serial_numbers_enabled:
            raise Http404("Serial Numbers is switched off.")
        return _change(request, product)
    return _page(request, product, product.serial_tracking)


def _change(request: StaffRequest, product: Product) -> HttpResponse:
    form = TrackingForm(request.POST)
    if not form.is_valid():
        return _page(request, product, product.serial_tracking, error=_("Choose one of the four."), status=422)
    chosen = form.cleaned_data["tracking"]
    if chosen != product.serial_tracking and form.cleaned_data["previewed"] != chosen:
        look = _("Look at what the change means, then save once more.")
        return _page(request, product, chosen, shown=preview(product, chosen), error=look, status=422)
    try:
        change_tracking(product, chosen, staff=request.user, seen=form.cleaned_data["seen"] or None)
    except DomainError as refusal:
        product.refresh_from_db()
        return _page(request, product, product.serial_tracking, error=str(refusal), status=422)
    messages.success(request, _("Saved. Serial numbers: %(tracking)s.") % {"tracking": SerialTracking(chosen).label})
    return redirect("serials:product_settings", product.pk)


@require_safe
@may("inventory.change_tracking")
def tracking_preview(request: StaffRequest, pk: int) -> HttpResponse:
    """What the policy in `?tracking=` would mean. Nothing is saved."""
    product = get_object_or_404(Product, pk=pk)
    form = TrackingForm(request.GET)
    if not form.is_valid():
        raise Http404("No such policy.")
    shown = preview(product, form.cleaned_data["tracking"])
    return render(request, "serials/_tracking_preview.html", _preview_context(product, shown))


def _preview_context(product: Product, shown: Preview | None) -> dict:
    return {
        "product": product,
        "preview": shown if shown and shown.is_change else None,
        "red_lines": shown.red_lines[:MOST_LINES] if shown else [],
        "rows": [
            (
                _("Now: %(tracking)s") % {"tracking": product.get_serial_tracking_display()},
                needs(product.serial_tracking),
            ),
            (shown.tracking.label, needs(shown.tracking)),
        ]
        if shown
        else [],
    }


def _page(
    request: StaffRequest,
    product: Product,
    chosen: str,
    *,
    shown: Preview | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = _preview_context(product, shown) | {
        "choices": [
            {"value": one["value"], "words": one["words"], "needs": needs(one["value"])} for one in TRACKING_CHOICES
        ],
        "chosen": chosen,
        "error": error,
        "may_change": request.user.has_perm("inventory.change_tracking"),
        "last_change": _last_change(product),
        "to_fill": [one for one in progress(product, list(request.stores)) if not one.is_done]
        if product.is_tracked
        else [],
    }
    return render(request, "serials/product_settings.html", context, status=status)


def _last_change(product: Product) -> dict | None:
    """Who set the policy last, when, and what it was before; None when it never changed."""
    records = product.history.select_related("history_user").only(
        "serial_tracking",
        "history_date",
        "history_user__first_name",
        "history_user__last_name",
        "history_user__username",
    )
    newer = None
    for record in records:
        if newer and record.serial_tracking != newer.serial_tracking:
            before, after = SerialTracking(record.serial_tracking), SerialTracking(newer.serial_tracking)
            return {"who": newer.history_user, "at": newer.history_date, "before": before.label, "after": after.label}
        newer = record
    return None
