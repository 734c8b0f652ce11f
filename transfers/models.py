"""Units that go from one store to another: asked for, sent, in transit, and what became of each of them."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.models import Product, StockMovement
from serials.models import LineQuerySet, LineSerial, Serial, SerializedLine
from serials.policy import Moment
from settings_app.models import Staff, Store
from transfers.errors import CountImpossible


class TransferQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Transfers from or to the stores where `staff` works."""
        stores = staff.stores_allowed()
        return self.filter(Q(from_store__in=stores) | Q(to_store__in=stores))

    def in_transit(self):
        return self.filter(status=Transfer.Status.SENT)


class Transfer(models.Model):
    """Units on their way from one store to another. A draft is a request that either store may change.

    Once sent, its units are in neither store's stock until each of them has arrived, was found back, or is lost.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("In transit")
        RECEIVED = "received", _("Received")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("number"), max_length=20, unique=True)
    from_store = models.ForeignKey(
        Store, on_delete=models.PROTECT, verbose_name=_("from"), related_name="transfers_out"
    )
    to_store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("to"), related_name="transfers_in")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    note = models.CharField(_("note"), max_length=200, blank=True)
    boxes = models.PositiveSmallIntegerField(_("boxes"), default=1)
    requested_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)  # when nothing was in transit any more, or it was cancelled

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["to_store", "status"], name="transfer_by_receiver"),
            models.Index(fields=["from_store", "status"], name="transfer_by_sender"),
        ]
        permissions = [
            ("send_transfer", "Sends units to another store"),
            ("receive_transfer", "Receives units from another store"),
            ("decide_discrepancy", "Decides on missing and unexpected units of a transfer"),
            ("write_off_in_transit", "Writes off units that were lost in transit"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(from_store=F("to_store")), name="transfer_between_two_stores"),
            models.CheckConstraint(
                condition=Q(status__in=["sent", "received"], sent_at__isnull=False)
                | Q(status__in=["draft", "cancelled"], sent_at__isnull=True),
                name="transfer_sent_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["received", "cancelled"], ended_at__isnull=False)
                | Q(status__in=["draft", "sent"], ended_at__isnull=True),
                name="transfer_ended_when_it_says_so",
            ),
        ]

    def __str__(self):
        return _("transfer %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("transfers:transfer", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it is still a request, whose lines may change."""
        return self.status == self.Status.DRAFT

    @property
    def store(self) -> Store:
        """Where its units stand until they are sent."""
        return self.from_store

    @property
    def is_sent(self) -> bool:
        """Whether units of it may be in transit."""
        return self.status == self.Status.SENT

    @property
    def days_in_transit(self) -> int:
        """Whole days since it was sent, until it ended."""
        if self.sent_at is None:
            return 0
        return ((self.ended_at or timezone.now()) - self.sent_at).days

    def movement(self, product_id: int, store: Store, quantity: int, note: str = "") -> StockMovement:
        """The unsaved ledger entry of units that come to `store`, or (negative) leave it, by this transfer."""
        reasons = StockMovement.Reason
        return StockMovement(
            product_id=product_id,
            store=store,
            quantity=quantity,
            reason=reasons.TRANSFER_IN if quantity > 0 else reasons.TRANSFER_OUT,
            document_type=self._meta.label_lower,
            document_id=self.pk,
            document=self.number,
            note=note,
        )


class TransferLineQuerySet(LineQuerySet):
    def for_staff(self, staff):
        """Lines of requests that either store's people may change."""
        return self.filter(transfer__in=Transfer.objects.for_staff(staff))


class TransferLine(SerializedLine):
    """So many units of a product that are asked for and then sent; one line for each product."""

    store_path = "transfer__from_store"
    moment = Moment.TRANSFER_OUT
    edit_permission = "transfers.change_transfer"
    leaving = {}
    open_documents = {"transfer__status": "draft"}

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="lines")

    objects = TransferLineQuerySet.as_manager()

    class Meta(SerializedLine.Meta):
        verbose_name = _("transfer line")
        verbose_name_plural = _("transfer lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="transfer_line_has_units"),
            models.UniqueConstraint(fields=["transfer", "product"], name="transfer_line_once_per_product"),
        ]

    def __str__(self):
        return f"{self.quantity} {self.product}"

    @property
    def destination(self) -> Store:
        return self.transfer.to_store

    @property
    def destination_id(self) -> int:
        return self.transfer.to_store_id

    @property
    def why_not_late(self) -> str:
        """A unit named now would be in transit, where nobody waits for it any more."""
        if self.transfer.is_sent:
            return ""
        return _("%(document)s has ended. Name the unit where it stands, on the list of differences.") % {
            "document": self.transfer
        }


class TransferLineSerial(LineSerial):
    line = models.ForeignKey(TransferLine, on_delete=models.CASCADE, related_name="serial_links")

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on a transfer")
        verbose_name_plural = _("serials on transfers")


class Outcome(models.TextChoices):
    """What became of units of a transfer when they were no longer in transit."""

    ARRIVED = "arrived", _("Arrived")
    BACK = "back", _("Found back at the sender")
    LOST = "lost", _("Lost")
    WRONG_UNIT = "wrong_unit", _("Wrong unit sent, received")


MOMENTS = {
    Outcome.ARRIVED: Moment.TRANSFER_IN,
    Outcome.BACK: Moment.TRANSFER_IN,
    Outcome.LOST: Moment.LOST,
    Outcome.WRONG_UNIT: Moment.MOVE,
}


class ArrivalLineQuerySet(LineQuerySet):
    def for_staff(self, staff):
        """Lines whose units are scanned where `staff` works. What was decided on is undone, never edited."""
        return super().for_staff(staff).filter(outcome=Outcome.ARRIVED)

    def unposted(self):
        return self.filter(posted_at__isnull=True)


class ArrivalLine(SerializedLine):
    """Units of one product whose way ends the same way: arrived, back at the sender, lost, or sent by mistake.

    The unposted line of what arrives waits from the moment of sending; its `quantity` is what is still in transit, and
    `counted` are units without a serial number. Posting sets `quantity` to what came, and what stays in transit
    waits on a fresh line. The other outcomes come from decisions, one line each.
    """

    store_path = "transfer__to_store"
    edit_permission = "transfers.receive_transfer"
    open_documents = {"transfer__status": "sent", "posted_at__isnull": True}

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="arrivals")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.ARRIVED)
    counted = models.PositiveIntegerField(_("counted"), default=0)
    posted_at = models.DateTimeField(null=True, blank=True)
    posted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ArrivalLineQuerySet.as_manager()

    class Meta(SerializedLine.Meta):
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        constraints = [
            models.CheckConstraint(
                condition=Q(posted_at__isnull=True) | Q(quantity__gte=1), name="posted_arrival_has_units"
            ),
            models.UniqueConstraint(
                fields=["transfer", "product"],
                condition=Q(outcome="arrived", posted_at__isnull=True),
                name="arrival_waits_once_per_product",
            ),
        ]

    def __str__(self):
        return f"{self.quantity} {self.product}: {self.get_outcome_display()}"

    @property
    def moment(self) -> Moment:  # type: ignore[override]  # depends on the outcome
        return MOMENTS[Outcome(self.outcome)]

    @property
    def store(self) -> Store:
        """What is lost was last seen at the sender; a wrong unit stands there on record."""
        return self.transfer.to_store if self.outcome == Outcome.ARRIVED else self.transfer.from_store

    @property
    def destination(self) -> Store:
        return self.transfer.from_store if self.outcome == Outcome.BACK else self.transfer.to_store

    @property
    def store_id(self) -> int:
        return self.transfer.to_store_id if self.outcome == Outcome.ARRIVED else self.transfer.from_store_id

    @property
    def destination_id(self) -> int:
        return self.transfer.from_store_id if self.outcome == Outcome.BACK else self.transfer.to_store_id

    @property
    def is_open(self) -> bool:
        return self.transfer.is_sent and self.posted_at is None

    @property
    def has_come(self) -> int:
        """Units scanned and counted so far."""
        return self.attached + self.counted

    def attachable(self):
        """In transit on this very transfer; of what was sent by mistake, what stands at the sender on record."""
        found = super().attachable()
        return found if self.outcome == Outcome.WRONG_UNIT else found.last_moved_by(self.transfer)

    def change_quantity(self, quantity, *, staff):
        raise CountImpossible(
            _("%(document)s: how many were sent is settled. Scan what came out of the boxes, and decide on the rest.")
            % {"document": self.transfer}
        )

    def movements(self) -> list[StockMovement]:
        """The unsaved ledger entries: a lost unit left the books when it was sent."""
        move, note = self.transfer.movement, str(self.get_outcome_display())
        if self.outcome == Outcome.LOST:
            return []
        if self.outcome == Outcome.ARRIVED:
            return [move(self.product_id, self.destination, self.quantity)]
        arrives = move(self.product_id, self.destination, self.quantity, note)
        if self.outcome == Outcome.BACK:
            return [arrives]
        return [move(self.product_id, self.store, -self.quantity, note), arrives]


class ArrivalLineSerial(LineSerial):
    """One unit that was scanned at the receiving store, or decided on."""

    line = models.ForeignKey(ArrivalLine, on_delete=models.CASCADE, related_name="serial_links")
    at = models.DateTimeField(auto_now_add=True)

    class Meta(LineSerial.Meta):
        verbose_name = _("serial that arrived")
        verbose_name_plural = _("serials that arrived")


class Discrepancy(models.Model):
    """A unit, or so many without a serial number, that is missing or unexpected, and what was decided on it.

    A missing one is recorded by its decision, an unexpected one by its scan. Until it is posted it can be undone.
    """

    class Kind(models.TextChoices):
        MISSING = "missing", _("Missing")
        UNEXPECTED = "unexpected", _("Unexpected")

    class Decision(models.TextChoices):
        STILL = "still", _("Still in transit")
        BACK = Outcome.BACK.value, Outcome.BACK.label
        LOST = Outcome.LOST.value, Outcome.LOST.label
        WRONG_UNIT = Outcome.WRONG_UNIT.value, Outcome.WRONG_UNIT.label
        SEND_BACK = "send_back", _("Sent back")

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="discrepancies")
    kind = models.CharField(max_length=10, choices=Kind)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.PositiveIntegerField(default=1)  # units
    found_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    found_at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    line = models.OneToOneField(
        ArrivalLine, on_delete=models.CASCADE, null=True, blank=True, related_name="discrepancy"
    )  # that moves the unit, where the decision moves it
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, posted_at__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="discrepancy_decided_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(kind="unexpected") | ~Q(decision=""), name="missing_is_recorded_by_its_decision"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="discrepancy_has_units"),
            models.UniqueConstraint(
                fields=["transfer", "serial"],
                condition=Q(posted_at__isnull=True),
                name="discrepancy_once_per_unit_until_posted",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.serial or f'{self.quantity} {self.product}'}"

    @property
    def is_decided(self) -> bool:
        return bool(self.decision)

    @property
    def name(self) -> str:
        """What it is about, in a word or two."""
        if self.serial_id:
            return self.serial.number
        return _("%(quantity)d × %(product)s") % {"quantity": self.quantity, "product": self.product.name}
