"""Units known by their serial number, who holds them, and everything that happened to them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.models import Product
from microbiz.ledgers import Ledger, LedgerQuerySet
from serials.numbers import near_misses, number_key
from serials.policy import ARRIVALS, STEPS, Moment, Need, State, Status, need, status, whereabouts
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


class LineQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Lines of documents at the stores where `staff` works."""
        return self.filter(**{f"{self.model.store_path}__in": staff.stores_allowed()})

    def of_open_documents(self):
        """Lines of documents that are not settled yet."""
        return self.filter(**self.model.open_documents)

    def short(self):
        """Lines with fewer serials than units; `linked` counts the serials."""
        links = self.model._meta.get_field("serial_links").related_model
        count = links.objects.filter(line=OuterRef("pk")).order_by().values("line").annotate(n=models.Count("pk"))
        linked = Coalesce(Subquery(count.values("n")), 0)
        return self.annotate(linked=linked).filter(linked__lt=F("quantity"))

    def with_links(self):
        """Lines with their product and links fetched: which units by key alone, as a posting locks the units itself."""
        return self.select_related("product").prefetch_related("serial_links")

    def with_serials(self):
        """Lines with their product and serials fetched, in a fixed number of queries."""
        # Links with their serial by a join: fetched by primary key, SQLite refuses a thousand of them.
        links = self.model._meta.get_field("serial_links").related_model._default_manager.select_related("serial")
        return self.select_related("product").prefetch_related(Prefetch("serial_links", links))


class SerializedLine(models.Model):
    """A document line whose units may carry serial numbers.

    A domain joins by subclassing this and `LineSerial`, with a foreign key `line` from the second to the first
    (`related_name="serial_links"`); `serials.checks` stops the start-up if a half is missing. Its document has
    `number`, `is_open` and `__str__` as people say it, such as “sale H1-004213”.
    """

    store_path: ClassVar[str]  # from the line to the store where a unit must stand before, e.g. "sale__store"
    moment: Moment  # what completing the document does to a unit; a property where it depends on the document
    is_late = False  # completed short, and whoever asked may name its units now: set by the view that looked
    serial_links: Any  # the manager of its links, from the domain's LineSerial
    edit_permission: ClassVar[str]  # who may attach and detach serials here, e.g. "register.sell"
    promising_documents: ClassVar[dict | None] = None  # finds the lines whose units are promised but still stand here
    open_documents: ClassVar[dict]  # finds the lines of documents that are not settled, e.g. {"sale__status": "open"}

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)  # units

    objects = LineQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["pk"]

    @property
    def document(self):
        return getattr(self, self.store_path.partition("__")[0])

    @property
    def store(self) -> Store:
        """Where a unit must stand before the moment, if the moment takes it out of stock."""
        return getattr(self.document, self.store_path.partition("__")[2])

    @property
    def destination(self) -> Store:
        """Where the moment leaves a unit that it leaves in stock."""
        return self.store

    @property
    def is_open(self) -> bool:
        """Whether its serials may still change. Where a document passes several moments, each kind of line says when."""
        return self.document.is_open

    @property
    def why_not_late(self) -> str:
        """Why no unit of this completed line can be named afterwards, with the next step; empty where one can."""
        return ""

    @property
    def lender(self) -> "SerializedLine | None":
        """The line of another open document that this one carries units for: what leaves here unreplaced goes back there.

        That document's units are settled by nobody else meanwhile.
        """
        return None

    @property
    def reversed_document(self):
        """The completed document whose effect on its units a line of the moment REVERSE takes back."""
        return None

    @property
    def serials(self) -> list[Serial]:
        """The attached units, in the order in which they were attached."""
        return [link.serial for link in self.serial_links.all()]

    def add_serials(self, links) -> None:
        """Have the units of these new links among the attached ones, where those were read."""
        read = self.__dict__.get("_prefetched_objects_cache", {}).get("serial_links")
        if read is not None:
            read._result_cache.extend(links)

    @property
    def attached(self) -> int:
        return len(self.serial_links.all())

    @property
    def missing(self) -> int:
        """How many units still lack a serial."""
        return max(self.quantity - self.attached, 0)

    @property
    def serial_need(self) -> Need:
        """Ignores the add-on switch: operations and templates ask that once for the whole document."""
        return need(self.product.serial_tracking, self.moment)

    @property
    def serial_status(self) -> Status | None:
        return status(self.serial_need, self.quantity, self.attached)

    @property
    def serials_url(self) -> str:
        return reverse("serials:line", args=[self._meta.label_lower, self.pk])

    def change_quantity(self, quantity, *, staff):
        """Set the units. A domain whose lines have prices or limits hands this to its own operation."""
        self.quantity = quantity
        self.save(update_fields=["quantity"])

    def attachable(self):
        """The units that may be attached here, whether or not another document holds them."""
        found = Serial.objects.filter(product=self.product_id, state__in=STEPS[self.moment].takes)
        if State.IN_STOCK in STEPS[self.moment].takes:
            found = found.filter(store=self.store)
        if self.moment == Moment.REVERSE:
            found = found.last_moved_by(self.reversed_document)
        return found

    def new_links(self, serials):
        """Unsaved links from this line to `serials`."""
        return [self.serial_links.model(line=self, serial=serial) for serial in serials]

    def swap(self, link, serial):
        """Let `link` of this completed line be one to `serial`: that unit was meant. What hangs on the link follows."""
        link.serial = serial
        link.save()

    @property
    def is_arrival(self) -> bool:
        """Whether the units on this line count as open stock on top of what is on hand."""
        return self.moment in ARRIVALS


class LineSerial(models.Model):
    """One unit on one line. Each domain adds `line`, a real foreign key."""

    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, related_name="%(app_label)s_%(class)ss")

    class Meta:
        abstract = True
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["line", "serial"], name="%(app_label)s_%(class)s_once")]

    def __str__(self):
        return str(self.serial)


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
