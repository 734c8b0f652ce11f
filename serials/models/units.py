"""Units known by their serial number, who holds them, and everything that happened to them."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.models import Product
from microbiz.ledgers import Ledger, LedgerQuerySet
from serials.numbers import near_misses, number_key
from serials.policy import Moment, State, whereabouts
from settings_app.models import Staff, Store


class SerialQuerySet(models.QuerySet):
    def in_stock(self, store=None):
        """Units that stand in a store: in this one, or in any."""
        found = self.filter(state=State.IN_STOCK)
        return found if store is None else found.filter(store=store)

    def sold(self):
        return self.filter(state=State.SOLD)

    def not_ours(self):
        """Numbers that are known but stand for no unit: expected, and on no open document."""
        return self.filter(state=State.EXPECTED, hold__isnull=True)

    def numbered(self, *numbers):
        """Units that carry one of these numbers, whatever the product."""
        return self.filter(number_key__in=[number_key(number) for number in numbers])

    def last_moved_by(self, document):
        """Units to which nothing happened since `document` completed."""
        last = SerialEvent.objects.filter(
            serial=OuterRef("pk"),
            sequence=OuterRef("sequence"),
            document_type=document._meta.label_lower,
            document_id=document.pk,
        )
        return self.filter(Exists(last))

    def near(self, product, number):
        """Units of `product` whose number a slip turns into `number`, free or not. A suggestion, never a match."""
        return self.filter(product=product, number_key__in=near_misses(number_key(number)))

    def with_last_event(self):
        """Adds how, when, where and by which document a unit last moved: last_kind, last_at, last_store, ..."""
        last = SerialEvent.objects.filter(serial=OuterRef("pk"), sequence=OuterRef("sequence"))
        return self.annotate(
            last_kind=Subquery(last.values("kind")),
            last_at=Subquery(last.values("at")),
            last_store=Subquery(last.values("store__name")),
            last_document=Subquery(last.values("document")),
            last_document_type=Subquery(last.values("document_type")),
            last_document_id=Subquery(last.values("document_id")),
        )


class Serial(models.Model):
    """One unit of a product. `number` is as it was entered, `number_key` the form in which it is unique."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="serials", db_index=False)
    number = models.CharField(_("serial number"), max_length=64)
    number_key = models.CharField(max_length=128, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, related_name="serials")
    sequence = models.PositiveIntegerField(default=0)  # of its last event
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SerialQuerySet.as_manager()

    class Meta:
        verbose_name = _("serial number")
        verbose_name_plural = _("serial numbers")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["product", "state", "store"], name="serial_by_whereabouts"),
            # For the whole number and for its beginning.
            models.Index(fields=["number_key"], name="serial_by_number", opclasses=["varchar_pattern_ops"]),
        ]
        permissions = [
            ("override_required", "Completes a line without its required serial numbers"),
            ("take_over_hold", "Takes a unit over from another open document"),
            ("import_serials", "Imports serial number files"),
            ("correct_serial", "Swaps a serial for another on a completed document"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "number_key"], name="serial_number_once_per_product"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="serial_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.IN_STOCK, store__isnull=False)
                | (~Q(state=State.IN_STOCK) & Q(store__isnull=True)),
                name="serial_in_stock_means_in_a_store",
            ),
        ]

    def __str__(self):
        return self.number

    def save(self, *args, **kwargs):
        self.number_key = number_key(self.number)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("serials:unit", args=[self.pk])

    @property
    def whereabouts(self) -> str:
        """Where the unit is, in words: In stock at Harbor."""
        return whereabouts(State(self.state), self.store.name if self.store_id else None)


class SerialHold(models.Model):
    """The one open document that has a unit on one of its lines. Deleted when it completes, is voided, or lets go."""

    serial = models.OneToOneField(Serial, on_delete=models.CASCADE, primary_key=True, related_name="hold")
    document_type = models.CharField(max_length=60)  # model label, such as register.sale
    document_id = models.BigIntegerField()
    document = models.CharField(max_length=60)  # as people say it: sale H1-004213
    line_type = models.CharField(max_length=60)
    line_id = models.BigIntegerField()
    place = models.CharField(max_length=80, blank=True)  # register or store
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [models.Index(fields=["document_type", "document_id"], name="hold_by_document")]

    def __str__(self):
        return f"{self.serial_id} held by {self.document}"


class SerialEventQuerySet(LedgerQuerySet):
    def that_hold(self):
        """Events that were not taken back: what documents did to units, corrections counted in."""
        later = SerialEvent.objects.filter(
            serial=OuterRef("serial"), sequence__gt=OuterRef("sequence"), as_of__lt=OuterRef("sequence")
        )
        return self.filter(as_of__isnull=True).exclude(Exists(later))


class SerialEvent(Ledger):
    """One thing that happened to a unit: what, where it was left, by which document and by whom.

    A correction takes back the last event that still holds: the unit is again as the event numbered `as_of` left it
    (0: as before its first), in the same place and by the same document. `serials.history` replays this.
    """

    class Kind(models.TextChoices):
        RECORDED = "recorded", _("Recorded")  # a number given to a unit that already stood in stock
        RECEIVE = Moment.RECEIVE.value, Moment.RECEIVE.label
        SALE = Moment.SALE.value, Moment.SALE.label
        RETURN = Moment.RETURN.value, Moment.RETURN.label
        TRADE_IN = Moment.TRADE_IN.value, Moment.TRADE_IN.label
        ORDER = Moment.ORDER.value, Moment.ORDER.label
        TRANSFER_OUT = Moment.TRANSFER_OUT.value, Moment.TRANSFER_OUT.label
        TRANSFER_IN = Moment.TRANSFER_IN.value, Moment.TRANSFER_IN.label
        MOVE = Moment.MOVE.value, Moment.MOVE.label
        LOST = Moment.LOST.value, Moment.LOST.label
        ADJUST_IN = Moment.ADJUST_IN.value, Moment.ADJUST_IN.label
        ADJUST_OUT = Moment.ADJUST_OUT.value, Moment.ADJUST_OUT.label
        REVERSE = Moment.REVERSE.value, Moment.REVERSE.label
        CORRECTED = "corrected", _("Corrected")  # what was recorded last was not so

    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=12, choices=State)  # after the event
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+")  # where it happened
    document_type = models.CharField(max_length=60, blank=True)
    document_id = models.BigIntegerField(null=True)
    document = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    as_of = models.PositiveIntegerField(
        null=True, blank=True
    )  # of a correction: sequence of the event that holds again

    objects = SerialEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("serial event")
        verbose_name_plural = _("serial events")
        ordering = ["serial", "-sequence"]
        indexes = [models.Index(fields=["document_type", "document_id"], name="event_by_document")]
        constraints = [
            models.UniqueConstraint(fields=["serial", "sequence"], name="serial_event_one_next"),
            models.CheckConstraint(
                condition=Q(kind="corrected", as_of__lt=F("sequence")) | (~Q(kind="corrected") & Q(as_of__isnull=True)),
                name="serial_event_corrects_an_earlier",
            ),
        ]

    def __str__(self):
        return f"{self.serial} {self.sequence}: {self.get_kind_display()}"
