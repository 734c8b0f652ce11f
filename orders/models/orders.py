"""What a customer ordered, how far it is, and what was paid for it. All money is in minor units."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from microbiz.ledgers import Ledger
from orders.models.customers import Customer
from serials.models import LineSerial, SerializedLine
from serials.policy import Moment
from settings_app.models import Staff, Store


class OrderStatusQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)


class OrderStatus(models.Model):
    """A stage of the shop's own that an open order goes through, such as “Ready to collect”."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords()
    objects = OrderStatusQuerySet.as_manager()

    class Meta:
        verbose_name = _("order status")
        verbose_name_plural = _("order statuses")
        ordering = ["position", "name"]

    def __str__(self):
        return self.name


class CustomerOrderQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Orders at the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())

    def unsettled(self):
        """Orders of which goods are still to be handed over."""
        return self.filter(status__in=[CustomerOrder.Status.DRAFT, CustomerOrder.Status.OPEN])


class CustomerOrder(models.Model):
    """What one customer wants from one store.

    An open order may stand at a stage of the shop's own (`progress`). While a sale hands it over, `at_register` is
    that sale's number and nothing else may touch the order. `total` counts what is still to come and what was handed
    over; `paid` is the sum of the ledger.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        COMPLETE = "complete", _("Complete")
        CANCELLED = "cancelled", _("Cancelled")

    class Fulfilment(models.TextChoices):
        PICK_UP = "pick_up", _("Pick up")
        DELIVER = "deliver", _("Deliver")
        SHIP = "ship", _("Ship")

    number = models.CharField(_("order"), max_length=20, unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("store"), related_name="customer_orders")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="orders")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")  # who took it
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    progress = models.ForeignKey(OrderStatus, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    at_register = models.CharField(max_length=20, blank=True)
    fulfilment = models.CharField(_("how"), max_length=8, choices=Fulfilment, default=Fulfilment.PICK_UP)
    address = models.CharField(_("address"), max_length=200, blank=True)
    wanted_by = models.DateField(_("wanted by"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    subtotal = models.BigIntegerField(default=0)  # after discounts, before exclusive tax
    tax_total = models.BigIntegerField(default=0)  # exclusive and inclusive
    total = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0)

    objects = CustomerOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer order")
        verbose_name_plural = _("customer orders")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["store", "status", "wanted_by"], name="order_by_store_and_status")]
        permissions = [
            ("change_order_price", "Changes prices and gives discounts on orders"),
            ("hand_over", "Hands orders over"),
            ("hand_over_unpaid", "Hands goods over that are not paid"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(paid__gte=0), name="order_paid_not_negative"),
            models.CheckConstraint(
                condition=Q(status="open") | Q(progress__isnull=True, at_register=""),
                name="order_in_progress_means_open",
            ),
            models.CheckConstraint(
                condition=(Q(status="complete") & Q(completed_at__isnull=False))
                | (~Q(status="complete") & Q(completed_at__isnull=True)),
                name="order_completed_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=(Q(status="cancelled") & Q(cancelled_at__isnull=False))
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="order_cancelled_when_it_says_so",
            ),
        ]

    def __str__(self):
        return _("customer order %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("orders:order", args=[self.pk])

    def get_status_display(self) -> str:  # type: ignore[no-redef]  # says more than the choice
        """The status as people say it: the shop's own stage, where the order stands at one."""
        if self.at_register:
            return _("At the register, sale %(number)s") % {"number": self.at_register}
        return self.progress.name if self.progress else str(self.Status(self.status).label)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is handed over."""
        return self.status in (self.Status.COMPLETE, self.Status.CANCELLED)

    @property
    def is_editable(self) -> bool:
        """Whether its lines may change."""
        return not self.is_settled and not self.at_register

    @property
    def balance(self) -> int:
        """What is still to pay; negative is to be refunded."""
        return self.total - self.paid


class OrderLine(SerializedLine):
    """So many units of one product that are still to be handed over, at the agreed price.

    `quantity`, `discount`, `tax` and `total` are of the units still to come; `handed_over` units are on hand-overs.
    `name` and `sku` are kept as they were printed.
    """

    store_path = "order__store"
    moment = Moment.ORDER
    edit_permission = "orders.change_customerorder"
    leaving = {}
    open_documents = {"order__status__in": ["draft", "open"]}
    promising_documents = {"order__status": "open"}

    order = models.ForeignKey(CustomerOrder, on_delete=models.CASCADE, related_name="lines")
    name = models.CharField(max_length=300)
    sku = models.CharField(max_length=64)
    unit_price = models.BigIntegerField(_("price"))
    discount = models.BigIntegerField(_("discount"), default=0)
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)  # with exclusive tax
    handed_over = models.PositiveIntegerField(default=0)

    class Meta(SerializedLine.Meta):
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1) | Q(handed_over__gte=1), name="order_line_has_or_had_units"
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="order_line_price_not_negative"),
            models.CheckConstraint(
                condition=Q(discount__gte=0) & Q(discount__lte=F("unit_price") * F("quantity")),
                name="order_line_discount_within_price",
            ),
        ]

    def __str__(self):
        return f"{self.quantity} {self.name}"

    @property
    def is_open(self) -> bool:
        return self.order.is_open and not self.order.at_register

    @property
    def ordered(self) -> int:
        """Units, handed over and still to come."""
        return self.quantity + self.handed_over

    @property
    def net(self) -> int:
        """Price times quantity less discount, of what is still to come."""
        return self.unit_price * self.quantity - self.discount

    def change_quantity(self, quantity, *, staff):
        """Amounts follow the units."""
        from orders.operations.drafting import set_quantity

        set_quantity(self, quantity, staff=staff)
        self.refresh_from_db(fields=["quantity", "discount", "tax", "total"])


class OrderLineSerial(LineSerial):
    """One unit reserved for an order."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="serial_links")

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on an order")
        verbose_name_plural = _("serials on orders")


class LineTax(models.Model):
    """One tax of one line: for the paper, and the tax report."""

    name = models.CharField(max_length=60)
    rate = models.PositiveIntegerField()  # thousandths of a percent
    is_inclusive = models.BooleanField()
    base = models.BigIntegerField()  # the net amount that is taxed
    amount = models.BigIntegerField()

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self):
        return f"{self.name} {self.amount}"


class OrderTax(LineTax):
    """One tax on what is still to come of an order line, as it was when the line last changed."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="taxes")

    class Meta(LineTax.Meta):
        verbose_name = _("tax on an order line")
        verbose_name_plural = _("taxes on order lines")


class OrderPaymentEntry(Ledger):
    """Money that the register took for an order, or (negative) paid back. Which sale says how it was paid."""

    order = models.ForeignKey(CustomerOrder, on_delete=models.PROTECT, related_name="payment_entries")
    amount = models.BigIntegerField()
    document_type = models.CharField(max_length=60)
    document_id = models.BigIntegerField()
    document = models.CharField(max_length=60)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payment of an order")
        verbose_name_plural = _("payments of orders")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="order_payment_entry_moves_something"),
            models.UniqueConstraint(
                fields=["order", "document_type", "document_id"], name="order_payment_entry_once_per_document"
            ),
        ]

    def __str__(self):
        return f"{self.amount:+d} {self.order_id}, {self.document}"


class OrderEvent(models.Model):
    """One thing that was done to an order, by whom, and why where a reason is asked for."""

    class Kind(models.TextChoices):
        CREATED = "created", _("Taken")
        OPENED = "opened", _("Opened")
        STATUS = "status", _("Status")
        CHANGED = "changed", _("Changed")
        PRICE = "price", _("Price changed")
        DISCOUNT = "discount", _("Discount given")
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        AT_REGISTER = "at_register", _("At the register")
        GIVEN_BACK = "given_back", _("Back from the register")
        HANDED_OVER = "handed_over", _("Handed over")
        UNPAID = "unpaid", _("Handed over unpaid")
        SERIALS = "serials", _("Without required serial numbers")
        COMPLETED = "completed", _("Complete")
        CANCELLED = "cancelled", _("Cancelled")

    order = models.ForeignKey(CustomerOrder, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("event of an order")
        verbose_name_plural = _("events of orders")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.text}"
