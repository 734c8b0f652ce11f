from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.lookups import add_finder
from microbiz.tabs import Tab, add_tab
from microbiz.trail import add_source


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("customers and orders")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        add_tab("orders.customer", Tab(_("Details"), "orders:customer", weight=10))
        add_tab("orders.customer", Tab(_("Store credit"), "orders:store_credit", weight=50))
        may_see = _with("orders.view_customerorder")
        add_tab("orders.customer", Tab(_("Orders"), "orders:customer_orders", 30, may_see))
        may_set = _with("orders.view_orderstatus")
        add_tab("settings", Tab(_("Order statuses"), "orders:statuses", 60, may_set))

        from orders.audit import SOURCES
        from orders.finding import find_orders

        for source in SOURCES:
            add_source(source)
        add_finder(find_orders, weight=25)


def _with(permission):
    return lambda record, staff: staff.has_perm(permission)
