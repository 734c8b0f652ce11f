"""Which app answers which address."""

from django.urls import path

from microbiz import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
]
