from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdjustmentsConfig(AppConfig):
    name = "inventory.adjustments"
    verbose_name = _("adjustments")
    default_auto_field = "django.db.models.BigAutoField"
    label = "adjustments"
