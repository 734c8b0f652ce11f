from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from microbiz.demo.operations import open_demo_shop
from settings_app.models import ShopSettings


class Command(BaseCommand):
    help = "Fill an empty database with the demo shop, once. Only in demo mode."

    def handle(self, **options):
        if not settings.IS_DEMO:
            raise CommandError(
                "This is not a demo installation: the demo's passwords are known to everybody. Set MICROBIZ_MODE=demo."
            )
        if ShopSettings.objects.exists():
            if options["verbosity"] > 1:
                self.stdout.write("There is a shop already; nothing to load.")
            return
        if options["verbosity"]:
            self.stdout.write("Loading the demo shop ...")
        open_demo_shop()
