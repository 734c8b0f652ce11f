from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _

from microbiz.per_request import forget
from microbiz.tabs import Tab, add_tab


class SettingsConfig(AppConfig):
    name = "settings_app"
    verbose_name = _("settings")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        for weight, label, url_name, permission in [
            (10, _("General"), "settings_app:general", "settings_app.view_shopsettings"),
            (20, _("Stores"), "settings_app:stores", "settings_app.view_store"),
            (40, _("Taxes"), "settings_app:taxes", "settings_app.view_taxclass"),
            (60, _("People and PINs"), "settings_app:people", "settings_app.view_staff"),
        ]:
            add_tab("settings", Tab(label, url_name, weight, _with(permission)))

        from settings_app.audit import tell_of_settings

        tell_of_settings()
        post_save.connect(_forget_shop, sender="settings_app.ShopSettings", dispatch_uid="shop.saved")


def _forget_shop(**kwargs):
    forget("shop")


def _with(permission):
    return lambda record, staff: staff.has_perm(permission)
