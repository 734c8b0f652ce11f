"""The page of a draft, as every answer draws it."""

from django.http import HttpResponse

from inventory.adjustments.forms import reasons_for
from inventory.adjustments.leaving import LineOffer, offer_line
from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.models import StockLevel
from serials.pages import Say, answer
from serials.policy import Need
from serials.verdicts import red_lines
from settings_app.middleware import StaffRequest
from settings_app.models import ShopSettings


def draw(
    request: StaffRequest,
    document: Adjustment,
    say: Say | None = None,
    *,
    selected: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The draft's page as it is now, or for htmx its fragment."""
    lines = lines_of(document)
    asked = str(selected or request.POST.get("line") or request.GET.get("line") or "")
    chosen = next((line for line in lines if str(line.pk) == asked), lines[-1] if lines else None)
    serials_on = ShopSettings.load().serial_numbers_enabled
    red = red_lines(lines) if serials_on else []
    required = [line for line in lines if serials_on and line.serial_need is Need.REQUIRED]
    context = {
        "adjustment": document,
        "lines": lines,
        "selected": chosen,
        "red": red,
        "required": sum(line.quantity for line in required),
        "attached": sum(min(line.attached, line.quantity) for line in required),
        "came": sum(line.quantity for line in lines if not line.is_minus),
        "went": sum(line.quantity for line in lines if line.is_minus),
        "at_cost": sum(line.at_cost for line in lines if line.at_cost is not None),
        "reasons": reasons_for(document.reason),
        "is_minus": request.POST.get("direction", "minus") == "minus",
        "offer": offer_of(request, chosen) if serials_on else None,
    }
    return answer(request, "adjustments/draft.html", "adjustments/_draft.html", context, say, status=status)


def lines_of(document: Adjustment) -> list[AdjustmentLine]:
    """The lines of a draft, numbered from 1, each with the stock before and after it and what it is worth at cost."""
    lines = list(document.lines.with_serials())
    levels = StockLevel.objects.filter(store=document.store_id, product__in=[line.product_id for line in lines])
    now = dict(levels.values_list("product", "on_hand"))
    for number, line in enumerate(lines, 1):
        line.no, line.adjustment = number, document
        line.before = now.get(line.product_id, 0)
        line.after = now[line.product_id] = line.before + line.change
        line.at_cost = None if line.product.cost is None else line.product.cost * line.change
    return lines


def offer_of(request: StaffRequest, line: AdjustmentLine | None) -> LineOffer | None:
    """Which units may leave by the chosen line, where it takes units of a tracked product away."""
    if line is None or not line.is_minus or not line.product.is_tracked:
        return None
    values = request.POST or request.GET
    return offer_line(line, find=values.get("q", "")[:64].strip(), page=values.get("page"))
