"""Buying goods from a customer at the till: what comes in lowers what is to pay, or is paid out."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from inventory.models import Product
from inventory.operations import save_product
from microbiz.money import format_money
from microbiz.transactions import operation
from register.errors import CustomerMissing, ProductArchived, WrongAmount
from register.models import Override, Sale, SaleLine
from register.operations.locks import lock_open_sale
from register.operations.totals import require_quantity, retotal
from serials.operations import attach
from settings_app.models import ShopSettings, Staff
from settings_app.operations import next_number


@operation
def take_in_trade(
    sale: Sale,
    product: Product,
    *,
    price: int,
    quantity: int = 1,
    numbers: Sequence[str] = (),
    condition: str = "",
    staff: Staff,
) -> SaleLine:
    """Buy units of a product from the customer of an open sale, at a price per unit that was agreed, and record it.

    Units called `numbers` that are on record nowhere go on record when the sale is paid; one that was ours before
    begins its next life with its old history. No tax: we are the buyer. The permission is asked for by the view.
    Raises CustomerMissing, WrongAmount, ProductArchived, or SerialUnavailable for a unit that stands in stock or is
    on its way, saying where.
    """
    sale = lock_open_sale(sale)
    if sale.customer is None:
        raise CustomerMissing(_("A trade-in is bought from somebody. Choose the customer first."))
    if product.is_archived:
        raise ProductArchived(
            _("%(product)s is archived, so it cannot come in. Take it out of the archive first.")
            % {"product": product.name}
        )
    if price < 0 or len(numbers) > quantity:
        raise WrongAmount(_("A trade-in has a price of 0 or more, and no more serial numbers than units."))
    require_quantity(quantity)
    line = SaleLine.objects.create(
        sale=sale,
        product=product,
        kind=SaleLine.Kind.TRADE_IN,
        name=product.name,
        sku=product.sku,
        quantity=quantity,
        unit_price=price,
        condition=condition.strip()[:200],
    )
    if numbers:
        attach(line, numbers, new=numbers, staff=staff, place=sale.register.name)
    Override.objects.create(
        sale=sale,
        line=line,
        kind=Override.Kind.TRADE_IN,
        reason=line.condition,
        detail=_("%(quantity)d × %(product)s for %(price)s")
        % {"quantity": quantity, "product": product.name[:120], "price": _money(price)},
        staff=staff,
    )
    retotal(sale)
    return SaleLine.objects.with_serials().select_related("sale").get(pk=line.pk)


@operation
def create_traded_product(
    *, name: str, category: str, price: int | None, serial_tracking: str, barcode: str, staff: Staff
) -> Product:
    """A product that nobody knew before a customer brought one: with the next number as its SKU."""
    fields = {"sku": next_number("TI"), "name": name, "price": price, "serial_tracking": serial_tracking}
    return save_product(None, fields=fields, category=category, barcodes=[barcode] if barcode else None, staff=staff)


def _money(amount: int) -> str:
    return format_money(amount, ShopSettings.load().currency)
