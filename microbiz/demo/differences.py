"""Units and serials of the demo that disagree, one of them named afterwards, and one receipt that was corrected."""

from uuid import UUID

from inventory.models import Product
from microbiz.demo.morning import REGISTER, sell
from microbiz.transactions import operation
from register.models import Register, Sale
from serials.late_operations import correct, name_late
from serials.models import Serial
from settings_app.models import SerialTracking, Staff

CORRECTED = "ELE-1002"  # a phone, sold in the morning


@operation
def disagree(*, cashier: Staff, manager: Staff) -> None:
    """Sell two units without saying which, say it of one, and swap the serials of two phones on a receipt."""
    register = Register.objects.get(prefix=REGISTER)
    free = Serial.objects.in_stock(register.store).filter(hold__isnull=True).order_by("pk")
    optional = Product.objects.filter(serial_tracking=SerialTracking.OPTIONAL, serials__in=free).order_by("sku")
    product = optional.distinct()[0]
    units = free.filter(product=product)
    sales = [
        sell(register, (product.sku,), "cash", "", staff=cashier, key=UUID(int=key)) for key in (301, 302)[: len(units)]
    ]
    line = sales[0].lines.get()
    name_late(line, [units[0].number], staff=manager, reason="Its empty box stood at the till")
    receipt = Sale.objects.completed().filter(lines__product__sku=CORRECTED).earliest("pk")
    phone = receipt.lines.get(product__sku=CORRECTED)
    meant = free.filter(product=phone.product).first()
    if meant is not None:
        [wrong] = phone.serials
        correct(phone, wrong, meant.number, staff=manager, reason="The neighbouring box was scanned")
