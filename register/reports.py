"""The close-out report of a shift on 80 mm paper."""

from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from microbiz.money import format_money
from microbiz.paper import BOLD, register_fonts
from register.operations import ShiftReport
from register.receipts import Roll, cut
from settings_app.models import ShopSettings


def report_pdf(report: ShiftReport) -> bytes:
    """The report as a PDF, cut to its length; of an open shift as a preview."""
    register_fonts()
    shift, shop = report.shift, ShopSettings.load()
    store = shift.register.store
    zone = ZoneInfo(store.time_zone)

    def money(amount: int) -> str:
        return format_money(amount, shop.currency)

    def moment(at) -> str:
        return date_format(at.astimezone(zone), "D j M Y H:i")

    roll = Roll()
    roll.gap()
    roll.row(store.name, font=BOLD, size=11, centred=True)
    roll.row(_("Close-out report") if shift.closed_at else _("Close-out report, preview"), centred=True)
    roll.row(moment(shift.closed_at or timezone.now()), centred=True)
    roll.rule()
    parts = {"register": shift.register, "number": shift.pk}
    roll.row(_("%(register)s, shift %(number)d") % parts, str(shift.closed_by or shift.opened_by))
    roll.row(_("Open %(time)s") % {"time": moment(shift.opened_at)}, _("%(n)d receipts") % {"n": report.sales_count})
    roll.rule()
    roll.row(_("Sales"), money(report.gross))
    roll.row(_("Discounts"), money(report.discounts))
    roll.row(_("Returns (%(count)d)") % {"count": report.returns_count}, money(report.returns))
    if report.trade_ins_count:
        roll.row(_("Trade-ins (%(count)d)") % {"count": report.trade_ins_count}, money(report.trade_ins))
    for tax in report.taxes:
        roll.row(f"{tax.name} {tax.rate / 1000:g}%", money(tax.amount))
    roll.row(_("NET"), format_money(report.net, shop.currency, symbol=True), font=BOLD, size=11)
    for method in report.methods:
        _method(roll, report, method, money)
    roll.rule()
    for label, count in (
        (_("Serials sold"), report.serials_sold),
        (_("Serials taken back"), report.serials_returned),
        (_("Serials traded in"), report.serials_traded_in),
        (_("Sold without a serial"), report.sold_without_serial),
        (_("Overrides"), len(report.overrides)),
        (_("Voided sales"), len(report.voids)),
    ):
        roll.row(label, str(count))
    for override in report.overrides:
        roll.row(f"{override.sale.number}, {override.staff}: {override.detail}. {override.reason}", size=7)
    for sale in report.voids:
        roll.row(f"{sale.number}, {sale.staff}: {sale.note}", size=7)
    roll.gap()
    roll.row(_("Counted by") + " ______________", centred=True)
    return cut(roll, title=_("Close-out report"), author=shop.company)


def _method(roll: Roll, report: ShiftReport, method, money) -> None:
    roll.rule()
    roll.row(str(method.method), font=BOLD)
    is_cash = method == report.cash
    if is_cash:
        roll.row(_("Opening balance"), money(report.opening_balance))
    roll.row(_("Taken"), money(method.taken))
    if method.refunded:
        roll.row(_("Paid out"), money(method.refunded))
    if is_cash:
        for movement in report.cash_movements:
            roll.row(movement.reason, money(movement.amount))
    roll.row(_("Expected"), money(method.expected))
    if method.counted is not None:
        roll.row(_("Counted"), money(method.counted))
        roll.row(_("Variance"), money(method.variance), font=BOLD)
        if method.reason:
            roll.row(method.reason, size=7)
        if is_cash:
            roll.row(_("Left in the drawer"), money(report.shift.left_in_drawer))
            roll.row(_("To deposit"), money(report.deposit), font=BOLD)
