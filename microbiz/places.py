"""The places of the shop, in the rail at the left of every page: who sees which, and where they start."""

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from settings_app.models import ShopSettings


@dataclass(frozen=True)
class Place:
    """One entry of the rail; shown to whoever has one of `permissions`."""

    label: str | Promise
    path: str
    icon: str
    permissions: tuple[str, ...]
    needs_serials: bool = False
    belongs: tuple[str, ...] = ()  # addresses elsewhere that are part of this place
    is_last: bool = False
    is_current: bool = False

    def exists(self) -> bool:
        try:
            resolve(self.path)
        except Resolver404:
            return False
        return True


LOOK_UP = "/serials/look-up/"

PLACES = [
    Place(_("Register"), "/register/", "cash-register", ("register.sell",)),
    Place(_("Orders"), "/orders/", "clipboard-list", ("orders.view_customerorder",)),
    Place(
        _("Receive"),
        "/receiving/",
        "truck-delivery",
        ("receiving.view_vendorshipment", "receiving.view_purchaseorder"),
        belongs=("/vendors/",),
    ),
    Place(_("Transfers"), "/transfers/", "arrows-left-right", ("transfers.view_transfer",)),
    Place(_("Count"), "/counts/", "clipboard-check", ("counts.count_stock",), belongs=("/adjustments/",)),
    Place(_("Sales"), "/sales/", "receipt", ("register.view_sale",)),
    Place(_("Products"), "/products/", "package", ("inventory.view_product",), belongs=("/imports/",)),
    Place(_("Units"), "/serials/", "barcode", ("serials.view_serial",), needs_serials=True),
    Place(_("Customers"), "/customers/", "users", ("orders.view_customer",)),
    Place(
        _("Reports"),
        "/reports/",
        "chart-bar",
        ("settings_app.view_sales_reports", "settings_app.view_stock_reports", "settings_app.view_today"),
    ),
    Place(_("Settings"), "/settings/", "settings", ("settings_app.view_shopsettings",), is_last=True),
]


def places_for(staff, *, serials_enabled: bool) -> list[Place]:
    """The places that exist and that `staff` may enter, in the order of the rail."""
    return [
        place
        for place in PLACES
        if (serials_enabled or not place.needs_serials)
        and any(staff.has_perm(permission) for permission in place.permissions)
        and place.exists()
    ]


def shell(request: HttpRequest) -> dict:
    """Context processor: what templates/base.html needs on every page."""
    shop = SimpleLazyObject(ShopSettings.load)
    staff = getattr(request, "user", None)
    if staff is None or not staff.is_authenticated:
        return {"shop": shop}

    def places():
        found = places_for(staff, serials_enabled=shop.serial_numbers_enabled)
        return [replace(place, is_current=request.path.startswith((place.path, *place.belongs))) for place in found]

    return {
        "shop": shop,
        "places": SimpleLazyObject(places),
        "has_lookup": SimpleLazyObject(lambda: _can_look_up(staff)),
    }


def _can_look_up(staff) -> bool:
    return Place("", LOOK_UP, "", ()).exists() and staff.has_perm("inventory.view_product")
