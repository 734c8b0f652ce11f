"""From whom a product is bought, and when a store orders it again."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from inventory.models import Product, Vendor
from settings_app.models import Store


class VendorProduct(models.Model):
    """A product as one vendor offers it. `cost` is what they ask for a unit, in minor units; None where nobody knows."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="offers")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, verbose_name=_("vendor"), related_name="offers")
    item_number = models.CharField(_("their item number"), max_length=64, blank=True)
    cost = models.BigIntegerField(_("cost"), null=True, blank=True)
    is_preferred = models.BooleanField(_("preferred"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("offer of a vendor")
        verbose_name_plural = _("offers of vendors")
        ordering = ["-is_preferred", "vendor__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "vendor"], name="vendor_product_once"),
            models.UniqueConstraint(
                fields=["product"], condition=Q(is_preferred=True), name="vendor_product_one_preferred"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="vendor_product_cost_not_negative"),
        ]

    def __str__(self):
        return f"{self.product}, {self.vendor}"


class ReorderPoint(models.Model):
    """When a store orders a product again: below `point` units it orders up to `up_to`."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reorder_points")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="reorder_points")
    point = models.PositiveIntegerField(_("reorder below"))
    up_to = models.PositiveIntegerField(_("order up to"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("reorder point")
        verbose_name_plural = _("reorder points")
        ordering = ["store", "product"]
        constraints = [
            models.UniqueConstraint(fields=["store", "product"], name="reorder_point_once_per_store"),
            models.CheckConstraint(
                condition=Q(point__gte=1) & Q(up_to__gte=F("point")), name="reorder_point_leads_upwards"
            ),
        ]

    def __str__(self):
        return f"{self.product} at {self.store}: below {self.point} up to {self.up_to}"
