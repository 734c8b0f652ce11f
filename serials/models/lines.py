"""What a domain's document lines subclass, so that their units may carry serial numbers."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from inventory.models import Product
from microbiz.many_rows import rows_of
from microbiz.prepared import Statement
from serials.models.units import Serial
from serials.policy import ARRIVALS, STEPS, Moment, Need, State, Status, need, status
from settings_app.models import Store


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
        count = links.objects.filter(line=OuterRef("pk")).order_by().values("line").annotate(n=models.Count("*"))
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
    leaving: ClassVar[dict | None] = None  # finds the lines that take units out of stock, if a line of this kind does
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
    def store_id(self) -> int:
        """The key of `store`, which needs no query where the document is at hand."""
        return getattr(self.document, f"{self.store_path.partition('__')[2]}_id")

    @property
    def destination_id(self) -> int:
        """The key of `destination`, likewise."""
        return self.store_id

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

    def have_links(self, links) -> None:
        """Have these links of the line at hand, which are all of it, as if they were prefetched."""
        for link in links:
            link.line = self
        rows = self.serial_links.get_queryset()
        rows._result_cache, rows._prefetch_done = list(links), True
        self.__dict__.setdefault("_prefetched_objects_cache", {})["serial_links"] = rows

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

    def free_among(self, units: Collection[int]) -> Collection[int]:
        """Which of these units, by their keys, may be attached as they stand, being on no open document. One query."""
        return self._free(units)

    def finds_free(self, units: Collection[int]) -> Statement:
        """The statement that `free_among` asks."""
        return self._free(units).query.sql_with_params()

    def _free(self, units: Collection[int]) -> models.QuerySet[Serial, int]:
        free = self.attachable().filter(pk__among=units, hold__isnull=True)
        return free.exclude(pk__in=self.serial_links.values("serial")).values_list("pk", flat=True)

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


UNIT = [field.attname for field in Serial._meta.concrete_fields if field.name != "created_at"]


def units_of_lines(model: type[SerializedLine]) -> Subquery:
    """For `annotate(units=...)` of lines of one kind: their serials, read with them by the same query."""
    links = model._meta.get_field("serial_links").related_model
    own = [field.attname for field in links._meta.concrete_fields]
    return rows_of(links.objects.filter(line=OuterRef("pk")), *own, *(f"serial__{name}" for name in UNIT))


def have_units(line: Any) -> None:
    """Have the serials of a line that was read with its `units` at hand, as `with_serials` has."""
    model = line.serial_links.model
    own = [field.attname for field in model._meta.concrete_fields]
    links = []
    for row in line.units or ():
        link = model.from_db(None, own, row[: len(own)])
        link.serial = Serial.from_db(None, UNIT, row[len(own) :])
        links.append(link)
    line.have_links(sorted(links, key=lambda link: link.pk))


class LineSerial(models.Model):
    """One unit on one line. Each domain adds `line`, a real foreign key."""

    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, related_name="%(app_label)s_%(class)ss")

    class Meta:
        abstract = True
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["line", "serial"], name="%(app_label)s_%(class)s_once")]

    def __str__(self):
        return str(self.serial)
