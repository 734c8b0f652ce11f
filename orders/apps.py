from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.tabs import Tab, add_tab


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("customers and orders")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        add_tab("orders.customer", Tab(_("Details"), "orders:customer", weight=10))
        add_tab("orders.customer", Tab(_("Store credit"), "orders:store_credit", weight=50))
