from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MicrobizConfig(AppConfig):
    name = "microbiz"
    verbose_name = _("Shop")
