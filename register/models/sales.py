"""Sales: what passes the counter in one go. All money is in minor units."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orders.models import Customer
from register.models.tills import Register, Shift
from settings_app.models import Staff, Store


class SaleQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Sales of the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())

    def completed(self):
        return self.filter(status=Sale.Status.COMPLETED)

    def in_hand(self):
        """Sales that tills are working on. That they are not completed tells the database that they are few."""
        return self.filter(status=Sale.Status.OPEN, completed_at__isnull=True)

    def on_hold(self):
        """Sales that wait to be recalled. That they are not completed tells the database that they are few."""
        return self.filter(status=Sale.Status.ON_HOLD, completed_at__isnull=True)


class Sale(models.Model):
    """What passes the counter in one go: goods out, goods back, or both. Its number becomes the receipt's.

    The totals are those of the lines at the last change, frozen when the sale completes; negative is paid out.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ON_HOLD = "on_hold", _("On hold")
        COMPLETED = "completed", _("Completed")
        VOIDED = "voided", _("Voided")

    number = models.CharField(_("receipt"), max_length=20, unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="sales", db_index=False)
    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="sales", db_index=False)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="sales")  # that it was paid in
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="sales",
    )
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="sales")
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    completion_key = models.UUIDField(null=True, blank=True, unique=True)  # of the submit that completed it
    last_scan = models.CharField(max_length=40, blank=True, editable=False)  # the id of the last scan that changed it
    note = models.CharField(_("note"), max_length=200, blank=True)
    subtotal = models.BigIntegerField(default=0)  # after discounts, before exclusive tax
    tax_total = models.BigIntegerField(default=0)  # exclusive and inclusive
    total = models.BigIntegerField(default=0)  # to pay
    change = models.BigIntegerField(default=0)  # cash given back
    print_count = models.PositiveIntegerField(default=0)

    objects = SaleQuerySet.as_manager()
    is_just_begun = False  # by this very operation: nothing is on it yet
    now: Any = None  # all of it as the operation that completed it just left it

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["store", "-completed_at"], name="sale_by_store_and_time"),
            models.Index(fields=["register", "status"], name="sale_by_register"),
        ]
        permissions = [
            ("sell", "Sells at a register"),
            ("apply_discount", "Gives a discount"),
            ("change_price", "Changes a price at the register"),
            ("void_sale", "Voids an open sale"),
            ("take_return", "Takes goods back with their receipt"),
            ("return_without_receipt", "Takes goods back without a receipt"),
            ("trade_in", "Buys goods from customers"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["register"], condition=Q(status="open"), name="register_has_one_open_sale"),
            models.CheckConstraint(
                condition=(Q(status="completed") & Q(completed_at__isnull=False) & Q(completion_key__isnull=False))
                | (~Q(status="completed") & Q(completed_at__isnull=True) & Q(completion_key__isnull=True)),
                name="sale_completed_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(status="voided", voided_at__isnull=False)
                | (~Q(status="voided") & Q(voided_at__isnull=True)),
                name="sale_voided_when_it_says_so",
            ),
        ]

    def __str__(self):
        return _("sale %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("register:receipt", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether its lines may still change; one on hold is recalled first."""
        return self.status == self.Status.OPEN

    @property
    def is_completed(self) -> bool:
        return self.status == self.Status.COMPLETED

    @property
    def is_empty(self) -> bool:
        """Whether neither goods nor money for an order are on it."""
        return not (self.lines.exists() or self.order_payments.exists())

    @property
    def ended_at(self):
        """When it was paid or voided; until then, when it began."""
        return self.completed_at or self.voided_at or self.created_at
