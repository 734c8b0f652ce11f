"""Stock counts: what stands on the shelves of a store, scanned by several people while the shop goes on selling."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.adjustments.models import Adjustment
from inventory.models import Category, Product
from inventory.operations import BELOW
from serials.models import Serial
from settings_app.models import Staff, Store


class StockCountQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Counts at the stores where `staff` works."""
        return self.filter(store__in=staff.stores_allowed())

    def open(self):
        return self.filter(status=StockCount.Status.COUNTING)


class StockCount(models.Model):
    """A count of one store, or of a part of what it keeps."""

    class Scope(models.TextChoices):
        STORE = "store", _("The whole store")
        CATEGORY = "category", _("A category")
        PRODUCTS = "products", _("A list of products")

    class Status(models.TextChoices):
        COUNTING = "counting", _("Counting")
        POSTED = "posted", _("Posted")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(max_length=20, unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stock_counts")
    scope = models.CharField(_("what is counted"), max_length=8, choices=Scope, default=Scope.STORE)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    products = models.ManyToManyField(Product, blank=True, related_name="+")
    tracked_only = models.BooleanField(_("only products with serial numbers"), default=False)
    is_blind = models.BooleanField(_("blind"), default=True)  # counters do not see what is expected
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.COUNTING)
    started_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    settled_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)  # posted or cancelled
    adjustment = models.OneToOneField(
        Adjustment, on_delete=models.PROTECT, null=True, blank=True, related_name="stock_count"
    )  # none where nothing differed

    objects = StockCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        ordering = ["-pk"]
        permissions = [("count_stock", "Counts stock"), ("post_stockcount", "Posts and cancels stock counts")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="category", category__isnull=False)
                | (~Q(scope="category") & Q(category__isnull=True)),
                name="stock_count_category_where_asked",
            ),
            models.CheckConstraint(
                condition=Q(status="counting", settled_at__isnull=True)
                | (~Q(status="counting") & Q(settled_at__isnull=False)),
                name="stock_count_settled_means_when",
            ),
            models.CheckConstraint(
                condition=Q(adjustment__isnull=True) | Q(status="posted"), name="stock_count_adjusts_when_posted"
            ),
        ]

    def __str__(self):
        return _("stock count %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("counts:count", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.COUNTING

    @property
    def is_posted(self) -> bool:
        return self.status == self.Status.POSTED

    def products_in_scope(self):
        """The products that this count is about."""
        found = Product.objects.all()
        if self.scope == self.Scope.CATEGORY:
            below = Q(category__path__startswith=self.category.path + BELOW)
            found = found.filter(Q(category=self.category_id) | below)
        elif self.scope == self.Scope.PRODUCTS:
            found = found.filter(pk__in=self.products.values("pk"))
        return found.tracked() if self.tracked_only else found

    @property
    def scope_text(self) -> str:
        """What is counted, in words: Hard drives; only products with serial numbers."""
        text = self.category.name if self.category_id else str(self.get_scope_display())
        return _("%(scope)s, with serial numbers") % {"scope": text} if self.tracked_only else text


class CountScanQuerySet(models.QuerySet):
    def live(self):
        """Scans that count: neither undone nor a repeat of another."""
        return self.filter(undone_at__isnull=True).exclude(finding=CountScan.Finding.REPEATED)


class CountScan(models.Model):
    """One thing that somebody counted: a unit by its number, or units of a product without one.

    What the ledgers said at that instant is kept beside it, read under the lock of the product's stock level, so that
    what moves afterwards can be told from what moved before.
    """

    class Finding(models.TextChoices):
        COUNTED = "counted", _("Counted")
        REPEATED = "repeated", _("Already counted")
        NEW = "new", _("Number not on record")
        ELSEWHERE = "elsewhere", _("On record at another store")
        SOLD = "sold", _("Known as sold")
        WRITTEN_OFF = "written_off", _("Known as written off")
        IN_TRANSIT = "in_transit", _("Known as in transit")
        EXPECTED = "expected", _("Not received yet")
        OUT_OF_SCOPE = "out_of_scope", _("Not part of this count")
        UNKNOWN = "unknown", _("Unknown code")

    # What says that its product is being counted, and what it is that stands there.
    EVIDENCE: ClassVar = (Finding.COUNTED, Finding.NEW, Finding.WRITTEN_OFF)

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="scans")
    code = models.CharField(max_length=400)  # as it was scanned
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, null=True, related_name="count_scans")
    number = models.CharField(max_length=64, blank=True)  # of a unit to which nothing has ever happened
    number_key = models.CharField(max_length=128, blank=True)
    quantity = models.PositiveIntegerField(default=1)  # units
    finding = models.CharField(max_length=12, choices=Finding)
    is_confirmed = models.BooleanField(default=False)  # through Add New, for a number not on record
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    scan_id = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 (unique where there is one)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    # At that instant, of the product at the store:
    on_hand = models.IntegerField(default=0)  # units on the stock level
    on_record = models.PositiveIntegerField(default=0)  # serials in stock
    movement = models.BigIntegerField(default=0)  # the last stock movement
    event = models.BigIntegerField(default=0)  # the last serial event

    last: Any = None  # what last happened to its unit, where a result has asked

    objects = CountScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan of a stock count")
        verbose_name_plural = _("scans of stock counts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["count", "product"], name="count_scan_by_product")]
        constraints = [
            models.UniqueConstraint(
                fields=["count", "serial"],
                condition=Q(undone_at__isnull=True) & ~Q(finding="repeated"),
                name="count_scan_unit_once",
            ),
            models.UniqueConstraint(
                fields=["count", "product", "number_key"],
                condition=Q(undone_at__isnull=True) & ~Q(finding="repeated") & ~Q(number_key=""),
                name="count_scan_number_once",
            ),
        ]

    def __str__(self):
        return f"{self.code} on {self.count}: {self.get_finding_display()}"

    @property
    def is_numbered(self) -> bool:
        """Whether it is of one unit, known by its number."""
        return bool(self.serial_id or self.number_key)

    @property
    def shown(self) -> str:
        """What was scanned, as people read it."""
        return self.serial.number if self.serial_id else self.number or self.code

    @property
    def without_number(self) -> int:
        """How many units without a serial on record the ledgers knew at that instant; below zero, serials too many."""
        return self.on_hand - self.on_record


class CountDecision(models.Model):
    """Somebody looked at how a product differs and takes it for true. Void as soon as it differs otherwise."""

    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="decisions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    seen = models.CharField(max_length=64)  # what differed, as `results.ProductResult.signature`
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("decision on a stock count")
        verbose_name_plural = _("decisions on stock counts")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["count", "product"], name="count_decision_once_per_product")]

    def __str__(self):
        return f"{self.product} on {self.count}"
