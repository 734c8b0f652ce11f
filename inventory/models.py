"""Products, how many of each stand where, and every movement that made it so."""

from decimal import Decimal

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Upper
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from inventory.scans import barcode_key
from microbiz.ledgers import Ledger
from microbiz.money import half_up
from settings_app.models import SerialTracking, Staff, Store, TaxClass

MOST_WORDS = 12  # that a search looks for; neither database takes endless conditions


class Category(models.Model):
    """A shelf of the catalogue. `path` is the whole way down to it: Cameras > Lenses."""

    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("name"), max_length=120)
    path = models.CharField(max_length=500, unique=True, editable=False)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["path"]

    def __str__(self):
        return self.path


class ProductQuerySet(models.QuerySet):
    def active(self):
        """Products that are not archived."""
        return self.filter(is_archived=False)

    def tracked(self):
        """Products whose units may carry serial numbers."""
        return self.exclude(serial_tracking=SerialTracking.NONE)

    def with_barcode(self, keys):
        """Products that carry one of these barcodes, in the form of `barcode_key`."""
        return self.filter(barcodes__key__among=keys).distinct()

    def with_sku(self, sku):
        """Products with this SKU, in whatever case: as their index has it."""
        return self.filter(Exact(Upper("sku"), Upper(Value(sku))))

    def with_code(self, sku, keys):
        """Products with this SKU or one of these barcodes, in one query; `by_sku` tells which, and those come first."""
        own = self.with_sku(sku).annotate(by_sku=Value(1)).order_by()
        return own.union(self.with_barcode(keys).annotate(by_sku=Value(0)).order_by()).order_by("-by_sku", "name", "pk")

    def found_by(self, text):
        """Products that a person means by typing `text`: words of the name, SKU, model or barcode."""
        found = self
        for word in text.replace("\0", " ").split()[:MOST_WORDS]:
            found = found.filter(
                Q(name__icontains=word)
                | Q(sku__icontains=word)
                | Q(model_number__icontains=word)
                | Q(manufacturer__icontains=word)
                | Q(pk__in=Barcode.objects.filter(key=barcode_key(word)).values("product"))
            )
        return found

    def with_stock_at(self, store):
        """Adds `here`, the units that stand in `store`."""
        level = StockLevel.objects.filter(product=OuterRef("pk"), store=store).values("on_hand")
        return self.annotate(here=Coalesce(Subquery(level), 0))


class Product(models.Model):
    """Something the shop sells. Money is in minor units of the shop's currency, tax as the store's rates say."""

    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=300)
    description = models.TextField(_("description"), blank=True)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        verbose_name=_("category"),
        null=True,
        blank=True,
        related_name="products",
    )
    manufacturer = models.CharField(_("manufacturer"), max_length=160, blank=True)
    model_number = models.CharField(_("model"), max_length=120, blank=True)
    price = models.BigIntegerField(_("price"), null=True, blank=True)  # None: asked for at the register
    cost = models.BigIntegerField(_("cost"), null=True, blank=True)  # of a unit as last received, or as typed
    average_cost = models.DecimalField(  # of the units on hand in all stores; minor units, rounded where it is shown
        _("average cost"), max_digits=19, decimal_places=4, null=True, blank=True, editable=False
    )
    tax_class = models.ForeignKey(
        TaxClass,
        on_delete=models.PROTECT,
        verbose_name=_("tax class"),
        null=True,
        blank=True,
        related_name="products",
    )
    serial_tracking = models.CharField(_("serial numbers"), max_length=10, choices=SerialTracking)
    is_archived = models.BooleanField(_("archived"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Barcodes have no history of their own: what was added and removed is the reason of the product's record.
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))
    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name", "pk"]
        permissions = [
            ("change_tracking", "Changes the tracking policy of a product"),
            ("view_cost", "Sees what products cost"),
        ]
        indexes = [models.Index(Upper("sku"), name="product_by_sku")]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="product_cost_not_negative"),
            models.CheckConstraint(condition=Q(average_cost__gte=0), name="product_average_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(serial_tracking__in=SerialTracking.values), name="product_tracking_known"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("inventory:product", args=[self.pk])

    @property
    def average(self) -> int | None:
        """The average cost of a unit in whole minor units, as it is shown."""
        return None if self.average_cost is None else half_up(Decimal(self.average_cost))

    @property
    def is_tracked(self) -> bool:
        return self.serial_tracking != SerialTracking.NONE


class Barcode(models.Model):
    """One of a product's barcodes. `key` is its normal form: GTINs padded to 14 digits."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="barcodes")
    code = models.CharField(_("barcode"), max_length=64)
    key = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")
        ordering = ["pk"]

    def __str__(self):
        return self.code

    def save(self, *args, **kwargs):
        self.key = barcode_key(self.code)
        super().save(*args, **kwargs)


class VendorQuerySet(models.QuerySet):
    def active(self):
        """Vendors that are not archived."""
        return self.filter(is_archived=False)

    def found_by(self, text):
        """Vendors that a person means by typing `text`: name, account number, email, phone or a contact's name."""
        found = self
        for word in text.replace("\0", " ").split()[:MOST_WORDS]:
            found = found.filter(
                Q(name__icontains=word)
                | Q(account_number__icontains=word)
                | Q(email__icontains=word)
                | Q(phone__icontains=word)
                | Q(pk__in=VendorContact.objects.filter(name__icontains=word).values("vendor"))
            )
        return found


class Vendor(models.Model):
    """Somebody we buy from. `account_number` is ours with them, as it stands on their invoices."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    account_number = models.CharField(_("our account number"), max_length=40, blank=True)
    payment_terms = models.CharField(_("payment terms"), max_length=60, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()
    objects = VendorQuerySet.as_manager()

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("vendors:vendor", args=[self.pk])


class VendorContact(models.Model):
    """A person at a vendor, and what they are there for: orders, returns, invoices."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("for"), max_length=60, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("vendor contact")
        verbose_name_plural = _("vendor contacts")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name


class StockLevel(models.Model):
    """How many units of a product stand in a store, and how many serials are in stock there.

    The units are written by `operations.move_stock` alone, the serials by `operations.count_serials` alone.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="stock_levels")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stock_levels")
    on_hand = models.IntegerField(default=0)
    serials = models.IntegerField(default=0)
    may_go_negative = models.BooleanField(default=False)  # the store's rule when this was last written

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        ordering = ["store", "product"]
        constraints = [
            models.UniqueConstraint(fields=["store", "product"], name="stock_level_once_per_store"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0) | Q(may_go_negative=True), name="stock_level_not_negative"
            ),
            models.CheckConstraint(condition=Q(serials__gte=0), name="stock_level_counts_serials"),
        ]

    def __str__(self):
        return f"{self.product} at {self.store}: {self.on_hand}"


class StockMovement(Ledger):
    """One entry of the stock ledger: so many units came to a store or left it, and by which document."""

    class Reason(models.TextChoices):
        OPENING = "opening", _("Opening stock")
        ADJUSTMENT = "adjustment", _("Adjustment")
        SALE = "sale", _("Sale")
        RETURN = "return", _("Return")
        TRADE_IN = "trade_in", _("Trade-in")
        ORDER = "order", _("Customer order")
        RECEIPT = "receipt", _("Vendor shipment")
        REVERSAL = "reversal", _("Vendor shipment taken back")
        TRANSFER_OUT = "transfer_out", _("Transfer out")
        TRANSFER_IN = "transfer_in", _("Transfer in")

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="movements", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="movements")
    quantity = models.IntegerField()  # units; negative left the store
    reason = models.CharField(max_length=16, choices=Reason)
    document_type = models.CharField(max_length=60, blank=True)  # model label, such as register.sale
    document_id = models.BigIntegerField(null=True, blank=True)
    document = models.CharField(max_length=40)  # its number, as people say it
    note = models.CharField(max_length=200, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["product", "store", "-id"], name="movement_by_product")]
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something")]

    def __str__(self):
        return f"{self.quantity:+d} {self.product} at {self.store}, {self.document}"


# Django looks for an app's models here; these stand in files of their own, which need those above.
from inventory.imports.models import ImportFile, ImportJob, ImportRow  # noqa: E402, F401
from inventory.supply.models import ReorderPoint, VendorProduct  # noqa: E402, F401
