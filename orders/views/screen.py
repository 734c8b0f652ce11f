"""What the page of an order shows: its lines, its money, and why something cannot be done just now."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from microbiz.tabs import tabs_for
from orders.models import CustomerOrder, OrderLine
from orders.operations.payments import credit_of
from orders.reading import lines_of, payments_of, taxes_of
from serials.verdicts import red_lines
from settings_app.models import ShopSettings


def why_not_whole(order: CustomerOrder, red: list[OrderLine], owed: int) -> str:
    """Why an open order cannot be handed over as a whole, or nothing."""
    if order.at_register:
        return _("At the register, sale %(sale)s: complete it there") % {"sale": order.at_register}
    why = []
    if len(red) == 1:
        [line] = red
        text = ngettext("line %(no)d needs %(n)d serial", "line %(no)d needs %(n)d serials", line.missing)
        why.append(text % {"no": line.no, "n": line.missing})
    elif red:
        why.append(_("lines %(numbers)s need serials") % {"numbers": ", ".join(str(line.no) for line in red)})
    if owed > 0:
        why.append(_("balance unpaid"))
    text = ", ".join(why)
    return text[:1].upper() + text[1:]


def screen(request: HttpRequest, order: CustomerOrder, *, selected: int | None = None, fresh=()) -> dict:
    """Everything that the templates of an order's page need."""
    lines = lines_of(order)
    tracks = ShopSettings.load().serial_numbers_enabled
    red = red_lines([line for line in lines if line.quantity]) if tracks else []
    wanted = str(selected or request.POST.get("line") or request.GET.get("line") or "")
    chosen = next((line for line in lines if str(line.pk) == wanted), lines[-1] if lines else None)
    to_come = sum(line.total for line in lines)
    owed = to_come - credit_of(order) if order.is_open else 0
    may = request.user.has_perm
    editable = order.is_editable and may("orders.change_customerorder")
    return {
        "order": order,
        "lines": lines,
        "selected": chosen,
        "lit": selected,
        "fresh": set(fresh),
        "editable": editable,
        "may_reserve": editable and order.is_open,
        "may_price": editable and may("orders.change_order_price"),
        "units": sum(line.ordered for line in lines),
        "reserved": sum(line.attached for line in lines),
        "handed": sum(line.handed_over for line in lines),
        "discounts": -sum(line.discount + sum(one.discount for one in line.gone) for line in lines),
        "taxes": taxes_of(order),
        "payments": payments_of(order),
        "balance": abs(order.balance),
        "why": why_not_whole(order, red, owed) if order.is_open else "",
        "money_tabs": tabs_for("orders.money", order, request.user),
    }
