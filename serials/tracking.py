"""What another tracking policy would mean for a product, before anything is saved. No writing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.apps import apps
from django.utils.translation import gettext as _

from inventory.models import Product
from serials.differences import Balance, balances
from serials.models import SerializedLine
from serials.policy import Moment, Need, Status, need, status
from settings_app.models import SerialTracking, Store

# The columns of the policy table, each with a moment that stands for it.
KINDS = (Moment.RECEIVE, Moment.SALE, Moment.ORDER, Moment.TRANSFER_OUT)


def needs(tracking: str) -> list[str]:
    """A policy's row of the table: hidden, optional or required for each of KINDS."""
    return [need(tracking, moment).value for moment in KINDS]


@dataclass(frozen=True)
class StoreBalance:
    store: Store
    balance: Balance


@dataclass(frozen=True)
class Preview:
    """The lines that would turn red, and the units that would need a serial."""

    product: Product
    tracking: SerialTracking
    red_lines: Sequence[SerializedLine]
    lacking: Sequence[StoreBalance]  # stores with units that have no serial
    on_record: int  # serials in stock that stay on record
    agreeing: Sequence[Store] = ()  # stores with units, all of which have their serial

    @property
    def is_change(self) -> bool:
        return self.tracking != self.product.serial_tracking

    @property
    def requires(self) -> bool:
        """Whether any document would require a serial."""
        return Need.REQUIRED.value in needs(self.tracking)

    @property
    def units_lacking(self) -> int:
        return sum(one.balance.lacking for one in self.lacking)

    @property
    def stores(self) -> list[Store]:
        """The stores concerned."""
        concerned = {line.store.pk: line.store for line in self.red_lines}
        if self.requires:
            concerned |= {one.store.pk: one.store for one in self.lacking}
        return list(concerned.values())

    @property
    def consequence(self) -> str:
        """What becomes of the units without a serial, in words."""
        if self.tracking == SerialTracking.ALL:
            return _("must get one before they move")
        if self.tracking == SerialTracking.SALES:
            return _("must get one before they are sold")
        return ""


def preview(product: Product, tracking: str) -> Preview:
    """What giving `product` this policy would mean, in every store. A fixed number of queries for each kind of line."""
    stores = {store.pk: store for store in Store.objects.filter(is_active=True)}
    found = balances([product], list(stores.values()))
    lacking = [
        StoreBalance(stores[store], balance)
        for (_product, store), balance in sorted(found.items(), key=lambda item: stores[item[0][1]].name)
        if balance.lacking
    ]
    on_record = sum(balance.serials for balance in found.values())
    agreeing = [stores[store] for (_product, store), one in found.items() if one.units and not one.lacking]
    red = _turning_red(product, tracking)
    return Preview(product, SerialTracking(tracking), red, lacking, on_record, sorted(agreeing, key=str))


def _people(model: type[SerializedLine]) -> list[str]:
    """The path from a kind of line to the person of its document, where documents of that kind have one."""
    name = model.store_path.partition("__")[0]
    document = model._meta.get_field(name).related_model
    return [f"{name}__staff"] if any(field.name == "staff" for field in document._meta.get_fields()) else []


def _turning_red(product: Product, tracking: str) -> list[SerializedLine]:
    """Lines of open documents, of every domain, that are not red now and would be."""
    found = []
    for model in apps.get_models():
        if not issubclass(model, SerializedLine):
            continue
        lines = model._default_manager.filter(product=product).of_open_documents()
        for line in lines.with_serials().select_related("product", model.store_path, *_people(model)):
            now = status(line.serial_need, line.quantity, line.attached)
            then = status(need(tracking, line.moment), line.quantity, line.attached)
            if then is Status.RED and now is not Status.RED:
                found.append(line)
    return found
