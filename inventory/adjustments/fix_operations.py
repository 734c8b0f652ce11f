"""What adjustments do about units and serials that disagree: the stock figure is made what the serials say."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.adjustments.models import Adjustment
from inventory.adjustments.operations import OpenStock, enter_open_stock, reverse_adjustment
from inventory.models import Product, StockLevel
from microbiz.transactions import operation
from serials.causes import Cause
from serials.differences import Gap
from serials.errors import NothingToFix
from serials.fix_operations import keep_fix
from serials.fixes import Offer
from serials.models import Fix
from settings_app.models import Staff, Store

ADJUSTED = "adjusted"


def offer(gap: Gap, cause: Cause) -> list[Offer]:
    if gap.lacking:
        words = ngettext("Take %(n)d unit out of stock", "Take %(n)d units out of stock", gap.lacking)
        what = _("There are no more than those with a serial number. An adjustment makes the stock %(units)d.")
    else:
        words = ngettext("Add %(n)d unit to the stock", "Add %(n)d units to the stock", gap.surplus)
        what = _("The unit of every serial number stands there. An adjustment makes the stock %(units)d.")
    return [Offer(words % {"n": gap.count}, what % {"units": gap.serials}, 70, kind=ADJUSTED)]


@operation
def adjust_to_serials(product: Product, store: Store, *, staff: Staff, reason: str) -> Fix:
    """Make the stock of a product at a store as many units as it has serials there, by a posted adjustment.

    Raises NothingToFix where they agree (by now), StockChanged where units moved meanwhile.
    """
    level = _level(product, store)
    code = Adjustment.Reason.MISCOUNT
    entry = OpenStock(store, level.serials, seen=level.on_hand)
    document = next(iter(enter_open_stock(product, [entry], staff=staff, reason=code, note=reason[:200])), None)
    if document is None or level.serials != _level(product, store).serials:
        raise NothingToFix(
            _("Units or serial numbers of %(product)s changed meanwhile. Look again.") % {"product": product.name}
        )
    quantity = abs(level.on_hand - level.serials)
    return keep_fix(ADJUSTED, product, store, [], {}, staff=staff, reason=reason, document=document, quantity=quantity)


def _level(product: Product, store: Store) -> StockLevel:
    return StockLevel.objects.filter(product=product, store=store).first() or StockLevel(product=product, store=store)


@operation
def undo_adjusting(fix: Fix, *, staff: Staff) -> None:
    """Post the opposite of what a fix posted: the difference is there again. Raises NotEnoughStock, NotReversible."""
    document = Adjustment.objects.get(pk=fix.document_id)
    reverse_adjustment(document, staff=staff, note=_("Fix undone."), leaves_serials_behind=True)
