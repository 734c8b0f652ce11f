"""What comes from vendors: purchase orders, and the shipments that arrive with or without one."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from inventory.models import Product, StockMovement, Vendor
from serials.models import LineSerial, SerializedLine
from serials.numbers import number_key
from serials.policy import Moment
from settings_app.models import Staff, Store

LONGEST_CODE = 400  # characters of a code that somebody pasted, whatever it is


class DocumentQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Documents at the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())


class PurchaseOrder(models.Model):
    """What one store ordered from one vendor."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("Sent")
        PARTLY_RECEIVED = "partly", _("Partly received")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(max_length=20, unique=True)  # PO-000147
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="purchase_orders")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="purchase_orders")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "sent", "partly", "closed", "cancelled"]),
                name="purchase_order_status_known",
            )
        ]

    def __str__(self):
        return _("purchase order %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("receiving:purchase_order", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether its lines may still change."""
        return self.status == self.Status.DRAFT

    @property
    def is_awaited(self) -> bool:
        """Whether goods may still arrive for it."""
        return self.status in (self.Status.SENT, self.Status.PARTLY_RECEIVED)


class PurchaseOrderLineQuerySet(models.QuerySet):
    def outstanding(self):
        """Lines of orders that were sent, of which units are still to come."""
        return self.filter(
            order__status__in=[PurchaseOrder.Status.SENT, PurchaseOrder.Status.PARTLY_RECEIVED],
            quantity__gt=F("received") + F("given_up"),
        )


class PurchaseOrderLine(models.Model):
    """So many units of a product that were ordered. Receiving writes `received` and `given_up`; all three are units."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("ordered"), default=1)
    unit_cost = models.BigIntegerField(_("unit cost"), null=True, blank=True)  # minor units
    received = models.PositiveIntegerField(default=0, editable=False)
    given_up = models.PositiveIntegerField(default=0, editable=False)  # will not come any more

    objects = PurchaseOrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase order line")
        verbose_name_plural = _("purchase order lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_order_line_orders_something"),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="purchase_order_line_cost_not_negative"),
        ]

    def __str__(self):
        return f"{self.quantity} x {self.product}"

    @property
    def outstanding(self) -> int:
        """Units that are still to come: the back order."""
        return max(self.quantity - self.received - self.given_up, 0)


class VendorShipment(models.Model):
    """Goods that arrive from one vendor at one store. Amounts are minor units, without tax."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RECEIVED = "received", _("Received")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(max_length=20, unique=True)  # VS-000321
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, verbose_name=_("vendor"), related_name="shipments")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("store"), related_name="shipments")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    invoice_number = models.CharField(_("invoice"), max_length=60, blank=True)
    packing_slip_number = models.CharField(_("packing slip"), max_length=60, blank=True)
    freight = models.BigIntegerField(_("freight"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    received_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("vendor shipment")
        verbose_name_plural = _("vendor shipments")
        ordering = ["-pk"]
        permissions = [("receive_shipment", "Receives vendor shipments")]
        constraints = [
            models.CheckConstraint(condition=Q(freight__gte=0), name="shipment_freight_not_negative"),
            models.CheckConstraint(
                condition=Q(status="received", received_at__isnull=False)
                | Q(status__in=["draft", "cancelled"], received_at__isnull=True),
                name="shipment_received_means_dated",
            ),
        ]

    def __str__(self):
        return _("vendor shipment %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("receiving:shipment", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_received(self) -> bool:
        return self.status == self.Status.RECEIVED


class ShipmentLine(SerializedLine):
    """So many units of a product that arrived; `expected` says how many were announced, if anybody did.

    `unit_cost` is the vendor's price, `freight` the line's share of the shipment's, both in minor units. What is
    missing of an order line stays a back order, unless `closes_short`.
    """

    store_path = "shipment__store"
    moment = Moment.RECEIVE
    edit_permission = "receiving.change_vendorshipment"
    open_documents = {"shipment__status": "draft"}

    shipment = models.ForeignKey(VendorShipment, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(
        PurchaseOrderLine, on_delete=models.PROTECT, null=True, blank=True, related_name="shipment_lines"
    )
    expected = models.PositiveIntegerField(_("expected"), null=True, blank=True)
    unit_cost = models.BigIntegerField(_("unit cost"), null=True, blank=True)
    closes_short = models.BooleanField(default=False)
    freight = models.BigIntegerField(default=0, editable=False)  # written on receipt
    excused_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    excuse = models.CharField(max_length=200, blank=True, editable=False)  # why it was received without its serials
    cost_before = models.BigIntegerField(null=True, editable=False)  # the product's, when this was received

    class Meta(SerializedLine.Meta):
        verbose_name = _("shipment line")
        verbose_name_plural = _("shipment lines")
        constraints = [
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="shipment_line_cost_not_negative"),
            models.CheckConstraint(condition=Q(freight__gte=0), name="shipment_line_freight_not_negative"),
        ]

    def __str__(self):
        return f"{self.quantity} x {self.product}"

    @property
    def short(self) -> int:
        """Units that were announced and did not arrive."""
        return max((self.expected or 0) - self.quantity, 0)

    @property
    def over(self) -> int:
        """Units that arrived beyond those announced; none where nothing was announced."""
        return max(self.quantity - self.expected, 0) if self.expected is not None else 0

    @property
    def goods(self) -> int:
        """What the vendor asks for the units, without freight. Minor units."""
        return self.quantity * (self.unit_cost or 0)

    @property
    def landed(self) -> int:
        """What the units cost us, freight included. Minor units."""
        return self.goods + self.freight

    @property
    def why_not_late(self) -> str:
        """What went back without a number may be the very unit that is named now."""
        reversal = self.shipment.reversals.filter(status="posted").first()
        if reversal is None:
            return ""
        text = _("%(document)s was taken back by %(reversal)s. Put the number on record where the unit stands.")
        return text % {"document": self.shipment, "reversal": reversal}

    def movement(self) -> StockMovement:
        """The unsaved ledger entry of this line."""
        document = self.shipment
        return StockMovement(
            product=self.product,
            store=document.store,
            quantity=self.quantity,
            reason=StockMovement.Reason.RECEIPT,
            document_type=document._meta.label_lower,
            document_id=document.pk,
            document=document.number,
        )


class ShipmentLineSerial(LineSerial):
    line = models.ForeignKey(ShipmentLine, on_delete=models.CASCADE, related_name="serial_links")

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on a shipment")
        verbose_name_plural = _("serials on shipments")


class ExpectedSerial(models.Model):
    """A number that the vendor says is in the shipment. It is a claim on paper, no unit, until somebody scans it."""

    line = models.ForeignKey(ShipmentLine, on_delete=models.CASCADE, related_name="expected_serials")
    number = models.CharField(max_length=64)
    number_key = models.CharField(max_length=128, editable=False)

    class Meta:
        verbose_name = _("expected serial")
        verbose_name_plural = _("expected serials")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["line", "number_key"], name="expected_serial_once_per_line")]

    def __str__(self):
        return self.number

    def save(self, *args, **kwargs):
        self.number_key = number_key(self.number)
        super().save(*args, **kwargs)


class UnsettledCode(models.Model):
    """A code of a list that could not simply go on its line. It waits on the draft, so that nothing is dropped silently.

    Why it waits is judged each time it is shown: what was held yesterday may be free today.
    """

    line = models.ForeignKey(ShipmentLine, on_delete=models.CASCADE, related_name="unsettled_codes")
    code = models.CharField(max_length=LONGEST_CODE)

    class Meta:
        verbose_name = _("code to settle")
        verbose_name_plural = _("codes to settle")
        ordering = ["pk"]

    def __str__(self):
        return self.code


class ShipmentReversal(models.Model):
    """Takes a received shipment back, or a part of it: as far as its units have not moved on."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        POSTED = "posted", _("Taken back")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(max_length=20, unique=True)  # VR-000012
    shipment = models.ForeignKey(VendorShipment, on_delete=models.PROTECT, related_name="reversals")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")  # the shipment's
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    reason = models.CharField(_("reason"), max_length=200)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("shipment reversal")
        verbose_name_plural = _("shipment reversals")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipment"], condition=Q(status="draft"), name="shipment_one_reversal_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="posted", posted_at__isnull=False)
                | Q(status__in=["draft", "cancelled"], posted_at__isnull=True),
                name="reversal_posted_means_dated",
            ),
        ]

    def __str__(self):
        return _("reversal %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("receiving:reversal", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.DRAFT


class ReversalLine(SerializedLine):
    """So many units of a shipment's line that are taken back: out of stock, each to where it was before."""

    store_path = "reversal__store"
    moment = Moment.REVERSE
    edit_permission = "receiving.change_shipmentreversal"
    leaving = {}
    open_documents = {"reversal__status": "draft"}

    reversal = models.ForeignKey(ShipmentReversal, on_delete=models.CASCADE, related_name="lines")
    shipment_line = models.ForeignKey(ShipmentLine, on_delete=models.PROTECT, related_name="reversal_lines")

    class Meta(SerializedLine.Meta):
        verbose_name = _("reversal line")
        verbose_name_plural = _("reversal lines")
        constraints = [
            models.UniqueConstraint(fields=["reversal", "shipment_line"], name="reversal_line_once_per_shipment_line")
        ]

    def __str__(self):
        return f"{self.quantity} x {self.product}"

    @property
    def reversed_document(self) -> VendorShipment:
        return self.reversal.shipment

    def attachable(self):
        """The units that came on this very line and still are where it left them."""
        return super().attachable().filter(pk__in=self.shipment_line.serial_links.values("serial"))

    def movement(self) -> StockMovement:
        """The unsaved ledger entry of this line."""
        document = self.reversal
        return StockMovement(
            product=self.product,
            store=document.store,
            quantity=-self.quantity,
            reason=StockMovement.Reason.REVERSAL,
            document_type=document._meta.label_lower,
            document_id=document.pk,
            document=document.number,
            note=document.reason,
        )


class ReversalLineSerial(LineSerial):
    line = models.ForeignKey(ReversalLine, on_delete=models.CASCADE, related_name="serial_links")

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on a reversal")
        verbose_name_plural = _("serials on reversals")
