"""Repairs of the record, kept so that they can be undone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Product
from serials.models.units import Serial
from settings_app.models import Staff, Store


class FixQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Repairs at the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())

    def standing(self):
        """Those that were not undone."""
        return self.filter(undone_at__isnull=True)


class Fix(models.Model):
    """One repair of the record: what was said about which units, by whom and why; and by whom it was undone.

    `kind` names how to undo it (`serials.fixes`). `document` is the one that it named units on, or that it made.
    """

    kind = models.CharField(max_length=20)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()  # units
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    document_type = models.CharField(max_length=60, blank=True)
    document_id = models.BigIntegerField(null=True)
    document = models.CharField(max_length=60, blank=True)
    line_type = models.CharField(max_length=60, blank=True)
    line_id = models.BigIntegerField(null=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = FixQuerySet.as_manager()

    class Meta:
        verbose_name = _("fix")
        verbose_name_plural = _("fixes")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["product", "store", "-id"], name="fix_by_product")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="fix_is_of_units"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="fix_undone_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.product}"

    @property
    def is_undone(self) -> bool:
        return self.undone_at is not None


class FixUnit(models.Model):
    """A unit that a fix was about: the sequences at which its history stood before and after."""

    fix = models.ForeignKey(Fix, on_delete=models.CASCADE, related_name="units")
    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, related_name="fixes")
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("unit of a fix")
        verbose_name_plural = _("units of fixes")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["fix", "serial"], name="fix_unit_once")]

    def __str__(self):
        return str(self.serial)
