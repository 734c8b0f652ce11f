from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from microbiz.lookups import add_finder
from microbiz.tabs import Tab, add_tab
from microbiz.trail import add_source


class AdjustmentsConfig(AppConfig):
    name = "inventory.adjustments"
    verbose_name = _("adjustments")
    default_auto_field = "django.db.models.BigAutoField"
    label = "adjustments"

    def ready(self):
        from inventory.adjustments.audit import SOURCES
        from inventory.adjustments.finding import find_adjustments
        from inventory.adjustments.fix_operations import ADJUSTED, adjust_to_serials, offer, undo_adjusting
        from inventory.adjustments.reasons import keep_builtin_reasons
        from serials.fixes import FixKind, add_fix

        for source in SOURCES:
            add_source(source)
        add_tab("inventory.product", Tab(_("Stock"), "adjustments:stock", weight=20))
        add_tab("inventory.stock", Tab(_("Adjustments"), "adjustments:adjustments", 20, _may("view_adjustment")))
        add_tab("settings", Tab(_("Reason codes"), "adjustments_settings:reasons", 55, _may("view_reasoncode")))
        add_finder(find_adjustments, weight=30)
        may = "adjustments.add_adjustment"
        add_fix(FixKind(ADJUSTED, _("Stock adjusted"), may, undo_adjusting, offer, adjust_to_serials))
        post_migrate.connect(keep_builtin_reasons, sender=self, dispatch_uid="adjustments.reasons")


def _may(codename):
    return lambda record, staff: staff.has_perm(f"adjustments.{codename}")
