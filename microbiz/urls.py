"""Which app answers which address."""

from django.urls import include, path

from microbiz import audit, health, home, setup

handler400 = "microbiz.trouble.bad_request"
handler500 = "microbiz.trouble.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("setup/", setup.setup, name="setup"),
    path("", home.home, name="home"),
    path("", include("settings_app.urls")),
    path("products/", include("inventory.urls")),
    path("", include("inventory.adjustments.urls")),
    path("products/", include("receiving.purchasing.product_urls")),
    path("counts/", include("inventory.counts.urls")),
    path("imports/", include("inventory.imports.urls")),
    path("", include("serials.urls")),
    path("labels/", include("serials.labels.urls")),
    path("settings/roles/", home.roles, name="roles"),
    path("settings/audit/", audit.audit, name="audit"),
    path("settings/audit/export.csv", audit.export, name="audit_export"),
    path("settings/", include("register.settings_urls")),
    path("settings/", include("inventory.adjustments.settings_urls")),
    path("vendors/", include("inventory.vendors.urls")),
    path("transfers/", include("transfers.urls")),
    path("receiving/", include("receiving.urls")),
    path("", include("orders.urls")),
    path("reports/", include("microbiz.reports.urls")),
    path("", include("register.urls")),
]
