"""How many serials are in stock, beside the units of each stock level: counted once, kept by every posting from then on."""

from django.db import migrations
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce


def count(apps, schema_editor):
    Serial = apps.get_model("serials", "Serial")
    StockLevel = apps.get_model("inventory", "StockLevel")
    here = Serial.objects.filter(state="in_stock", product=OuterRef("product"), store=OuterRef("store")).order_by()
    in_stock = here.values("product").annotate(serials=Count("*")).values("serials")
    StockLevel.objects.update(serials=Coalesce(Subquery(in_stock), 0))


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0007_serials_in_stock"),
        ("serials", "0005_one_index_for_each_use"),
    ]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
