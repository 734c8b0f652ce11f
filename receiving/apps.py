from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.lookups import add_finder
from microbiz.remarks import add_remarks
from microbiz.tabs import Tab, add_tab
from microbiz.trail import add_source


class ReceivingConfig(AppConfig):
    name = "receiving"
    verbose_name = _("receiving")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from receiving.audit import SHIPMENTS
        from receiving.finding import find_shipments
        from receiving.purchasing.finding import find_orders
        from receiving.purchasing.supply import remarks

        add_finder(find_shipments, weight=30)
        add_finder(find_orders, weight=30)
        add_source(SHIPMENTS)
        add_remarks("inventory.stock", remarks)
        add_tab("inventory.vendor", Tab(_("Shipments"), "receiving:of_vendor", weight=40, visible=_sees_shipments))
        add_tab("inventory.vendor", Tab(_("Products"), "receiving:bought_from", weight=60, visible=_sees_shipments))
        add_tab("inventory.product", Tab(_("Purchasing"), "purchasing:product", weight=30, visible=_sees_supply))


def _sees_shipments(vendor, staff) -> bool:
    return staff.has_perm("receiving.view_vendorshipment")


def _sees_supply(product, staff) -> bool:
    return staff.has_perm("inventory.view_reorderpoint")
