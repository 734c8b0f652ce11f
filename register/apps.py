from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.tabs import Tab, add_tab


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


def _with(permission):
    return lambda record, staff: staff.has_perm(permission)
