from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SerialsConfig(AppConfig):
    name = "serials"
    verbose_name = _("serial numbers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from inventory.imports.kinds import add_kind
        from serials import checks  # noqa: F401
        from serials.imports import SerialImport

        add_kind(SerialImport)
