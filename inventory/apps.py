from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.remarks import add_remarks
from microbiz.tabs import Tab, add_tab
from microbiz.trail import add_source


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("inventory")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from inventory.audit import PRODUCTS
        from inventory.imports.kinds import add_kind
        from inventory.imports.products import ProductImport
        from inventory.remarks import products_by_tracking

        add_kind(ProductImport)
        add_source(PRODUCTS)
        add_tab("inventory.product", Tab(_("Details"), "inventory:product", weight=10))
        add_tab("inventory.product", Tab(_("History"), "inventory:history", weight=90))
        add_tab("inventory.vendor", Tab(_("Details"), "vendors:vendor", weight=10))
        add_tab("inventory.vendor", Tab(_("Contacts"), "vendors:contacts", weight=20))
        add_remarks("settings.tracking", products_by_tracking)
