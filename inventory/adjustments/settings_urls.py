"""Pages of the settings that adjustments own."""

from django.urls import path

from inventory.adjustments.views import reasons

app_name = "adjustments_settings"
urlpatterns = [
    path("reasons/", reasons.reasons, name="reasons"),
    path("reasons/new/", reasons.reason, name="new_reason"),
    path("reasons/<int:pk>/", reasons.reason, name="reason"),
]
