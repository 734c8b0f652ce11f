"""Corrections of stock: units found, lost, or entered for the first time."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.models import StockMovement
from serials.models import LineSerial, SerializedLine
from serials.policy import Moment
from settings_app.models import Staff, Store


class AdjustmentQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Adjustments at the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())


class Adjustment(models.Model):
    """A posted correction of one store's stock, with its reason."""

    class Reason(models.TextChoices):
        OPENING = "opening", _("Opening stock")
        FOUND = "found", _("Found")
        MISSING = "missing", _("Missing")
        DAMAGED = "damaged", _("Damaged")
        MISCOUNT = "miscount", _("Counted wrong before")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        POSTED = "posted", _("Posted")

    number = models.CharField(max_length=20, unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="adjustments")
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ["-pk"]

    def __str__(self):
        return _("adjustment %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("adjustments:adjustment", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.DRAFT


class AdjustmentLine(SerializedLine):
    """So many units of a product that come (or, with `is_minus`, leave)."""

    store_path = "adjustment__store"
    edit_permission = "adjustments.change_adjustment"
    open_documents = {"adjustment__status": "draft"}

    adjustment = models.ForeignKey(Adjustment, on_delete=models.CASCADE, related_name="lines")
    is_minus = models.BooleanField(default=False)

    class Meta(SerializedLine.Meta):
        verbose_name = _("adjustment line")
        verbose_name_plural = _("adjustment lines")

    @property
    def moment(self) -> Moment:  # type: ignore[override]  # depends on the line
        return Moment.ADJUST_OUT if self.is_minus else Moment.ADJUST_IN

    def movement(self) -> StockMovement:
        """The unsaved ledger entry of this line."""
        document = self.adjustment
        opening = document.reason == Adjustment.Reason.OPENING
        return StockMovement(
            product=self.product,
            store=document.store,
            quantity=-self.quantity if self.is_minus else self.quantity,
            reason=StockMovement.Reason.OPENING if opening else StockMovement.Reason.ADJUSTMENT,
            document_type=document._meta.label_lower,
            document_id=document.pk,
            document=document.number,
            note=document.note,
        )


class AdjustmentLineSerial(LineSerial):
    line = models.ForeignKey(AdjustmentLine, on_delete=models.CASCADE, related_name="serial_links")

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on an adjustment")
        verbose_name_plural = _("serials on adjustments")
