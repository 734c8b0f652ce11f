"""Units that still stand in a store but are promised to somebody, such as on an open customer order."""

from collections import Counter
from collections.abc import Collection

from django.apps import apps
from django.db.models import Sum

from inventory.models import Product
from serials.models import SerializedLine
from settings_app.models import Store


def promised(products: Collection[Product], stores: Collection[Store]) -> dict[tuple[int, int], int]:
    """Promised units by (product, store), with or without a serial. One query for each kind of document that promises."""
    found: Counter[tuple[int, int]] = Counter()
    for model in apps.get_models():
        if not issubclass(model, SerializedLine) or model.promising_documents is None:
            continue
        lines = model.objects.filter(
            **model.promising_documents, **{"product__in": products, f"{model.store_path}__in": stores}
        )
        for product, store, units in (
            lines.order_by().values_list("product", model.store_path).annotate(Sum("quantity"))
        ):
            found[product, store] += units
    return dict(found)
