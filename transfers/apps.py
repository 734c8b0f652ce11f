from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from microbiz.lookups import add_finder
from microbiz.offers import add_offers


class TransfersConfig(AppConfig):
    name = "transfers"
    verbose_name = _("transfers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from transfers.finding import (
            find_transfers,
            offers_elsewhere,
            offers_of_stock,
            offers_on_the_way,
            offers_on_unit,
        )

        add_finder(find_transfers, weight=30)
        add_offers("serials.unit", offers_on_unit)
        add_offers("serials.elsewhere", offers_elsewhere)
        add_offers("stock.elsewhere", offers_of_stock)
        add_offers("stock.on_the_way", offers_on_the_way)
