from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from microbiz.tabs import Tab, add_tab


class MicrobizConfig(AppConfig):
    name = "microbiz"
    verbose_name = _("Shop")

    def ready(self):
        from microbiz.ledgers import keep_ledgers_after_migrate
        from microbiz.roles import sync_after_migrate

        add_tab("settings", Tab(_("Roles"), "roles", 70, _may_see_people))
        add_tab("settings", Tab(_("Who did what"), "audit", 90, _may_see_audit))
        post_migrate.connect(sync_after_migrate, dispatch_uid="microbiz.roles")
        post_migrate.connect(keep_ledgers_after_migrate, dispatch_uid="microbiz.ledgers")


def _may_see_people(record, staff):
    return staff.has_perm("settings_app.view_staff")


def _may_see_audit(record, staff):
    return staff.has_perm("settings_app.view_auditentry")
