"""The shop itself: its settings, stores, taxes and people."""

import re
import zoneinfo

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from microbiz.ledgers import Ledger
from microbiz.per_request import read_once
from microbiz.prepared import first, prepared


class SerialTracking(models.TextChoices):
    """How strictly a product's units are known by serial number."""

    OPTIONAL = "optional", _("Optional")
    NONE = "none", _("No Tracking")
    SALES = "sales", _("Sales Required")
    ALL = "all", _("All Transactions Required")


class ShopSettings(models.Model):
    """The one row of settings that hold for every store."""

    company = models.CharField(_("company"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    serial_numbers_enabled = models.BooleanField(_("Serial Numbers"), default=True)
    default_serial_tracking = models.CharField(
        _("Default Product Serial Number"),
        max_length=10,
        choices=SerialTracking,
        default=SerialTracking.NONE,
    )
    receipt_footer = models.CharField(_("text at the foot of receipts"), max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("shop settings")
        verbose_name_plural = _("shop settings")
        # Reports read what every app keeps and have no record of their own.
        permissions = [
            ("view_today", "Sees today's sales and open registers"),
            ("view_sales_reports", "Sees reports about sales, money and taxes"),
            ("view_stock_reports", "Sees reports about stock and units"),
            ("export_reports", "Takes reports out as files"),
        ]
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="shop_settings_is_one_row")]

    def __str__(self):
        return self.company

    @classmethod
    def load(cls) -> "ShopSettings":
        """The settings, read once in a request; before the first day is done, unsaved defaults. Not to be changed."""
        return read_once("shop", cls.load_to_change)

    @classmethod
    def load_to_change(cls) -> "ShopSettings":
        """A copy of one's own, as `load`."""
        return first(_shop_settings()) or cls(pk=1)


@prepared
def _shop_settings():
    return ShopSettings.objects.filter(pk=1)


def validate_time_zone(value):
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(zone)s is not a time zone. Choose one such as America/Chicago."), params={"zone": value}
        )


class StoreQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """The active stores where `staff` may work."""
        active = self.filter(is_active=True)
        return active if staff.has_all_stores else active.filter(staff=staff)


class Store(models.Model):
    """A place that keeps stock and sells."""

    code = models.CharField(
        _("code"),
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9]+$", _("Capital letters and digits only."))],
    )
    name = models.CharField(_("name"), max_length=80, unique=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    region = models.CharField(_("state or region"), max_length=40, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="UTC", validators=[validate_time_zone])
    allows_negative_stock = models.BooleanField(
        _("may sell below zero"),
        default=False,
        help_text=_("Stock of products may fall below zero here, for shops that sell before they book goods in."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords()
    objects = StoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["name"]

    def __str__(self):
        return self.name


class TaxClass(models.Model):
    """A kind of goods as the tax office sees it: standard, books, food."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    is_default = models.BooleanField(_("used for new products"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="tax_class_one_default")
        ]

    def __str__(self):
        return self.name


class TaxRate(models.Model):
    """What one tax class pays in one store. Several rates of a class and store add up."""

    tax_class = models.ForeignKey(TaxClass, on_delete=models.CASCADE, related_name="rates")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="tax_rates")
    name = models.CharField(_("name on the receipt"), max_length=60)
    rate = models.PositiveIntegerField(
        _("rate"),
        validators=[MaxValueValidator(100_000)],
        help_text=_("In thousandths of a percent: 8875 is 8.875%."),
    )
    is_inclusive = models.BooleanField(_("contained in the price"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ["store", "tax_class", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tax_class", "store", "name"], name="tax_rate_named_once"),
            models.CheckConstraint(condition=Q(rate__lte=100_000), name="tax_rate_at_most_100_percent"),
        ]

    def __str__(self):
        return f"{self.name} {self.rate / 1000:g}%"


class StaffManager(UserManager):
    def of_store(self, store):
        """Everybody who may work at `store`."""
        everywhere = Q(is_superuser=True) | Q(groups__permissions__codename="access_all_stores")
        return self.filter(Q(stores=store) | everywhere, is_active=True).distinct()


class Staff(AbstractUser):
    """A person who signs in: with a password on a page, with a PIN at a register."""

    stores = models.ManyToManyField(Store, verbose_name=_("stores"), related_name="staff", blank=True)
    pin = models.CharField(max_length=128, blank=True, editable=False)  # hashed, like a password
    pin_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    pin_locked_until = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["pin", "password", "last_login", "pin_failures", "pin_locked_until"])
    objects = StaffManager()

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        ordering = ["first_name", "last_name", "username"]
        permissions = [
            ("access_all_stores", "Works at every store"),
            ("change_roles", "Gives and takes roles"),
        ]

    def __str__(self):
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        """Two letters for the round face."""
        words = str(self).split()
        return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()

    @property
    def has_all_stores(self) -> bool:
        return self.is_superuser or self.has_perm("settings_app.access_all_stores")

    def stores_allowed(self):
        """The active stores where this person may work."""
        return Store.objects.for_staff(self)

    def set_pin(self, pin: str) -> None:
        """Keep the PIN hashed. Does not save."""
        self.pin = make_password(pin)

    def has_pin(self, pin: str) -> bool:
        """Whether this is the PIN. Counting wrong ones is the operation's work."""
        return bool(self.pin) and check_password(pin, self.pin)


class Session(AbstractBaseSession):
    """A browser in which somebody is signed in, and who: `settings_app.sessions` reads them together.

    `staff` and `store` repeat what its data say, and may be gone: the data are what holds.
    """

    staff = models.ForeignKey(
        Staff, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    store = models.ForeignKey(
        Store, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )

    class Meta(AbstractBaseSession.Meta):
        pass

    @classmethod
    def get_session_store_class(cls):
        from settings_app.sessions import SessionStore

        return SessionStore


class DocumentCounter(models.Model):
    """The last number given to documents with one prefix."""

    prefix = models.CharField(max_length=12, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("document counter")
        verbose_name_plural = _("document counters")

    def __str__(self):
        return f"{self.prefix}-{self.last:06d}"

    @staticmethod
    def may_have_given(text: str) -> bool:
        """Whether a document may have this number, in capital or small letters."""
        return re.fullmatch(r"[A-Z0-9]{1,12}-[0-9]{6,}", text.upper()) is not None


class AuditEntry(Ledger):
    """Something that was done and that no other record tells: who came in, who was let in further, what was taken out."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        REFUSED = "refused", _("Sign-in refused")
        LOCKED_OUT = "locked_out", _("Locked out")
        SIGNED_OUT = "signed_out", _("Signed out")
        SWITCHED = "switched", _("Took a till over by PIN")
        WRONG_PIN = "wrong_pin", _("Wrong PIN")
        PERSON = "person", _("Changed a person")
        OWN_SECRETS = "own_secrets", _("Changed their own secrets")
        EXPORT = "export", _("Took data out")
        COMMAND = "command", _("Ran a command")

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind)
    # Nobody: a name that nobody has, or a command of the machine's.
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    about = models.CharField(max_length=400, blank=True)  # in words: whom, what, which filter
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    address = models.GenericIPAddressField(null=True, blank=True)  # of the browser

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.about}"
