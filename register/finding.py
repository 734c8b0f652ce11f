"""Finding receipts by what people have in hand: a number, a serial, a name, an amount."""

from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.scans import read_scan
from microbiz.lookups import Found
from microbiz.money import NotAnAmount, format_money, parse_money
from orders.models import Customer
from register.models import Sale, SaleLineSerial
from serials.numbers import number_key
from settings_app.models import ShopSettings


def sales_found_by(sales, text: str):
    """The sales that somebody means by `text`: receipt, serial number, customer or amount."""
    scan = read_scan(text)
    keys = {number_key(part) for part in (scan.text, scan.serial) if part} - {""}
    with_serial = SaleLineSerial.objects.filter(serial__number_key__in=keys).values("line__sale")
    means = Q(number__icontains=scan.text) | Q(pk__in=with_serial)
    means |= Q(customer__in=Customer.objects.found_by(text).values("pk"))
    try:
        amount = parse_money(text, ShopSettings.load().currency)
        means |= Q(total=amount) | Q(total=-amount)
    except NotAnAmount:
        pass  # words, so no amount is meant
    return sales.filter(means)


def sales_since(sales, days: int):
    """The sales of the last so many days of the store's wall calendar; 0 is today."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - timedelta(days=days)
    return sales.filter(Q(completed_at__gte=start) | Q(voided_at__gte=start))


def sales_on(sales, day):
    """The sales of one day of the store's wall calendar."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    end = start + timedelta(days=1)
    return sales.filter(Q(completed_at__gte=start, completed_at__lt=end) | Q(voided_at__gte=start, voided_at__lt=end))


def find_receipts(code: str, staff) -> list[Found]:
    """For the look-up in the header: the receipt with this number."""
    if not staff.has_perm("register.view_sale"):
        return []
    number = read_scan(code).text
    if not number:
        return []
    sales = Sale.objects.for_staff(staff).completed().filter(number=number.upper()).select_related("store", "customer")
    currency = ShopSettings.load().currency
    return [
        Found(
            _("Receipt"),
            sale.number,
            _("%(total)s at %(store)s")
            % {"total": format_money(sale.total, currency, symbol=True), "store": sale.store},
            sale.get_absolute_url(),
            "receipt",
        )
        for sale in sales
    ]
