from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.tabs import Tab, add_tab


class AdjustmentsConfig(AppConfig):
    name = "inventory.adjustments"
    verbose_name = _("adjustments")
    default_auto_field = "django.db.models.BigAutoField"
    label = "adjustments"

    def ready(self):
        add_tab("inventory.product", Tab(_("Stock"), "adjustments:stock", weight=20))
