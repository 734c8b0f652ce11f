from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.lookups import add_finder, add_guesser
from microbiz.remarks import add_remarks
from microbiz.tabs import Tab, add_tab
from microbiz.trail import add_source


class SerialsConfig(AppConfig):
    name = "serials"
    verbose_name = _("serial numbers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from inventory.imports.kinds import add_kind
        from serials import checks  # noqa: F401 (they register themselves)
        from serials.audit import FIXES
        from serials.differences import remarks
        from serials.imports import SerialImport
        from serials.lookups import find_products, find_units, guess_products, guess_units

        add_kind(SerialImport)
        _add_fixes()
        add_source(FIXES)
        add_finder(find_units, weight=10)
        add_finder(find_products, weight=50)
        add_guesser(guess_units, weight=10)
        add_guesser(guess_products, weight=50)
        add_remarks("inventory.products", remarks)
        add_tab("inventory.product", Tab(_("Settings"), "serials:product_settings", weight=50, visible=_has_settings))
        add_tab("inventory.product", Tab(_("Serial Number"), "serials:product", weight=70, visible=_is_shown))


def _add_fixes():
    from serials import fix_operations, late_operations, offers
    from serials.fixes import FixKind, add_fix

    may = "serials.change_serial"
    undo = fix_operations.undo_events
    add_fix(FixKind("named", _("Named on its document"), may, late_operations.undo_naming, offers.name_on_document))
    add_fix(FixKind("recorded", _("Put on record"), "serials.add_serial", undo, offers.record_units))
    add_fix(FixKind("gone", _("Said to be gone"), may, undo, offers.say_gone))
    add_fix(FixKind("moved", _("Put on record at its store"), may, undo, offers.move_here))
    may = "serials.correct_serial"
    add_fix(FixKind("corrected", _("Corrected"), may, late_operations.undo_correction))
    add_fix(FixKind("exchanged", _("Exchanged between two documents"), may, late_operations.undo_exchange))


def _is_shown(product, staff) -> bool:
    from settings_app.models import ShopSettings

    return product.is_tracked and ShopSettings.load().serial_numbers_enabled


def _has_settings(product, staff) -> bool:
    from settings_app.models import ShopSettings

    return staff.has_perm("inventory.change_product") or ShopSettings.load().serial_numbers_enabled
