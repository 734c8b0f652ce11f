"""Which labels are asked for: those of a document, of a product, or of single units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.documents import document_url
from inventory.models import Product
from microbiz.money import format_money
from serials.labels.layout import Label
from serials.models import Serial, SerializedLine
from settings_app.models import ShopSettings, Staff

PRODUCT, SERIAL, BOTH = "product", "serial", "both"


@dataclass(frozen=True)
class Goods:
    """One product of what labels are wanted for: how many units, and those that are known by serial number."""

    product: Product
    units: int = 1
    serials: Sequence[Serial] = ()


@dataclass(frozen=True)
class Batch:
    """What labels are wanted for; `title` says it as people do, `url` leads back there."""

    title: str
    url: str
    goods: Sequence[Goods] = field(default_factory=list)

    @property
    def units(self) -> int:
        return sum(one.units for one in self.goods)

    @property
    def serials(self) -> int:
        return sum(len(one.serials) for one in self.goods)

    @property
    def kinds(self) -> list[str]:
        """Which kinds of labels there can be, the likeliest first."""
        if not self.serials:
            return [PRODUCT]
        return [SERIAL, PRODUCT, BOTH] if self.serials == self.units else [BOTH, PRODUCT, SERIAL]


def labels_of(batch: Batch, kind: str, *, copies: int = 1) -> list[Label]:
    """One label for each unit and copy. With both kinds, a unit without a serial has its product's label alone."""
    currency = ShopSettings.load().currency
    labels = []
    for goods in batch.goods:
        if kind in (PRODUCT, BOTH):
            labels += [product_label(goods.product, currency)] * (goods.units * copies)
        if kind in (SERIAL, BOTH):
            labels += [label for serial in goods.serials for label in [serial_label(goods.product, serial)] * copies]
    return labels


def product_label(product: Product, currency: str) -> Label:
    """Name, price and SKU, with the product's first barcode, or its SKU where it has none."""
    barcode = next(iter(product.barcodes.all()), None)
    price = format_money(product.price, currency, symbol=True) if product.price is not None else ""
    return Label(product.name, product.sku, barcode.code if barcode else product.sku, price)


def serial_label(product: Product, serial: Serial) -> Label:
    return Label(product.name, product.sku, serial.number, is_serial=True)


def of_document(label: str, pk: int, staff: Staff) -> Batch:
    """The units on any document with serialized lines, of a store where `staff` works: 404 or 403 otherwise."""
    kinds = [model for model in apps.get_models() if issubclass(model, SerializedLine) and _document_of(model) == label]
    if not kinds:
        raise Http404("No such kind of document.")
    app, name = label.split(".")
    if not staff.has_perm(f"{app}.view_{name}"):
        raise PermissionDenied
    with_serials = ShopSettings.load().serial_numbers_enabled
    goods: dict[int, Goods] = {}
    document = None
    for model in kinds:
        lines = model.objects.for_staff(staff).filter(**{_head(model): pk})
        own: dict[int, Goods] = {}
        for line in lines.select_related(_head(model)).with_serials().prefetch_related("product__barcodes"):
            document = line.document
            serials = line.serials if with_serials else []
            before = own.get(line.product_id, Goods(line.product, 0))
            own[line.product_id] = Goods(line.product, before.units + line.quantity, [*before.serials, *serials])
        for product, found in own.items():
            goods[product] = _same(goods[product], found) if product in goods else found
    if document is None:
        raise Http404("No such document, or nothing on it.")
    return Batch(str(document), document_url(label, pk), list(goods.values()))


def _same(one: Goods, other: Goods) -> Goods:
    """The units of a product that two kinds of lines tell of, such as what was sent and what of it arrived: each once."""
    serials = {serial.pk: serial for serial in [*one.serials, *other.serials]}
    return Goods(one.product, max(one.units, other.units), list(serials.values()))


def _head(model: type[SerializedLine]) -> str:
    """The name of a line's foreign key to its document."""
    return model.store_path.partition("__")[0]


def _document_of(model: type[SerializedLine]) -> str:
    """The kind of document that such lines stand on, as a model label."""
    return model._meta.get_field(_head(model)).related_model._meta.label_lower


def of_product(product: Product) -> Batch:
    """Labels of a product; how many is for the person to say."""
    return Batch(product.name, product.get_absolute_url(), [Goods(product)])


def of_serials(serials: Iterable[Serial]) -> Batch:
    """Labels of single units, in any store."""
    serials = list(serials)
    first = serials[0]
    goods = [Goods(serial.product, 1, [serial]) for serial in serials]
    if len(serials) == 1:
        return Batch(first.number, first.get_absolute_url(), goods)
    if len({serial.product_id for serial in serials}) == 1:
        return Batch(first.product.name, first.product.get_absolute_url(), goods)
    return Batch(_("%(count)d units") % {"count": len(serials)}, reverse("serials:units"), goods)
