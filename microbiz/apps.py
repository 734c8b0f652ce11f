from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MicrobizConfig(AppConfig):
    name = "microbiz"
    verbose_name = _("Shop")

    def ready(self):
        from microbiz.roles import sync_after_migrate

        post_migrate.connect(sync_after_migrate, dispatch_uid="microbiz.roles")
