from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SettingsConfig(AppConfig):
    name = "settings_app"
    verbose_name = _("settings")
    default_auto_field = "django.db.models.BigAutoField"
