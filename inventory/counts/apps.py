from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.lookups import add_finder
from microbiz.tabs import Tab, add_tab


class CountsConfig(AppConfig):
    name = "inventory.counts"
    verbose_name = _("stock counts")
    default_auto_field = "django.db.models.BigAutoField"
    label = "counts"

    def ready(self):
        from inventory.adjustments.sightings import add_sightings
        from inventory.counts.finding import find_counts, last_seen

        add_finder(find_counts, weight=30)
        add_sightings(last_seen)
        add_tab("inventory.stock", Tab(_("Counts"), "counts:counts", 10, _may_count))


def _may_count(record, staff):
    return staff.has_perm("counts.count_stock")
