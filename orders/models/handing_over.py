"""What left of an order, in one go each time. All money is in minor units."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.models import StockMovement
from orders.models.orders import CustomerOrder, LineTax, OrderLine
from serials.models import LineSerial, Serial, SerializedLine
from serials.policy import Moment
from settings_app.models import Staff, Store


class HandOver(models.Model):
    """Goods of an order that were handed over, all at once or in part.

    Where a sale handed them over, it is named (`document`), and stock, serials, taxes and revenue are that sale's.
    """

    order = models.ForeignKey(CustomerOrder, on_delete=models.PROTECT, related_name="hand_overs")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="hand_overs")
    number = models.CharField(_("hand-over"), max_length=24, unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True, blank=True)
    document_type = models.CharField(max_length=60, blank=True)  # of the sale
    document_id = models.BigIntegerField(null=True, blank=True)
    document = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["pk"]

    def __str__(self):
        return _("hand-over %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("orders:hand_over", args=[self.pk])

    def get_status_display(self) -> str:
        return str(_("Handed over"))

    @property
    def is_open(self) -> bool:
        return self.completed_at is None

    @property
    def customer(self):
        return self.order.customer


class HandOverLine(SerializedLine):
    """So many units of an order line that were handed over, with their share of its amounts."""

    store_path = "hand_over__store"
    moment = Moment.ORDER
    edit_permission = "orders.hand_over"
    leaving = {}
    open_documents = {"hand_over__completed_at__isnull": True}

    hand_over = models.ForeignKey(HandOver, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="handed_lines")
    name = models.CharField(max_length=300)
    sku = models.CharField(max_length=64)
    unit_price = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)  # with exclusive tax
    cost = models.BigIntegerField(null=True, blank=True, editable=False)  # of one unit then; None: the product had none

    class Meta(SerializedLine.Meta):
        verbose_name = _("hand-over line")
        verbose_name_plural = _("hand-over lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="hand_over_line_has_units"),
            models.CheckConstraint(
                condition=Q(discount__gte=0) & Q(discount__lte=F("unit_price") * F("quantity")),
                name="hand_over_line_discount_within_price",
            ),
        ]

    def __str__(self):
        return f"{self.quantity} {self.name}"

    @property
    def net(self) -> int:
        return self.unit_price * self.quantity - self.discount

    def still_out(self):
        """The units on this line that the customer still has by this hand-over."""
        return Serial.objects.filter(pk__in=self.serial_links.values("serial")).last_moved_by(self.hand_over)

    def movement(self) -> StockMovement:
        """The unsaved ledger entry of this line."""
        document = self.hand_over
        return StockMovement(
            product_id=self.product_id,
            store_id=document.store_id,
            quantity=-self.quantity,
            reason=StockMovement.Reason.ORDER,
            document_type=document._meta.label_lower,
            document_id=document.pk,
            document=document.number,
        )


class HandOverLineSerial(LineSerial):
    """One unit that was handed over."""

    line = models.ForeignKey(HandOverLine, on_delete=models.CASCADE, related_name="serial_links")

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on a hand-over")
        verbose_name_plural = _("serials on hand-overs")


class HandOverTax(LineTax):
    """One tax of a line that was handed over by the order itself: counts at the hand-over."""

    line = models.ForeignKey(HandOverLine, on_delete=models.CASCADE, related_name="taxes")

    class Meta(LineTax.Meta):
        verbose_name = _("tax on a hand-over line")
        verbose_name_plural = _("taxes on hand-over lines")
