"""Corrections of stock: units found, lost, or entered for the first time."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from inventory.models import StockMovement
from serials.models import LineSerial, SerializedLine
from serials.policy import Moment
from settings_app.models import Staff, Store


class ReasonCodeQuerySet(models.QuerySet):
    def active(self):
        """The reasons that may be chosen for a new adjustment."""
        return self.filter(is_active=True)


class ReasonCode(models.Model):
    """A reason for which the shop corrects stock. Kept for good, since documents name it; taken out of use instead.

    The built-in ones, `Adjustment.Reason`, are there from the start and may be renamed.
    """

    code = models.CharField(
        _("code"),
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+$", _("Letters, digits, - and _ only."))],
    )
    name = models.CharField(_("name"), max_length=60, blank=True)  # a built-in one without a name has its own
    is_active = models.BooleanField(_("in use"), default=True)

    history = HistoricalRecords()
    objects = ReasonCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason code")
        verbose_name_plural = _("reason codes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=~Q(name=""), name="reason_code_named_once"),
        ]

    def __str__(self):
        return self.name or str(dict(Adjustment.Reason.choices).get(self.code, self.code))

    @property
    def is_builtin(self) -> bool:
        return self.code in Adjustment.Reason.values


class AdjustmentQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Adjustments at the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())


class Adjustment(models.Model):
    """A correction of one store's stock, with its reason: a draft, then posted or discarded."""

    class Reason(models.TextChoices):
        """The codes of the built-in reasons."""

        OPENING = "opening", _("Opening stock")
        FOUND = "found", _("Found")
        MISSING = "missing", _("Missing")
        DAMAGED = "damaged", _("Damaged")
        MISCOUNT = "miscount", _("Counted wrong before")
        COUNT = "count", _("Count correction")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        POSTED = "posted", _("Posted")
        DISCARDED = "discarded", _("Discarded")

    number = models.CharField(max_length=20, unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="adjustments")
    reason = models.ForeignKey(
        ReasonCode,
        on_delete=models.PROTECT,
        verbose_name=_("reason"),
        to_field="code",
        db_column="reason",
        related_name="adjustments",
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )  # the posted adjustment that this one takes back
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ["-pk"]
        permissions = [
            ("post_adjustment", "Posts adjustments"),
            ("reverse_adjustment", "Takes posted adjustments back"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="posted", posted_at__isnull=False)
                | (~Q(status="posted") & Q(posted_at__isnull=True)),
                name="adjustment_posted_means_when",
            ),
        ]

    def __str__(self):
        return _("adjustment %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("adjustments:adjustment", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_posted(self) -> bool:
        return self.status == self.Status.POSTED


class AdjustmentLine(SerializedLine):
    """So many units of a product that come (or, with `is_minus`, leave)."""

    store_path = "adjustment__store"
    edit_permission = "adjustments.change_adjustment"
    leaving = {"is_minus": True}
    open_documents = {"adjustment__status": "draft"}

    adjustment = models.ForeignKey(Adjustment, on_delete=models.CASCADE, related_name="lines")
    is_minus = models.BooleanField(default=False)
    excuse = models.CharField(max_length=200, blank=True)  # why it was posted without its required serials

    class Meta(SerializedLine.Meta):
        verbose_name = _("adjustment line")
        verbose_name_plural = _("adjustment lines")

    @property
    def moment(self) -> Moment:  # type: ignore[override]  # depends on the line
        if self.is_minus:
            return Moment.REVERSE if self.adjustment.reverses_id else Moment.ADJUST_OUT
        return Moment.ADJUST_IN

    @property
    def why_not_late(self) -> str:
        other = Adjustment.objects.filter(reverses=self.adjustment_id).first() or self.adjustment.reverses
        if other is None:
            return ""
        return _("%(document)s and %(other)s cancel out, so no unit of them can be named.") % {
            "document": self.adjustment,
            "other": other,
        }

    @property
    def reversed_document(self) -> Adjustment | None:
        return self.adjustment.reverses

    @property
    def change(self) -> int:
        """Units, negative when they leave."""
        return -self.quantity if self.is_minus else self.quantity

    def movement(self) -> StockMovement:
        """The unsaved ledger entry of this line."""
        document = self.adjustment
        opening = document.reason_id == Adjustment.Reason.OPENING and not document.reverses_id
        return StockMovement(
            product=self.product,
            store=document.store,
            quantity=self.change,
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
