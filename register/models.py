"""The counter: registers, shifts, sales with their lines and payments. All money is in minor units."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from inventory.models import StockMovement
from orders.models import Customer
from serials.models import LineSerial, Serial, SerialEvent, SerializedLine
from serials.policy import Moment
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


class SaleQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Sales of the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())

    def completed(self):
        return self.filter(status=Sale.Status.COMPLETED)

    def on_hold(self):
        return self.filter(status=Sale.Status.ON_HOLD)


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
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="sales")
    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="sales")
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
    note = models.CharField(_("note"), max_length=200, blank=True)
    subtotal = models.BigIntegerField(default=0)  # after discounts, before exclusive tax
    tax_total = models.BigIntegerField(default=0)  # exclusive and inclusive
    total = models.BigIntegerField(default=0)  # to pay
    change = models.BigIntegerField(default=0)  # cash given back
    print_count = models.PositiveIntegerField(default=0)

    objects = SaleQuerySet.as_manager()

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
    def ended_at(self):
        """When it was paid or voided; until then, when it began."""
        return self.completed_at or self.voided_at or self.created_at


class SaleLine(SerializedLine):
    """So many units of one product sold, or with `is_return` taken back. Prices are per unit and never negative.

    `name` and `sku` are kept as they were printed. `discount` is for the whole line. `returned_line` is the sold
    line that a return by receipt takes back from.
    """

    store_path = "sale__store"
    edit_permission = "register.sell"
    open_documents = {"sale__status__in": ["open", "on_hold"]}

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="lines")
    is_return = models.BooleanField(default=False)
    name = models.CharField(max_length=300)
    sku = models.CharField(max_length=64)
    unit_price = models.BigIntegerField(_("price"))
    discount = models.BigIntegerField(_("discount"), default=0)
    tax = models.BigIntegerField(default=0)  # on the whole line, not negative
    total = models.BigIntegerField(default=0)  # with exclusive tax; negative on a return
    returned_line = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="returns")
    return_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(SerializedLine.Meta):
        verbose_name = _("sale line")
        verbose_name_plural = _("sale lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="sale_line_has_units"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="sale_line_price_not_negative"),
            models.CheckConstraint(
                condition=Q(discount__gte=0) & Q(discount__lte=F("unit_price") * F("quantity")),
                name="sale_line_discount_within_price",
            ),
        ]

    def __str__(self):
        return f"{self.signed_quantity} {self.name}"

    @property
    def moment(self) -> Moment:  # type: ignore[override]  # depends on the line
        return Moment.RETURN if self.is_return else Moment.SALE

    @property
    def signed_quantity(self) -> int:
        return -self.quantity if self.is_return else self.quantity

    @property
    def net(self) -> int:
        """Price times quantity less discount, as printed; negative on a return."""
        amount = self.unit_price * self.quantity - self.discount
        return -amount if self.is_return else amount

    def change_quantity(self, quantity, *, staff):
        """Amounts and limits of returns follow the units."""
        from register.operations.cart import set_quantity

        set_quantity(self, quantity, staff=staff)
        self.refresh_from_db(fields=["quantity", "discount", "tax", "total"])

    def attachable(self):
        """A return by receipt takes back only what was sold on that line and is not yet back."""
        if self.returned_line_id is None:
            return super().attachable()
        sold = SaleLineSerial.objects.still_sold().filter(line=self.returned_line_id, returned_by__isnull=True)
        return Serial.objects.filter(Q(pk__in=sold.values("serial")) | Q(pk__in=self.serial_links.values("serial")))

    def new_links(self, serials):
        """Links that undo those by which the units were sold here, where they were."""
        if not self.is_return:
            return super().new_links(serials)
        sold = SaleLineSerial.objects.still_sold().filter(serial__in=serials, returned_by__isnull=True)
        by_serial = {link.serial_id: link for link in sold}
        return [SaleLineSerial(line=self, serial=serial, returned_link=by_serial.get(serial.pk)) for serial in serials]

    def movement(self) -> StockMovement:
        """The unsaved ledger entry of this line."""
        return StockMovement(
            product_id=self.product_id,
            store_id=self.sale.store_id,
            quantity=-self.signed_quantity,
            reason=StockMovement.Reason.RETURN if self.is_return else StockMovement.Reason.SALE,
            document_type=self.sale._meta.label_lower,
            document_id=self.sale_id,
            document=self.sale.number,
        )


class SaleLineSerialQuerySet(models.QuerySet):
    def still_sold(self):
        """Links of completed sales whose units have not moved since: the customer has them, by that receipt."""
        last = SerialEvent.objects.filter(
            serial=OuterRef("serial"),
            sequence=OuterRef("serial__sequence"),
            document_type=Sale._meta.label_lower,
            document_id=OuterRef("line__sale"),
        )
        return self.filter(Exists(last), line__is_return=False)


class SaleLineSerial(LineSerial):
    """One unit on a sale line. On a return, `returned_link` is the sold one that it undoes, once."""

    line = models.ForeignKey(SaleLine, on_delete=models.CASCADE, related_name="serial_links")
    returned_link = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="returned_by"
    )

    objects = SaleLineSerialQuerySet.as_manager()

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on a sale")
        verbose_name_plural = _("serials on sales")


class SaleTax(models.Model):
    """One tax of one line, as computed at completion: for the receipt and the tax report. Negative on a return."""

    line = models.ForeignKey(SaleLine, on_delete=models.CASCADE, related_name="taxes")
    name = models.CharField(max_length=60)
    rate = models.PositiveIntegerField()  # thousandths of a percent
    is_inclusive = models.BooleanField()
    base = models.BigIntegerField()  # the net amount that is taxed
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("tax on a line")
        verbose_name_plural = _("taxes on lines")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.name} {self.amount}"


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


class Override(models.Model):
    """A rule that somebody with the permission set aside, and why."""

    class Kind(models.TextChoices):
        SERIALS = "serials", _("Completed without required serial numbers")
        PRICE = "price", _("Price changed")
        DISCOUNT = "discount", _("Discount given")
        NO_RECEIPT = "no_receipt", _("Taken back without a receipt")

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="overrides")
    line = models.ForeignKey(SaleLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="overrides")
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    detail = models.CharField(max_length=200, blank=True)  # before and after, in words
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.reason}"
