"""Which app answers which address."""

from django.urls import include, path

from microbiz import health, home, setup

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("setup/", setup.setup, name="setup"),
    path("", home.home, name="home"),
    path("", include("settings_app.urls")),
    path("products/", include("inventory.urls")),
    path("products/", include("inventory.adjustments.urls")),
    path("imports/", include("inventory.imports.urls")),
    path("", include("serials.urls")),
    path("settings/roles/", home.roles, name="roles"),
    path("settings/", include("register.settings_urls")),
    path("customers/", include("orders.urls")),
    path("", include("register.urls")),
]
