"""What this app tells of who did what: overrides at the till, registers and payment methods."""

from django.utils.translation import gettext_lazy

from microbiz.trail import Source, Told
from register.models import Override, PaymentMethod, Register
from settings_app.audit import changes_of


def _overrides():
    return Override.objects.select_related("sale__store")


def _told(override: Override) -> Told:
    detail = "; ".join(filter(None, [str(override.sale), override.detail, override.reason]))
    return Told(override.get_kind_display(), detail, override.sale.store, override.sale.get_absolute_url())


SOURCES = [
    Source("overrides", gettext_lazy("Overrides and prices at the till"), _overrides, _told),
    changes_of("registers", gettext_lazy("Registers"), Register),
    changes_of("payment_methods", gettext_lazy("Payment methods"), PaymentMethod),
]
