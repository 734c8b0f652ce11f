"""Registers, their shifts and drawers, and the ways to pay. All money is in minor units."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from settings_app.models import Staff, Store


class RegisterQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """The active registers of the stores where `staff` works."""
        return self.filter(is_active=True, store__in=staff.stores_allowed())


class Register(models.Model):
    """A till: a drawer and a browser at one place in a store. `prefix` begins its receipt numbers."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("store"), related_name="registers")
    name = models.CharField(_("name"), max_length=40)
    prefix = models.CharField(
        _("receipt prefix"),
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9]+$", _("Capital letters and digits only."))],
    )
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords()
    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("register")
        verbose_name_plural = _("registers")
        ordering = ["store__name", "name"]
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="register_named_once_per_store")]

    def __str__(self):
        return self.name

    @property
    def open_shift(self) -> "Shift | None":
        return self.shifts.filter(closed_at__isnull=True).first()


class PaymentMethod(models.Model):
    """A way to pay."""

    class Kind(models.TextChoices):
        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        STORE_CREDIT = "store_credit", _("Store credit")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind__in=["cash", "store_credit"]),
                name="payment_method_one_of_a_kind",
            )
        ]

    def __str__(self):
        return self.name


class Shift(models.Model):
    """A register from opening to closing, with the cash in the drawer at the start and left there at the end."""

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="shifts")
    opened_at = models.DateTimeField(auto_now_add=True)
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    opening_balance = models.BigIntegerField(_("drawer balance"))
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    left_in_drawer = models.BigIntegerField(null=True, blank=True)  # of the cash counted; the rest is deposited

    has_sale_in_hand = True  # whether a sale was open when it was read: there may be one, unless the question looked

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["-pk"]
        permissions = [
            ("open_shift", "Opens a register"),
            ("close_shift", "Counts and closes a register"),
            ("move_cash", "Puts cash into the drawer and takes it out"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["register"], condition=Q(closed_at__isnull=True), name="register_has_one_open_shift"
            ),
            models.CheckConstraint(condition=Q(opening_balance__gte=0), name="shift_opening_not_negative"),
            models.CheckConstraint(condition=Q(left_in_drawer__gte=0), name="shift_left_not_negative"),
        ]

    def __str__(self):
        return f"{self.register} {self.opened_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class ShiftCount(models.Model):
    """What was counted of one payment method at closing, against what should be there."""

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="counts")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="+")
    expected = models.BigIntegerField()
    counted = models.BigIntegerField()
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    denominations = models.JSONField(default=dict, blank=True)  # face value in minor units to number of pieces

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        ordering = ["method__position"]
        constraints = [models.UniqueConstraint(fields=["shift", "method"], name="shift_counts_a_method_once")]

    def __str__(self):
        return f"{self.method}: {self.variance:+d}"

    @property
    def variance(self) -> int:
        return self.counted - self.expected


class CashMovement(models.Model):
    """Cash put into the drawer or (negative) taken out of it between sales."""

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="cash_movements")
    amount = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("cash in or out")
        verbose_name_plural = _("cash in and out")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="cash_movement_moves_something")]

    def __str__(self):
        return f"{self.amount:+d}: {self.reason}"
