"""The money of a sale. All money is in minor units."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import CustomerOrder
from register.models.sales import Sale
from register.models.tills import PaymentMethod
from settings_app.models import Staff


class Payment(models.Model):
    """Money that passed: positive came in, negative was paid out. `amount` is what counted towards the sale.

    Cash: `tendered` is what was handed over. Card: `reference` is the terminal's slip, never a card number.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="payments")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="payments")
    amount = models.BigIntegerField()
    tendered = models.BigIntegerField(null=True, blank=True)
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="payment_pays_something")]

    def __str__(self):
        return f"{self.method} {self.amount}"


class SaleOrderPayment(models.Model):
    """What a sale takes towards a customer order, or (negative) pays back or sets off of it. No revenue, no tax."""

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="order_payments")
    order = models.ForeignKey(CustomerOrder, on_delete=models.PROTECT, related_name="sale_payments")
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("payment of an order on a sale")
        verbose_name_plural = _("payments of orders on sales")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "order"], name="sale_order_payment_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="sale_order_payment_moves_something"),
        ]

    def __str__(self):
        return f"{self.amount:+d} {self.order_id}"
