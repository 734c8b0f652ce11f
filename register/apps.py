from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.lookups import add_finder
from microbiz.tabs import Tab, add_tab
from microbiz.trail import add_source


class RegisterConfig(AppConfig):
    name = "register"
    verbose_name = _("register")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        for weight, label, url_name, permission in [
            (30, _("Registers"), "register_settings:registers", "register.view_register"),
            (50, _("Payment methods"), "register_settings:payment_methods", "register.view_paymentmethod"),
        ]:
            add_tab("settings", Tab(label, url_name, weight, _with(permission)))

        receipts = Tab(_("Receipts"), "register:customer_sales", 20, _with("register.view_sale"))
        add_tab("orders.customer", receipts)
        add_tab("orders.money", Tab(_("Payment"), "register:order", 10, _with("register.sell")))

        from register.audit import SOURCES
        from register.finding import find_receipts

        for source in SOURCES:
            add_source(source)
        add_finder(find_receipts, weight=20)


def _with(permission):
    return lambda record, staff: staff.has_perm(permission)
